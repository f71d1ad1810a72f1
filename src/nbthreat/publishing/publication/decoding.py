"""Decoding: what a text says to whoever undoes the usual ways to write text as other text.

Escapes of HTML, addresses, JSON, spreadsheets and mail; base64, base32 and hexadecimal. Nothing of it is run.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import sys
from collections.abc import Callable, Iterator

from nbthreat.publishing.publication.spelling import BARRIER

DEPTH = 3
"""How many times what was decoded is decoded again."""
_LENGTH_LIMIT = 1 << 20

_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2})+")
_SOFT_BREAK = re.compile(r"=[ \t]*\r?\n")
_BYTES = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_UNITS = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_POINT = re.compile(r"\\u\{([0-9A-Fa-f]{1,6})\}|\\U([0-9A-Fa-f]{8})|\bU\+([0-9A-Fa-f]{4,6})\s?")
_SHEET = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PUNYCODE = re.compile(r"(?i)\bxn--([a-z0-9-]+)")

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}")
_BASE32 = re.compile(r"[A-Z2-7]{7,}|[a-z2-7]{7,}")
_HEX = re.compile(r"(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s:,;.-]{0,2}){4,}")
_WRAPPED = re.compile(r"(?<=[A-Za-z0-9+/]{60})\r?\n(?=[A-Za-z0-9+/])")
_HEX_SIGNS = re.compile(r"0x|[^0-9A-Fa-f]")
_READABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ufffd]{4,}")
_PART_READABLE = 0.75


def decoded(text: str, depth: int = DEPTH) -> Iterator[str]:
    """Yield what a text says with escapes undone, and what is encoded in it, each decoded again up to `depth` times.

    >>> list(decoded("Zephyr%62ank"))
    ['Zephyrbank']
    >>> list(decoded("It is WmVwaHlyYmFuaw=="))
    ['Zephyrbank']
    """
    if depth <= 0 or len(text) > _LENGTH_LIMIT * 64:
        return
    for made in dict.fromkeys((unescaped(text), BARRIER.join(_encoded(text)))):
        if made and made != text:
            yield made
            yield from decoded(made, depth - 1)


def unescaped(text: str) -> str:
    r"""Return a text with escapes undone, once.

    >>> unescaped("&#90;ep\\u0068yr, _x0041_CME")
    'Zephyr, ACME'
    """
    made = html.unescape(text) if "&" in text else text
    if "%" in made:
        made = _PERCENT.sub(_of_bytes(lambda found: bytes.fromhex(found.replace("%", ""))), made)
    if "\\" in made:
        made = _UNITS.sub(_of_units, made)
        made = _BYTES.sub(_of_bytes(lambda found: bytes.fromhex(found.replace("\\x", ""))), made)
    if "\\" in made or "U+" in made:
        made = _POINT.sub(lambda found: _point(found.group(1) or found.group(2) or found.group(3)), made)
    if "_x" in made:
        made = _SHEET.sub(lambda found: _point(found.group(1)), made)
    if "=" in made:
        made = _QUOTED.sub(_of_bytes(lambda found: bytes.fromhex(found.replace("=", ""))), _SOFT_BREAK.sub("", made))
    if "--" in made:
        made = _PUNYCODE.sub(_of_punycode, made)
    return made


def _of_bytes(read: Callable[[str], bytes]) -> Callable[[re.Match[str]], str]:
    def text(found: re.Match[str]) -> str:
        try:
            return read(found.group()).decode()
        except ValueError:
            return found.group()

    return text


def _of_units(found: re.Match[str]) -> str:
    units = bytes.fromhex(found.group().replace("\\u", ""))
    return units.decode("utf-16-be", "surrogatepass") if _paired(units) else found.group()


def _paired(units: bytes) -> bool:
    try:
        units.decode("utf-16-be", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _point(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= sys.maxunicode else ""


def _of_punycode(found: re.Match[str]) -> str:
    try:
        return found.group(1).encode().decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return found.group()


def _encoded(text: str) -> Iterator[str]:
    """Yield every text that is written in a text as base64, base32 or hexadecimal, wherever in a run it begins."""
    text = _WRAPPED.sub("", text)
    for run in dict.fromkeys(_BASE64.findall(text)):
        plain = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            yield from _readable(_of_base64(plain[start:]))
    for run in dict.fromkeys(_BASE32.findall(text)):
        yield from _readable(_of_base32(run.upper()))
    for run in dict.fromkeys(_HEX.findall(text)):
        digits = _HEX_SIGNS.sub("", run)
        for start in range(2):
            rest = digits[start:]
            yield from _readable(bytes.fromhex(rest[: len(rest) // 2 * 2]))


def _of_base64(run: str) -> bytes:
    whole = run[: len(run) - (len(run) % 4 == 1)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4))
    except (ValueError, binascii.Error):
        return b""


def _of_base32(run: str) -> bytes:
    spare = {1: 1, 3: 1, 6: 1}.get(len(run) % 8, 0)  # lengths that no bytes have
    whole = run[: len(run) - spare]
    try:
        return base64.b32decode(whole + "=" * (-len(whole) % 8))
    except (ValueError, binascii.Error):
        return b""


def _readable(data: bytes) -> Iterator[str]:
    """Yield the texts in some bytes that are text for the most part."""
    if data.count(0) * 3 > len(data):  # two bytes a letter
        data = data[: len(data) // 2 * 2]
        text = data.decode("utf-16-be" if data[::2].count(0) > data[1::2].count(0) else "utf-16-le", "replace")
    else:
        text = data.decode("utf-8", "replace")
    parts = _READABLE.findall(text)
    if parts and sum(map(len, parts)) >= len(text) * _PART_READABLE:
        yield from parts

"""How a text stands in its file: its line ends and its byte order mark, which nobody asked to change."""

from __future__ import annotations

import codecs
import difflib
import re
from itertools import takewhile

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n)|([^\r\n]+)\Z")


def laid_out(text: str, before: bytes | None) -> bytes:
    r"""Return `text` as the bytes of a file that held `before`, with the byte order mark and the line ends it had.

    A line that was there keeps its own end; a new one ends as the line above it. A file in UTF-16 becomes UTF-8.

    >>> laid_out("a: 1\nb: 3\n", b"a: 1\r\nb: 2\r\n")
    b'a: 1\r\nb: 3\r\n'
    """
    return marked(text if before is None else _with_ends_of(text, _decoded(before)), before)


def marked(text: str, before: bytes | None) -> bytes:
    """Return `text`, every line as it is, as the bytes of a file that held `before`, with the mark it had."""
    return (codecs.BOM_UTF8 if (before or b"").startswith(codecs.BOM_UTF8) else b"") + text.encode()


def _decoded(data: bytes) -> str:
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if utf_16 else "utf-8-sig", "replace")


def _with_ends_of(text: str, old: str) -> str:
    pairs = [(found[1] or found[3] or "", found[2] or "") for found in _LINE.finditer(old)]
    open_ended = bool(pairs) and not pairs[-1][1]
    ends = [end for _, end in pairs if end]
    if not ends:
        return text
    if len(set(ends)) == 1:
        made = text.replace("\n", ends[0])
    else:
        made = _with_each_its_own(text.split("\n")[:-1], [line for line, _ in pairs], ends)
    return made.rstrip("\r\n") if open_ended else made


def _with_each_its_own(new: list[str], old: list[str], ends: list[str]) -> str:
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    made = ends[:same]
    for _, start, end, _, reached in difflib.SequenceMatcher(None, old[same:], new[same:]).get_opcodes():
        made += ends[same + start : same + end][: same + reached - len(made)]
        made += [made[-1] if made else ends[0]] * (same + reached - len(made))
    made += [made[-1] if made else ends[0]] * (len(new) - len(made))
    return "".join(line + end for line, end in zip(new, made, strict=True))

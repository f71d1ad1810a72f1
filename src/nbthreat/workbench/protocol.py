"""The protocol in TypeScript, made from the records that Python reads and shows.

`python -m nbthreat.workbench.protocol` writes it to standard output; with `--check FILE` it says whether a file holds
it, and ends with 1 where it does not.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from inspect import cleandoc
from pathlib import Path
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, is_typeddict

from nbthreat.base.errors import NbthreatError
from nbthreat.base.risk import Level, Stakes
from nbthreat.decisions.register import Advice, Audience, Confidence, Residual, Treatment, Trigger
from nbthreat.system.documents import Raw
from nbthreat.system.documents.shaping import default_of, record_fields
from nbthreat.system.model import FrozenMap, Lifecycle, Sensitivity, Trust
from nbthreat.threats.library import Cost, Shape
from nbthreat.threats.matching import State
from nbthreat.workbench.editing import messages, shapes, view

_WIDTH = 120

_HEAD = """\
/**
 * The messages between the widgets and Python, and nothing else. Made by `python -m nbthreat.workbench.protocol`.
 *
 * Python holds the truth. The browser proposes operations; Python applies each whole or refuses it in words, and tells
 * everybody what changed. Every interface named `Do…` and `Ask…` is a class of that name in
 * `src/nbthreat/workbench/editing/messages.py`; the others are in `shapes.py` beside it.
 *
 * A question mark means that the field may be left out; `null` in a `set` means "not known" or "none".
 * Lengths are CSS pixels of the drawing; `x` and `y` are the middle of a box; times are ISO 8601.
 */

export type Id = string;
export type Answer = boolean | null; // yes, no, not known
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };
export type Fields = Readonly<Record<string, Plain>>;
export type Point = readonly [number, number];
"""

_TO_PYTHON = """\
export type ToPython =
  | { type: "bundle" }
  | { type: "hello"; page: string }
  | { type: "do"; id: string; by: string; page: string; op: Operation }
  | { type: "ask"; id: string; page: string; ask: Question_ }
  | { type: "select"; page: string; ids: readonly Id[]; filter: string };
"""

_FROM_PYTHON = """\
/** "bundle" comes with two buffers: the script and the style sheet. `cards` of a change are by page, and there where
 * findings may have changed. A "select" for page "" is for everybody. */
export type FromPython =
  | { type: "bundle"; hash: string }
  | {
      type: "welcome"; page: string; revision: number; vocabulary: VocabularyView; view: Sections; orders: Orders;
      part: string; selection: readonly Id[]; filter: string; cards: CardsAnswer;
    }
  | {
      type: "change"; base: number; revision: number;
      set: Partial<Record<keyof Sections, Readonly<Record<string, unknown>>>>;
      unset: Partial<Record<keyof Sections, readonly string[]>>;
      orders: Partial<Orders>; cards?: Readonly<Record<string, CardsAnswer>>;
    }
  | { type: "done"; page: string; id: string; revision: number; made: readonly Id[]; name: string }
  | { type: "refused"; page: string; id: string; message: string }
  | { type: "answer"; page: string; id: string; data: unknown }
  | { type: "select"; page: string; ids: readonly Id[]; filter: string };
"""

_CHOICES: Mapping[type[Enum], str] = {
    messages.PartKind: "Part",
    messages.Alignment: "Alignment",
    messages.PreferredSide: "Side",
    messages.Clearable: "Unsaid",
    State: "FindingState",
    Level: "Level",
    Shape: "Shape",
    Treatment: "Treatment",
    Confidence: "Confidence",
    Cost: "Cost",
    Trigger: "Trigger",
    Audience: "Audience",
    Trust: "Trust",
    Sensitivity: "Sensitivity",
    Lifecycle: "Lifecycle",
    Stakes: "Stakes",
}
"""Every closed set that travels, with its name in TypeScript."""

_RECORDS = (Residual, Advice)
"""What operations hold besides plain values."""

_SCALARS: Mapping[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    date: "string",
    Raw: "Fields",
    type(None): "null",
}


def typescript() -> str:
    """Return the whole of `protocol.ts`. The same records give the same text."""
    operations, asks = list(messages.OPERATIONS.values()), list(messages.ASKS.values())
    shown = [cls for cls in vars(shapes).values() if is_typeddict(cls) and cls.__module__ == shapes.__name__]
    ordered = " | ".join(f'"{name}"' for name in view.ORDERED)
    parts = [
        _HEAD,
        *(_choice(choice, name) for choice, name in _CHOICES.items()),
        *(_interface(cls.__name__, cls.__doc__, _members(cls)) for cls in _RECORDS),
        "// Browser → Python: operations. Each is one whole step.\n",
        *(_interface(cls.__name__, cls.__doc__, _message(cls, "op")) for cls in operations),
        _union("Operation", [cls.__name__ for cls in operations]),
        "// Browser → Python: what is asked, changing nothing.\n",
        *(_interface(cls.__name__, cls.__doc__, _message(cls, "ask")) for cls in asks),
        _union("Question_", [cls.__name__ for cls in asks]),
        _TO_PYTHON,
        "// Python → browser: the view, by section.\n",
        *(_interface(cls.__name__, cls.__doc__, _shape(cls)) for cls in shown),
        _comment("The order of the author, section by section.")
        + f"export type Orders = Readonly<Record<{ordered}, readonly string[]>>;\n",
        _FROM_PYTHON,
    ]
    return "\n".join(parts)


def _choice(choice: type[Enum], name: str) -> str:
    values = " | ".join(_literal(member.value) for member in choice)
    return f"{_comment(choice.__doc__)}export type {name} = {values};\n"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _comment(text: str | None) -> str:
    """Return a docstring as a comment, without its examples: they are of Python."""
    lines = cleandoc(text or "").partition(">>>")[0].rstrip().split("\n")
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"]) + "\n"


def _interface(name: str, text: str | None, members: Iterator[str]) -> str:
    listed = list(members)
    flat = f"export interface {name} {{ {'; '.join(listed)} }}"
    if len(flat) > _WIDTH:
        flat = "\n".join([f"export interface {name} {{", *(f"  {member};" for member in listed), "}"])
    return f"{_comment(text)}{flat}\n"


def _union(name: str, members: Sequence[str]) -> str:
    return "\n".join([f"export type {name} =", *(f"  | {member}" for member in members)]) + ";\n"


def _message(cls: Any, key: str) -> Iterator[str]:
    yield f'{key}: "{getattr(cls, key)}"'
    yield from _members(cls)


def _members(cls: Any) -> Iterator[str]:
    """Yield the fields of a record that Python reads: what has a default may be left out, and None then means that."""
    for name, (field, kind) in record_fields(cls).items():
        default = default_of(field)
        may_be_left_out = field.default is not field.default_factory
        if may_be_left_out and default is None:
            kind = Union[tuple(arg for arg in get_args(kind) if arg is not type(None))]  # noqa: PLW2901, UP007
        yield f"{name}{'?' * may_be_left_out}: {_type(kind)}"


def _shape(cls: Any) -> Iterator[str]:
    for name, kind in typing.get_type_hints(cls, include_extras=True).items():
        left_out = get_origin(kind) is NotRequired
        yield f"{name}{'?' * left_out}: {_type(get_args(kind)[0] if left_out else kind)}"


def _type(kind: Any) -> str:
    """Return a type of Python in TypeScript. Raises NbthreatError for one that no message should have."""
    origin, args = get_origin(kind), get_args(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and kind in _CHOICES:
        return _CHOICES[kind]
    if kind in _RECORDS or is_typeddict(kind):
        return str(kind.__name__)
    if origin is Literal:
        return " | ".join(map(_literal, args))
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(map(_type, args)))
    if origin in (FrozenMap, Mapping):
        key, item = ("string", args[0]) if len(args) == 1 else (_type(args[0]), args[1])
        return f"Readonly<Record<{key}, {_type(item)}>>"
    if origin is Sequence or (origin is tuple and args[1:] == (...,)):
        item = _type(args[0])
        return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"
    if origin is tuple:
        return "Point" if args == (float, float) else f"readonly [{', '.join(map(_type, args))}]"
    raise NbthreatError(f"{kind!r} has no type in TypeScript. Say one in nbthreat.workbench.protocol.")


def main(arguments: Sequence[str]) -> int:
    """Write the protocol to standard output, or say whether the file after `--check` holds it."""
    if not arguments:
        sys.stdout.write(typescript())
        return 0
    if len(arguments) != 2 or arguments[0] != "--check":  # noqa: PLR2004 - the switch and its file
        sys.stderr.write("Usage: python -m nbthreat.workbench.protocol [--check FILE]\n")
        return 2
    path = Path(arguments[1])
    if path.is_file() and path.read_text(encoding="utf-8") == typescript():
        return 0
    sys.stderr.write(f"{path} is not what Python says now: python -m nbthreat.workbench.protocol > {path}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

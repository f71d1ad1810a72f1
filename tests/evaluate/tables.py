"""Plain tables: read as they are, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table whose columns line up; numbers stand to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return "(none)"
    widths = [max(len(row[n]) for row in [list(head), *cells]) for n in range(len(head))]
    right = [all(_number(row[n]) for row in cells) for n in range(len(head))]

    def line(values: Sequence[str]) -> str:
        fitted = [
            value.rjust(width) if to_right else value.ljust(width)
            for value, width, to_right in zip(values, widths, right, strict=True)
        ]
        return f"| {' | '.join(fitted)} |"

    rule = [f"{'-' * (width - 1)}{':' if to_right else '-'}" for width, to_right in zip(widths, right, strict=True)]
    return "\n".join([line(list(head)), f"| {' | '.join(rule)} |", *map(line, cells)])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(map(str, value))
    return str(value).replace("|", "/")


def _number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).replace("%", "", 1).strip().isdigit() or text == ""

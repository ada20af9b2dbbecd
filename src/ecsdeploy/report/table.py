"""Aligned columns, on lines of at most a hundred characters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 100
INDENT, GAP = "  ", "  "
SHORTEST = 8
"""The minimum width of a column that is cut."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, gives_way: int) -> list[str]:
    """Return the head and the rows as lines; a column that is empty in every row is left out.

    If they are too wide, the column number `gives_way` is cut.
    """
    columns = [n for n in range(len(head)) if any(row[n] for row in rows)]
    widths = {n: max(len(head[n]), *(len(row[n]) for row in rows)) for n in columns}
    excess = len(INDENT) + sum(widths.values()) + len(GAP) * (len(columns) - 1) - WIDTH
    if excess > 0 and gives_way in widths:
        widths[gives_way] = max(SHORTEST, widths[gives_way] - excess)
    lines = ([row[n] for n in columns] for row in (head, *rows))
    return [_line(cells, [widths[n] for n in columns]) for cells in lines]


def shortened(text: str, width: int) -> str:
    """Return `text` in `width` characters: its end is kept, since AWS names differ there."""
    return text if len(text) <= width else "..." + text[len(text) - width + 3 :]


def folded(text: str, width: int) -> list[str]:
    """Return `text` as lines of `width` characters; ids and addresses are broken only where they are longer."""
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (shortened(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=True))
    return (INDENT + GAP.join(padded)).rstrip()

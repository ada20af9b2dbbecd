"""Text from outside as Markdown that shows it and does nothing else.

GitHub renders a summary as GitHub Flavored Markdown: besides CommonMark, tables, bare addresses that become links,
`$math$` and `@names` (docs.github.com, "Writing on GitHub"). A character reference never has a meaning of its own
(CommonMark 0.31.2, section 2.5), and a `<span>` around one character takes away what later filters look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ecsdeploy.report.clean import clean, clean_lines

_MARKUP = re.compile(r"[\\`*_\[\]<>#!|~&]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_FILTERED = re.compile(r"[@$]")
_TICKS = re.compile(r"`+")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9/._-]*)?")


def text(outside: str) -> str:
    """Return text for the middle of a line or the cell of a table; each of its line breaks is a `<br>`."""
    return "<br>".join(map(_line, clean_lines(outside)))


def code(outside: str) -> str:
    """Return text on one line in a fixed-width font, where no filter looks for names or emoji."""
    return f"<code>{_line(clean(outside))}</code>"


def link(address: str) -> str:
    """Return an address to click on, if it is plain HTTP; any other text stays text."""
    return f"<{address}>" if _ADDRESS.fullmatch(address) else code(address)


def fenced(lines: Iterable[str], language: str = "text") -> str:
    """Return lines as a block of code, which ends only where it does here."""
    shown = [line for each in lines for line in clean_lines(each)]
    ticks = "`" * max([3, *(len(run) + 1 for line in shown for run in _TICKS.findall(line))])
    return "\n".join([f"{ticks}{language}", *shown, ticks])


def folded(title: str, body: str) -> str:
    """Return `body`, which is Markdown, folded under a title of ours."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and values, which are Markdown; "" without rows."""
    lines = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join(["| | |", "|---|---|", *lines]) if lines else ""


def _line(outside: str) -> str:
    safe = _MARKUP.sub(lambda found: f"&#{ord(found[0])};", outside)
    return _FILTERED.sub(lambda found: f"<span>{found[0]}</span>", safe)

"""What `doctor` looked at, as text. Every outside text is cleaned here."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.facts import Check
from ecsdeploy.report.clean import clean, clean_lines
from ecsdeploy.report.line import Line

WIDTH = 11
"""Of the first column: its longest word is `unchecked`."""
_STYLES = {"ok": "created", "problem": "bad", "warning": "warn", "note": "note", "unchecked": "unchanged"}


def check_lines(check: Check) -> Iterator[Line]:
    """Yield what was found, and below it, if it is not well, why it matters and what to do."""
    where = f"{clean(check.file)}:{check.line}: " if check.file and check.line else ""
    first, *more = clean_lines(check.text) or [""]
    yield Line(f"{check.status:{WIDTH}}{clean(check.about)}: {where}{first}", _STYLES[check.status])
    below = " " * WIDTH
    yield from (Line(below + line, _STYLES[check.status]) for line in more)
    yield from (Line(below + line, "why") for line in clean_lines(check.why) if check.why)
    yield from (Line(below + line, "fix") for line in clean_lines(check.fix) if check.fix)

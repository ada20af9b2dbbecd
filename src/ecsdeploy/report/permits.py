"""Policies as text: the document itself, and the table of those that there are."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ecsdeploy.permits import PermitList, Policy, Reason
from ecsdeploy.report.clean import clean
from ecsdeploy.report.line import Line
from ecsdeploy.report.table import INDENT, folded, table

SID = 16
TERMINAL = 80
"""How many columns reasons take, which are prose and not cut: as many as every terminal has."""


def permit_lines(event: Policy | Reason | PermitList) -> Iterator[Line]:
    """Yield the lines of a policy, of the reason for one of its statements, or of the policies that there are."""
    match event:
        case Policy():
            yield from _policy(event)
        case Reason():
            yield from _reason(event)
        case PermitList():
            yield from _list(event)


def _policy(policy: Policy) -> Iterator[Line]:
    yield from (Line(clean(line)) for line in json.dumps(policy.document, indent=2).splitlines())


def _reason(reason: Reason) -> Iterator[Line]:
    parts = folded(clean(reason.why), TERMINAL - SID - 2 * len(INDENT))
    heads = [clean(reason.sid), *([""] * len(parts))]
    yield from (
        Line(f"{INDENT}{head.ljust(SID)}{INDENT}{part}", "note") for head, part in zip(heads, parts, strict=False)
    )


def _list(found: PermitList) -> Iterator[Line]:
    rows = [(each.command, _who(each.command, each.who, found.granted), each.does) for each in found.commands]
    head, *lines = table(("COMMAND", "WHO", "DOES"), rows, gives_way=2)
    yield Line(head, "unchanged")
    yield from map(Line, lines)


def _who(command: str, who: str, granted: tuple[str, ...]) -> str:
    return "deploy role, as [iam] grants says" if command in granted else who

"""Lists of environments and of deployments, as text. Every outside text is cleaned here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ecsdeploy.ago import ago
from ecsdeploy.config.duration import text_of
from ecsdeploy.facts import EnvironmentState, PastDeployment
from ecsdeploy.report.clean import clean
from ecsdeploy.report.line import Line
from ecsdeploy.report.standing import SHORT_COMMIT, VERDICTS, in_words
from ecsdeploy.report.table import INDENT, WIDTH, folded, table

DRIFT = {True: "yes", False: "no", None: "?"}


def environment_lines(found: Sequence[EnvironmentState], at: datetime) -> Iterator[Line]:
    """Yield a line for each environment; one that cannot be read, or has nothing, says so."""
    if not found:
        return
    names = [clean(each.environment) for each in found]
    width = max(len("ENVIRONMENT"), *map(len, names))
    head = ("ENVIRONMENT", "REVISION", "COMMIT", "RUNNING", "HEALTH", "LAST DEPLOYMENT", "DRIFT")
    rows = {n: (names[n].ljust(width), *_environment(each, at)) for n, each in enumerate(found) if not _without(each)}
    first, *rest = table(head, list(rows.values()), gives_way=1) if rows else [INDENT + head[0]]
    lines = dict(zip(rows, rest, strict=True))
    yield Line(first, "unchanged")
    for n, each in enumerate(found):
        style = "bad" if each.problem else "note" if n not in lines else _health(each)
        words = folded(_without(each), max(40, WIDTH - width - 4))
        whole = [f"{INDENT}{(names[n] if not i else '').ljust(width)}  {part}" for i, part in enumerate(words)]
        yield from (Line(line, style) for line in ([lines[n]] if n in lines else whole))


def _without(each: EnvironmentState) -> str:
    if each.problem:
        return clean(each.problem)
    return "nothing is deployed" if each.status == "MISSING" else ""


def _health(each: EnvironmentState) -> str:
    return "bad" if each.unhealthy or each.running < each.desired else ""


def _environment(each: EnvironmentState, at: datetime) -> tuple[str, ...]:
    when = f" {ago(each.verdict_at, at)}" if each.verdict_at is not None else ""
    health = [f"{n} {word}" for n, word in ((each.healthy, "healthy"), (each.unhealthy, "unhealthy")) if n]
    return (
        clean(each.revision),
        clean(each.commit)[:SHORT_COMMIT],
        f"{each.running}/{each.desired}",
        ", ".join(health),
        in_words(each.verdict) + when,
        DRIFT[each.differs],
    )


def past_lines(found: Sequence[PastDeployment]) -> Iterator[Line]:
    """Yield a line for each deployment, and below one that did not succeed, why."""
    if not found:
        return
    head = ("WHEN", "BY", "COMMIT", "REVISION", "VERDICT", "TOOK")
    first, *rest = table(head, [_past(each) for each in found], gives_way=3)
    yield Line(first, "unchanged")
    for line, each in zip(rest, found, strict=True):
        yield Line(line, "" if each.verdict == "succeeded" else VERDICTS.get(each.verdict, ""))
        if each.reason and each.verdict in ("failed", "rolled-back", "stopped"):
            yield from (Line(f"    {part}", "why") for part in folded(clean(each.reason), WIDTH - 4))


def _past(each: PastDeployment) -> tuple[str, ...]:
    return (
        f"{each.created_at.astimezone():%Y-%m-%d %H:%M}" if each.created_at is not None else "",
        clean(each.actor),
        clean(each.commit)[:SHORT_COMMIT],
        clean(each.revision),
        in_words(each.verdict),
        text_of(round(each.seconds)) if each.seconds is not None else "",
    )

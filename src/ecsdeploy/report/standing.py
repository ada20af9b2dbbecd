"""The state of a service, as text. Every outside text is cleaned here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from ecsdeploy.ago import age, ago
from ecsdeploy.changes import Change, Planned
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.events import ServiceMessage
from ecsdeploy.facts import DeploymentState, Drift, RunningTask, ServiceState, TasksSeen
from ecsdeploy.report.clean import clean
from ecsdeploy.report.line import Line
from ecsdeploy.report.table import WIDTH, folded, table

SHORT_COMMIT, SHORT_ID = 7, 8
VERDICTS = {"succeeded": "good", "rolled-back": "bad", "failed": "bad", "stopped": "warn", "in-flight": "step"}
_WHOSE = re.compile(r"^\(service [^)]*\) ")
"""How ECS starts each of its events: the heading already says it."""
_ORDINARY = re.compile(r"^ECS deployment \S+ (in progress|completed)\.$")
"""A rollout state's reason that says no more than the state."""
_MARKS = {"create": "+", "update": "~", "delete": "-", "unchecked": "?"}
_STYLES = {"create": "created", "update": "updated", "delete": "deleted"}
_VALUE = 40
_MESSAGE, _MORE_WORDS = 3, " ..."
"""The most lines of a service event: some name every task that was started."""
_MORE = " and 999 more"


def service_lines(found: Sequence[ServiceState], at: datetime, *, live: bool) -> Iterator[Line]:
    """Yield what it is, what it runs and how its newest deployment went; also the time, if this is redrawn."""
    hour = f"{at.astimezone():%H:%M:%S}  " if live else ""
    for each in found:
        name = clean(f"{each.cluster}/{each.service}")
        if each.status == "MISSING":
            env = "" if each.environment == NO_ENVIRONMENT else f" --env {clean(each.environment)}"
            yield Line(f"{hour}Nothing is deployed yet: there is no service {name}.", "step")
            yield Line(f"  `ecsdeploy deploy{env}` creates it.", "fix")
            continue
        pending = f", {each.pending} pending" if each.pending else ""
        well = each.running >= each.desired
        counts = f"{each.running} of {each.desired} tasks run{pending}"
        yield Line(f"{hour}{name} is {clean(each.status)}: {counts}.", "good" if well else "bad")
        for name, value, style in _about(each, at):
            first, *rest = folded(f"{name}: {value}", WIDTH - 4)
            yield from (Line(f"  {first}", style), *(Line(f"    {line}", style) for line in rest))


def _about(each: ServiceState, at: datetime) -> Iterator[tuple[str, str, str]]:
    yield "revision", clean(each.revision), "fact"
    yield "commit", _commit(each), "fact"
    if each.verdict:
        when = f" {ago(each.verdict_at, at)}" if each.verdict_at is not None else ""
        began = ", begun" if each.verdict == "in-flight" else ""
        yield "last deployment", in_words(each.verdict) + began + when, VERDICTS.get(each.verdict, "fact")
        if each.reason and each.verdict not in ("succeeded", "in-flight"):
            yield "reason", clean(each.reason), "why"
    if each.failing:
        yield "warning", clean(each.failing), "warn"
    breaker = "off" if not each.circuit_breaker else "on, and rolls back" if each.rollback else "on, without rollback"
    yield "circuit breaker", breaker, "fact"


def _commit(each: ServiceState) -> str:
    commit, head = clean(each.commit)[:SHORT_COMMIT], clean(each.head)[:SHORT_COMMIT]
    if not commit:
        return "not known: the revision has no tag for it"
    if not head:
        return commit
    return (
        f"{commit}, which is checked out here" if each.commit == each.head else f"{commit}; {head} is checked out here"
    )


def in_words(verdict: str) -> str:
    """Return a verdict as people say it."""
    return clean(verdict).replace("-", " ")


def deployment_lines(found: Sequence[DeploymentState], at: datetime) -> Iterator[Line]:
    """Yield the deployments that have tasks, and why one does not succeed."""
    if not found:
        return
    head = ("DEPLOYMENT", "REVISION", "COMMIT", "RUNNING", "PENDING", "FAILED", "ROLLOUT", "AGE")
    rows = [
        (
            clean(each.status),
            clean(each.revision),
            clean(each.commit)[:SHORT_COMMIT],
            f"{each.running}/{each.desired}",
            str(each.pending or ""),
            _failed(each),
            clean(each.rollout),
            _since(each.created_at, at),
        )
        for each in found
    ]
    first, *rest = table(head, rows, gives_way=1)
    yield Line(first, "unchanged")
    for line, each in zip(rest, found, strict=True):
        yield Line(line, "bad" if each.rollout == "FAILED" else "")
        if each.reason and not _ORDINARY.search(each.reason):
            yield from (Line(f"    {part}", "why") for part in folded(clean(each.reason), WIDTH - 4))


def _failed(each: DeploymentState) -> str:
    if not each.failed:
        return ""
    return f"{each.failed} of {each.threshold}" if each.threshold else str(each.failed)


def task_lines(
    seen: Sequence[TasksSeen], tasks: Sequence[RunningTask], deployments: Sequence[DeploymentState], at: datetime
) -> Iterator[Line]:
    """Yield how many tasks there are, and those that are shown one by one."""
    for counted in seen:
        if counted.shown < counted.total:
            looked = f"{counted.seen} of them checked, " if counted.seen < counted.total else ""
            order = f"{counted.shown} shown, the unhealthy and the newest first"
            yield Line(f"  {counted.total} tasks: {looked}{order}.", "note")
            for one in counted.alike:
                health = "" if one.health == "UNKNOWN" else f" {clean(one.health)}"
                yield Line(f"  {one.count:>5} {clean(one.status)}{health} of {clean(one.revision)}", "note")
    if not tasks:
        return
    by_id = {each.id: clean(each.status) for each in deployments}
    families = {each.rpartition(":")[0] for each in (*(t.revision for t in tasks), *(d.revision for d in deployments))}
    head = ("TASK", "AGE", "STATUS", "HEALTH", "REVISION", "COMMIT", "ADDRESS", "DEPLOYMENT")
    rows = [
        _task(each, by_id.get(each.started_by, clean(each.started_by)), at, one_family=len(families) == 1)
        for each in tasks
    ]
    first, *rest = table(head, rows, gives_way=4)
    yield Line(first, "unchanged")
    for line, each in zip(rest, tasks, strict=True):
        yield Line(line, "bad" if each.health == "UNHEALTHY" else "" if each.status == "RUNNING" else "warn")


def _task(each: RunningTask, deployment: str, at: datetime, *, one_family: bool) -> tuple[str, ...]:
    leaving = " (stopping)" if each.desired_status == "STOPPED" and each.status == "RUNNING" else ""
    return (
        clean(each.task)[:SHORT_ID],
        _since(each.started_at or each.created_at, at),
        clean(each.status) + leaving,
        "" if each.health == "UNKNOWN" else clean(each.health),
        clean(each.revision.rpartition(":")[2] if one_family else each.revision),
        clean(each.commit)[:SHORT_COMMIT],
        clean(each.address),
        deployment,
    )


def _since(then: datetime | None, at: datetime) -> str:
    return age(then, at) if then is not None else ""


def message_lines(found: Sequence[ServiceMessage], at: datetime) -> Iterator[Line]:
    """Yield the service's newest events, in ECS's words."""
    if found:
        yield Line("  EVENTS", "unchanged")
    for each in found:
        words = folded(clean(_WHOSE.sub("", each.text)), WIDTH - len("  120s  ") - len(_MORE_WORDS))
        more = _MORE_WORDS if len(words) > _MESSAGE else ""
        for n, line in enumerate(words[:_MESSAGE]):
            yield Line(f"  {_since(each.at, at) if n == 0 else '':>4}  {line}{more * (n == _MESSAGE - 1)}", "service")


def drift_lines(found: Sequence[Drift], differences: Sequence[Planned]) -> Iterator[Line]:
    """Yield whether the service matches the config, and each resource that does not, on a line."""
    for each in found:
        unchecked = any(one.action == "unchecked" for one in differences)
        if each.differs is None:
            yield from (
                Line(line, "note") for line in folded(f"Not compared with the config. {clean(each.why)}", WIDTH)
            )
        elif each.differs:
            yield Line("Differs from the config; apart from the image, `ecsdeploy deploy` would:", "warn")
        else:
            known = "As far as was checked, the service" if unchecked else "The service"
            yield Line(f"{known} matches the config.", "good")
    yield from (_difference(each) for each in differences)
    warnings = (text for each in found for text in each.warnings)
    yield from (Line(line, "warn") for text in warnings for line in folded(f"warning: {clean(text)}", WIDTH))


def _difference(each: Planned) -> Line:
    what = f"{clean(each.kind)} {clean(each.name)}"
    if each.action == "unchecked":
        return Line(f"  ? {what}: could not be checked, no permission for {clean(each.detail)}", "note")
    line = f"  {_MARKS[each.action]} {each.action} {what}"
    shortest_first = sorted(each.changes, key=lambda change: len(_whole(change)))
    for n, change in enumerate(shortest_first):
        rest = len(each.changes) - n
        text = _change(change, WIDTH - len(line) - (len(_MORE) if rest > 1 else 0))
        if not text:
            line += f" and {rest} more" if n else ""
            break
        line += f"{', ' if n else ': '}{text}"
    return Line(line + (f": {clean(each.detail)}" if each.detail else ""), _STYLES.get(each.action, ""))


def _change(change: Change, room: int) -> str:
    """Return a change in at most `room` characters: with its values, or only its path, or ""."""
    return next((text for text in (_whole(change), _path(change)) if len(text) + 2 <= room), "")


def _whole(change: Change) -> str:
    return f"{_path(change)} {_value(change.before)} -> {_value(change.after)}"


def _path(change: Change) -> str:
    return clean(change.path).removeprefix("containerDefinitions.")


def _value(value: object) -> str:
    text = "(none)" if value is None else clean(str(value))
    return text if len(text) <= _VALUE else text[: _VALUE - 3] + "..."

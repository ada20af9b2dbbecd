"""A run as the summary of its step, in GitHub's Markdown: how it ended, why, and what happened when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecsdeploy.core.record import Record
from ecsdeploy.core.timeline import Chart
from ecsdeploy.events import GaveUp, RolloutState, ServiceMessage
from ecsdeploy.facts import Check
from ecsdeploy.report.checked import check_lines
from ecsdeploy.report.github import markdown as md
from ecsdeploy.report.github.cause import last_of, told
from ecsdeploy.report.github.mermaid import drawn, gantt
from ecsdeploy.report.github.outputs import outputs_of
from ecsdeploy.report.spent import lasted, spent_lines
from ecsdeploy.report.text import lines

MESSAGES = 100
"""How many of the service's events are listed, the newest."""
CUT = "_Some of it is left out: GitHub shows no more than 1 MiB for a step._"


def summary(record: Record, chart: Chart, room: int) -> str:
    """Return the Markdown, of at most `room` bytes in UTF-8: the parts that fit, the most important ones first."""
    kept: list[str] = []
    left = room - _size(CUT)
    for part in filter(None, _parts(record, chart)):
        if _size(part) > left:
            return _joined([*kept, CUT]) if kept else ""
        kept.append(part)
        left -= _size(part)
    return _joined(kept)


def _parts(record: Record, chart: Chart) -> Iterator[str]:
    yield _headline(record)
    yield _cause(record)
    yield _gave_up(record)
    yield _checks([each for each in record.events if isinstance(each, Check) and each.status in ("problem", "warning")])
    yield md.table((name, value) for name, value in _facts(record).items() if value)
    for card in record.causes:
        yield md.fenced(line.text for line in lines(card))
    yield _picture(chart)
    yield _time(record)
    yield _messages([each for each in record.events if isinstance(each, ServiceMessage)])


def _headline(record: Record) -> str:
    failed = record.error is not None or (record.outcome is not None and not record.outcome.ok)
    if record.error is not None:
        words = record.error.what
    else:
        words = record.outcome.text if record.outcome is not None else f"ecsdeploy {record.command}"
    return f"### {'❌' if failed else '✅'} {md.text(words)}"


def _gave_up(record: Record) -> str:
    """Return that the run gave the deployment up, why, and what it did about it."""
    found = next((each for each in record.events if isinstance(each, GaveUp)), None)
    return f"**Given up:** {md.text(f'{found.why}. {found.then}')}" if found is not None else ""


def _cause(record: Record) -> str:
    """Return why a run did not succeed, and what to do."""
    error = record.error
    if error is None and (record.outcome is None or record.outcome.ok):
        return ""
    said = list(zip(("Cause", "What to do"), told(last_of(record.causes)), strict=True))
    said += [("Why", error.why), ("Next", error.fix)] if error is not None else []
    return "\n\n".join(f"**{name}:** {md.text(each)}" for name, each in said if each)


def _facts(record: Record) -> dict[str, str]:
    """Return what is known of the run, by its name, as Markdown."""
    about, known = record.about, outputs_of(record)
    facts = dict(record.outcome.facts) if record.outcome is not None else {}
    service = facts.pop("service", f"{about.cluster}/{about.service}" if about is not None else "")
    rows = {
        "service": _code(service),
        "environment": _code(about.environment) if about is not None else "",
        "revision": _code(facts.pop("revision", known.get("task-definition-arn", ""))),
        "image": _code(known.get("image", "")),
        "deployment": _code(facts.pop("deployment", known.get("deployment-arn", ""))),
        "tasks": _tasks(record),
        "url": "<br>".join(md.link(each.value) for each in record.results if each.name == "url"),
        "duration": lasted((record.ended_at - record.started_at).total_seconds()),
    }
    return rows | {md.text(name): md.text(value) for name, value in facts.items()}


def _code(value: str) -> str:
    return md.code(value) if value else ""


def _tasks(record: Record) -> str:
    """Return how many tasks the deployment had at last; a deployment that is rolled back wants none."""
    seen = next((each for each in reversed(record.events) if isinstance(each, RolloutState)), None)
    if seen is None or not seen.desired or "ROLLBACK" in seen.status:
        return ""
    return f"{seen.running} of {seen.desired} run"


def _checks(found: list[Check]) -> str:
    return md.fenced(line.text for each in found for line in check_lines(each)) if found else ""


def _picture(chart: Chart) -> str:
    if not chart.bars:
        return ""
    more = len(chart.bars) - len(drawn(chart))
    note = f"\n\n{more} more tasks are not drawn." if more else ""
    return md.fenced(gantt(chart), "mermaid") + note


def _time(record: Record) -> str:
    spent = record.spent
    told = [line.text.strip() for line in spent_lines(spent)] if spent is not None else []
    return "\n\n".join(map(md.text, told))


def _messages(messages: list[ServiceMessage]) -> str:
    if not messages:
        return ""
    shown = messages[-MESSAGES:]
    count = f"{len(messages)}" if len(shown) == len(messages) else f"the last {len(shown)} of {len(messages)}"
    return md.folded(f"ECS's messages ({count})", md.fenced(f"{each.at:%H:%M:%S} {each.text}" for each in shown))


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n\n"


def _size(part: str) -> int:
    return len(part.encode()) + 2

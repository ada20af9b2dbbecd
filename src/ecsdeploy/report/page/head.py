"""The page's beginning: the verdict, and what the run was about."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.core.record import Record
from ecsdeploy.events import Result
from ecsdeploy.report.page.html import Child, Html, join, lines, tag
from ecsdeploy.report.page.words import moment, tone, verdict
from ecsdeploy.report.spent import lasted

SHOWN_BELOW = frozenset({"service", "deployment"})
"""Facts of an outcome that the page has in a place of their own."""


def head(record: Record) -> Html:
    """Return the verdict with its details."""
    return tag(
        "header",
        tag("span", verdict(record), class_="pill"),
        tag("h1", lines(_title(record))),
        *_why(record),
        tag("dl", *_facts(record)),
        tag("dl", *_about(record), class_="wide"),
        class_=tone(record),
    )


def _title(record: Record) -> str:
    if record.error is not None:
        return record.error.what
    if record.outcome is not None:
        return record.outcome.text
    return f"ecsdeploy {record.command} ended with exit code {record.exit_code}."


def _why(record: Record) -> Iterator[Html]:
    if record.error is None:
        return
    if record.outcome is not None:
        yield tag("p", lines(record.outcome.text))
    for text in (record.error.why, record.error.fix):
        if text:
            yield tag("p", lines(text), class_="soft")


def _facts(record: Record) -> Iterator[Html]:
    if record.outcome is not None:
        for name, value in record.outcome.facts.items():
            if name not in SHOWN_BELOW:
                yield join(tag("dt", name), tag("dd", lines(value)))
    for result in record.results:
        yield join(tag("dt", result.name), tag("dd", _result(result)))


def _result(result: Result) -> Html:
    """Return a value; an address of the web as a link."""
    if result.value.startswith(("https://", "http://")):
        return tag("a", result.value, href=result.value, rel="noopener noreferrer")
    return lines(result.value)


def _about(record: Record) -> Iterator[Html]:
    about, outcome = record.about, record.outcome
    if about is not None:
        yield _pair("service", f"{about.cluster}/{about.service}")
        yield _pair("environment", about.environment) if about.environment else join()
        yield _pair("region", about.region)
        yield _pair("account", about.account) if about.account else join()
    yield _pair("command", f"ecsdeploy {record.command}")
    yield _pair("began", moment(record.started_at))
    yield _pair("took", lasted((record.ended_at - record.started_at).total_seconds()))
    yield _pair("exit code", str(record.exit_code))
    if outcome is not None and (arn := outcome.facts.get("deployment")):
        yield _pair("deployment", arn.rsplit("/", 1)[-1])


def _pair(name: str, value: Child) -> Html:
    return tag("div", tag("dt", name), tag("dd", value))

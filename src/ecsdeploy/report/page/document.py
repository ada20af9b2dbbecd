"""The page: verdict, cause, picture, where the time went, plan, tasks, events, logs."""

from __future__ import annotations

from pathlib import Path

from ecsdeploy.core.record import Record
from ecsdeploy.core.timeline import chart
from ecsdeploy.report.page.head import head
from ecsdeploy.report.page.html import Html, css, tag
from ecsdeploy.report.page.parts import causes, events, logs, plan, tasks, timeline
from ecsdeploy.report.page.spent import spent
from ecsdeploy.report.page.words import moment

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing may be loaded or run, whatever got into the page."""


def page(record: Record) -> str:
    """Return a run's record as the text of an HTML file."""
    drawn = chart(record)
    body = tag(
        "main",
        head(record),
        *causes(record),
        timeline(drawn),
        spent(record.spent),
        plan(record),
        tasks(drawn),
        events(record),
        logs(record),
        _foot(record),
    )
    return "<!doctype html>\n" + tag("html", _meta(record), tag("body", body), lang="en") + "\n"


def _meta(record: Record) -> Html:
    service = record.about.service if record.about else ""
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"ecsdeploy {record.command} {service} {moment(record.started_at)}"),
        css(Path(__file__).with_name("style.css").read_text(encoding="utf-8")),
    )


def _foot(record: Record) -> Html:
    left = ", ".join(f"{count} {name}" for name, count in record.left_out.items())
    said = [f"ecsdeploy {record.tool}. Times are in UTC."]
    if record.about is not None:
        said.append(f"Config {record.about.config_hash}.")
    if left:
        said.append(f"Left out from the middle of a long run: {left}.")
    return tag("footer", " ".join(said))

"""A failure card as lines of text: the sentence with the cause first, then the evidence, then what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ecsdeploy.events import FailureCard
from ecsdeploy.report.clean import clean, clean_lines
from ecsdeploy.report.line import Line

LONGEST = 500


def card_lines(card: FailureCard, printed: Callable[[str], list[str]]) -> Iterator[Line]:
    """Yield the lines of a card; `printed` splits what a program wrote into lines."""
    yield Line(_headline(card), "bad")
    stopped = ": ".join(part for part in (card.stop_code, card.stopped_reason) if part)
    yield from _told("stopped", stopped)
    yield from (Line(f"  container {clean(text)}", "why") for text in card.containers)
    yield from _told("health check", card.check)
    yield from _told("load balancer", card.target_health)
    if card.log_lines:
        yield Line("  from its log:", "why")
        logged = (line for text in card.log_lines for line in printed(text))
        yield from (Line(f"    | {shortened(line)}", "log") for line in logged)
    yield from _told("fix", card.fix, "fix")


def _headline(card: FailureCard) -> str:
    task, cause = clean(card.task)[:8], clean(card.cause)
    if card.part == "more":
        return f"More on task {task}:" + (f" {cause}" if cause else "")
    if not task:
        return f"No task was started: {cause}"
    who = f"Task {task} failed" if card.times == 1 else f"{card.times} tasks failed, among them {task}"
    return f"{who}: {cause}"


def _told(name: str, text: str, style: str = "why") -> Iterator[Line]:
    """Yield a text under its name, with the line breaks that it has; nothing if it is empty."""
    if text:
        first, *rest = clean_lines(text)
        yield Line(f"  {name}: {first}", style)
        yield from (Line(f"    {line}", style) for line in rest)


def shortened(text: str) -> str:
    """Return a line short enough for a card; `logs` shows all of it."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text) - LONGEST} more characters)"

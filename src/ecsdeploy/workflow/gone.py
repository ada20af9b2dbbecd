"""Waits for what is gone only some time after it was deleted."""

from __future__ import annotations

from typing import Protocol

from ecsdeploy.clock import Clock
from ecsdeploy.core.step import Ref, Wait
from ecsdeploy.errors import TimedOut
from ecsdeploy.events import Note, Report, Step
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Journal

EVERY = 2.0


class Lasting(Protocol):
    """Looks for what was deleted: `workflow.look.Look`."""

    def left_of(self, ref: Ref) -> str:
        """Return what is left of something that was deleted; "" once it is gone."""
        ...


class Waiting(Protocol):
    """What waits: `workflow.apply.Applier`."""

    @property
    def look(self) -> Lasting:
        """Return where to look."""
        ...

    report: Report
    journal: Journal
    clock: Clock


def wait_until_gone(hands: Waiting, ref: Ref, wait: Wait) -> None:
    """Return once something that was deleted is gone; reports what was left of it. Raises `TimedOut`."""
    hands.journal.doing = f"waiting until the {ref} is gone"
    hands.report(Step(f"Waiting until the {ref} is gone"))
    said = ""

    def gone(left: str) -> bool | None:
        nonlocal said
        if left and left != said:
            hands.report(Note(f"  {left}"))
        said = left
        return None if left else True

    deadline = hands.clock.monotonic() + wait.seconds
    try:
        poll(lambda: hands.look.left_of(ref), gone, clock=hands.clock, every=EVERY, deadline=deadline)
    except DeadlineReached:
        raise TimedOut(
            f"The {ref} is not gone after {wait.seconds / 60:.0f} minutes.",
            why=f"{said}.".capitalize(),
            fix=hands.journal.resume or "Run the same command again in a minute.",
        ) from None
    hands.journal.doing = ""

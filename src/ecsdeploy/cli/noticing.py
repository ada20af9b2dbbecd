"""A reporter that notes how far a deployment is: what an interrupted run tells of it."""

from __future__ import annotations

from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Event, GaveUp, RolloutState
from ecsdeploy.report import Reporter
from ecsdeploy.runtime import Journal


class Noticing:
    """Shows everything as `report` does, and keeps in `journal` how far a deployment is, and that it was given up."""

    def __init__(self, report: Reporter, journal: Journal) -> None:
        self._report = report
        self._journal = journal

    def __call__(self, *events: Event) -> None:
        """Show `events`."""
        for event in events:
            if isinstance(event, RolloutState):
                self._journal.seen = event
            elif isinstance(event, GaveUp):
                self._journal.gave_up = True  # before ECS is asked: what it has heard of it is not known then
        self._report(*events)

    def error(self, error: EcsdeployError) -> None:
        """Show why the command failed."""
        self._report.error(error)

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Ask a question."""
        return self._report.ask(question, expects)

    def close(self) -> None:
        """Leave the terminal as it was found."""
        self._report.close()

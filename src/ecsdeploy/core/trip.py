"""From what runs to what it goes back to: the planned value, and its messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ecsdeploy.ago import ago
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.rollback import Goal, told
from ecsdeploy.core.saying import Saying
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition, revision_of, short_name
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.events import Event, Note, Warn


@dataclass(frozen=True, kw_only=True)
class Trip:
    """A way back. `runs` is the revision that the service names, None if ECS no longer has it; `runs_at` is when it was
    deployed, and `now` the time.

    `failed` is the ARN of what ECS rolled back by itself, `further` that of the next older one.
    """

    target: Target
    seen: ServiceSeen
    goal: Goal
    now: datetime
    runs: TaskDefinition | None = None
    runs_at: datetime | None = None
    failed: str = ""
    further: str = ""

    @property
    def command(self) -> str:
        """Return the command that has the same result, however often it is run."""
        return self._to(self.goal.revision.arn)

    def wanted(self) -> Wanted:
        """Return what is wanted: one revision, and nothing else of the service."""
        service, goal = self.seen.service, self.goal.revision
        way = "on" if self._is_newer else "back"
        return Wanted(
            target=self.target,
            parts=("service",),
            settings=False,
            revision=goal.arn,
            ask=f"Take {service.name} {way} from {short_name(service.task_definition)} to {short_name(goal.arn)}?",
        )

    def lines(self) -> tuple[Event, ...]:
        """Return what the user has to know before they agree."""
        service, short = self.seen.service, short_name(self.goal.revision.arn)
        runs = told(self.runs, self.runs_at, self.now) if self.runs else short_name(service.task_definition)
        says: tuple[Event, ...] = (
            Note(f"Now:  {runs}, {service.running} of {service.desired} tasks run"),
            Note(f"Then: {told(self.goal.revision, self.goal.at, self.now)}"),
        )
        if self.goal.at is None:
            says += (Warn(f"ECS knows of no successful deployment of {short}: it may not work."),)
        return says

    def says(self) -> Saying:
        """Return the messages for its deployment."""
        goal, service = told(self.goal.revision, self.goal.at, self.now), self.seen.service
        deploy = f"ecsdeploy deploy{self.target.env_option}"
        stays = self.goal.revision.arn == service.task_definition
        then = f"`{deploy}` would deploy the current config and source again: fix them first"
        way, again = "forward" if self._is_newer else "back", " again" if self.goal.at is not None else ""
        return Saying(
            done=f"Rolled {way}: {goal} runs{again}: {{tasks}}.",
            unchanged=self._stays(goal),
            watch=self.command,
            again=self.command,
            then=self._further() if stays else "" if self._is_newer else then,
        )

    @property
    def _is_newer(self) -> bool:
        (family, number), goal = revision_of(self.seen.service.task_definition), self.goal.revision
        return goal.family == family and goal.revision > number

    def _stays(self, goal: str) -> str:
        service, last = self.seen.service, self.seen.last
        tasks = f"{service.running} of {service.desired} tasks"
        if not self.failed:
            return f"Nothing to do: {goal} runs already: {tasks}."
        when = f" {ago(last.finished_at, self.now)}" if last is not None and last.finished_at is not None else ""
        return f"Nothing to do: {short_name(self.failed)} failed{when}, and ECS itself went back to {goal}: {tasks}."

    def _further(self) -> str:
        return f"`{self._to(self.further)}` goes further back" if self.further else ""

    def _to(self, arn: str) -> str:
        family, number = revision_of(arn)
        name = str(number) if family == self.target.names.family else short_name(arn)
        return f"ecsdeploy rollback{self.target.env_option} --to {name}"

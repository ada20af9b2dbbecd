"""A job of a workflow, with what the rules ask about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ecsdeploy.github.lint.tree import Node

WATCHING = ("chaos-stop", "deploy", "restart", "rollback", "run", "scale", "watch")
"""Commands that go on until a rollout is over, or a task."""
CHANGING = ("destroy", "deploy", "restart", "rollback", "scale", "setup", "bootstrap-oidc")
_OFFLINE = ("sandbox", "workflow", "completion", "")
_COMMAND = re.compile(
    r"^(?P<exec>exec\s+)?(?:\w+=\S*\s+)*(?:(?:uv|uvx|pipx|poetry|python3?\s+-m)\s+(?:run\s+)?)?"
    r"(?:\S*/)?ecsdeploy(?:\s+(?P<rest>.*))?$"
)
MARK = "# Written by `ecsdeploy workflow`"
"""What the workflows begin with that ecsdeploy writes: in them, the step `deploy` is its action, whatever its name."""
_ACTION = re.compile(r"(^|/)ecsdeploy(?:-action)?(@|$)")


@dataclass(frozen=True)
class Command:
    """A line of a `run` that starts ecsdeploy: its subcommand, and whether it takes the shell's place."""

    name: str
    has_exec: bool
    is_last: bool


@dataclass(frozen=True)
class Job:
    """A job, and the workflow around it; `written` says that ecsdeploy wrote that."""

    name: str
    node: Node
    workflow: Node
    written: bool = False

    @property
    def steps(self) -> tuple[Node, ...]:
        """Return the steps; a job that calls a reusable workflow has none."""
        return self.node.get("steps").items

    @property
    def commands(self) -> list[Command]:
        """Return every start of ecsdeploy in this job's scripts."""
        return [command for step in self.steps for command in commands(step.get("run").text)]

    @property
    def uses_action(self) -> bool:
        """Return whether a step is ecsdeploy's own action."""
        return any(
            _ACTION.search(uses.text) or (self.written and uses.text and step.get("id").text == "deploy")
            for step in self.steps
            for uses in (step.get("uses"),)
        )

    @property
    def reaches_aws(self) -> bool:
        """Return whether ecsdeploy runs here and has to sign in to AWS."""
        return self.uses_action or any(each.name not in _OFFLINE for each in self.commands)

    @property
    def changes_aws(self) -> bool:
        """Return whether ecsdeploy changes what runs."""
        return self.uses_action or any(each.name in CHANGING for each in self.commands)

    @property
    def permissions(self) -> Node:
        """Return the job's permissions: its own, or the workflow's."""
        return self.node.get("permissions") if self.node.has("permissions") else self.workflow.get("permissions")

    @property
    def may_get_id_token(self) -> bool:
        """Return whether the job may ask for an id token."""
        return self.permissions.text == "write-all" or self.permissions.get("id-token").text == "write"

    @property
    def is_sensitive(self) -> bool:
        """Return whether what runs here can get at AWS."""
        return self.reaches_aws or self.may_get_id_token


def jobs(workflow: Node, *, written: bool = False) -> Iterator[Job]:
    """Yield the jobs of a workflow; `written` says that ecsdeploy wrote it."""
    for name, node in workflow.get("jobs").mapping.items():
        yield Job(name, node, workflow, written)


def commands(script: str) -> Iterator[Command]:
    """Yield the lines of a script that start ecsdeploy."""
    lines = [line.strip() for line in re.sub(r"\\\n\s*", " ", script).splitlines()]
    code = [line for line in lines if line and not line.startswith("#")]
    for number, line in enumerate(code, 1):
        found = _COMMAND.match(line)
        if found is not None:
            words = (found["rest"] or "").split()
            name = next((word for word in words if not word.startswith("-")), "")
            yield Command(name, found["exec"] is not None, number == len(code))

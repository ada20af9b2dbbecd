"""What a runtime asks of a task's execution role, before it does what ECS does with that role's permissions."""

from __future__ import annotations

from typing import Protocol

from ecsdeploy.sandbox.runtime.base import TaskSpec


class RoleCheck(Protocol):
    """Each method raises `Refused` in AWS's words, and may wait."""

    def before_pull(self, spec: TaskSpec) -> None:
        """Check that the role may log in to the registry and read the secrets."""
        ...

    def at_pull(self, spec: TaskSpec) -> None:
        """Check that the role may pull the images."""
        ...

    def after_pull(self, spec: TaskSpec) -> None:
        """Check that the role may make the log streams."""
        ...


class EveryRole:
    """A `RoleCheck` for which every role may do everything."""

    def before_pull(self, spec: TaskSpec) -> None:
        """Let it pass."""

    def at_pull(self, spec: TaskSpec) -> None:
        """Let it pass."""

    def after_pull(self, spec: TaskSpec) -> None:
        """Let it pass."""

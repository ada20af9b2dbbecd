"""What the state machine of a task asks of a runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ecsdeploy.sandbox.runtime.order import ContainerRun

if TYPE_CHECKING:
    from ecsdeploy.sandbox.runtime.run import TaskRun


class Refused(Exception):
    """The task cannot run; the text is AWS's wording where AWS has one."""


class Backend(Protocol):
    """What a runtime can do to the containers of a task. Nothing here may call the `TaskRun` before it returns."""

    def prepare(self, run: TaskRun) -> None:
        """Begin to resolve secrets and to pull; then tell `run.prepared()` or `run.failed()`."""
        ...

    def open(self, run: TaskRun) -> None:
        """Make what the containers share: network and volumes. Raises `Refused`."""
        ...

    def start(self, run: TaskRun, container: ContainerRun) -> None:
        """Create and start (or restart); then tell `created` and `started`, or `not_started`."""
        ...

    def terminate(self, run: TaskRun, container: ContainerRun) -> None:
        """Send SIGTERM, or the image's own stop signal."""
        ...

    def kill(self, run: TaskRun, container: ContainerRun) -> None:
        """Send SIGKILL."""
        ...

    def say(self, run: TaskRun, container: ContainerRun, text: str) -> None:
        """Write a line into the container's log."""
        ...

    def clear(self, run: TaskRun) -> None:
        """Remove whatever there is of the task."""
        ...

    def later(self, run: TaskRun, seconds: float, action: Callable[[], None]) -> None:
        """Do `action` in `seconds`, in turn with everything else that is told to `run`."""
        ...

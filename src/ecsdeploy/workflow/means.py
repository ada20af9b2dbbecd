"""What carrying out a plan needs besides the plan: to write, to look between two writes, to follow a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ecsdeploy.core.account import RoleSeen
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.step import Ends, Step
from ecsdeploy.workflow.gone import Lasting


class Write(Protocol):
    """Sends one call to AWS: `aws.write`."""

    def __call__(self, call: str, parameters: Mapping[str, Any], *, once: bool) -> Mapping[str, Any]:
        """Return AWS's answer."""
        ...


class Looks(Lasting, Protocol):
    """What has to be read between two writes: `workflow.look.Look`."""

    def cluster(self) -> Cluster | None:
        """Return the cluster, once it accepts services."""
        ...

    def role(self, name: str, *, policy: bool, others: bool) -> RoleSeen | None:
        """Return a role."""
        ...

    def arrived(self, step: Step, known: frozenset[str]) -> Mapping[str, Any] | None:
        """Return the answer of a step with an unknown result; None if it did not arrive."""
        ...

    def under_way(self, step: Step, ends: Ends) -> Mapping[str, Any] | None:
        """Return the answer of a step whose task an earlier run has started, if it makes another needless."""
        ...


class Follow(Protocol):
    """Follows a task to its end: `workflow.release`."""

    def __call__(self, step: Step, ends: Ends, answer: Mapping[str, Any], *, begun: bool) -> None:
        """Return once the task of `answer` has ended well. `begun`: an earlier run has started it. Raises `Failed`."""
        ...

"""A decision about a service, and what it writes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.step import Later, Ref, Step
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.core.things import service as things
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.things.task_definition import rendered
from ecsdeploy.core.upkeep import FILL, Upkeep
from tests.unit.core import builders as a

DOCUMENT = rendered(a.wanted(), a.account())
OLDER = {**DOCUMENT, "cpu": "512", "memory": "1024"}
ONE, TWO = (f"{a.ARN}:task-definition/hello:{number}" for number in (1, 2))
NEW = Later(Ref("task definition", "hello"), "arn")


@dataclass(frozen=True)
class Made:
    """What was decided, with the one write to the service itself, if there is one."""

    decision: Decision
    awaited: Awaited

    @property
    def write(self) -> Step:
        """Return the last write."""
        return self.decision.steps[-1]

    @property
    def update(self) -> dict[str, Any]:
        """Return what UpdateService is asked for, beside which service it is and which revision it runs."""
        assert self.write.call == "ecs:UpdateService"
        parameters = dict(self.write.parameters)
        assert (parameters.pop("cluster"), parameters.pop("service")) == ("hello", "hello")
        assert parameters.pop("taskDefinition", self.awaited.task_definition) == self.awaited.task_definition
        return parameters

    @property
    def unchanged(self) -> bool:
        """Return whether nothing is written, and nothing waited for."""
        return self.decision.steps == () and self.awaited.until == "nothing"


def decided(
    service: Service | None = None,
    running: TaskDefinition | None = None,
    *,
    newest: TaskDefinition | None = None,
    deployments: tuple[ServiceDeployment, ...] = (a.rollout(),),
    seen: Mapping[str, Any] | None = None,
    raw: Mapping[str, Any] | None = None,
    upkeep: Upkeep = FILL,
    **wants: Any,
) -> Made:
    """Decide about a service of which AWS has this; without a service, there is none."""
    target = a.target(service={"raw": raw or {}})
    found = None if service is None else ServiceSeen(service=service, deployments=deployments)
    account = a.account(target, service=found, running=running, newest=newest or running, **(seen or {}))
    return Made(*things.decide(a.wanted(**{"target": target, **wants}), account, upkeep))


def steady(**changed: Any) -> Made:
    """Decide about a service that runs what is wanted."""
    return decided(changed.pop("service", a.service()), a.revision(1, DOCUMENT), **changed)


def answering(**raw: Any) -> Service:
    """Return a service of which ECS also answers this."""
    return a.service(raw={**a.service().raw, **raw})

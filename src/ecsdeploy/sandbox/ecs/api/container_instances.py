"""Container instances: Fargate has none, and clients that know EC2 too ask for them all the same."""

from __future__ import annotations

from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import find_cluster, invalid
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.describe import Answer
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import arn, last
from ecsdeploy.sandbox.wire import Caller, Operations


class ContainerInstanceApi:
    """The answers of a cluster in which no instance is registered."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {"ListContainerInstances": self.list, "DescribeContainerInstances": self.describe}

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List none."""
        find_cluster(self._engine.world, params.get("cluster"))
        none: list[str] = []
        shown, more = page(none, params)
        return {"containerInstanceArns": shown, **more}

    def describe(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Miss every one that is asked for, up to 100."""
        world = self._engine.world
        cluster = find_cluster(world, params.get("cluster"))
        references = params["containerInstances"]
        if not references:
            raise invalid("Container instances cannot be empty.")
        if len(references) > 100:
            raise invalid("instanceIds can have at most 100 items.")
        names = dict.fromkeys(last(reference) for reference in references)
        missing = [arn(world, f"container-instance/{cluster.name}/{name}") for name in names]
        return {"containerInstances": [], "failures": [{"arn": one, "reason": "MISSING"} for one in missing]}

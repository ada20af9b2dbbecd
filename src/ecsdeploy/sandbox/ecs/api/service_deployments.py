"""Service deployments and service revisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import find_cluster, invalid, service_key
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.describe import Answer
from ecsdeploy.sandbox.ecs.describe_service import (
    brief_service_deployment,
    describe_revision,
    describe_service_deployment,
)
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import resource
from ecsdeploy.sandbox.ecs.service_records import ServiceDeployment
from ecsdeploy.sandbox.ecs.world import Draft, Key, World
from ecsdeploy.sandbox.wire import AwsError, Caller, Operations

KEPT_SECONDS = 90 * 86_400
"""How far back service deployments are listed: ECS keeps them for 90 days (Developer Guide)."""


class ServiceDeploymentApi:
    """What became of each change of a service."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {
            "ListServiceDeployments": self.list,
            "DescribeServiceDeployments": self.describe,
            "StopServiceDeployment": self.stop,
            "DescribeServiceRevisions": self.describe_revisions,
        }

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List a service's deployments, the newest first."""
        world = self._engine.world
        cluster = find_cluster(world, params.get("cluster") or _cluster_of(params["service"]))
        shard = world.shards.get(service_key(cluster.name, params["service"]))
        if shard is None or shard.service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        after, before = _window(params, self._engine.clock.now())
        newest_first = reversed(list(enumerate(shard.history)))
        found = [
            (number, record)
            for number, record in newest_first
            if (not params.get("status") or record.status in params["status"]) and after <= record.created_at <= before
        ]
        shown, more = page(found, params, size=20, place=lambda one: (one[0],), descending=True)
        briefs = [brief_service_deployment(world, shard.service, record) for _, record in shown]
        return {"serviceDeployments": briefs, **more}

    def describe(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Describe up to 20 service deployments; a missing one is a failure, not an error."""
        world = self._engine.world
        found, failures = [], []
        for reference in _up_to_20(params["serviceDeploymentArns"]):
            key, identity = _read(reference, "service-deployment")
            find_cluster(world, key[0])
            shard = world.shards.get(key)
            record = _record(world, key, identity)
            if shard is None or record is None:
                failures.append({"arn": reference, "reason": "MISSING"})
            else:
                found.append(describe_service_deployment(world, shard, record))
        return {"serviceDeployments": found, "failures": failures}

    def stop(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Roll a deployment under way back; one that is being rolled back goes on (Developer Guide)."""
        reference = params["serviceDeploymentArn"]
        if params.get("stopType", "ROLLBACK") != "ROLLBACK":
            raise invalid("The stopType must be ROLLBACK.")
        key, identity = _read(reference, "service-deployment")

        def write(draft: Draft) -> Answer:
            record = _record(draft.world, key, identity)
            if record is None:
                raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")
            if not record.ongoing:
                raise AwsError(
                    "ConflictException",
                    "Service deployment is not in a state that can be stopped.",
                    resourceIds=[reference],
                )
            if record.status in ("PENDING", "IN_PROGRESS"):
                shard = draft.open(key)
                begin = draft.now + draft.timing.rollback_start
                shard.put_history(
                    replace(
                        record, status="ROLLBACK_REQUESTED", updated_at=draft.now, stopped_at=draft.now, begin_at=begin
                    )
                )
                shard.due = draft.now
            return {"serviceDeploymentArn": reference}

        return self._engine.change(write)

    def describe_revisions(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Describe up to 20 service revisions; a missing one is a failure, not an error."""
        world = self._engine.world
        found, failures = [], []
        for reference in _up_to_20(params["serviceRevisionArns"]):
            key, number = _read(reference, "service-revision")
            find_cluster(world, key[0])
            shard = world.shards.get(key)
            revision = shard.revisions.get(number) if shard else None
            if shard is None or shard.service is None or revision is None:
                failures.append({"arn": reference, "reason": "MISSING"})
            else:
                found.append(describe_revision(world, shard.service, revision))
        return {"serviceRevisions": found, "failures": failures}


def _window(params: Mapping[str, Any], now: float) -> tuple[float, float]:
    """Return the times between which a deployment must have been created. Raises InvalidParameterException."""
    given = {name: moment.timestamp() for name, moment in (params.get("createdAt") or {}).items()}
    if any(at < now - KEPT_SECONDS for at in given.values()):
        raise invalid("Before and After time filter must be within the last 3 months.")
    return given.get("after", 0.0), given.get("before", float("inf"))


def _up_to_20(references: Sequence[str]) -> list[str]:
    if not 1 <= len(references) <= 20:
        raise invalid("You must specify between 1 and 20 ARNs.")
    return list(dict.fromkeys(references))


def _cluster_of(reference: str) -> str | None:
    parts = resource(reference)
    return parts[1][0] if parts is not None and len(parts[1]) == 2 else None


def _read(reference: str, kind: str) -> tuple[Key, str]:
    parts = resource(reference)
    if parts is None or parts[0] != kind or len(parts[1]) != 3:
        raise invalid(f"Invalid {kind} ARN: {reference}")
    cluster, service, identity = parts[1]
    return (cluster, service), identity


def _record(world: World, key: Key, identity: str) -> ServiceDeployment | None:
    shard = world.shards.get(key)
    return next((r for r in shard.history if r.id == identity), None) if shard else None

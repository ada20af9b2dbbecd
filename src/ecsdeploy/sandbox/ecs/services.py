"""What API calls do to services: new deployments, counts, endings. Each function changes a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.records import TaskDefinition
from ecsdeploy.sandbox.ecs.scheduler import breaker
from ecsdeploy.sandbox.ecs.service_records import Count, Deployment, Revision, RevisionImage, Service, ServiceDeployment
from ecsdeploy.sandbox.ecs.world import Draft, Key, ShardDraft

REVISION_FIELDS = (
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
"""Fields kept in the API's form whose change starts a deployment (API reference, UpdateService)."""
REVISION_SHOWS = (*REVISION_FIELDS, "monitoring")
"""Fields kept in the API's form that a service revision shows (API reference, ServiceRevision)."""


def start_deployment(draft: Draft, shard: ShardDraft, faults: frozenset[str]) -> None:
    """Start a deployment of the shard's service as it now is; one under way is superseded."""
    service = shard.service
    assert service is not None
    if shard.history:
        breaker.request_stop(draft, shard, breaker.REPLACED)
    revision = _revision(draft, service, faults)
    identity = f"ecs-svc/{draft.digits()}"
    sources = tuple(_source(shard, deployment) for deployment in shard.deployments)
    deployment = Deployment(
        id=identity,
        revision=revision.number,
        reason=f"ECS deployment {identity} in progress.",
        created_at=draft.now,
        updated_at=draft.now,
    )
    enabled = bool(breaker.settings(service.configuration)["enable"])
    record = ServiceDeployment(
        id=draft.token(),
        deployment=identity,
        target=revision.number,
        sources=sources,
        configuration=service.configuration,
        created_at=draft.now,
        updated_at=draft.now,
        begin_at=draft.now + draft.timing.deployment_start,
        breaker="MONITORING" if enabled else "DISABLED",
        threshold=breaker.threshold(service.configuration, service.desired) if enabled else 0,
    )
    shard.revisions[revision.number] = revision
    shard.deployments = (deployment, *(_replaced(shard, d) for d in shard.deployments))
    shard.history = (*shard.history, record)
    shard.steady_at = None
    shard.due = draft.now


def _revision(draft: Draft, service: Service, faults: frozenset[str]) -> Revision:
    images = tuple(_image(c) for c in service.definition.body["containerDefinitions"])
    return Revision(
        number=draft.digits(),
        definition=service.definition,
        network=service.network,
        launch_type=service.launch_type,
        strategy=service.strategy,
        platform_version=service.platform_version,
        images=images,
        resolved=all(image.digest for image in images) or not _consistent(service.definition),
        created_at=draft.now,
        faults=faults,
        extras={name: service.extras[name] for name in REVISION_SHOWS if name in service.extras},
    )


def _consistent(definition: TaskDefinition) -> bool:
    return any(c.get("versionConsistency") != "disabled" for c in definition.body["containerDefinitions"])


def _image(container: Mapping[str, Any]) -> RevisionImage:
    image = container["image"]
    _, at, digest = image.partition("@")
    return RevisionImage(container["name"], image, digest if at else None)


def _replaced(shard: ShardDraft, deployment: Deployment) -> Deployment:
    """Return a deployment that a newer one replaces; only the last completed one is kept up until then."""
    if deployment.status == "ACTIVE":
        return deployment
    serves = shard.completed is not None and shard.completed.id == deployment.id
    live = sum(t.live for t in shard.tasks.values() if t.deployment == deployment.id)
    return replace(deployment, status="ACTIVE", wanted=live if serves else 0)


def _source(shard: ShardDraft, deployment: Deployment) -> Count:
    tasks = [t for t in shard.tasks.values() if t.deployment == deployment.id]
    return Count(
        deployment.revision,
        sum(t.live for t in tasks),
        sum(t.running for t in tasks),
        sum(t.pending for t in tasks),
    )


def set_desired_count(draft: Draft, key: Key, count: int) -> None:
    """Set a service's desired count; that starts no deployment.

    During a rolling deployment both service revisions are scaled out.
    """
    shard = draft.open(key)
    assert shard.service is not None
    more = max(count - shard.service.desired, 0)
    shard.deployments = tuple(
        replace(d, wanted=min(d.wanted + more, count)) if d.wanted else d for d in shard.deployments
    )
    shard.service = replace(shard.service, desired=count)
    shard.due, shard.steady_at = draft.now, None
    record = shard.history[-1]
    if record.breaker == "MONITORING":
        # The live desired count decides about the threshold (Developer Guide).
        shard.put_history(replace(record, threshold=breaker.threshold(record.configuration, count)))


def set_aside(draft: Draft, key: Key) -> None:
    """Make room for a new service of a deleted one's name; what is left of its tasks goes on among the cluster's."""
    cluster, _ = key
    old, rest = draft.open(key), draft.open((cluster, ""))
    rest.tasks.update(old.tasks)
    rest.due = draft.now
    old.service, old.tasks, old.events, old.steady_at, old.due = None, {}, (), None, None

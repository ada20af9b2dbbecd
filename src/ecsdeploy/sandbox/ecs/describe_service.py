"""Services, their deployments and their revisions as the API answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.describe import Answer, moment, present, tag_list
from ecsdeploy.sandbox.ecs.naming import cluster_arn, revision_arn, service_arn, service_deployment_arn
from ecsdeploy.sandbox.ecs.records import Network
from ecsdeploy.sandbox.ecs.scheduler import breaker
from ecsdeploy.sandbox.ecs.service_records import Count, Deployment, Revision, Service, ServiceDeployment
from ecsdeploy.sandbox.ecs.world import Shard, ShardDraft, World

AnyShard = Shard | ShardDraft


def network_configuration(network: Network) -> Answer:
    """Return a network in the API's form."""
    return {
        "awsvpcConfiguration": {
            "subnets": [subnet.id for subnet in network.subnets],
            "securityGroups": list(network.groups),
            "assignPublicIp": "ENABLED" if network.assign_public else "DISABLED",
        }
    }


def describe_service(world: World, shard: AnyShard, *, tags: bool = False) -> Answer:
    """Return a service; its tags only if asked for."""
    service = shard.service
    assert service is not None
    tasks = [t for t in shard.tasks.values() if t.service == service.name]
    linked = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    return present(
        {
            "serviceArn": service_arn(world, service.cluster, service.name),
            "serviceName": service.name,
            "clusterArn": cluster_arn(world, service.cluster),
            "loadBalancers": [],
            "serviceRegistries": [],
            "status": service.status,
            "desiredCount": service.desired,
            "runningCount": sum(t.running for t in tasks),
            "pendingCount": sum(t.pending for t in tasks),
            "launchType": service.launch_type,
            "capacityProviderStrategy": list(service.strategy) or None,
            "platformVersion": service.platform_version,
            "platformFamily": "Linux",
            "taskDefinition": service.definition.arn,
            "deploymentConfiguration": service.configuration,
            "deployments": [describe_deployment(shard, service, d) for d in shard.deployments],
            "roleArn": f"arn:aws:iam::{world.account}:role/{linked}",
            "events": [{"id": e.id, "createdAt": moment(e.at), "message": e.message} for e in shard.events[:100]],
            "createdAt": moment(service.created_at),
            "currentServiceDeployment": _current(world, shard, service),
            "currentServiceRevisions": [_current_revision(world, shard, service, d) for d in shard.deployments],
            "placementConstraints": [],
            "placementStrategy": [],
            "networkConfiguration": network_configuration(service.network),
            "healthCheckGracePeriodSeconds": service.grace,
            "schedulingStrategy": "REPLICA",
            "deploymentController": {"type": "ECS"},
            "tags": tag_list(service.tags) if tags else [],
            "createdBy": service.created_by,
            "enableECSManagedTags": service.managed_tags,
            "propagateTags": service.propagate,
            "enableExecuteCommand": service.exec_enabled,
            "availabilityZoneRebalancing": service.rebalancing,
            "resourceManagementType": "CUSTOMER",
            **{name: value for name, value in service.extras.items() if name in SERVICE_EXTRAS},
        }
    )


SERVICE_EXTRAS = ("loadBalancers", "serviceRegistries", "deploymentController", "resourceManagementType")
DEPLOYMENT_EXTRAS = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")


def _current(world: World, shard: AnyShard, service: Service) -> str | None:
    if not shard.history:
        return None
    return service_deployment_arn(world, service.cluster, service.name, shard.history[-1].id)


def _counts(shard: AnyShard, deployment: Deployment) -> tuple[int, int, int]:
    tasks = [t for t in shard.tasks.values() if t.deployment == deployment.id]
    return sum(t.live for t in tasks), sum(t.running for t in tasks), sum(t.pending for t in tasks)


def _requested(service: Service, deployment: Deployment, live: int) -> int:
    return service.desired if deployment.status == "PRIMARY" else deployment.wanted or live


def _unstarted(shard: AnyShard, deployment: Deployment) -> bool:
    """Return whether a deployment has just been asked for: UpdateService answers it with a desiredCount of 0."""
    return shard.history[-1].deployment == deployment.id and shard.history[-1].status == "PENDING"


def _current_revision(world: World, shard: AnyShard, service: Service, deployment: Deployment) -> Answer:
    live, running, pending = _counts(shard, deployment)
    return {
        "arn": revision_arn(world, service.cluster, service.name, deployment.revision),
        "requestedTaskCount": _requested(service, deployment, live),
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def describe_deployment(shard: AnyShard, service: Service, deployment: Deployment) -> Answer:
    """Return a deployment of the older view."""
    live, running, pending = _counts(shard, deployment)
    revision = shard.revisions[deployment.revision]
    return present(
        {
            "id": deployment.id,
            "status": deployment.status,
            "taskDefinition": revision.definition.arn,
            "desiredCount": 0 if _unstarted(shard, deployment) else _requested(service, deployment, live),
            "pendingCount": pending,
            "runningCount": running,
            "failedTasks": deployment.failed,
            "createdAt": moment(deployment.created_at),
            "updatedAt": moment(deployment.updated_at),
            "capacityProviderStrategy": list(revision.strategy) or None,
            "launchType": revision.launch_type,
            "platformVersion": _platform(revision),
            "platformFamily": "Linux",
            "networkConfiguration": network_configuration(revision.network),
            "rolloutState": deployment.state,
            "rolloutStateReason": deployment.reason,
            **{name: value for name, value in revision.extras.items() if name in DEPLOYMENT_EXTRAS},
        }
    )


def _platform(revision: Revision) -> str:
    return "1.4.0" if revision.platform_version == "LATEST" else revision.platform_version


def describe_revision(world: World, service: Service, revision: Revision) -> Answer:
    """Return a service revision."""
    return present(
        {
            "serviceRevisionArn": revision_arn(world, service.cluster, service.name, revision.number),
            "serviceArn": service_arn(world, service.cluster, service.name),
            "clusterArn": cluster_arn(world, service.cluster),
            "taskDefinition": revision.definition.arn,
            "capacityProviderStrategy": list(revision.strategy) or None,
            "launchType": revision.launch_type,
            "platformVersion": _platform(revision),
            "platformFamily": "Linux",
            "networkConfiguration": network_configuration(revision.network),
            "containerImages": [
                present({"containerName": i.container, "image": i.image, "imageDigest": i.digest})
                for i in revision.images
            ],
            "guardDutyEnabled": False,
            "createdAt": moment(revision.created_at),
            **revision.extras,
        }
    )


def describe_service_deployment(world: World, shard: AnyShard, record: ServiceDeployment) -> Answer:
    """Return a service deployment: counts as they are now while it goes on, else as they were at its end."""
    service = shard.service
    assert service is not None
    target, sources = record.finished, record.sources
    if target is None:
        target = breaker.target_count(shard, record)
        sources = tuple(breaker.source_count(shard, source) for source in sources)
    return present(
        {
            **_brief(world, service, record),
            "stoppedAt": moment(record.stopped_at),
            "updatedAt": moment(record.updated_at),
            "sourceServiceRevisions": [_summary(world, service, s) for s in sources],
            "targetServiceRevision": _summary(world, service, target),
            "lifecycleStage": record.stage,
            "deploymentConfiguration": record.configuration,
            "rollback": _rollback(world, service, record),
            "deploymentCircuitBreaker": _breaker(shard, record),
            "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
        }
    )


def _brief(world: World, service: Service, record: ServiceDeployment) -> Answer:
    return {
        "serviceDeploymentArn": service_deployment_arn(world, service.cluster, service.name, record.id),
        "serviceArn": service_arn(world, service.cluster, service.name),
        "clusterArn": cluster_arn(world, service.cluster),
        "createdAt": moment(record.created_at),
        "startedAt": moment(record.started_at),
        "finishedAt": moment(record.finished_at),
        "status": record.status,
        "statusReason": record.reason,
    }


def brief_service_deployment(world: World, service: Service, record: ServiceDeployment) -> Answer:
    """Return a service deployment as ListServiceDeployments does."""
    target = revision_arn(world, service.cluster, service.name, record.target)
    return present({**_brief(world, service, record), "targetServiceRevisionArn": target})


def _summary(world: World, service: Service, count: Count) -> Answer:
    return {
        "arn": revision_arn(world, service.cluster, service.name, count.revision),
        "requestedTaskCount": count.requested,
        "runningTaskCount": count.running,
        "pendingTaskCount": count.pending,
    }


def _rollback(world: World, service: Service, record: ServiceDeployment) -> Answer | None:
    if record.rollback_to is None:
        return None
    return {
        "reason": record.rollback_reason,
        "startedAt": moment(record.rollback_at),
        "serviceRevisionArn": revision_arn(world, service.cluster, service.name, record.rollback_to),
    }


def _breaker(shard: AnyShard, record: ServiceDeployment) -> Mapping[str, Any]:
    failures = record.failures
    if record.breaker == "MONITORING":
        failures = next((d.counted for d in shard.deployments if d.id == record.deployment), failures)
    return {"status": record.breaker, "failureCount": failures, "threshold": record.threshold}

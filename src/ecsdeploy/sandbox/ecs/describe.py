"""Tasks and clusters as the API answers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ecsdeploy.sandbox.ecs.naming import arn, cluster_arn, task_arn
from ecsdeploy.sandbox.ecs.records import Cluster, Container, Tags, Task, TaskDefinition, derived
from ecsdeploy.sandbox.ecs.scheduler.health import health_status
from ecsdeploy.sandbox.ecs.world import World

Answer = dict[str, Any]


def moment(seconds: float | None) -> datetime | None:
    """Return a time of the world in the API's form."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def present(fields: Mapping[str, Any]) -> Answer:
    """Return the fields that have a value: the API leaves the others out."""
    return {name: value for name, value in fields.items() if value is not None}


def tag_list(tags: Tags) -> list[dict[str, str]]:
    """Return tags in the API's form."""
    return [{"key": key, "value": value} for key, value in tags]


def describe_cluster(world: World, cluster: Cluster, include: Iterable[str] = ()) -> Answer:
    """Return a cluster; tags, settings, configuration, statistics and attachments only where `include` names them."""
    shards = [shard for (name, _), shard in world.shards.items() if name == cluster.name]
    tasks = [task for shard in shards for task in shard.tasks.values()]
    wanted = set(include)
    running, pending = sum(t.running for t in tasks), sum(t.pending for t in tasks)
    services = sum(s.service is not None and s.service.status == "ACTIVE" for s in shards)
    statistics = {
        "runningFargateTasksCount": running,
        "pendingFargateTasksCount": pending,
        "activeFargateServiceCount": services,
    }
    return present(
        {
            "clusterArn": cluster_arn(world, cluster.name),
            "clusterName": cluster.name,
            "status": cluster.status,
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": running,
            "pendingTasksCount": pending,
            "activeServicesCount": services,
            "statistics": _pairs(statistics) if "STATISTICS" in wanted else [],
            "tags": tag_list(cluster.tags) if "TAGS" in wanted else [],
            "settings": list(cluster.settings) if "SETTINGS" in wanted else [],
            "configuration": cluster.configuration if "CONFIGURATIONS" in wanted else None,
            "capacityProviders": list(cluster.capacity_providers),
            "defaultCapacityProviderStrategy": list(cluster.strategy),
            "serviceConnectDefaults": cluster.service_connect,
        }
    )


def _pairs(values: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"name": name, "value": str(value)} for name, value in values.items()]


def describe_task_definition(definition: TaskDefinition) -> Answer:
    """Return a task definition without its tags."""
    return present(
        {
            **definition.body,
            "status": definition.status,
            "registeredAt": moment(definition.registered_at),
            "deregisteredAt": moment(definition.deregistered_at),
            "deleteRequestedAt": moment(definition.delete_requested_at),
            "registeredBy": definition.registered_by,
        }
    )


def describe_task(world: World, task: Task, *, tags: bool = False) -> Answer:
    """Return a task; its tags only if asked for."""
    body = task.definition.body
    architecture = (body.get("runtimePlatform") or {}).get("cpuArchitecture", "x86_64")
    storage = task.overrides.get("ephemeralStorage") or body.get("ephemeralStorage") or {"sizeInGiB": 20}
    # The API returns a container for each definition and an override for each container.
    containers = {c["name"]: c for c in body["containerDefinitions"]}
    return present(
        {
            "attachments": [_attachment(task)],
            "attributes": [{"name": "ecs.cpu-architecture", "value": str(architecture).lower()}],
            "availabilityZone": task.eni.subnet.zone,
            "capacityProviderName": task.capacity_provider,
            "clusterArn": cluster_arn(world, task.cluster),
            "connectivity": "CONNECTED" if task.handed else None,
            "connectivityAt": moment(task.pull_started_at),
            "containers": [_container(world, task, c, containers[c.name]) for c in task.containers],
            "cpu": task.cpu,
            "createdAt": moment(task.created_at),
            "desiredStatus": task.desired_status,
            "enableExecuteCommand": task.exec_enabled,
            "executionStoppedAt": moment(task.execution_stopped_at),
            "group": task.group,
            "healthStatus": health_status(task.containers),
            "lastStatus": task.last_status,
            "launchType": task.launch_type or "FARGATE",
            "memory": task.memory,
            "overrides": _overrides(task),
            "platformVersion": task.platform_version,
            "platformFamily": "Linux",
            "pullStartedAt": moment(task.pull_started_at),
            "pullStoppedAt": moment(task.pull_stopped_at),
            "startedAt": moment(task.started_at),
            "startedBy": task.started_by,
            "stopCode": task.stop_code,
            "stoppedAt": moment(task.stopped_at),
            "stoppedReason": task.stopped_reason,
            "stoppingAt": moment(task.stopping_at),
            "tags": tag_list(task.tags) if tags else [],
            "taskArn": task_arn(world, task.cluster, task.id),
            "taskDefinitionArn": task.definition.arn,
            "version": task.version,
            "ephemeralStorage": storage,
            "fargateEphemeralStorage": storage,
        }
    )


def _attachment(task: Task) -> Answer:
    eni = task.eni
    details = [{"name": "subnetId", "value": eni.subnet.id}]
    if eni.status != "PRECREATED":
        details += [
            {"name": "networkInterfaceId", "value": eni.id},
            {"name": "macAddress", "value": eni.mac},
            {"name": "privateDnsName", "value": f"ip-{eni.private_address.replace('.', '-')}.ec2.internal"},
            {"name": "privateIPv4Address", "value": eni.private_address},
        ]
    return {"id": eni.attachment_id, "type": "ElasticNetworkInterface", "status": eni.status, "details": details}


def _container(world: World, task: Task, container: Container, definition: Mapping[str, Any]) -> Answer:
    identity = UUID(bytes=derived(task.id, container.name))
    interface = {"attachmentId": task.eni.attachment_id, "privateIpv4Address": task.eni.private_address}
    return present(
        {
            "containerArn": arn(world, f"container/{task.cluster}/{task.id}/{identity}"),
            "taskArn": task_arn(world, task.cluster, task.id),
            "name": container.name,
            "image": container.image,
            "imageDigest": container.digest,
            "runtimeId": container.runtime_id,
            "lastStatus": container.last_status if task.last_status != "PROVISIONING" else "PENDING",
            "exitCode": container.exit_code,
            "reason": container.reason,
            "networkBindings": [],
            "networkInterfaces": [interface] if task.eni.status != "PRECREATED" else [],
            "healthStatus": container.health or "UNKNOWN",
            "cpu": str(definition.get("cpu", 0)),
            "memory": str(definition["memory"]) if "memory" in definition else None,
            "memoryReservation": str(definition["memoryReservation"]) if "memoryReservation" in definition else None,
        }
    )


def _overrides(task: Task) -> Answer:
    given = {o["name"]: o for o in task.overrides.get("containerOverrides", ()) if "name" in o}
    return {
        "inferenceAcceleratorOverrides": [],
        **task.overrides,
        "containerOverrides": [given.get(c.name, {"name": c.name}) for c in task.containers],
    }

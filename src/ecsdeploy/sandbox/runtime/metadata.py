"""What the task metadata endpoint tells a container of itself and of its task.

Pure: from what DescribeTasks says and what the Engine says of the containers to the JSON of version 4. Source: ECS
developer guide, "Task metadata endpoint version 4 for tasks on Fargate" and its example answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from ecsdeploy.sandbox.runtime.base import TaskSpec
from ecsdeploy.sandbox.runtime.logs import destination

Json = dict[str, Any]


def task_metadata(task: Mapping[str, Any], spec: TaskSpec, engine: Mapping[str, Mapping[str, Any]]) -> Json:
    """Return what `/task` answers.

    `task` is DescribeTasks' answer with the subnet's block as `subnetCidr`; `engine` is, per container that exists,
    what the Engine says of it (ContainerInspect).
    """
    kind, _, name = str(task.get("group", "")).partition(":")
    return _present(
        {
            "Cluster": task["clusterArn"],
            "TaskARN": spec.arn,
            "Family": spec.family,
            "Revision": str(spec.revision),
            "ServiceName": name if kind == "service" else None,
            "DesiredStatus": task["desiredStatus"],
            "KnownStatus": "RUNNING" if _all_run(spec, engine) else "NONE",
            "Limits": {"CPU": spec.cpu / 1024, "Memory": spec.memory},
            "PullStartedAt": _moment(task.get("pullStartedAt")),
            "PullStoppedAt": _moment(task.get("pullStoppedAt")),
            "AvailabilityZone": task["availabilityZone"],
            "LaunchType": "FARGATE",
            "Containers": [container_metadata(task, spec, one["name"], engine) for one in spec.containers],
        }
    )


def container_metadata(
    task: Mapping[str, Any], spec: TaskSpec, name: str, engine: Mapping[str, Mapping[str, Any]]
) -> Json:
    """Return what the endpoint itself answers to the container `name`; the parameters are those of `task_metadata`."""
    definition = next(one for one in spec.containers if one["name"] == name)
    told = next(one for one in task["containers"] if one["name"] == name)
    here = engine.get(name, {})
    log = destination(spec, definition)
    options = (definition.get("logConfiguration") or {}).get("options") or {}
    return _present(
        {
            "DockerId": here.get("Id"),
            "Name": name,
            "DockerName": name,
            "Image": definition["image"],
            "ImageID": here.get("Image"),
            "Labels": {
                "com.amazonaws.ecs.cluster": task["clusterArn"],
                "com.amazonaws.ecs.container-name": name,
                "com.amazonaws.ecs.task-arn": spec.arn,
                "com.amazonaws.ecs.task-definition-family": spec.family,
                "com.amazonaws.ecs.task-definition-version": str(spec.revision),
            },
            "DesiredStatus": task["desiredStatus"],
            "KnownStatus": _status(here),
            "ExitCode": here["State"]["ExitCode"] if _status(here) == "STOPPED" else None,
            "Limits": {"CPU": definition.get("cpu") or 2, **_memory(definition)},
            "CreatedAt": here.get("Created"),
            "StartedAt": here.get("State", {}).get("StartedAt"),
            "Type": "NORMAL",
            "LogDriver": "awslogs" if log else None,
            "LogOptions": {
                "awslogs-group": log[0],
                "awslogs-region": options.get("awslogs-region", ""),
                "awslogs-stream": log[1],
            }
            if log
            else None,
            "ContainerARN": told["containerArn"],
            "Networks": [_network(task)],
            "Snapshotter": "overlayfs",
        }
    )


def _network(task: Mapping[str, Any]) -> Json:
    details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
    return _present(
        {
            "NetworkMode": "awsvpc",
            "IPv4Addresses": [details["privateIPv4Address"]] if "privateIPv4Address" in details else [],
            "AttachmentIndex": 0,
            "MACAddress": details.get("macAddress"),
            "IPv4SubnetCIDRBlock": task["subnetCidr"],
            "PrivateDNSName": details.get("privateDnsName"),
            "SubnetGatewayIpv4Address": _gateway(task["subnetCidr"]),
        }
    )


def _gateway(cidr: str) -> str:
    # The VPC's router has a subnet's first address.
    block = ip_network(cidr)
    return f"{block.network_address + 1}/{block.prefixlen}"


def _memory(definition: Mapping[str, Any]) -> Json:
    memory = definition.get("memory") or definition.get("memoryReservation")
    return {"Memory": memory} if memory else {}


def _all_run(spec: TaskSpec, engine: Mapping[str, Mapping[str, Any]]) -> bool:
    return all(_status(engine.get(one["name"], {})) in ("RUNNING", "STOPPED") for one in spec.containers)


def _status(here: Mapping[str, Any]) -> str:
    state = here.get("State")
    if not state:
        return "NONE"
    return {"created": "CREATED", "running": "RUNNING"}.get(state["Status"], "STOPPED")


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def _present(fields: Mapping[str, Any]) -> Json:
    return {name: value for name, value in fields.items() if value is not None}

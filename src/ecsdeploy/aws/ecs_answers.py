"""ECS's answers as core models: whatever ECS leaves out gets a value that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ecsdeploy.core.service import Deployment, Service, ServiceDeployment, ServiceEvent
from ecsdeploy.core.task import Container, Task
from ecsdeploy.core.task_definition import READ_ONLY, TaskDefinition

_STOPS = ("DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED", "DELETED")
"""Statuses of a task on its way to its end (Developer Guide, task lifecycle)."""


def to_service(item: Mapping[str, Any]) -> Service:
    """Return a service of DescribeServices, or the answer of a write."""
    return Service(
        arn=item["serviceArn"],
        name=item["serviceName"],
        status=item["status"],
        desired=item.get("desiredCount", 0),
        running=item.get("runningCount", 0),
        pending=item.get("pendingCount", 0),
        task_definition=item.get("taskDefinition", ""),
        controller=item.get("deploymentController", {}).get("type", "ECS"),
        managed_by=item.get("resourceManagementType", "CUSTOMER"),
        capacity_providers=tuple(item.get("capacityProviderStrategy", [])),
        deployments=tuple(to_entry(d) for d in item.get("deployments", [])),
        events=tuple(
            ServiceEvent(id=event["id"], at=event["createdAt"], message=event.get("message", ""))
            for event in item.get("events", [])
            if "id" in event and "createdAt" in event
        ),
        tags={tag["key"]: tag.get("value", "") for tag in item.get("tags", [])},
        raw=item,
    )


def to_entry(item: Mapping[str, Any]) -> Deployment:
    """Return an entry of `service.deployments`."""
    return Deployment(
        id=item["id"],
        status=item["status"],
        task_definition=item.get("taskDefinition", ""),
        desired=item.get("desiredCount", 0),
        running=item.get("runningCount", 0),
        pending=item.get("pendingCount", 0),
        failed=item.get("failedTasks", 0),
        rollout_state=item.get("rolloutState", ""),
        rollout_reason=item.get("rolloutStateReason", ""),
        created_at=item.get("createdAt"),
    )


def to_deployment(item: Mapping[str, Any]) -> ServiceDeployment:
    """Return a service deployment, whole or in the brief form that lists have."""
    target = item.get("targetServiceRevision", {})
    breaker = item.get("deploymentCircuitBreaker", {})
    rollback = item.get("rollback", {})
    return ServiceDeployment(
        arn=item["serviceDeploymentArn"],
        status=item["status"],
        reason=item.get("statusReason", ""),
        target_revision=target.get("arn") or item.get("targetServiceRevisionArn", ""),
        created_at=item.get("createdAt"),
        finished_at=item.get("finishedAt"),
        requested=target.get("requestedTaskCount", 0),
        running=target.get("runningTaskCount", 0),
        pending=target.get("pendingTaskCount", 0),
        failures=breaker.get("failureCount", 0),
        threshold=breaker.get("threshold", 0),
        stage=item.get("lifecycleStage", ""),
        rollback_reason=rollback.get("reason", ""),
        rollback_revision=rollback.get("serviceRevisionArn", ""),
        awaits=_awaited(item),
        source_revisions=tuple(each["arn"] for each in item.get("sourceServiceRevisions", []) if each.get("arn")),
    )


def _awaited(item: Mapping[str, Any]) -> str:
    """Return the id of the lifecycle hook at which the deployment waits for somebody, "" for none."""
    hooks = item.get("lifecycleHookDetails", [])
    return next((str(hook.get("hookId", "?")) for hook in hooks if hook.get("status") == "AWAITING_ACTION"), "")


def to_task_definition(item: Mapping[str, Any], tags: Sequence[Mapping[str, Any]] = ()) -> TaskDefinition:
    """Return a revision; its tags are next to it in the answer."""
    return TaskDefinition(
        arn=item["taskDefinitionArn"],
        family=item["family"],
        revision=item["revision"],
        status=item.get("status", "ACTIVE"),
        document={key: value for key, value in item.items() if key not in READ_ONLY},
        tags={tag["key"]: tag.get("value", "") for tag in tags},
        registered_at=item.get("registeredAt"),
    )


def to_task(item: Mapping[str, Any]) -> Task:
    """Return a task."""

    def at(key: str) -> datetime | None:
        value: datetime | None = item.get(key)
        return value

    status = item.get("lastStatus", "")
    return Task(
        arn=item["taskArn"],
        status=status,
        desired_status=item.get("desiredStatus") or ("STOPPED" if status in _STOPS else "RUNNING"),
        health=item.get("healthStatus", "UNKNOWN"),
        task_definition=item.get("taskDefinitionArn", ""),
        started_by=item.get("startedBy", ""),
        group=item.get("group", ""),
        stop_code=item.get("stopCode", ""),
        stopped_reason=item.get("stoppedReason", ""),
        containers=tuple(_container(c) for c in item.get("containers", [])),
        interface=_interface(item),
        created_at=at("createdAt"),
        started_at=at("startedAt"),
        stopping_at=at("stoppingAt"),
        stopped_at=at("stoppedAt"),
        pull_started_at=at("pullStartedAt"),
        pull_stopped_at=at("pullStoppedAt"),
        execution_stopped_at=at("executionStoppedAt"),
    )


def _container(item: Mapping[str, Any]) -> Container:
    return Container(
        name=item.get("name", ""),
        status=item.get("lastStatus", ""),
        health=item.get("healthStatus", "UNKNOWN"),
        exit_code=item.get("exitCode"),
        reason=item.get("reason", ""),
        image_digest=item.get("imageDigest", ""),
    )


def _interface(item: Mapping[str, Any]) -> str:
    """Return the id of the task's network interface, or ""."""
    for attachment in item.get("attachments", []):
        if attachment.get("type") == "ElasticNetworkInterface":
            for detail in attachment.get("details", []):
                if detail.get("name") == "networkInterfaceId":
                    return str(detail.get("value", ""))
    return ""

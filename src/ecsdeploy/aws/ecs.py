"""The gateway to ECS: dicts in, core models out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.service import Deployment, Service, ServiceDeployment, ServiceEvent, ServiceRevision
from ecsdeploy.core.task import Container, Task
from ecsdeploy.core.task_definition import READ_ONLY, TaskDefinition
from ecsdeploy.errors import AwsError

Tags = Mapping[str, str]


class Ecs:
    """What the tool asks of ECS, for one cluster."""

    def __init__(self, aws: Aws, cluster: str) -> None:
        self._client = aws.client("ecs")
        self._aws = aws
        self.cluster = cluster

    # ---- services

    def service(self, name: str) -> Service | None:
        """Return the service, whatever its status; None where there is none, or no cluster to hold it."""
        try:
            with aws_errors("ecs"):
                answer = self._client.describe_services(cluster=self.cluster, services=[name], include=["TAGS"])
        except AwsError as error:
            if error.code == "ClusterNotFoundException":
                return None
            raise
        return _service(answer["services"][0]) if answer["services"] else None

    def create_service(
        self, name: str, task_definition: str, parameters: Mapping[str, Any], tags: Tags, token: str
    ) -> Service:
        """Create the service; `token` makes a repeated request harmless (CreateService.clientToken)."""
        with aws_errors("ecs"):
            answer = self._client.create_service(
                cluster=self.cluster,
                serviceName=name,
                taskDefinition=task_definition,
                clientToken=token,
                tags=_tags(tags),
                **parameters,
            )
        return _service(answer["service"])

    def update_service(self, name: str, parameters: Mapping[str, Any]) -> Service:
        """Update the service and return it as it is now; `parameters` are UpdateService's own."""
        with aws_errors("ecs"):
            answer = self._client.update_service(cluster=self.cluster, service=name, **parameters)
        return _service(answer["service"])

    def tag(self, arn: str, tags: Tags) -> None:
        """Add `tags` to a resource."""
        with aws_errors("ecs"):
            self._client.tag_resource(resourceArn=arn, tags=_tags(tags))

    # ---- deployments

    def deployments(self, service: str, *, limit: int = 20) -> list[ServiceDeployment]:
        """Return the newest service deployments in their brief form, newest first."""
        with aws_errors("ecs"):
            answer = self._client.list_service_deployments(cluster=self.cluster, service=service, maxResults=limit)
        found = [_deployment(item) for item in answer.get("serviceDeployments", [])]
        return sorted(found, key=lambda d: d.created_at.timestamp() if d.created_at else 0.0, reverse=True)

    def deployment(self, arn: str) -> ServiceDeployment | None:
        """Return one service deployment with its counts; None while ECS does not show it."""
        with aws_errors("ecs"):
            answer = self._client.describe_service_deployments(serviceDeploymentArns=[arn])
        found = answer.get("serviceDeployments", [])
        return _deployment(found[0]) if found else None

    def revision(self, arn: str) -> ServiceRevision | None:
        """Return what a deployment rolls out."""
        with aws_errors("ecs"):
            answer = self._client.describe_service_revisions(serviceRevisionArns=[arn])
        found = answer.get("serviceRevisions", [])
        if not found:
            return None
        return ServiceRevision(arn=found[0]["serviceRevisionArn"], task_definition=found[0].get("taskDefinition", ""))

    # ---- task definitions

    def task_definition(self, name: str) -> TaskDefinition | None:
        """Return a revision by ARN or `family:revision`, the newest ACTIVE one by family, or None."""
        try:
            with aws_errors("ecs"):
                answer = self._client.describe_task_definition(taskDefinition=name)
        except AwsError as error:
            if error.code == "ClientException" and "nable to describe" in error.message:
                return None
            raise
        return _task_definition(answer["taskDefinition"])

    def register(self, document: Mapping[str, Any], tags: Tags) -> TaskDefinition:
        """Register a revision. Sent once, never retried: a lost answer is the caller's to look into."""
        with aws_errors("ecs"):
            answer = self._aws.client("ecs", once=True).register_task_definition(**document, tags=_tags(tags))
        return _task_definition(answer["taskDefinition"])

    # ---- tasks

    def task_arns(self, service: str, *, stopped: bool = False) -> list[str]:
        """Return the ARNs of the service's tasks that are meant to run, or of those that stopped."""
        arns: list[str] = []
        with aws_errors("ecs"):
            pages = self._client.get_paginator("list_tasks").paginate(
                cluster=self.cluster, serviceName=service, desiredStatus="STOPPED" if stopped else "RUNNING"
            )
            for page in pages:
                arns += page["taskArns"]
        return arns

    def tasks(self, arns: Sequence[str]) -> list[Task]:
        """Return the tasks; those that ECS has forgotten are left out."""
        found: list[Task] = []
        for batch in _batches(arns, 100):
            with aws_errors("ecs"):
                answer = self._client.describe_tasks(cluster=self.cluster, tasks=list(batch))
            found += [_task(item) for item in answer["tasks"]]
        return found

    def protected(self, arns: Sequence[str]) -> set[str]:
        """Return which of the tasks are protected from being stopped by a scale-in."""
        shielded: set[str] = set()
        for batch in _batches(arns, 10):
            with aws_errors("ecs"):
                answer = self._client.get_task_protection(cluster=self.cluster, tasks=list(batch))
            shielded |= {item["taskArn"] for item in answer["protectedTasks"] if item.get("protectionEnabled")}
        return shielded

    def stop_task(self, arn: str, reason: str) -> Task:
        """Stop a task; `reason` becomes its stoppedReason (StopTask.reason, at most 1,024 characters)."""
        with aws_errors("ecs"):
            answer = self._client.stop_task(cluster=self.cluster, task=arn, reason=reason[:1024])
        return _task(answer["task"])


def _batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _tags(tags: Tags) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _service(item: Mapping[str, Any]) -> Service:
    return Service(
        arn=item["serviceArn"],
        name=item["serviceName"],
        cluster_arn=item.get("clusterArn", ""),
        status=item["status"],
        desired=item.get("desiredCount", 0),
        running=item.get("runningCount", 0),
        pending=item.get("pendingCount", 0),
        task_definition=item.get("taskDefinition", ""),
        controller=item.get("deploymentController", {}).get("type", "ECS"),
        managed_by=item.get("resourceManagementType", "CUSTOMER"),
        launch_type=item.get("launchType", ""),
        capacity_providers=tuple(item.get("capacityProviderStrategy", [])),
        network=item.get("networkConfiguration", {}),
        deployment_configuration=item.get("deploymentConfiguration", {}),
        propagate_tags=item.get("propagateTags", "NONE"),
        deployments=tuple(_primary(d) for d in item.get("deployments", [])),
        events=tuple(
            ServiceEvent(id=event["id"], at=event["createdAt"], message=event["message"])
            for event in item.get("events", [])
        ),
        current_deployment=item.get("currentServiceDeployment"),
        tags={tag["key"]: tag["value"] for tag in item.get("tags", [])},
        raw=item,
    )


def _primary(item: Mapping[str, Any]) -> Deployment:
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
    )


def _deployment(item: Mapping[str, Any]) -> ServiceDeployment:
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
        rollback_revision=rollback.get("serviceRevisionArn", ""),
        rollback_reason=rollback.get("reason", ""),
    )


def _task_definition(item: Mapping[str, Any]) -> TaskDefinition:
    return TaskDefinition(
        arn=item["taskDefinitionArn"],
        family=item["family"],
        revision=item["revision"],
        status=item.get("status", "ACTIVE"),
        document={key: value for key, value in item.items() if key not in READ_ONLY},
    )


def _task(item: Mapping[str, Any]) -> Task:
    def at(key: str) -> datetime | None:
        value: datetime | None = item.get(key)
        return value

    return Task(
        arn=item["taskArn"],
        status=item.get("lastStatus", ""),
        desired_status=item.get("desiredStatus", ""),
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

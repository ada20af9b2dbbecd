"""The gateway to ECS: dicts in, core models out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecsdeploy.aws.ecs_answers import to_deployment, to_service, to_task, to_task_definition
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core import older_view
from ecsdeploy.core.service import Service, ServiceDeployment, ServiceRevision
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import AwsError

MISSING_TASK_DEFINITION = {"ClientException", "ResourceNotFoundException"}
"""ECS: ClientException, "Unable to describe task definition."; there is no other cause that a name could have."""
UNKNOWN_OPERATION = {
    "InvalidAction",
    "NotImplemented",
    "NotImplementedException",
    "UnknownOperation",
    "UnknownOperationException",
    "UnsupportedOperation",
    "UnsupportedOperationException",
}
"""How an ECS without service deployments answers (AWS's own code is UnknownOperationException)."""
PAGES = 50
"""How many pages of service deployments are read at most: one may be empty, or hold less than was asked for."""


class Ecs:
    """What the tool asks of ECS, for one cluster."""

    def __init__(self, aws: Aws, cluster: str) -> None:
        self._client = aws.client("ecs")
        self._aws = aws
        self._older_view_of = self._listed = ""
        self._failed: dict[str, str] = {}
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
        found = answer.get("services", [])
        return to_service(found[0]) if found else None

    # ---- deployments

    def deployments(self, service: str, *, limit: int = 20, status: str = "") -> list[ServiceDeployment]:
        """Return the newest service deployments in their brief form, newest first; only those in `status`, if given."""
        self._listed = service
        if not self._older_view_of:
            try:
                return self._newest(service, limit, status)
            except AwsError as error:
                if not _is_unknown(error):
                    raise
            self.take_older_view(service)
        now = self.service(service)
        found = older_view.listed(now) if now is not None else []
        return [each for each in found if status in ("", each.status)]

    @property
    def has_older_view(self) -> bool:
        """Return whether deployments are judged by the service itself, which lists no more than the newest."""
        return bool(self._older_view_of)

    def take_older_view(self, service: str) -> None:
        """From now on, judge the service's deployments by its `deployments`: this ECS has no record of its own."""
        self._older_view_of = service

    def _newest(self, service: str, limit: int, status: str) -> list[ServiceDeployment]:
        """Return the first `limit`, and the others where ECS does not begin with the newest (it promises no order).

        A service that was created a moment ago may not be known here yet: then it has none.
        """
        request: dict[str, Any] = {"cluster": self.cluster, "service": service, "maxResults": min(limit, 100)}
        if status:
            request["status"] = [status]
        found: list[ServiceDeployment] = []
        for _ in range(PAGES):
            try:
                with aws_errors("ecs"):
                    answer = self._client.list_service_deployments(**request)
            except AwsError as error:
                if error.code != "ServiceNotFoundException":
                    raise
                break
            found += [to_deployment(item) for item in answer.get("serviceDeployments", [])]
            token = answer.get("nextToken")
            enough = len(found) >= limit and _newest_first(found) == found
            if enough or not token or token == request.get("nextToken"):
                break
            request["nextToken"] = token
        return _newest_first(found)

    def deployment(self, arn: str) -> ServiceDeployment | None:
        """Return one service deployment with its counts; None while ECS does not show it."""
        if self._older_view_of:
            service = self.service(self._older_view_of)
            found = older_view.rollout(service, arn, failed=self._failed.get(arn, "")) if service is not None else None
            if found is not None and found.status.startswith("ROLLBACK"):
                self._failed.setdefault(arn, found.reason or "failed")
            return found
        with aws_errors("ecs"):
            answer = self._client.describe_service_deployments(serviceDeploymentArns=[arn])
        found = answer.get("serviceDeployments", [])
        return self._counted(found[0]) if found else None

    def described(self, deployments: Sequence[ServiceDeployment]) -> list[ServiceDeployment]:
        """Return the deployments as ECS shows them whole, in the same order; a brief one where it does not.

        The service is not asked for counts that ECS leaves out: of what is over, it would not know them.
        """
        if self._older_view_of:
            return list(deployments)
        arns = [each.arn for each in deployments]
        items = self._twenty_at_a_time("describe_service_deployments", "serviceDeployment", arns)
        whole = {item["serviceDeploymentArn"]: to_deployment(item) for item in items}
        return [whole.get(each.arn, each) for each in deployments]

    def _counted(self, item: Mapping[str, Any]) -> ServiceDeployment:
        """Return the deployment; where it comes without counts, with those of its service: 0 tasks would be a lie."""
        found = to_deployment(item)
        if "requestedTaskCount" in item.get("targetServiceRevision", {}) or not item.get("serviceArn"):
            return found
        service = self.service(item["serviceArn"].rsplit("/", 1)[-1])
        if service is None:
            return found
        return replace(found, requested=service.desired, running=service.running, pending=service.pending)

    def revision(self, arn: str) -> ServiceRevision | None:
        """Return what a deployment rolls out; None where ECS does not say: then the older view says more."""
        if self._older_view_of:
            return ServiceRevision(arn=arn, task_definition=arn)  # the older view names the task definition itself
        try:
            with aws_errors("ecs"):
                answer = self._client.describe_service_revisions(serviceRevisionArns=[arn])
        except AwsError as error:
            if not _is_unknown(error):
                raise
            self.take_older_view(self._listed)
            return None
        found = answer.get("serviceRevisions", [])
        if not found:
            return None
        (item,) = found
        return ServiceRevision(arn=item["serviceRevisionArn"], task_definition=item.get("taskDefinition", ""), raw=item)

    def task_definitions_of(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return the task definition's ARN of each service revision that ECS still has, by the revision's ARN."""
        if self._older_view_of:
            return {arn: arn for arn in revisions if arn}
        arns = list(dict.fromkeys(filter(None, revisions)))
        items = self._twenty_at_a_time("describe_service_revisions", "serviceRevision", arns)
        return {item["serviceRevisionArn"]: item.get("taskDefinition", "") for item in items}

    def _twenty_at_a_time(self, operation: str, noun: str, arns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield what ECS shows of the ARNs: 20 are the most that one call takes, and an ECS may not know the call."""
        for batch in _batches(arns, 20):
            try:
                with aws_errors("ecs"):
                    answer = getattr(self._client, operation)(**{f"{noun}Arns": list(batch)})
            except AwsError as error:
                if not _is_unknown(error):
                    raise
                return
            yield from answer.get(f"{noun}s", [])

    # ---- task definitions

    def task_definition(self, name: str) -> TaskDefinition | None:
        """Return a revision by ARN or `family:revision`, the newest ACTIVE one by family, or None."""
        try:
            with aws_errors("ecs"):
                answer = self._client.describe_task_definition(taskDefinition=name, include=["TAGS"])
        except AwsError as error:
            if error.code in MISSING_TASK_DEFINITION:
                return None
            raise
        return to_task_definition(answer["taskDefinition"], answer.get("tags", ()))

    def newest_revisions(self, family: str, *, limit: int) -> list[str]:
        """Return the ARNs of a family's newest ACTIVE revisions, newest first, at most `limit` (100 are a page)."""
        with aws_errors("ecs"):
            answer = self._client.list_task_definitions(
                familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=min(limit, 100)
            )
        return list(answer.get("taskDefinitionArns", []))

    # ---- tasks

    def first_tasks(self, service: str) -> list[Task]:
        """Return at most 100 of the service's tasks that are meant to run, in no order: two calls, however many run."""
        with aws_errors("ecs"):
            answer = self._client.list_tasks(cluster=self.cluster, serviceName=service, desiredStatus="RUNNING")
        return self.tasks(answer.get("taskArns", []))

    def task_arns(self, service: str, *, stopped: bool = False) -> list[str]:
        """Return the ARNs of the service's tasks that are meant to run, or of those that stopped."""
        arns: list[str] = []
        with aws_errors("ecs"):
            pages = self._client.get_paginator("list_tasks").paginate(
                cluster=self.cluster, serviceName=service, desiredStatus="STOPPED" if stopped else "RUNNING"
            )
            for page in pages:
                arns += page.get("taskArns", [])
        return arns

    def tasks(self, arns: Sequence[str]) -> list[Task]:
        """Return the tasks; those that ECS has forgotten are left out."""
        found: list[Task] = []
        for batch in _batches(arns, 100):
            with aws_errors("ecs"):
                answer = self._client.describe_tasks(cluster=self.cluster, tasks=list(batch))
            found += [to_task(item) for item in answer.get("tasks", [])]
        return found

    def protected(self, arns: Sequence[str]) -> set[str]:
        """Return which of the tasks are protected from being stopped by a scale-in."""
        shielded: set[str] = set()
        for batch in _batches(arns, 10):
            try:
                with aws_errors("ecs"):
                    answer = self._client.get_task_protection(cluster=self.cluster, tasks=list(batch))
            except AwsError as error:
                if not _is_unknown(error):
                    raise
                break  # where nobody can protect a task, none is
            shielded |= {item["taskArn"] for item in answer.get("protectedTasks", []) if item.get("protectionEnabled")}
        return shielded

    def stop_task(self, arn: str, reason: str) -> Task:
        """Stop a task; `reason` becomes its stoppedReason (StopTask.reason, at most 1,024 characters)."""
        with aws_errors("ecs"):
            answer = self._client.stop_task(cluster=self.cluster, task=arn, reason=reason[:1024])
        return to_task(answer["task"])


def _batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _is_unknown(error: AwsError) -> bool:
    """Return whether ECS has no such operation; an emulator may say so with a page of its web server (HTTP 500)."""
    return error.code in UNKNOWN_OPERATION or (error.code == "500" and "<html" in error.message.lower())


def _newest_first(deployments: list[ServiceDeployment]) -> list[ServiceDeployment]:
    return sorted(deployments, key=lambda d: d.created_at.timestamp() if d.created_at else 0.0, reverse=True)

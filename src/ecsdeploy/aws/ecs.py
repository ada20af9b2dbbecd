"""The gateway to ECS: dicts in, core models out."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.aws.deployments import NotKept, OlderView, ServiceDeployments, View, batches, is_unknown
from ecsdeploy.aws.ecs_answers import to_service, to_task, to_task_definition
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.service import Service, ServiceDeployment, ServiceRevision
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import AwsError

MISSING_TASK_DEFINITION = {"ClientException", "ResourceNotFoundException"}
"""ECS: ClientException, "Unable to describe task definition."; a name can have no other cause."""


class Ecs:
    """What the tool asks of ECS, for one cluster."""

    def __init__(self, aws: Aws, cluster: str) -> None:
        self._client = aws.client("ecs")
        self._listed = ""
        self._view: View = ServiceDeployments(self._client, cluster, self.service)
        self.cluster = cluster

    # ---- services

    def service(self, name: str) -> Service | None:
        """Return the service, whatever its status; None if there is none, or no cluster."""
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
        try:
            return self._view.listed(service, limit, status)
        except NotKept:
            self.take_older_view(service)
        return self._view.listed(service, limit, status)

    @property
    def has_older_view(self) -> bool:
        """Return whether deployments are judged by the service itself, which lists no more than the newest."""
        return isinstance(self._view, OlderView)

    def take_older_view(self, service: str) -> None:
        """From now on, judge the service's deployments by its `deployments`: this ECS has no record of its own."""
        if not self.has_older_view:
            self._view = OlderView(self.service, service)

    def deployment(self, arn: str) -> ServiceDeployment | None:
        """Return one service deployment with its counts; None while ECS does not show it."""
        return self._view.one(arn)

    def described(self, deployments: Sequence[ServiceDeployment]) -> list[ServiceDeployment]:
        """Return the deployments as ECS shows them whole, in the same order; a brief one if it does not.

        The service is not asked for counts that ECS leaves out: of what is over, it would not know them.
        """
        return self._view.described(deployments)

    def stop_deployment(self, arn: str) -> None:
        """End a service deployment and roll it back, whatever its circuit breaker is set to.

        Once this returns, ECS has accepted it (ECS API, StopServiceDeployment, stopType ROLLBACK). Raises `AwsError`:
        ConflictException if the deployment is over; an operation that `is_unknown` where an emulator has none.
        """
        with aws_errors("ecs"):
            self._client.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")

    def revision(self, arn: str) -> ServiceRevision | None:
        """Return what a deployment rolls out; None if ECS does not say: then the older view says more."""
        try:
            return self._view.revision(arn)
        except NotKept:
            self.take_older_view(self._listed)
            return None

    def task_definitions_of(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return the task definition's ARN of each service revision that ECS still has, by the revision's ARN."""
        return self._view.task_definitions_of(list(dict.fromkeys(filter(None, revisions))))

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

    def task_arns(self, service: str, *, stopped: bool = False, whole: bool = True) -> list[str]:
        """Return the ARNs of the service's tasks that are meant to run, or of those that stopped.

        Only the first hundred if not `whole`.
        """
        arns: list[str] = []
        with aws_errors("ecs"):
            pages = self._client.get_paginator("list_tasks").paginate(
                cluster=self.cluster, serviceName=service, desiredStatus="STOPPED" if stopped else "RUNNING"
            )
            for page in pages:
                arns += page.get("taskArns", [])
                if not whole:
                    break
        return arns

    def first_of_deployment(self, started_by: str, *, stopped: bool = False) -> list[str]:
        """Return at most 100 ARNs of the tasks that one deployment (`ecs-svc/N`) has started, in no order.

        ECS takes its id in place of the service's name, not beside it (ECS API, ListTasks.startedBy).
        """
        with aws_errors("ecs"):
            answer = self._client.list_tasks(
                cluster=self.cluster, startedBy=started_by, desiredStatus="STOPPED" if stopped else "RUNNING"
            )
        return list(answer.get("taskArns", []))

    def started_by(self, name: str) -> list[Task]:
        """Return the tasks that were started under this name, those that ECS still shows after their end included."""
        arns: list[str] = []
        for status in ("RUNNING", "STOPPED"):
            try:
                with aws_errors("ecs"):
                    answer = self._client.list_tasks(cluster=self.cluster, startedBy=name, desiredStatus=status)
            except AwsError as error:
                if error.code != "ClusterNotFoundException":
                    raise
                return []  # just created: it is not known everywhere, and has no tasks
            arns += answer.get("taskArns", [])
        return self.tasks(arns)

    def tasks(self, arns: Sequence[str]) -> list[Task]:
        """Return the tasks, without those that ECS no longer has."""
        found: list[Task] = []
        for batch in batches(arns, 100):
            with aws_errors("ecs"):
                answer = self._client.describe_tasks(cluster=self.cluster, tasks=list(batch))
            found += [to_task(item) for item in answer.get("tasks", [])]
        return found

    def protected(self, arns: Sequence[str]) -> set[str]:
        """Return which of the tasks are protected from being stopped by a scale-in."""
        shielded: set[str] = set()
        for batch in batches(arns, 10):
            try:
                with aws_errors("ecs"):
                    answer = self._client.get_task_protection(cluster=self.cluster, tasks=list(batch))
            except AwsError as error:
                if not is_unknown(error):
                    raise
                break  # without this API, no task can be protected
            shielded |= {item["taskArn"] for item in answer.get("protectedTasks", []) if item.get("protectionEnabled")}
        return shielded

    def stop_task(self, arn: str, reason: str) -> Task:
        """Stop a task; `reason` becomes its stoppedReason (StopTask.reason, at most 1,024 characters)."""
        with aws_errors("ecs"):
            answer = self._client.stop_task(cluster=self.cluster, task=arn, reason=reason[:1024])
        return to_task(answer["task"])

"""A service's deployments, by ECS's own record or, if it keeps none, by what the service shows.

Which of the two is decided once (`aws.ecs.Ecs`): the record goes back to October 2024, and an emulator may not
know it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ecsdeploy.aws.ecs_answers import to_deployment
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.core import older_view
from ecsdeploy.core.service import Service, ServiceDeployment, ServiceRevision
from ecsdeploy.errors import AwsError, PermissionDenied

UNKNOWN_OPERATION = {
    "InvalidAction",
    "NotImplemented",
    "NotImplementedException",
    "UnknownOperation",
    "UnknownOperationException",
    "UnsupportedOperation",
    "UnsupportedOperationException",
}
"""How an ECS without service deployments answers (AWS's code is UnknownOperationException)."""
NOT_KNOWN_YET = {"ClusterNotFoundException", "ServiceNotFoundException"}
"""How ECS answers about what somebody has just made; it is asked beside DescribeServices, which may know it already."""
FORWARD = ("PENDING", "IN_PROGRESS", "SUCCESSFUL")
"""Statuses in which a service deployment is the newest one of its service."""
PAGES = 50
"""How many pages of service deployments are read at most: one may be empty, or hold less than was asked for."""
AT_ONCE = 20
"""DescribeServiceDeployments and DescribeServiceRevisions take so many ARNs (ECS API)."""


class NotKept(Exception):
    """This ECS keeps no record of service deployments."""


class View(Protocol):
    """How a service's deployments are seen."""

    def listed(self, service: str, limit: int, status: str) -> list[ServiceDeployment]:
        """Return the newest deployments, newest first; only those in `status`, if given."""
        ...

    def one(self, arn: str) -> ServiceDeployment | None:
        """Return one deployment with its counts; None while ECS does not show it."""
        ...

    def described(self, deployments: Sequence[ServiceDeployment]) -> list[ServiceDeployment]:
        """Return the deployments whole, as far as ECS shows that."""
        ...

    def revision(self, arn: str) -> ServiceRevision | None:
        """Return what a deployment rolls out."""
        ...

    def task_definitions_of(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return the task definition of each service revision."""
        ...


class ServiceDeployments:
    """ECS's own record. Its operations raise `NotKept` if ECS has none."""

    def __init__(self, client: Any, cluster: str, service: Callable[[str], Service | None]) -> None:
        self._client = client
        self._cluster = cluster
        self._service = service

    def listed(self, service: str, limit: int, status: str) -> list[ServiceDeployment]:
        """Return the first `limit`, and the others if ECS does not begin with the newest (it promises no order).

        A service that was created a moment ago may not be known here yet: then it has none.
        """
        request: dict[str, Any] = {"cluster": self._cluster, "service": service, "maxResults": min(limit, 100)}
        if status:
            request["status"] = [status]
        found: list[ServiceDeployment] = []
        for _ in range(PAGES):
            try:
                answer = self._ask("list_service_deployments", **request)
            except AwsError as error:
                if error.code not in NOT_KNOWN_YET:
                    raise
                break
            found += [to_deployment(item) for item in answer.get("serviceDeployments", [])]
            token = answer.get("nextToken")
            enough = len(found) >= limit and _newest_first(found) == found
            if enough or not token or token == request.get("nextToken"):
                break
            request["nextToken"] = token
        return _newest_first(found)

    def one(self, arn: str) -> ServiceDeployment | None:
        """Return it; if it comes without counts, with those of its service: 0 tasks would be wrong."""
        try:
            with aws_errors("ecs"):
                answer = self._client.describe_service_deployments(serviceDeploymentArns=[arn])
        except AwsError as error:
            if error.code in NOT_KNOWN_YET:
                return None
            raise
        items = answer.get("serviceDeployments", [])
        if not items:
            return None
        found = to_deployment(items[0])
        if "requestedTaskCount" in items[0].get("targetServiceRevision", {}):
            return found
        return self._counted(found, items[0].get("serviceArn", "").rsplit("/", 1)[-1] or ["", *arn.split("/")][-2])

    def _counted(self, found: ServiceDeployment, name: str) -> ServiceDeployment:
        """Return it with the counts of the service's newest deployment, which is the same unless it is rolled back."""
        try:
            service = self._service(name)
        except PermissionDenied:
            return found
        if service is None:
            return found
        counted = service.primary or service
        running, pending = (counted.running, counted.pending) if found.status in FORWARD else (0, 0)
        return replace(found, requested=service.desired, running=running, pending=pending)

    def described(self, deployments: Sequence[ServiceDeployment]) -> list[ServiceDeployment]:
        """Return the deployments whole; a brief one if ECS does not show it."""
        arns = [each.arn for each in deployments]
        items = self._all("describe_service_deployments", "serviceDeployment", arns)
        whole = {item["serviceDeploymentArn"]: to_deployment(item) for item in items}
        return [whole.get(each.arn, each) for each in deployments]

    def revision(self, arn: str) -> ServiceRevision | None:
        """Return what a deployment rolls out; None if ECS does not show that."""
        found = self._ask("describe_service_revisions", serviceRevisionArns=[arn]).get("serviceRevisions", [])
        if not found:
            return None
        (item,) = found
        return ServiceRevision(arn=item["serviceRevisionArn"], task_definition=item.get("taskDefinition", ""), raw=item)

    def task_definitions_of(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return the task definition of each service revision that ECS still has."""
        items = self._all("describe_service_revisions", "serviceRevision", revisions)
        return {item["serviceRevisionArn"]: item.get("taskDefinition", "") for item in items}

    def _all(self, operation: str, noun: str, arns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield what ECS shows of the ARNs; nothing if it does not know the operation."""
        for batch in batches(arns, AT_ONCE):
            try:
                answer = self._ask(operation, **{f"{noun}Arns": list(batch)})
            except NotKept:
                return
            yield from answer.get(f"{noun}s", [])

    def _ask(self, operation: str, **request: Any) -> Mapping[str, Any]:
        try:
            with aws_errors("ecs"):
                answer: Mapping[str, Any] = getattr(self._client, operation)(**request)
        except AwsError as error:
            if is_unknown(error):
                raise NotKept from error
            raise
        return answer


class OlderView:
    """One service's deployments as `service.deployments` shows them, each known by its id (`ecs-svc/N`)."""

    def __init__(self, service: Callable[[str], Service | None], name: str) -> None:
        self._service = service
        self._name = name
        self._failed: dict[str, str] = {}

    def listed(self, service: str, limit: int, status: str) -> list[ServiceDeployment]:
        """Return what the service lists: its newest deployment, and those that it comes from."""
        now = self._service(service)
        found = older_view.listed(now) if now is not None else []
        return [each for each in found if status in ("", each.status)]

    def one(self, arn: str) -> ServiceDeployment | None:
        """Return the deployment of this id; a failure is remembered, since ECS forgets it in the rollback."""
        service = self._service(self._name)
        found = older_view.rollout(service, arn, failed=self._failed.get(arn, "")) if service is not None else None
        if found is not None and found.status.startswith("ROLLBACK"):
            self._failed.setdefault(arn, found.reason or "failed")
        return found

    def described(self, deployments: Sequence[ServiceDeployment]) -> list[ServiceDeployment]:
        """Return them as they are: the service shows no more."""
        return list(deployments)

    def revision(self, arn: str) -> ServiceRevision | None:
        """Return what a deployment rolls out: here it names the task definition itself."""
        return ServiceRevision(arn=arn, task_definition=arn)

    def task_definitions_of(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return each as its own task definition."""
        return {arn: arn for arn in revisions}


def batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield `items` in parts of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def is_unknown(error: AwsError) -> bool:
    """Return whether ECS has no such operation; an emulator may say so with a page of its web server (HTTP 500)."""
    return error.code in UNKNOWN_OPERATION or (error.code == "500" and "<html" in error.message.lower())


def _newest_first(deployments: list[ServiceDeployment]) -> list[ServiceDeployment]:
    return sorted(deployments, key=lambda d: d.created_at.timestamp() if d.created_at else 0.0, reverse=True)

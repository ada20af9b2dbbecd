"""The gateway to ECS, where AWS and its stand-ins answer differently from one day to the next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.errors import AwsError
from tests.aws.stubs import StubbedAws

SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/hello/hello"
REVISION = "arn:aws:ecs:us-east-1:123456789012:task-definition/hello"


def gateway(aws: Any) -> Ecs:
    return Ecs(aws, "hello")


def at(minute: int) -> datetime:
    return datetime(2026, 11, 23, 9, minute, tzinfo=UTC)


def brief(number: int) -> dict[str, Any]:
    return {
        "serviceDeploymentArn": f"{SERVICE}/{number}".replace(":service/", ":service-deployment/"),
        "status": "SUCCESSFUL",
        "createdAt": at(number),
    }


def shows(aws: StubbedAws, *deployments: tuple[int, str, str, str]) -> None:
    """Line up a DescribeServices with deployments: number, status, rolloutState, reason."""
    entries = [
        {
            "id": f"ecs-svc/{number}",
            "status": status,
            "taskDefinition": f"{REVISION}:{number}",
            "desiredCount": 1,
            "runningCount": 1,
            "rolloutState": state,
            "rolloutStateReason": reason,
            "createdAt": at(number),
        }
        for number, status, state, reason in deployments
    ]
    service = {
        "serviceArn": SERVICE,
        "serviceName": "hello",
        "status": "ACTIVE",
        "desiredCount": 1,
        "deployments": entries,
    }
    aws.answers(
        "ecs", "describe_services", {"services": [service]}, cluster="hello", services=["hello"], include=["TAGS"]
    )


def test_deployments_are_read_to_the_newest_whatever_order_they_come_in(aws: StubbedAws) -> None:
    asked = {"cluster": "hello", "service": "hello", "maxResults": 2}
    first, second = {"serviceDeployments": [brief(1), brief(2)], "nextToken": "t"}, {"serviceDeployments": [brief(3)]}
    aws.answers("ecs", "list_service_deployments", first, **asked)
    aws.answers("ecs", "list_service_deployments", second, **asked, nextToken="t")
    found = gateway(aws).deployments("hello", limit=2)
    assert [d.id for d in found] == ["3", "2", "1"]


def test_one_page_is_enough_where_the_newest_come_first(aws: StubbedAws) -> None:
    page = {"serviceDeployments": [brief(3), brief(2)], "nextToken": "t"}
    aws.answers("ecs", "list_service_deployments", page, cluster="hello", service="hello", maxResults=2)
    assert [d.id for d in gateway(aws).deployments("hello", limit=2)] == ["3", "2"]


@pytest.mark.parametrize(("code", "status"), [("UnknownOperationException", 400), ("InternalFailure", 501)])
def test_without_service_deployments_the_states_of_the_service_are_taken(
    aws: StubbedAws, code: str, status: int
) -> None:
    ecs = gateway(aws)
    aws.refuses("ecs", "list_service_deployments", code, status=status)
    shows(aws, (2, "PRIMARY", "IN_PROGRESS", ""), (1, "ACTIVE", "COMPLETED", ""))
    found = ecs.deployments("hello")
    assert [(d.arn, d.status) for d in found] == [("ecs-svc/2", "IN_PROGRESS"), ("ecs-svc/1", "STOPPED")]
    revision = ecs.revision(found[0].target_revision)
    assert revision is not None
    assert revision.task_definition == f"{REVISION}:2"
    shows(aws, (2, "PRIMARY", "COMPLETED", "ECS deployment ecs-svc/2 completed."))
    ended = ecs.deployment("ecs-svc/2")
    assert ended is not None
    assert (ended.status, ended.requested, ended.running) == ("SUCCESSFUL", 1, 1)


def test_a_rollback_is_seen_without_service_deployments(aws: StubbedAws) -> None:
    ecs = gateway(aws)
    ecs.take_older_view("hello")
    stories = (
        ((1, "PRIMARY", "IN_PROGRESS", "rolling back to deploymentId ecs-svc/1."), (2, "ACTIVE", "FAILED", "failed")),
        ((1, "PRIMARY", "IN_PROGRESS", "in progress"),),  # forgotten, and remembered by us
        ((1, "PRIMARY", "COMPLETED", "completed"),),
    )
    seen = []
    for entries in stories:
        shows(aws, *entries)
        found = ecs.deployment("ecs-svc/2")
        assert found is not None
        seen.append(found.status)
    assert seen == ["ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]


def test_a_deployment_that_is_gone_was_replaced(aws: StubbedAws) -> None:
    ecs = gateway(aws)
    ecs.take_older_view("hello")
    shows(aws, (3, "PRIMARY", "IN_PROGRESS", ""))
    found = ecs.deployment("ecs-svc/2")
    assert found is not None
    assert found.status == "STOPPED"


@pytest.mark.parametrize("message", ["Unable to describe task definition.", "There is no such task definition."])
def test_a_task_definition_that_is_missing_is_none(aws: StubbedAws, message: str) -> None:
    aws.refuses("ecs", "describe_task_definition", "ClientException", message)
    assert gateway(aws).task_definition("hello") is None


def test_another_refusal_is_an_error(aws: StubbedAws) -> None:
    aws.refuses("ecs", "list_service_deployments", "InvalidParameterException")
    with pytest.raises(AwsError):
        gateway(aws).deployments("hello")

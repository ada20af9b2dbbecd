"""What ECS is asked about what was deployed before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ecsdeploy.aws.ecs import Ecs
from tests.unit.aws.stubs import StubbedAws

FAMILY = "arn:aws:ecs:us-east-1:123456789012:task-definition/hello"


def gateway(aws: Any) -> Ecs:
    return Ecs(aws, "hello")


def brief(number: int) -> dict[str, Any]:
    at = datetime(2026, 11, 23, 9, number, tzinfo=UTC)
    return {"serviceDeploymentArn": f"deployment/{number}", "status": "SUCCESSFUL", "createdAt": at}


def test_all_that_succeeded_is_read_to_the_last_page(aws: StubbedAws) -> None:
    asked = {"cluster": "hello", "service": "hello", "status": ["SUCCESSFUL"], "maxResults": 100}
    first, second = {"serviceDeployments": [brief(3), brief(2)], "nextToken": "t"}, {"serviceDeployments": [brief(1)]}
    aws.answers("ecs", "list_service_deployments", first, **asked)
    aws.answers("ecs", "list_service_deployments", second, **asked, nextToken="t")
    found = gateway(aws).deployments("hello", limit=1000, status="SUCCESSFUL")
    assert [each.id for each in found] == ["3", "2", "1"]


def test_an_ecs_without_a_record_shows_what_the_service_does(aws: StubbedAws) -> None:
    aws.refuses("ecs", "list_service_deployments", "UnknownOperationException")
    entry = {"id": "ecs-svc/2", "status": "PRIMARY", "taskDefinition": f"{FAMILY}:2", "rolloutState": "IN_PROGRESS"}
    service = {"serviceArn": "arn", "serviceName": "hello", "status": "ACTIVE", "deployments": [entry]}
    asked = {"cluster": "hello", "services": ["hello"], "include": ["TAGS"]}
    aws.answers("ecs", "describe_services", {"services": [service]}, **asked)
    assert gateway(aws).deployments("hello", status="SUCCESSFUL") == []


def test_the_newest_revisions_come_first(aws: StubbedAws) -> None:
    answer = {"taskDefinitionArns": [f"{FAMILY}:3", f"{FAMILY}:2"], "nextToken": "there are more"}
    asked = {"familyPrefix": "hello", "status": "ACTIVE", "sort": "DESC", "maxResults": 100}
    aws.answers("ecs", "list_task_definitions", answer, **asked)
    assert gateway(aws).newest_revisions("hello", limit=100) == [f"{FAMILY}:3", f"{FAMILY}:2"]


def test_a_revision_says_what_commit_it_is_of(aws: StubbedAws) -> None:
    definition = {"taskDefinitionArn": f"{FAMILY}:3", "family": "hello", "revision": 3}
    tags = [{"key": "ecsdeploy:commit", "value": "3f2c1ab"}, {"key": "team"}]
    asked = {"taskDefinition": "hello:3", "include": ["TAGS"]}
    aws.answers("ecs", "describe_task_definition", {"taskDefinition": definition, "tags": tags}, **asked)
    found = gateway(aws).task_definition("hello:3")
    assert found is not None
    assert (found.commit, found.tags["team"], "tags" in found.document) == ("3f2c1ab", "", False)


def test_service_revisions_are_described_twenty_at_a_time(aws: StubbedAws) -> None:
    arns = [f"revision/{number}" for number in range(21)]
    for batch in (arns[:20], arns[20:]):
        answer = [{"serviceRevisionArn": arn, "taskDefinition": f"{FAMILY}:1"} for arn in batch[1:]]  # one has gone
        aws.answers("ecs", "describe_service_revisions", {"serviceRevisions": answer}, serviceRevisionArns=batch)
    found = gateway(aws).task_definitions_of([*arns, arns[0], ""])
    assert sorted(found) == sorted(set(arns) - {arns[0], arns[20]})


def test_service_revisions_are_not_asked_for_where_ecs_knows_none(aws: StubbedAws) -> None:
    aws.refuses("ecs", "describe_service_revisions", "UnknownOperationException")
    assert gateway(aws).task_definitions_of(["revision/1"]) == {}

"""The gateway to ECS, where AWS and its stand-ins answer differently from one day to the next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ecsdeploy.aws.cluster import Clusters
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.ecs_answers import to_deployment
from ecsdeploy.errors import AwsError
from tests.unit.aws.stubs import StubbedAws

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


def shows(aws: StubbedAws, *deployments: tuple[int, str, str, str], desired: int = 1, running: int = 1) -> None:
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
        "desiredCount": desired,
        "runningCount": running,
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


def test_pages_that_are_empty_or_short_are_read_on(aws: StubbedAws) -> None:
    asked = {"cluster": "hello", "service": "hello", "maxResults": 3}
    aws.answers("ecs", "list_service_deployments", {"nextToken": "1"}, **asked)
    page = {"serviceDeployments": [brief(3)], "nextToken": "2"}
    aws.answers("ecs", "list_service_deployments", page, **asked, nextToken="1")
    page = {"serviceDeployments": [brief(2)], "nextToken": "2"}
    aws.answers("ecs", "list_service_deployments", page, **asked, nextToken="2")  # the same again: there is no more
    assert [d.id for d in gateway(aws).deployments("hello", limit=3)] == ["3", "2"]


@pytest.mark.parametrize("code", ["ServiceNotFoundException", "ClusterNotFoundException"])
def test_a_service_that_is_not_known_to_the_list_yet_has_no_deployments(aws: StubbedAws, code: str) -> None:
    aws.refuses("ecs", "list_service_deployments", code, "Not found.")
    assert gateway(aws).deployments("hello") == []


def test_a_deployment_without_counts_has_those_of_its_service(aws: StubbedAws) -> None:
    found = {**brief(2), "serviceArn": SERVICE, "targetServiceRevision": {"arn": "revision"}}
    arn = found["serviceDeploymentArn"]
    aws.answers("ecs", "describe_service_deployments", {"serviceDeployments": [found]}, serviceDeploymentArns=[arn])
    shows(aws, (2, "PRIMARY", "COMPLETED", ""), desired=2)
    now = gateway(aws).deployment(arn)
    assert now is not None
    assert (now.requested, now.running) == (2, 1)


def test_while_old_tasks_still_run_they_are_not_counted_as_its_own(aws: StubbedAws) -> None:
    found = {**brief(2), "status": "IN_PROGRESS", "targetServiceRevision": {"arn": "revision"}}
    arn = found["serviceDeploymentArn"]
    aws.answers("ecs", "describe_service_deployments", {"serviceDeployments": [found]}, serviceDeploymentArns=[arn])
    shows(aws, (2, "PRIMARY", "IN_PROGRESS", ""), (1, "ACTIVE", "COMPLETED", ""), desired=2, running=3)
    now = gateway(aws).deployment(arn)
    assert now is not None
    assert (now.requested, now.running) == (2, 1)


def test_counts_that_may_not_be_read_do_not_hide_the_deployment(aws: StubbedAws) -> None:
    found = {**brief(2), "targetServiceRevision": {"arn": "revision"}}
    arn = found["serviceDeploymentArn"]
    aws.answers("ecs", "describe_service_deployments", {"serviceDeployments": [found]}, serviceDeploymentArns=[arn])
    aws.refuses("ecs", "describe_services", "AccessDeniedException")
    now = gateway(aws).deployment(arn)
    assert now is not None
    assert now.status == "SUCCESSFUL"


def test_a_deployment_of_a_service_that_was_deleted_is_not_shown(aws: StubbedAws) -> None:
    aws.refuses("ecs", "describe_service_deployments", "ServiceNotFoundException")
    assert gateway(aws).deployment(brief(2)["serviceDeploymentArn"]) is None


@pytest.mark.parametrize(("status", "awaits"), [("AWAITING_ACTION", "h"), ("IN_PROGRESS", "")])
def test_a_deployment_that_a_hook_pauses_names_the_hook(status: str, awaits: str) -> None:
    hooks = [{"targetType": "AWS_LAMBDA", "status": "SUCCEEDED"}, {"hookId": "h", "status": status}]
    assert to_deployment({**brief(1), "lifecycleHookDetails": hooks}).awaits == awaits


def test_the_tasks_of_one_deployment_are_listed_by_who_started_them(aws: StubbedAws) -> None:
    page = {"taskArns": ["task/1"], "nextToken": "t"}
    aws.answers("ecs", "list_tasks", page, cluster="hello", desiredStatus="STOPPED", startedBy="ecs-svc/2")
    assert gateway(aws).first_of_deployment("ecs-svc/2", stopped=True) == ["task/1"]


def test_a_deployment_names_what_ran_before_it_and_what_it_goes_back_to(aws: StubbedAws) -> None:
    found = {
        **brief(3),
        "sourceServiceRevisions": [{"arn": "revision/1"}, {"arn": "revision/2"}, {"runningTaskCount": 1}],
        "targetServiceRevision": {"arn": "revision/3", "requestedTaskCount": 1},
        "rollback": {"reason": "why", "serviceRevisionArn": "revision/1"},
    }
    arn = found["serviceDeploymentArn"]
    aws.answers("ecs", "describe_service_deployments", {"serviceDeployments": [found]}, serviceDeploymentArns=[arn])
    now = gateway(aws).deployment(arn)
    assert now is not None
    assert (now.source_revisions, now.rollback_revision) == (("revision/1", "revision/2"), "revision/1")
    (listed,) = map(to_deployment, [brief(3)])
    assert (listed.source_revisions, listed.rollback_revision) == ((), "")


def test_a_deployment_is_stopped_to_be_rolled_back(aws: StubbedAws) -> None:
    ecs = gateway(aws)
    arn = brief(2)["serviceDeploymentArn"]
    aws.answers(
        "ecs",
        "stop_service_deployment",
        {"serviceDeploymentArn": arn},
        serviceDeploymentArn=arn,
        stopType="ROLLBACK",
    )
    ecs.stop_deployment(arn)
    aws.refuses("ecs", "stop_service_deployment", "ConflictException", "The deployment is over.")
    with pytest.raises(AwsError) as refused:
        ecs.stop_deployment(arn)
    assert refused.value.code == "ConflictException"


def test_lists_that_are_left_out_are_empty(aws: StubbedAws) -> None:
    asked = {"cluster": "hello", "serviceName": "hello", "desiredStatus": "RUNNING"}
    aws.answers("ecs", "list_tasks", {}, **asked)
    aws.answers("ecs", "describe_tasks", {}, cluster="hello", tasks=["a"])
    aws.answers("ecs", "get_task_protection", {}, cluster="hello", tasks=["a"])
    aws.answers("ecs", "describe_clusters", {}, clusters=["hello"], include=["TAGS"])
    ecs: Any = gateway(aws)
    stubbed: Any = aws
    assert (ecs.task_arns("hello"), ecs.tasks(["a"]), ecs.protected(["a"])) == ([], [], set())
    assert Clusters(stubbed).find("hello") is None


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("UnknownOperationException", "", 400),
        ("InternalFailure", "", 501),
        ("500", "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>", 500),
    ],
)
def test_without_service_deployments_the_states_of_the_service_are_taken(
    aws: StubbedAws, code: str, message: str, status: int
) -> None:
    ecs = gateway(aws)
    aws.refuses("ecs", "list_service_deployments", code, message, status=status)
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
        seen.append((found.status, found.reason))
    assert seen == [
        ("ROLLBACK_IN_PROGRESS", "failed"),
        ("ROLLBACK_IN_PROGRESS", "failed"),
        ("ROLLBACK_SUCCESSFUL", "failed"),
    ]


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


def test_where_no_task_can_be_protected_none_is(aws: StubbedAws) -> None:
    aws.refuses("ecs", "get_task_protection", "UnknownOperationException")
    assert gateway(aws).protected(["a"]) == set()


def test_where_nothing_says_what_is_rolled_out_the_older_view_does(aws: StubbedAws) -> None:
    ecs = gateway(aws)
    page = {"serviceDeployments": [brief(2)]}
    aws.answers("ecs", "list_service_deployments", page, cluster="hello", service="hello", maxResults=20)
    aws.refuses("ecs", "describe_service_revisions", "UnknownOperationException")
    shows(aws, (2, "PRIMARY", "IN_PROGRESS", ""))
    ecs.deployments("hello")
    assert ecs.revision("revision") is None
    (found,) = ecs.deployments("hello")
    assert (found.arn, found.target_revision) == ("ecs-svc/2", f"{REVISION}:2")


def whole(number: int) -> dict[str, Any]:
    return {**brief(number), "targetServiceRevision": {"requestedTaskCount": number}}


def test_deployments_are_described_twenty_at_a_time_and_stay_in_their_order(aws: StubbedAws) -> None:
    ecs = gateway(aws)
    numbers = range(25, 0, -1)
    page = {"serviceDeployments": [brief(n) for n in numbers]}
    aws.answers("ecs", "list_service_deployments", page, cluster="hello", service="hello", maxResults=25)
    listed = ecs.deployments("hello", limit=25)
    arns = [each.arn for each in listed]
    first = {"serviceDeployments": [whole(n) for n in range(6, 26)]}
    aws.answers("ecs", "describe_service_deployments", first, serviceDeploymentArns=arns[:20])
    second = {"serviceDeployments": [whole(n) for n in range(1, 5)], "failures": [{"reason": "MISSING"}]}
    aws.answers("ecs", "describe_service_deployments", second, serviceDeploymentArns=arns[20:])
    found = ecs.described(listed)
    assert [each.arn for each in found] == arns
    assert [each.requested for each in found] == [n if n != 5 else 0 for n in numbers]


def test_where_ecs_describes_none_the_brief_ones_stay(aws: StubbedAws) -> None:
    ecs = gateway(aws)
    page = {"serviceDeployments": [brief(1)]}
    aws.answers("ecs", "list_service_deployments", page, cluster="hello", service="hello", maxResults=20)
    listed = ecs.deployments("hello")
    aws.refuses("ecs", "describe_service_deployments", "UnknownOperationException")
    assert ecs.described(listed) == listed
    assert not ecs.has_older_view


def test_revisions_are_asked_for_once_each(aws: StubbedAws) -> None:
    arns = [f"revision/{n}" for n in range(21)]
    for part in (arns[:20], arns[20:]):
        answer = {"serviceRevisions": [{"serviceRevisionArn": arn, "taskDefinition": f"of {arn}"} for arn in part]}
        aws.answers("ecs", "describe_service_revisions", answer, serviceRevisionArns=part)
    found = gateway(aws).task_definitions_of([*arns, *arns, ""])
    assert found == {arn: f"of {arn}" for arn in arns}


def test_a_revision_comes_with_its_tags(aws: StubbedAws) -> None:
    arn = f"{REVISION}:1"
    answer = {
        "taskDefinition": {"taskDefinitionArn": arn, "family": "hello", "revision": 1, "cpu": "256"},
        "tags": [{"key": "ecsdeploy:commit", "value": "3f2c1ab"}, {"key": "empty"}],
    }
    aws.answers("ecs", "describe_task_definition", answer, taskDefinition=arn, include=["TAGS"])
    found = gateway(aws).task_definition(arn)
    assert found is not None
    assert (found.commit, found.tags["empty"]) == ("3f2c1ab", "")
    assert found.document == {"family": "hello", "cpu": "256"}


def test_the_first_tasks_are_two_calls_and_none_where_there_are_none(aws: StubbedAws) -> None:
    asked = {"cluster": "hello", "serviceName": "hello", "desiredStatus": "RUNNING"}
    aws.answers("ecs", "list_tasks", {"taskArns": ["a", "b"], "nextToken": "more"}, **asked)
    tasks = {"tasks": [{"taskArn": "a", "lastStatus": "RUNNING"}]}
    aws.answers("ecs", "describe_tasks", tasks, cluster="hello", tasks=["a", "b"])
    assert [each.arn for each in gateway(aws).first_tasks("hello")] == ["a"]
    aws.answers("ecs", "list_tasks", {"taskArns": []}, **asked)
    assert gateway(aws).first_tasks("hello") == []

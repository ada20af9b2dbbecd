"""What requests name, in every form, and what was deleted: answers and refusals as ECS words them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.operations.furnished import Furnished, definition, furnished_sandbox
from tests.sandbox.operations.raw import call

ARN = "arn:aws:ecs:us-east-1:123456789012"
INVALID = "InvalidParameterException"
SEPARATORS = "Invalid identifier: Unexpected number of separators"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished_sandbox(tmp_path_factory.mktemp("home")) as furnished:
        yield furnished


def ask(furnished: Furnished, operation: str, **params: Any) -> Any:
    answered = call(furnished.endpoint, "ecs", operation, params)
    assert answered.status == 200, answered.body
    return answered.body


def refused(furnished: Furnished, operation: str, **params: Any) -> tuple[str, str]:
    answered = call(furnished.endpoint, "ecs", operation, params)
    assert answered.status == 400, answered.body
    return answered.error


@pytest.mark.parametrize("cluster", ["c", f"{ARN}:cluster/c"])
@pytest.mark.parametrize("service", ["web", f"{ARN}:service/web", f"{ARN}:service/c/web"])
def test_every_form_of_a_service_s_name(furnished: Furnished, cluster: str, service: str) -> None:
    found = ask(furnished, "DescribeServices", cluster=cluster, services=[service])["services"]
    assert [one["serviceArn"] for one in found] == [furnished.service]
    assert furnished.task in ask(furnished, "ListTasks", cluster=cluster, serviceName=service)["taskArns"]


def test_every_form_of_a_task_s_name(furnished: Furnished) -> None:
    identity = furnished.task.rpartition("/")[2]
    forms = [identity, f"{ARN}:task/{identity}", furnished.task]
    answer = ask(furnished, "DescribeTasks", cluster="c", tasks=forms)
    assert ([task["taskArn"] for task in answer["tasks"]], answer["failures"]) == ([furnished.task], [])


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (f"{ARN}:service/doomed/web", "Invalid identifier: Identifier is for cluster doomed. Your cluster is c"),
        (f"{ARN}:cluster/c", "Unsupported resource type: cluster"),
        (f"{ARN}:service/c/web/more", SEPARATORS),
        ("c/web", SEPARATORS),
        ("arn:aws:s3:::bucket", SEPARATORS),
    ],
)
def test_what_names_no_service_of_the_cluster(furnished: Furnished, reference: str, said: str) -> None:
    assert refused(furnished, "DescribeServices", cluster="c", services=[reference]) == (INVALID, said)
    assert refused(furnished, "UpdateService", cluster="c", service=reference) == (INVALID, said)
    assert refused(furnished, "ListTasks", cluster="c", serviceName=reference) == (INVALID, said)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("None", "taskId length should be one of [32,36]"),
        ("", "taskId length should be one of [32,36]"),
        (f"{ARN}:task/c/abc", "taskId length should be one of [32,36]"),
        (f"{ARN}:task/doomed/{'0' * 32}", "Invalid identifier: Identifier is for cluster doomed. Your cluster is c"),
        (f"{ARN}:service/c/web", "Unsupported resource type: service"),
    ],
)
def test_what_names_no_task_of_the_cluster(furnished: Furnished, reference: str, said: str) -> None:
    assert refused(furnished, "DescribeTasks", cluster="c", tasks=[reference]) == (INVALID, said)
    assert refused(furnished, "StopTask", cluster="c", task=reference) == (INVALID, said)


ELSEWHERE = "arn:aws:ecs:eu-west-1:123456789012"
OTHERS = "arn:aws:ecs:us-east-1:210987654321"


@pytest.mark.parametrize(
    ("operation", "member", "reference"),
    [
        ("DescribeServices", "cluster", "{}:cluster/c"),
        ("DescribeServices", "services", "{}:service/c/web"),
        ("DescribeClusters", "clusters", "{}:cluster/c"),
        ("DescribeTasks", "tasks", "{}:task/c/" + "0" * 32),
        ("DescribeTaskDefinition", "taskDefinition", "{}:task-definition/web:1"),
        ("RunTask", "taskDefinition", "{}:task-definition/web:1"),
        ("UpdateService", "service", "{}:service/c/web"),
        ("ListTagsForResource", "resourceArn", "{}:service/c/web"),
    ],
)
def test_an_arn_of_another_region_or_account(furnished: Furnished, operation: str, member: str, reference: str) -> None:
    needed: dict[str, dict[str, Any]] = {
        "DescribeServices": {"cluster": "c", "services": ["web"]},
        "DescribeTasks": {"cluster": "c"},
        "RunTask": {"cluster": "c"},
        "UpdateService": {"cluster": "c"},
    }
    for start, said in (
        (ELSEWHERE, "Invalid Region in ARN"),
        (OTHERS, "Identifier is for 210987654321. Your accountId is 123456789012"),
    ):
        given: Any = reference.format(start)
        params = {**needed.get(operation, {}), member: [given] if member.endswith("s") else given}
        assert refused(furnished, operation, **params) == (INVALID, said)


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("no cluster!", (INVALID, r"Cluster must match ^[a-zA-Z0-9\-_]{1,255}$, but was no cluster!")),
        (f"{ARN}:service/c/web", (INVALID, "Unsupported resource type: service")),
        (
            "arn:aws:ecs:c",
            (
                "ClientException",
                "com.amazon.arn.ARNSyntaxException: Fifth colon (namespace/relative-id delimiter) not found: "
                "arn:aws:ecs:c",
            ),
        ),
    ],
)
def test_what_can_name_no_cluster(furnished: Furnished, reference: str, error: tuple[str, str]) -> None:
    assert refused(furnished, "ListServices", cluster=reference) == error
    assert refused(furnished, "DescribeClusters", clusters=[reference]) == error


def test_more_clusters_than_fit_into_a_request(furnished: Furnished) -> None:
    names = [f"c{number}" for number in range(101)]
    assert len(ask(furnished, "DescribeClusters", clusters=names[:100])["failures"]) == 100
    assert refused(furnished, "DescribeClusters", clusters=names) == (INVALID, "clusters can have at most 100 items.")
    assert refused(furnished, "DescribeClusters", clusters=[""]) == (INVALID, "Clusters can not be blank.")


def test_fargate_has_no_container_instances(furnished: Furnished) -> None:
    assert ask(furnished, "ListContainerInstances", cluster="c") == {"containerInstanceArns": []}
    missing = {"arn": f"{ARN}:container-instance/c/abc", "reason": "MISSING"}
    answer = ask(furnished, "DescribeContainerInstances", cluster="c", containerInstances=["abc"])
    assert answer == {"containerInstances": [], "failures": [missing]}
    many = [f"{number:032d}" for number in range(101)]
    for names, said in (
        ([], "Container instances cannot be empty."),
        (many, "instanceIds can have at most 100 items."),
    ):
        assert refused(furnished, "DescribeContainerInstances", cluster="c", containerInstances=names) == (
            INVALID,
            said,
        )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("containerInsights", "yes", "it should be one of [disabled,enabled,enhanced]"),
        ("awsvpcTrunking", "enhanced", "it should be one of [disabled,enabled]"),
        ("fargateTaskRetirementWaitPeriod", "3", "it should be one of [0,14,7]"),
        ("guardDutyActivate", "on", "read-only"),
    ],
)
def test_a_setting_takes_its_own_values_only(furnished: Furnished, name: str, value: str, said: str) -> None:
    for operation in ("PutAccountSetting", "PutAccountSettingDefault"):
        code, message = refused(furnished, operation, name=name, value=value)
        assert (code, said in message) == (INVALID, True)


def test_a_value_outside_its_enum_is_told_which_there_are(furnished: Furnished) -> None:
    assert refused(furnished, "DescribeClusters", include=["CAPACITY_PROVIDERS"]) == (
        INVALID,
        "include should be one of [ATTACHMENTS,CONFIGURATIONS,SETTINGS,STATISTICS,TAGS]",
    )
    assert refused(furnished, "UpdateService", cluster="c", service="web", propagateTags="TASK") == (
        INVALID,
        "Propagate tags should be one of [NONE,SERVICE,TASK_DEFINITION]",
    )


def test_failures_name_each_that_is_missing_once(furnished: Furnished) -> None:
    nobody = "0" * 32
    answer = ask(furnished, "DescribeTasks", cluster="c", tasks=[nobody, furnished.task, nobody])
    assert answer["failures"] == [{"arn": f"{ARN}:task/c/{nobody}", "reason": "MISSING"}]
    assert len(answer["tasks"]) == 1
    answer = ask(furnished, "DescribeServices", cluster="c", services=["no", "web", "no"])
    assert answer["failures"] == [{"arn": f"{ARN}:service/no", "reason": "MISSING"}]
    answer = ask(furnished, "DescribeClusters", clusters=["no", "c"])
    assert answer["failures"] == [{"arn": f"{ARN}:cluster/no", "reason": "MISSING"}]
    for kind, operation in (("deployment", "DescribeServiceDeployments"), ("revision", "DescribeServiceRevisions")):
        arn = f"{ARN}:service-{kind}/c/web/0"
        member = {f"service{kind.title()}Arns": [arn]}
        assert ask(furnished, operation, **member)["failures"] == [{"arn": arn, "reason": "MISSING"}]


@pytest.mark.parametrize(
    ("operation", "member", "most", "said"),
    [
        ("DescribeServices", "services", 10, "service names can have at most 10 items."),
        ("DescribeTasks", "tasks", 100, "taskIds can have at most 100 items."),
    ],
)
def test_more_than_fit_into_a_request(furnished: Furnished, operation: str, member: str, most: int, said: str) -> None:
    names = [f"{number:032d}" for number in range(most + 1)]
    assert len(ask(furnished, operation, cluster="c", **{member: names[:most]})["failures"]) == most
    assert refused(furnished, operation, cluster="c", **{member: names}) == (INVALID, said)
    assert refused(furnished, operation, cluster="c", **{member: []})[0] == INVALID


def test_tags_are_told_where_they_are_asked_for(furnished: Furnished) -> None:
    tags = [{"key": "team", "value": "a"}]
    resources = {
        "DescribeClusters": ("clusters", f"{ARN}:cluster/c", {}),
        "DescribeServices": ("services", furnished.service, {"cluster": "c"}),
        "DescribeTasks": ("tasks", furnished.task, {"cluster": "c"}),
    }
    for operation, (member, arn, more) in resources.items():
        ask(furnished, "TagResource", resourceArn=arn, tags=tags)
        plain = ask(furnished, operation, **{member: [arn]}, **more)[member][0]
        assert plain.get("tags", []) == []
        assert ask(furnished, operation, **{member: [arn]}, **more, include=["TAGS"])[member][0]["tags"] == tags
    ask(furnished, "TagResource", resourceArn=furnished.definition, tags=tags)
    assert "tags" not in ask(furnished, "DescribeTaskDefinition", taskDefinition=furnished.definition)
    with_tags = ask(furnished, "DescribeTaskDefinition", taskDefinition=furnished.definition, include=["TAGS"])
    assert with_tags["tags"] == tags


def test_revisions_count_on_whatever_becomes_of_them(furnished: Furnished) -> None:
    def register() -> int:
        return int(ask(furnished, "RegisterTaskDefinition", **definition("counted"))["taskDefinition"]["revision"])

    assert [register(), register()] == [1, 2]
    ask(furnished, "DeregisterTaskDefinition", taskDefinition="counted:2")
    assert ask(furnished, "DescribeTaskDefinition", taskDefinition="counted")["taskDefinition"]["revision"] == 1
    assert ask(furnished, "DescribeTaskDefinition", taskDefinition="counted:2")["taskDefinition"]["status"] == (
        "INACTIVE"
    )
    failures = ask(furnished, "DeleteTaskDefinitions", taskDefinitions=["counted:1"])["failures"]
    assert failures[0]["arn"] == "counted:1"
    gone = ask(furnished, "DeleteTaskDefinitions", taskDefinitions=["counted:2"])["taskDefinitions"][0]
    assert gone["status"] == "DELETE_IN_PROGRESS"
    assert register() == 3
    for wrong in ("counted", "counted:x", "counted:0"):
        assert refused(furnished, "DeregisterTaskDefinition", taskDefinition=wrong)[0] in (INVALID, "ClientException")


def test_a_client_token_makes_one_of_two(furnished: Furnished) -> None:
    one = {
        "cluster": "c",
        "taskDefinition": "web",
        "launchType": "FARGATE",
        "networkConfiguration": furnished.network(),
        "clientToken": "t1",
    }
    first = ask(furnished, "RunTask", **one)["tasks"][0]["taskArn"]
    assert ask(furnished, "RunTask", **one)["tasks"][0]["taskArn"] == first
    assert refused(furnished, "RunTask", **one, count=2)[0] == "ConflictException"
    service = {**one, "serviceName": "once", "desiredCount": 0}
    created = ask(furnished, "CreateService", **service)["service"]
    assert ask(furnished, "CreateService", **service)["service"]["createdAt"] == created["createdAt"]
    not_idempotent = (INVALID, "Creation of service was not idempotent.")
    assert refused(furnished, "CreateService", **{**service, "desiredCount": 1}) == not_idempotent
    assert refused(furnished, "CreateService", **{**service, "clientToken": "t2"}) == not_idempotent
    assert refused(furnished, "CreateService", **{**service, "clientToken": "t" * 37})[0] == INVALID
    assert refused(furnished, "RunTask", **{**one, "clientToken": "t" * 65})[0] == INVALID


def test_tasks_are_listed_in_no_order(furnished: Furnished) -> None:
    """Neither the oldest nor the newest first: a client that counts on an order is wrong on AWS too."""
    run = {"cluster": "c", "taskDefinition": "web", "launchType": "FARGATE", "startedBy": "order", "count": 10}
    started = [
        task["taskArn"]
        for _ in range(2)
        for task in ask(furnished, "RunTask", **run, networkConfiguration=furnished.network())["tasks"]
    ]
    listed = ask(furnished, "ListTasks", cluster="c", startedBy="order")["taskArns"]
    assert sorted(listed) == sorted(started)
    assert listed not in (started, started[::-1])
    assert refused(furnished, "ListTasks", cluster="c", startedBy="order", family="web")[0] == INVALID


def test_names_of_deleted_things(furnished: Furnished) -> None:
    ask(furnished, "CreateCluster", clusterName="brief")
    ask(furnished, "DeleteCluster", cluster="brief")
    assert refused(
        furnished,
        "RunTask",
        cluster="brief",
        taskDefinition="web",
        launchType="FARGATE",
        networkConfiguration=furnished.network(),
    ) == ("ClusterNotFoundException", "The referenced cluster was inactive.")
    assert ask(furnished, "DeleteCluster", cluster="brief")["cluster"]["status"] == "INACTIVE"
    assert ask(furnished, "CreateCluster", clusterName="brief")["cluster"]["status"] == "ACTIVE"

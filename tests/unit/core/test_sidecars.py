"""What a sidecar of [task.raw] needs is granted to the execution role, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.core.container_logs import needed_groups
from ecsdeploy.core.sidecars import created_groups, references_of, resources_of, secrets_of
from ecsdeploy.core.things import roles, wanted_roles
from ecsdeploy.core.upkeep import RECONCILE
from ecsdeploy.policy.secrets import Secret
from tests.unit.core import builders as a
from tests.unit.policy.documents import PLACE, may

KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf"
LOGIN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf"
TOKEN = "arn:aws:ssm:eu-west-1:123456789012:parameter/agent/token"
AGENT: dict[str, Any] = {
    "name": "agent",
    "image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/agent:1",
    "secrets": [{"name": "KEY", "valueFrom": f"{KEY}:password::"}, {"name": "URL", "valueFrom": "/agent/url"}],
    "repositoryCredentials": {"credentialsParameter": LOGIN},
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/shared/apps", "awslogs-region": "eu-west-1"},
        "secretOptions": [{"name": "token", "valueFrom": TOKEN}],
    },
}
RAW = {"containerDefinitions": [AGENT, {"name": "hello"}, {"name": "public", "image": "nginx:1"}]}


def test_all_that_a_container_names_is_found_once() -> None:
    assert secrets_of(RAW) == (
        Secret("secretsmanager", "k-AbCdEf", KEY),
        Secret("ssm", "/agent/url"),
        Secret("ssm", "/agent/token", TOKEN),
        Secret("secretsmanager", "login-AbCdEf", LOGIN),
    )
    assert resources_of({"containerDefinitions": [AGENT, AGENT]}, PLACE) == (
        "arn:aws:ecr:us-east-1:111122223333:repository/team/agent",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/shared/apps",
    )


def test_each_is_found_with_what_names_it() -> None:
    assert [where for where, _ in references_of(RAW)] == [
        "KEY of container agent",
        "URL of container agent",
        "token of container agent",
        "repositoryCredentials of container agent",
    ]


def test_a_registrys_login_may_be_named_without_its_arn() -> None:
    """It is a secret of the same Region then, never a parameter (ECS API, RepositoryCredentials)."""
    private = {"name": "x", "repositoryCredentials": {"credentialsParameter": "login"}}
    assert secrets_of({"containerDefinitions": [private]}) == (Secret("secretsmanager", "login"),)


def test_files_with_variables_are_granted_with_their_buckets() -> None:
    files = [{"type": "s3", "value": f"arn:aws:s3:::bucket/{name}.env"} for name in ("a", "b")]
    odd = [{"type": "s3", "value": value} for value in ("s3://bucket/c.env", "arn:aws:s3:::bucket", "")]
    target = a.target(task={"raw": {"containerDefinitions": [{"name": "hello", "environmentFiles": [*files, *odd]}]}})
    policy = wanted_roles.execution_role(target, PLACE).permissions
    assert policy is not None
    for name in ("a", "b"):
        assert may(policy, "s3:GetObject", f"arn:aws:s3:::bucket/{name}.env")
    assert may(policy, "s3:GetBucketLocation", "arn:aws:s3:::bucket")
    assert not may(policy, "s3:GetObject", "arn:aws:s3:::bucket/c.env")
    plain = wanted_roles.execution_role(a.target(), PLACE).permissions
    assert plain is not None
    assert "s3:" not in str(plain)


def test_nothing_is_made_of_what_is_not_there() -> None:
    assert secrets_of({}) == ()
    assert resources_of({"containerDefinitions": [{"name": "hello", "logConfiguration": None}]}, PLACE) == ()
    odd = {"name": "x", "secrets": [{"name": "A", "valueFrom": "no such: form"}, 3], "logConfiguration": "x"}
    assert secrets_of({"containerDefinitions": [odd, {"name": "y", "secrets": {}}, "z"]}) == ()


def test_a_group_of_the_services_own_container_is_granted_and_made_only_where_ecs_is_to_make_it() -> None:
    made = {"options": {"awslogs-group": "/made", "awslogs-create-group": "true"}}  # awslogs, as nothing else is said
    sent = {"logDriver": "splunk", "options": {"awslogs-group": "/not"}}
    containers = [{"name": "hello", "logConfiguration": made}, {"name": "x", "logConfiguration": sent}, AGENT]
    target = a.target(task={"raw": {"containerDefinitions": containers}})
    assert created_groups(target.config.task.raw, PLACE) == (PLACE.log_group("/made"),)
    policy = wanted_roles.execution_role(target, PLACE).permissions
    assert policy is not None
    assert may(policy, "logs:PutLogEvents", PLACE.log_group("/made:log-stream:x"))
    assert may(policy, "logs:CreateLogGroup", PLACE.log_group("/made"))
    assert not may(policy, "logs:PutLogEvents", PLACE.log_group("/not:log-stream:x"))
    assert not may(policy, "logs:CreateLogGroup", PLACE.log_group("/ecs/hello"))


@pytest.mark.parametrize(
    ("said", "makes"), [("true", True), ("True", True), ("1", True), ("false", False), ("", False)]
)
def test_a_group_that_ecs_makes_is_granted_and_not_missed(said: str, makes: bool) -> None:
    log = {"options": {"awslogs-group": "/made", "awslogs-create-group": said}}
    target = a.target(task={"raw": {"containerDefinitions": [{"name": "hello", "logConfiguration": log}]}})
    assert bool(created_groups(target.config.task.raw, PLACE)) is makes
    assert (needed_groups(target) == set()) is makes


def test_who_deploys_may_read_the_log_of_every_container_and_look_after_the_apps_own() -> None:
    target = a.target(task={"raw": RAW})
    policy = wanted_roles.deploy_role(target, a.account(target), a.SOURCE).permissions
    assert policy is not None
    shared = "arn:aws:logs:eu-west-1:123456789012:log-group:/shared/apps"
    for action in ("logs:GetLogEvents", "logs:FilterLogEvents"):
        assert may(policy, action, shared), action
        assert may(policy, action, f"{shared}:log-stream:hello/agent/1"), action
        assert not may(policy, action, PLACE.log_group("/shared/others")), action
    assert not may(policy, "logs:ListTagsForResource", shared)


def test_the_execution_role_may_do_what_the_sidecar_needs_and_no_more() -> None:
    target = a.target(task={"port": 3000, "raw": RAW})
    policy = wanted_roles.execution_role(target, PLACE).permissions
    assert policy is not None
    for action, resource in (
        ("ecr:BatchGetImage", PLACE.repository("hello")),
        ("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/team/agent"),
        ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:/shared/apps:log-stream:x"),
        ("secretsmanager:GetSecretValue", KEY),
        ("secretsmanager:GetSecretValue", LOGIN),
        ("ssm:GetParameters", TOKEN),
        ("ssm:GetParameters", PLACE.regional("ssm", "parameter/agent/url")),
    ):
        assert may(policy, action, resource), (action, resource)
    assert not may(policy, "ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/team/other")
    assert not may(policy, "secretsmanager:GetSecretValue", KEY.replace(":k-", ":other-"))
    assert roles.decide_execution_role(a.wanted(target=target), a.account(), RECONCILE).steps

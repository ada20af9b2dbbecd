"""One plan of everything: what is in it, in which order, and that AWS takes every step of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import pytest

from ecsdeploy.core.account import Account, LogGroupSeen, NetworkSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.image import Unbuilt
from ecsdeploy.core.network import Rule
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.repository import RepositoryDetails
from ecsdeploy.core.step import Later, Ref, laters
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import DEPLOY, SETUP, Part, Wanted
from ecsdeploy.errors import Busy, PermissionDenied, Refused
from tests.unit.core import builders as a
from tests.unit.imagined import require_known_to_aws

ADOPT = Upkeep(adopt=True)
FILL_AND_ADOPT = Upkeep(reconcile=False, adopt=True)
ALL: tuple[Part, ...] = (*SETUP, "task definition", "service")
FOREIGN: dict[str, str] = {}
OPEN_BY_HAND = frozenset({Rule("tcp", 22, 22, "10.0.0.0/8"), Rule("-1", None, None, "sg-7")})


def combinations_of(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    return chain.from_iterable(combinations(parts, count) for count in range(len(parts) + 1))


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL, ADOPT])
def test_where_the_account_is_as_the_config_says_nothing_is_planned_whatever_is_asked_for(upkeep: Upkeep) -> None:
    for parts in combinations_of(ALL):
        plan = make_plan(a.wanted(parts=parts, count=1), a.account(), upkeep)
        assert (plan.steps, plan.questions, plan.warnings, plan.unchecked) == ((), (), (), ()), parts
        assert plan.awaited.until == "nothing"


def test_an_empty_account_gets_everything_in_the_order_in_which_it_can_be_made() -> None:
    plan = make_plan(a.wanted(), a.empty(), RECONCILE)
    assert [(step.about.kind, step.call) for step in plan.steps] == [
        ("repository", "ecr:CreateRepository"),
        ("repository", "ecr:PutLifecyclePolicy"),
        ("OIDC provider", "iam:CreateOpenIDConnectProvider"),
        ("deploy role", "iam:CreateRole"),
        ("deploy role", "iam:PutRolePolicy"),
        ("execution role", "iam:CreateRole"),
        ("execution role", "iam:PutRolePolicy"),
        ("task role", "iam:CreateRole"),
        ("service-linked role", "iam:CreateServiceLinkedRole"),
        ("cluster", "ecs:CreateCluster"),
        ("log group", "logs:CreateLogGroup"),
        ("log group", "logs:PutRetentionPolicy"),
        ("security group", "ec2:CreateSecurityGroup"),
        ("task definition", "ecs:RegisterTaskDefinition"),
        ("service", "ecs:CreateService"),
    ]
    assert plan.awaited.until == "rollout"


def test_a_plan_is_about_the_parts_that_are_asked_for_alone() -> None:
    for parts in combinations_of(SETUP):
        plan = make_plan(a.wanted(parts=parts), a.empty(), RECONCILE)
        alone = [step for part in parts for step in make_plan(a.wanted(parts=(part,)), a.empty(), RECONCILE).steps]
        assert list(plan.steps) == alone


# ---- every kind of plan there is


def drifted(tags: dict[str, str]) -> Account:
    """Return an account in which everything is otherwise than the config says, and has these tags."""

    def otherwise(seen: Any) -> RoleSeen:
        wide = {"Version": "2012-10-17", "Statement": []}
        role = replace(seen.role, trust=wide, description="mine", max_session=7200, tags=tags)
        return RoleSeen(role=role, policy=wide)

    raw = {"deploymentConfiguration": {"maximumPercent": 150}, "networkConfiguration": {}, "propagateTags": "NONE"}
    return a.account(
        repository=a.repository(mutability="MUTABLE", scan_on_push=False),
        repository_details=RepositoryDetails({"rules": []}, tags),
        provider=("other",),
        roles={name: otherwise(role) for name, role in a.account().roles.items()},
        linked_role=False,
        cluster=a.cluster(capacity_providers=("mine",), strategy=({"capacityProvider": "mine", "weight": 1},)),
        log_group=LogGroupSeen(group=a.log_group(retention_days=7), tags=tags),
        security_groups=(a.security_group(ingress=OPEN_BY_HAND, tags=tags),),
        service=ServiceSeen(service=a.service(raw=raw, tags=tags, desired=4, running=4), deployments=(a.rollout(),)),
        running=a.revision(1, {"family": "hello", "containerDefinitions": []}),
        newest=None,
    )


def with_gaps() -> Account:
    """Return an account as runs leave it that are interrupted between two writes to the same resource."""
    whole = a.account(WEB)
    roles = {name: replace(role, policy=None) for name, role in whole.roles.items() if isinstance(role, RoleSeen)}
    return replace(
        whole,
        repository_details=RepositoryDetails(None, {"ecsdeploy:app": "hello"}),
        roles=roles,
        log_group=LogGroupSeen(group=a.log_group(retention_days=None), tags=a.target().tags),
        security_groups=(a.security_group(tags=a.target().tags),),
    )


WEB = a.target(task={"port": 3000})
RICH = a.target(
    "staging",
    task={
        "port": 3000,
        "cpu": 1024,
        "memory": 2048,
        "architecture": "arm64",
        "ephemeral_storage": 30,
        "command": ["serve"],
        "entry_point": ["/bin/sh"],
        "user": "1000",
        "environment": {"VERSION": "{commit}"},
        "health_check": {"command": ["CMD", "true"]},
        "raw": {"containerDefinitions": [{"name": "agent", "image": "agent:1"}], "volumes": [{"name": "cache"}]},
    },
    service={
        "raw": {
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
            "loadBalancers": [{"targetGroupArn": "arn", "containerName": "hello", "containerPort": 3000}],
            "enableExecuteCommand": True,
        }
    },
    network={"subnets": ["subnet-0000000a"], "security_groups": ["sg-0000000a"], "public_ip": False},
)
EMPTY_STAGING = a.empty(
    roles=dict.fromkeys(a.roles_of(RICH)),
    network=NetworkSeen(subnets=(replace(a.SUBNETS[0], id="subnet-0000000a"),)),
    secrets={"DB": "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1B2c3"},
)
UNBUILT = Unbuilt("hello:9d8e7f6", "9d8e7f6")
TAGS = {"ecsdeploy:app": "hello", "ecsdeploy:commit": "9d8e7f6"}


def wants(**changed: Any) -> Wanted:
    """Return what an app with a port wants."""
    return a.wanted(**{"target": WEB, **changed})


SITUATIONS: dict[str, tuple[Wanted, Account, Upkeep]] = {
    "setup, nothing there": (wants(parts=SETUP), a.empty(), RECONCILE),
    "setup, all drifted": (wants(parts=SETUP), drifted({"ecsdeploy:app": "hello"}), RECONCILE),
    "setup, all of somebody else": (wants(parts=SETUP), drifted(FOREIGN), ADOPT),
    "setup, interrupted before": (wants(parts=SETUP), with_gaps(), RECONCILE),
    "setup, a config that says much": (wants(target=RICH, parts=SETUP), EMPTY_STAGING, RECONCILE),
    "deploy, the first": (wants(parts=DEPLOY, revision_tags=TAGS), a.empty(), FILL),
    "deploy, the first build": (wants(parts=("repository", *DEPLOY), image=UNBUILT), a.empty(), FILL),
    "deploy, interrupted before": (wants(parts=("repository", *DEPLOY)), with_gaps(), FILL),
    "deploy, a config that says much": (wants(target=RICH, parts=DEPLOY, count=2), EMPTY_STAGING, FILL),
    "deploy, a new image": (wants(parts=DEPLOY, image=UNBUILT), a.account(WEB), FILL),
    "deploy, all drifted": (wants(parts=DEPLOY, count=2), drifted({"ecsdeploy:app": "hello"}), FILL),
    "deploy, all of somebody else": (wants(parts=DEPLOY), drifted(FOREIGN), FILL_AND_ADOPT),
    "deploy, forced": (wants(parts=DEPLOY, force=True), a.account(WEB), FILL),
    "register": (wants(parts=("task definition",), revision_tags=TAGS), a.empty(), FILL),
    "another revision": (
        wants(parts=("service",), image=None, revision=f"{a.ARN}:task-definition/hello:7", settings=False),
        a.account(WEB),
        FILL,
    ),
    "another count": (wants(parts=("service",), image=None, count=5, settings=False), a.account(WEB), FILL),
}
PLANS: dict[str, Plan] = {name: make_plan(*situation) for name, situation in SITUATIONS.items()}


@pytest.mark.parametrize("name", PLANS)
def test_aws_has_every_call_and_takes_what_it_is_asked_for(name: str) -> None:
    assert PLANS[name].steps
    for step in PLANS[name].steps:
        require_known_to_aws(step.call, step.parameters)


def test_those_plans_hold_every_call_that_there_is() -> None:
    assert {step.call for plan in PLANS.values() for step in plan.steps} == {
        "ecr:CreateRepository",
        "ecr:PutImageScanningConfiguration",
        "ecr:PutImageTagMutability",
        "ecr:PutLifecyclePolicy",
        "ecr:TagResource",
        "iam:AddClientIDToOpenIDConnectProvider",
        "iam:CreateOpenIDConnectProvider",
        "iam:CreateRole",
        "iam:CreateServiceLinkedRole",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "ecs:CreateCluster",
        "ecs:CreateService",
        "ecs:PutClusterCapacityProviders",
        "ecs:RegisterTaskDefinition",
        "ecs:TagResource",
        "ecs:UpdateService",
        "logs:CreateLogGroup",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:CreateTags",
        "ec2:RevokeSecurityGroupIngress",
    }


@pytest.mark.parametrize("name", PLANS)
def test_what_is_known_later_is_given_by_a_step_before(name: str) -> None:
    given = {Later(Ref("image", UNBUILT.name), "digest")}  # by the build
    for step in PLANS[name].steps:
        assert set(laters(step.parameters)) <= given, step.call
        given |= {Later(step.about, each) for each in step.gives}


@pytest.mark.parametrize("name", PLANS)
def test_a_step_about_something_that_is_made_comes_after_its_making(name: str) -> None:
    """And the making is the first of them, for what is told and what is noted goes by it."""
    for decision in PLANS[name].decisions:
        actions = [step.action for step in decision.steps]
        assert "created" not in actions[1:]
        assert {step.about for step in decision.steps} <= {decision.ref}


# ---- what may not be looked at


HIDDEN: dict[str, tuple[str, dict[str, Any]]] = {
    "execution role": (
        "iam:GetRole",
        {"roles": {**a.account().roles, "hello-execution": a.hidden("iam:GetRole")}},
    ),
    "cluster": ("ecs:DescribeClusters", {"cluster": a.hidden("ecs:DescribeClusters")}),
    "log group": ("logs:DescribeLogGroups", {"log_group": a.hidden("logs:DescribeLogGroups")}),
    "security group": ("ec2:DescribeVpcs", {"network": a.hidden("ec2:DescribeVpcs")}),
}
"""What a deployment reads of a service that runs and can do without, by what is named then."""


def hiding(names: tuple[str, ...]) -> Account:
    """Return an account that does not show these."""
    return a.account(**{noun: value for name in names for noun, value in HIDDEN[name][1].items()})


NAMES = [each for count in range(len(HIDDEN) + 1) for each in combinations(HIDDEN, count)]


@pytest.mark.parametrize("names", NAMES, ids="+".join)
def test_what_may_not_be_looked_at_does_not_stop_a_service_that_runs_and_is_told(names: tuple[str, ...]) -> None:
    unchanged = make_plan(a.wanted(parts=DEPLOY), hiding(names), FILL)
    changed = make_plan(a.wanted(parts=DEPLOY, image=UNBUILT), hiding(names), FILL)
    assert unchanged.steps == ()
    assert unchanged.awaited.until == "nothing"
    assert [step.call for step in changed.steps] == ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]
    for plan in (unchanged, changed):
        found = {each.ref.kind: str(each.hidden) for each in plan.unchecked}
        assert found == {name: HIDDEN[name][0] for name in names}


@pytest.mark.parametrize("name", sorted(HIDDEN.keys() - {"execution role"}))
def test_a_first_deployment_needs_all_but_the_roles(name: str) -> None:
    account = replace(hiding((name,)), service=None, running=None)
    with pytest.raises(PermissionDenied, match=HIDDEN[name][0]):
        make_plan(a.wanted(parts=DEPLOY), account, FILL)


@pytest.mark.parametrize("name", HIDDEN)
def test_an_admin_needs_all_of_it(name: str) -> None:
    with pytest.raises(PermissionDenied, match=HIDDEN[name][0]):
        make_plan(a.wanted(parts=SETUP), hiding((name,)), RECONCILE)


# ---- how the service decides about the rest


def test_while_a_deployment_flies_nothing_else_is_touched() -> None:
    flying = a.rollout("IN_PROGRESS", arn="d2")
    found = ServiceSeen(service=a.service(), deployments=(flying,), flying_to=a.service().task_definition)
    gaps = replace(with_gaps(), service=found)
    plan = make_plan(wants(parts=DEPLOY), gaps, FILL)
    assert [each.ref.kind for each in plan.decisions] == ["service"]
    assert plan.steps == ()
    assert plan.awaited.until == "flight"
    with pytest.raises(Busy):
        make_plan(wants(parts=DEPLOY, image=UNBUILT), gaps, FILL)


def test_a_service_of_somebody_else_is_refused_before_anything_is_planned() -> None:
    foreign = ServiceSeen(service=a.service(tags=FOREIGN))
    with pytest.raises(Refused, match="The service hello exists and was not made by ecsdeploy"):
        make_plan(a.wanted(parts=DEPLOY), replace(a.empty(), service=foreign), FILL)


def test_a_rollout_without_a_way_back_is_told_and_only_a_rollout() -> None:
    lost = a.account(lost=f"{a.REPOSITORY}@{a.DIGEST}")
    (warning,) = make_plan(a.wanted(parts=DEPLOY, image=UNBUILT), lost, FILL).warnings
    assert "is no longer in ECR" in warning
    assert make_plan(a.wanted(parts=DEPLOY), lost, FILL).warnings == ()
    assert make_plan(a.wanted(parts=DEPLOY, count=3), lost, FILL).warnings == ()


def test_questions_and_warnings_are_those_of_every_decision() -> None:
    wanted, account, upkeep = SITUATIONS["setup, all drifted"]
    plan = make_plan(wanted, account, upkeep)
    asked = [each.ref.kind for each in plan.decisions if each.questions]
    assert asked == ["deploy role", "execution role", "task role", "security group"]
    assert len(plan.questions) == len(asked)

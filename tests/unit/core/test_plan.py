"""One plan of everything: what is in it, in which order, and that AWS takes every step of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import pytest

from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.step import Later, Ref, laters
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import DEPLOY, SETUP, Part
from ecsdeploy.errors import Busy, PermissionDenied, Refused
from tests.unit.aws_model import require_known_to_aws
from tests.unit.core import builders as a
from tests.unit.core.situations import FOREIGN, SITUATIONS, UNBUILT, WEB, wants, with_gaps

ADOPT = Upkeep(adopt=True)
ALL: tuple[Part, ...] = (*SETUP, "task definition", "service")


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
        ("execution role", "iam:CreateRole"),
        ("execution role", "iam:PutRolePolicy"),
        ("task role", "iam:CreateRole"),
        ("OIDC provider", "iam:CreateOpenIDConnectProvider"),
        ("deploy role", "iam:CreateRole"),
        ("deploy role", "iam:PutRolePolicy"),
        ("service-linked role", "iam:CreateServiceLinkedRole"),
        ("cluster", "ecs:CreateCluster"),
        ("log group", "logs:CreateLogGroup"),
        ("log group", "logs:PutRetentionPolicy"),
        ("security group", "ec2:CreateSecurityGroup"),
        ("task definition", "ecs:RegisterTaskDefinition"),
        ("service", "ecs:CreateService"),
    ]
    assert plan.awaited.until == "rollout"


def test_before_the_build_comes_what_may_be_refused_and_then_the_repository() -> None:
    parts: tuple[Part, ...] = ("repository", *DEPLOY)
    plan = make_plan(a.wanted(target=WEB, parts=parts), replace(with_gaps(), repository=None), FILL)
    assert [step.call for step in plan.before_the_build.steps] == [
        "iam:PutRolePolicy",
        "ec2:AuthorizeSecurityGroupIngress",
        "ecr:CreateRepository",
        "ecr:PutLifecyclePolicy",
    ]
    assert plan.before_the_build.awaited.until == "nothing"
    empty = make_plan(a.wanted(target=WEB, parts=parts), a.empty(), FILL).before_the_build
    assert [each.ref.kind for each in empty.decisions] == ["execution role", "task role", "repository"]
    assert make_plan(a.wanted(parts=parts), a.account(), FILL).before_the_build.steps == ()


def test_a_plan_is_about_the_parts_that_are_asked_for_alone() -> None:
    for parts in combinations_of(SETUP):
        plan = make_plan(a.wanted(parts=parts), a.empty(), RECONCILE)
        alone = [step for part in parts for step in make_plan(a.wanted(parts=(part,)), a.empty(), RECONCILE).steps]
        assert list(plan.steps) == alone


# ---- every kind of plan there is


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
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "ecs:CreateCluster",
        "ecs:CreateService",
        "ecs:PutClusterCapacityProviders",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
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


CONTENDED = {"ConcurrentModification", "ConcurrentModificationException"}
JUST_MADE = {"ClusterNotFoundException", "ClientException", "InvalidParameterException"}
MEANT: dict[str, dict[str, set[str]]] = {
    "ecr:CreateRepository": {"taken": {"RepositoryAlreadyExistsException"}},
    "iam:CreateOpenIDConnectProvider": {"taken": {"EntityAlreadyExists"}},
    "iam:AddClientIDToOpenIDConnectProvider": {"passes": CONTENDED},
    "iam:CreateRole": {"taken": {"EntityAlreadyExists"}},
    "iam:PutRolePolicy": {"passes": {*CONTENDED, "NoSuchEntity"}},
    "iam:PutRolePermissionsBoundary": {"passes": CONTENDED},
    "iam:TagRole": {"passes": CONTENDED},
    "iam:UpdateAssumeRolePolicy": {"passes": CONTENDED},
    "iam:UpdateRole": {"passes": CONTENDED},
    "iam:CreateServiceLinkedRole": {"taken": {"EntityAlreadyExists", "InvalidInput"}},
    "ecs:CreateCluster": {"passes": {"InvalidParameterException"}, "taken": {"InvalidParameterException"}},
    "ecs:PutClusterCapacityProviders": {"passes": {"UpdateInProgressException", "ResourceInUseException"}},
    "logs:CreateLogGroup": {"taken": {"ResourceAlreadyExistsException"}},
    "logs:PutRetentionPolicy": {"passes": {"OperationAbortedException", "ResourceNotFoundException"}},
    "ec2:CreateSecurityGroup": {"taken": {"InvalidGroup.Duplicate"}},
    "ec2:AuthorizeSecurityGroupIngress": {"passes": {"InvalidGroup.NotFound"}, "done": {"InvalidPermission.Duplicate"}},
    "ec2:RevokeSecurityGroupIngress": {"done": {"InvalidPermission.NotFound"}},
    "ecs:RegisterTaskDefinition": {"passes": {"ClientException"}},
    "ecs:RunTask": {"passes": JUST_MADE},
    "ecs:CreateService": {"passes": JUST_MADE, "taken": {"InvalidParameterException"}},
    "ecs:UpdateService": {"passes": JUST_MADE},
}
"""What the errors of a call mean, by their codes (botocore's models of the errors of each operation)."""


@pytest.mark.parametrize("name", PLANS)
def test_the_errors_of_a_call_mean_the_same_wherever_it_is_made(name: str) -> None:
    for step in PLANS[name].steps:
        found = {kind: {each.code for each in getattr(step.repeat, kind)} for kind in ("passes", "taken", "done")}
        assert {kind: codes for kind, codes in found.items() if codes} == MEANT.get(step.call, {}), step.call


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
    assert asked == ["execution role", "task role", "deploy role", "security group"]
    assert len(plan.questions) == len(asked)

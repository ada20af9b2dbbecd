"""Each statement asks for what IAM has, has a reason, and reaches nothing beside its own service."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.deploy_actions import EVER
from ecsdeploy.policy.evaluate import Decision, Request, evaluate
from ecsdeploy.policy.grants import ANY, Grant, document, joined
from ecsdeploy.policy.grants.needs import NEEDS
from ecsdeploy.policy.grants.policies import deploy_grants, deploy_permissions, grants_for
from ecsdeploy.policy.grants.scope import DeployScope
from ecsdeploy.policy.secrets import Secret
from ecsdeploy.policy.size import TooLong, compact
from tests.unit.policy.documents import EVERYTHING, PLACE, SCOPE
from tests.unit.policy.requests import requests

FACTS = json.loads((Path(__file__).parent / "authorization.json").read_text(encoding="utf-8"))["actions"]
"""Resource types and condition keys of each action; the file says where they are from."""
TYPES = {
    "cluster": ":ecs:REGION:ACCOUNT:cluster/",
    "key": ":kms:REGION:ACCOUNT:key/",
    "log-group": ":logs:REGION:ACCOUNT:log-group:",
    "log-stream": ":logs:REGION:ACCOUNT:log-group:",
    "oidc-provider": ":iam::ACCOUNT:oidc-provider/",
    "parameter": ":ssm:REGION:ACCOUNT:parameter/",
    "repository": ":ecr:REGION:ACCOUNT:repository/",
    "role": ":iam::ACCOUNT:role/",
    "Secret": ":secretsmanager:REGION:ACCOUNT:secret:",
    "security-group": ":ec2:REGION:ACCOUNT:security-group/",
    "security-group-rule": ":ec2:REGION:ACCOUNT:security-group-rule/",
    "service": ":ecs:REGION:ACCOUNT:service/",
    "service-deployment": ":ecs:REGION:ACCOUNT:service-deployment/",
    "service-revision": ":ecs:REGION:ACCOUNT:service-revision/",
    "task": ":ecs:REGION:ACCOUNT:task/",
    "task-definition": ":ecs:REGION:ACCOUNT:task-definition/",
    "vpc": ":ec2:REGION:ACCOUNT:vpc/",
}
BELOW_A_SERVICE = {"service-deployment", "service-revision"}
"""Statements about either name both, so that they can be joined where IAM has little room."""
OF_ANY_SERVICE = {"aws:RequestedRegion"}
ACTS_ON_CONTAINER_INSTANCES = {"ecs:ListTasks"}
"""Its one resource type is none of Fargate's, and `*` is what works."""
ALL = [(command, each) for command in NEEDS for each in grants_for(command, PLACE, EVERYTHING)]


def is_of(kind: str, arn: str) -> bool:
    """Return whether an ARN is of a resource type."""
    pattern = TYPES[kind].replace("REGION", PLACE.region).replace("ACCOUNT", PLACE.account)
    return re.match(f"arn:aws{pattern}", arn) is not None


def allows(found: tuple[Grant, ...], request: Request) -> bool:
    return evaluate([document(found)], request) is Decision.ALLOWED


@pytest.mark.parametrize(("command", "grant"), ALL, ids=lambda value: getattr(value, "sid", value))
def test_a_statement_names_resources_of_the_kinds_that_its_actions_take(command: str, grant: Grant) -> None:
    kinds = {kind for action in grant.actions for kind in FACTS[action]["resources"]}
    kinds |= BELOW_A_SERVICE if kinds & BELOW_A_SERVICE else set()
    for action in grant.actions:
        takes = FACTS[action]["resources"]
        if not takes or action in ACTS_ON_CONTAINER_INSTANCES:
            assert grant.resources == (ANY,), f"{action} knows no resource"
        else:
            assert any(is_of(kind, arn) for kind in takes for arn in grant.resources), f"{action} has none of its own"
    assert grant.resources == (ANY,) or all(any(is_of(kind, arn) for kind in kinds) for arn in grant.resources)


@pytest.mark.parametrize(("command", "grant"), ALL, ids=lambda value: getattr(value, "sid", value))
def test_a_condition_asks_for_keys_that_aws_sends_with_the_action(command: str, grant: Grant) -> None:
    for action in grant.actions:
        known = FACTS[action]["keys"]
        for key in {key for keys in grant.condition.values() for key in keys} - OF_ANY_SERVICE:
            assert any(re.fullmatch(each.replace("*", ".*"), key) for each in known), f"{action} has no {key}"


@pytest.mark.parametrize("command", NEEDS)
def test_every_statement_has_a_name_of_its_own_and_a_reason(command: str) -> None:
    found = grants_for(command, PLACE, EVERYTHING)
    assert len({each.sid for each in found}) == len(found)
    for each in found:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", each.sid)
        assert re.fullmatch(r"[A-Z].{15,}[^.]\.", each.why), each.why


def test_no_command_of_that_name_is_known() -> None:
    with pytest.raises(PolicyError, match="there is no policy for 'dploy'"):
        grants_for("dploy", PLACE, SCOPE)


# ---- beside its own service


NAME = st.from_regex(r"[a-z][a-z0-9_-]{0,20}[a-z0-9]", fullmatch=True)
SIBLINGS = st.sampled_from(
    [
        lambda name: f"{name}x",
        lambda name: f"x{name}",
        lambda name: f"{name}-2",
        lambda name: name[:-1] + "_",
        str.upper,
        lambda name: f"{name}0",
    ]
)


@st.composite
def scopes(draw: st.DrawFn) -> DeployScope:
    """Draw a service with everything on, all of whose names are different."""
    names = draw(st.lists(NAME, min_size=12, max_size=12, unique_by=str.lower))
    repository, cluster, service, family, group, execution, task, deploy, secret, parameter, hook, app = names
    return replace(
        EVERYTHING,
        repository=repository,
        cluster=cluster,
        service=service,
        family=family,
        log_group=group,
        passed_roles=(PLACE.role(execution), PLACE.role(task)),
        roles=(PLACE.role(execution), PLACE.role(task), PLACE.role(deploy)),
        secrets=(PLACE.regional("secretsmanager", f"secret:{secret}-??????"),),
        parameters=(PLACE.regional("ssm", f"parameter/{parameter}"),),
        reads=(Secret("ssm", f"/{hook}"),),
        tags=(("ecsdeploy:app", app), ("ecsdeploy:env", "default")),
    )


def sibling(scope: DeployScope, noun: str, name: str) -> DeployScope:
    """Return a service that differs in one noun alone."""
    roles = (PLACE.role(name),)
    return {
        "role": replace(scope, passed_roles=roles, roles=roles),
        "secret": replace(scope, secrets=(PLACE.regional("secretsmanager", f"secret:{name}-??????"),)),
        "parameter": replace(scope, parameters=(PLACE.regional("ssm", f"parameter/{name}"),)),
        "hook": replace(scope, reads=(Secret("ssm", f"/{name}"),)),
        "app": replace(scope, tags=(("ecsdeploy:app", name), ("ecsdeploy:env", "default"))),
        "environment": replace(scope, tags=(scope.tags[0], ("ecsdeploy:env", name))),
        "repository": replace(scope, repository=name),
        "cluster": replace(scope, cluster=name),
        "service": replace(scope, service=name),
        "family": replace(scope, family=name),
        "log_group": replace(scope, log_group=name),
    }[noun]


def name_of(scope: DeployScope, noun: str) -> str:
    match noun:
        case "role":
            return scope.passed_roles[0].rpartition("/")[2]
        case "secret":
            return scope.secrets[0].rpartition(":")[2].removesuffix("-??????")
        case "parameter":
            return scope.parameters[0].rpartition("/")[2]
        case "hook":
            return scope.reads[0].name.removeprefix("/")
        case "app":
            return scope.tags[0][1]
        case "environment":
            return scope.tags[1][1]
        case _:
            return str(getattr(scope, noun))


NOUNS = ["repository", "cluster", "service", "family", "log_group", "role", "secret", "parameter", "hook", "app"]


@pytest.mark.parametrize("noun", [*NOUNS, "environment"])
@given(scope=scopes(), change=SIBLINGS)
@settings(max_examples=25)
def test_whatever_a_sibling_is_called_it_is_out_of_reach(noun: str, scope: DeployScope, change: object) -> None:
    assert callable(change)
    other = sibling(scope, noun, change(name_of(scope, noun)))
    own, theirs = deploy_grants(PLACE, scope), deploy_grants(PLACE, other)
    mine = set(map(repr, requests(document(own), PLACE)))
    beside = [each for each in requests(document(theirs), PLACE) if repr(each) not in mine]
    assert beside
    for request in beside:
        assert allows(theirs, request), "the request is one that the sibling's own role may send"
        assert not allows(own, request)


@settings(max_examples=25)
@given(scope=scopes(), account=st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_another_account_region_or_partition_is_out_of_reach(scope: DeployScope, account: str) -> None:
    own = deploy_grants(PLACE, scope)
    for place in (Place("aws", "us-east-1", account), Place("aws", "eu-west-1", PLACE.account)):
        theirs = replace(
            scope,
            passed_roles=tuple(arn.replace(PLACE.account, place.account) for arn in scope.passed_roles),
            secrets=tuple(arn.replace(PLACE.account, place.account) for arn in scope.secrets),
            parameters=(place.regional("ssm", "parameter/url"),),
            other_logs=(place.log_group("/side"),),
        )
        mine = set(map(repr, requests(document(own), PLACE)))
        for request in requests(document(deploy_grants(place, theirs)), place):
            if repr(request) not in mine and request.resource != ANY and place.account != PLACE.account:
                assert not allows(own, request)


OWN_ROLE = PLACE.role("hello-github-deploy")


@pytest.mark.parametrize("scope", [SCOPE, EVERYTHING])
@pytest.mark.parametrize("action", ["PassRole", *(action[4:] for action in FACTS if action.startswith("iam:"))])
def test_the_deploy_role_reaches_no_role_of_its_own(scope: DeployScope, action: str) -> None:
    context = {"iam:PassedToService": "ecs-tasks.amazonaws.com", "iam:PermissionsBoundary": EVERYTHING.boundary}
    assert not allows(deploy_grants(PLACE, scope), Request(f"iam:{action}", OWN_ROLE, context))


@pytest.mark.parametrize("scope", [SCOPE, EVERYTHING])
def test_the_deploy_role_writes_nothing_in_iam(scope: DeployScope) -> None:
    actions = {action for each in deploy_grants(PLACE, scope) for action in each.actions}
    assert {each for each in actions if each.startswith("iam:")} == {
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:PassRole",
    }
    assert not {each for each in actions if each.startswith("sts:")}


def test_whatever_it_has_is_known_to_be_ours() -> None:
    assert {action for each in deploy_grants(PLACE, EVERYTHING) for action in each.actions} <= EVER


# ---- fitting in


@given(scope=scopes())
@settings(max_examples=25)
def test_what_is_joined_allows_the_same(scope: DeployScope) -> None:
    grants = deploy_grants(PLACE, scope)
    shorter = joined(grants)
    assert len(compact(document(shorter))) < len(compact(document(grants)))
    for request in requests(document(grants), PLACE):
        assert allows(shorter, request)
    other = deploy_grants(PLACE, replace(scope, service="other", family="other", repository="other"))
    for request in requests(document(other), PLACE):
        assert allows(shorter, request) == allows(grants, request)


def test_what_is_joined_keeps_its_reasons() -> None:
    grants = deploy_grants(PLACE, EVERYTHING)
    told = " ".join(each.why for each in joined(grants))
    assert all(each.why in told for each in grants)


@pytest.mark.parametrize(("length", "scope"), [(180, replace(SCOPE, releases=True)), (110, EVERYTHING)])
def test_long_names_fit(length: int, scope: DeployScope) -> None:
    name = "n" * length
    scope = replace(scope, repository=name, cluster=name, service=name, family=name, log_group=name)
    assert len(compact(deploy_permissions(PLACE, scope))) <= 10_240


def test_names_for_which_there_is_no_room_are_refused() -> None:
    name = "n" * 255
    scope = replace(EVERYTHING, repository=name, cluster=name, service=name, family=name, log_group=name)
    with pytest.raises(TooLong, match=r"1\d,\d{3} characters long and IAM takes 10,240"):
        deploy_permissions(PLACE, scope)


def test_no_resource_type_is_a_pattern() -> None:
    """The IAM User Guide calls that incorrect ("IAM JSON policy elements: Resource")."""
    named = [arn for _, grant in ALL for arn in grant.resources if arn != ANY]
    assert not [arn for arn in named if re.search(r"[*?]", re.split(r"[:/]", arn.split(":", 5)[5])[0])]

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import GITHUB_ISSUER, Place
from ecsdeploy.policy.deploy_actions import EVER
from ecsdeploy.policy.grants.needs import NEEDS
from ecsdeploy.policy.grants.policies import deploy_permissions
from ecsdeploy.policy.origin import permissions_of_ours, task_trust_of_ours, trust_of_ours
from ecsdeploy.policy.size import TooLong
from ecsdeploy.policy.trust import GitHubSource, ecs_tasks_trust, github_trust
from tests.unit.policy.ci.issuers import BITBUCKET, BUILDKITE, CIRCLECI, GITLAB, SELF_MANAGED
from tests.unit.policy.documents import DEPLOY, PLACE, RELEASING, SCOPE, SOURCE, TELLING, TRUST
from tests.unit.policy.github_issuer import sources

SUB = f"{GITHUB_ISSUER}:sub"
WORKFLOW = "acme/ci/.github/workflows/deploy.yml@refs/heads/main"


def test_what_another_config_would_have_written_is_ours() -> None:
    others = (
        SOURCE,
        replace(SOURCE, repository="Acme/other", repository_id="7"),
        replace(SOURCE, branches=(), environments=("a:b", "Zürich")),
        replace(SOURCE, branches=("release/v1@2",)),
        replace(SOURCE, tags=("v1", "v*")),
        replace(SOURCE, workflows=(WORKFLOW,)),
        replace(SOURCE, issuer="github.example.com/_services/token"),
        replace(SOURCE, issuer=f"{GITHUB_ISSUER}/acme-inc"),
        replace(SOURCE, claim_keys=("repository_owner_id", "repo", "context")),
        replace(SOURCE, claim_keys=("repo", "context", "job_workflow_ref"), workflows=(WORKFLOW,)),
    )
    assert all(trust_of_ours(github_trust(PLACE, each), PLACE) for each in others)
    assert task_trust_of_ours(ecs_tasks_trust(PLACE), PLACE)
    assert task_trust_of_ours(ecs_tasks_trust(Place("aws", "eu-west-1", PLACE.account)), PLACE)


@settings(max_examples=200)
@given(sources())
def test_whatever_a_config_names_is_ours(source: GitHubSource) -> None:
    try:
        document = github_trust(PLACE, source)
    except TooLong:
        assume(False)
    assert trust_of_ours(document, PLACE)


@pytest.mark.parametrize("source", [GITLAB, SELF_MANAGED, BITBUCKET, CIRCLECI, BUILDKITE])
def test_what_a_config_names_of_another_ci_is_ours(source: Any) -> None:
    document = source.trust(PLACE)
    assert trust_of_ours(document, PLACE)
    wider = json.loads(json.dumps(document).replace("hello", "*").replace("bbbbbbbb", "????????"))
    assert not trust_of_ours(wider, PLACE)


def statement(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = document["Statement"][0]
    return found


def equals(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = statement(document)["Condition"]["StringEquals"]
    return found


def like(document: Document, *subs: str) -> None:
    equals(document).pop(SUB)
    statement(document)["Condition"]["StringLike"] = {SUB: list(subs)}


EDITS = {
    "any repository of the owner": lambda d: like(d, "repo:acme/*"),
    "whatever owner registers the name again": lambda d: like(d, "repo:acme@*/hello@*:ref:refs/heads/main"),
    "any branch": lambda d: like(d, "repo:acme/hello:*"),
    "a branch pattern": lambda d: like(d, "repo:acme/hello:ref:refs/heads/*"),
    "any user": lambda d: like(d, "repo:acme/????????-????-????-????-????????????:ref:refs/heads/main"),
    "a tag of any repository": lambda d: like(d, "repo:acme/*:ref:refs/tags/v1"),
    "pull requests": lambda d: equals(d)[SUB].extend(
        ["repo:acme/hello:pull_request", "repo:acme@99/hello@1234:pull_request"]
    ),
    "one form of a branch": lambda d: equals(d)[SUB].append("repo:acme/hello:ref:refs/heads/evil"),
    "another repository": lambda d: equals(d)[SUB].append("repo:acme/other:ref:refs/heads/main"),
    "no sub": lambda d: equals(d).pop(SUB),
    "no audience": lambda d: equals(d).pop(f"{GITHUB_ISSUER}:aud"),
    "no id": lambda d: equals(d).pop(f"{GITHUB_ISSUER}:repository_id"),
    "no owner's id": lambda d: equals(d).pop(f"{GITHUB_ISSUER}:repository_owner_id"),
    "two ids": lambda d: equals(d).update({f"{GITHUB_ISSUER}:repository_id": ["1234", "1"]}),
    "two audiences": lambda d: equals(d).update({f"{GITHUB_ISSUER}:aud": ["sts.amazonaws.com", "x"]}),
    "a set operator": lambda d: statement(d).update(Condition={"ForAllValues:StringEquals": equals(d)}),
    "no condition": lambda d: statement(d).pop("Condition"),
    "another provider's key": lambda d: equals(d).update({"aws:SourceIp": "10.0.0.0/8"}),
    "another account": lambda d: statement(d).update(
        Principal={"Federated": f"arn:aws:iam::999999999999:oidc-provider/{GITHUB_ISSUER}"}
    ),
    "a user too": lambda d: statement(d)["Principal"].update(AWS="arn:aws:iam::123456789012:user/me"),
    "anybody": lambda d: statement(d).update(Principal={"AWS": "*"}, Action="sts:AssumeRole"),
    "tags of a session": lambda d: statement(d).update(Action=["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]),
    "a denial": lambda d: statement(d).update(Effect="Deny"),
    "what no trust policy has": lambda d: statement(d).update(Resource="*"),
    "one more statement": lambda d: d["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    ),
    "an old version": lambda d: d.update(Version="2008-10-17"),
    "nothing": lambda d: d.update(Statement=[]),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_no_config_writes_was_changed_by_hand(edit: Any) -> None:
    document = deepcopy(dict(TRUST))
    edit(document)

    assert not trust_of_ours(document, PLACE)


def test_the_trust_of_a_tasks_role_is_ours_only_as_it_was_written() -> None:
    wider = deepcopy(dict(ecs_tasks_trust(PLACE)))
    statement(wider)["Condition"]["ArnLike"]["aws:SourceArn"] = "arn:aws:ecs:*:*:*"
    without = deepcopy(dict(ecs_tasks_trust(PLACE)))
    del statement(without)["Condition"]

    assert not task_trust_of_ours(wider, PLACE)
    assert not task_trust_of_ours(without, PLACE)
    assert not task_trust_of_ours(TRUST, PLACE)
    assert not trust_of_ours(ecs_tasks_trust(PLACE), PLACE)
    anywhere = deepcopy(dict(ecs_tasks_trust(Place("aws", "*", PLACE.account))))
    assert not task_trust_of_ours(anywhere, PLACE)
    assert not task_trust_of_ours(ecs_tasks_trust(replace(PLACE, account="999999999999")), PLACE)


GRANTED = [name for name, need in NEEDS.items() if need.who == "by [iam] grants"]


@pytest.mark.parametrize(
    "document",
    [
        *(DEPLOY, TELLING, RELEASING),
        *(deploy_permissions(PLACE, replace(SCOPE, releases=True, grants=(name,))) for name in GRANTED),
        deploy_permissions(PLACE, replace(SCOPE, cluster="c" * 200, service="s" * 200, grants=tuple(GRANTED[:2]))),
    ],
)
def test_what_a_config_lets_the_deploy_role_do_is_ours(document: Document) -> None:
    assert permissions_of_ours(document, EVER)


def test_a_policy_without_room_for_names_is_of_ours() -> None:
    document = deepcopy(dict(DEPLOY))
    for each in document["Statement"]:
        each.pop("Sid")

    assert permissions_of_ours(document, EVER)


def of(document: Document, sid: str) -> dict[str, Any]:
    return next(each for each in document["Statement"] if each["Sid"] == sid)


PERMISSIONS = {
    "an action": lambda d: of(d, "Push")["Action"].append("ecr:SetRepositoryPolicy"),
    "all actions": lambda d: of(d, "Push").update(Action="ecr:*"),
    "every resource": lambda d: of(d, "Push").update(Resource="*"),
    "every service": lambda d: of(d, "Deploy").update(Resource="arn:aws:ecs:us-east-1:123456789012:service/shop/h*o"),
    "a role pattern": lambda d: of(d, "PassRoles").update(Resource="arn:aws:iam::123456789012:role/*"),
    "roles passed to anything": lambda d: of(d, "PassRoles").pop("Condition"),
    "roles passed to EC2": lambda d: of(d, "PassRoles").update(
        Condition={"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]}}
    ),
    "all but something": lambda d: of(d, "Push").update(NotAction=of(d, "Push").pop("Action")),
    "a denial": lambda d: of(d, "Push").update(Effect="Deny"),
    "a statement without a name": lambda d: of(d, "Push").pop("Sid"),
}


@pytest.mark.parametrize("edit", PERMISSIONS.values(), ids=PERMISSIONS)
def test_what_no_config_allows_was_added_by_hand(edit: Any) -> None:
    document = deepcopy(dict(DEPLOY))
    edit(document)

    assert not permissions_of_ours(document, EVER)

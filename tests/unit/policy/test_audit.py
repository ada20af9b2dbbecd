from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.arns import GITHUB_ISSUER, Place
from ecsdeploy.policy.audit import (
    Finding,
    Own,
    audit_attached,
    audit_permissions,
    audit_provider,
    audit_task_trust,
    audit_trust,
)
from ecsdeploy.policy.grants.policies import deploy_permissions
from ecsdeploy.policy.trust import GitHubSource, ecs_tasks_trust, github_trust
from tests.unit.policy.documents import DEPLOY, PLACE, RELEASING, SCOPE, SOURCE, TELLING, TRUST, trusts

ROLE = PLACE.role("hello-github-deploy")
OWN = Own(PLACE, ROLE, SCOPE.passed_roles)
MAIN = "repo:acme@99/hello@1234:ref:refs/heads/main"
IDS = {"repository_id": "1234", "repository_owner_id": "99"}


def statement(conditions: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    condition = {
        operator: {f"{GITHUB_ISSUER}:{claim}": value for claim, value in claims.items()}
        for operator, claims in conditions.items()
    }
    return {
        "Effect": "Allow",
        "Principal": {"Federated": PLACE.github_provider()},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    } | more


def trust(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def subject(value: str | list[str], operator: str = "StringLike", **claims: str) -> dict[str, Any]:
    exact: dict[str, Any] = {"aud": "sts.amazonaws.com", **claims}
    conditions: dict[str, dict[str, Any]] = {"StringEquals": exact}
    conditions.setdefault(operator, {})["sub"] = value
    return trust(statement(conditions))


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


def rules(findings: tuple[Finding, ...], *severities: str) -> set[str]:
    return {each.rule for each in findings if not severities or each.severity in severities}


def problems(document: Any) -> set[str]:
    return rules(audit_trust(document, PLACE, repository="acme/hello"), "problem")


def allowed(document: Any) -> set[str]:
    return rules(audit_permissions(document, OWN), "problem", "warning")


BAD: dict[str, tuple[Any, str]] = {
    "1 no sub": (trust(statement({"StringEquals": {"aud": "sts.amazonaws.com"}})), "no-sub"),
    "2 any repository": (subject("repo:*"), "wildcard-owner"),
    "2 owners that begin alike": (subject("repo:acme*"), "wildcard-owner"),
    "2 owners that begin alike, with a repository": (subject("repo:acme*/hello:ref:refs/heads/main"), "wildcard-owner"),
    "2 any repository, on main": (subject("*:ref:refs/heads/main"), "wildcard-owner"),
    "2 any repository, by its letters": (subject("rep?:acme/hello:ref:refs/heads/main"), "wildcard-owner"),
    "3 repositories that begin alike": (subject("repo:acme/hello*"), "wildcard-repository"),
    "4 a whole owner": (subject("repo:acme/*"), "whole-owner"),
    "5 every ref": (subject("repo:acme/hello:*"), "any-ref"),
    "5 every environment": (subject("repo:acme/hello:environment:*"), "any-ref"),
    "6 pull requests": (subject("repo:acme/hello:pull_request", "StringEquals"), "pull-request"),
    "10 any id": (subject("repo:acme@*/hello@*:ref:refs/heads/main"), "wildcard-id"),
    "11 a wildcard that is none": (subject("repo:acme/hello:*", "StringEquals"), "literal-wildcard"),
    "12 case": (subject("repo:Acme/hello:ref:refs/heads/main", "StringEquals"), "case"),
    "13 a reusable workflow of any branch": (
        trust(
            statement(
                {
                    "StringEquals": {"aud": "sts.amazonaws.com", "sub": MAIN, **IDS},
                    "StringLike": {"job_workflow_ref": "acme/ci/.github/workflows/deploy.yml@*"},
                }
            )
        ),
        "workflow-unpinned",
    ),
    "no audience": (trust(statement({"StringEquals": {"sub": MAIN, **IDS}})), "no-aud"),
    "any audience": (
        trust(statement({"StringLike": {"aud": "*"}, "StringEquals": {"sub": MAIN, **IDS}})),
        "no-aud",
    ),
    "a variable": (subject("repo:${aws:PrincipalTag/x}/hello:ref:refs/heads/main", "StringEquals"), "wildcard-owner"),
    "no condition": (trust(statement({})), "no-sub"),
    "a missing claim passes": (
        trust(statement({"StringEquals": {"aud": "sts.amazonaws.com"}, "ForAllValues:StringLike": {"sub": MAIN}})),
        "for-all-values",
    ),
    "an optional sub": (
        trust(statement({"StringEquals": {"aud": "sts.amazonaws.com"}, "StringEqualsIfExists": {"sub": MAIN}})),
        "if-exists",
    ),
    "only who is not let in": (
        trust(statement({"StringEquals": {"aud": "sts.amazonaws.com"}, "StringNotLike": {"sub": "repo:evil/*"}})),
        "no-sub",
    ),
    "a claim that IAM does not know": (
        trust(
            statement(
                {
                    "StringEquals": {
                        "aud": "sts.amazonaws.com",
                        "sub": MAIN,
                        **IDS,
                        "runner_environment": "github-hosted",
                    }
                }
            )
        ),
        "unknown-claim",
    ),
    "anybody": (trust(statement({}, Principal="*")), "anybody"),
    "anybody with an account": (trust(statement({}, Principal={"AWS": "*"}, Action="sts:AssumeRole")), "anybody"),
    "a sub without a ref": (subject("repo:acme/hello", "StringEquals"), "incomplete-sub"),
    "a provider of another account": (
        trust(
            statement(
                {"StringEquals": {"aud": "sts.amazonaws.com", "sub": MAIN, **IDS}},
                Principal={"Federated": Place("aws", "us-east-1", "999999999999").github_provider()},
            )
        ),
        "foreign-provider",
    ),
    "not a policy": ({"Statement": "all of them"}, "malformed"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_trust_policy_that_lets_strangers_in_or_nobody_is_a_problem(name: str) -> None:
    document, rule = BAD[name]
    assert rule in problems(document)


@pytest.mark.parametrize("operator", ["ForAllValues:StringEquals", "ForAllValues:StringLike", "StringEqualsIfExists"])
def test_a_condition_that_a_missing_claim_passes_requires_nothing(operator: str) -> None:
    document = trust(statement({"StringEquals": {"aud": "sts.amazonaws.com", **IDS}, operator: {"sub": MAIN}}))
    assert "no-sub" in rules(audit_trust(document, PLACE))


def test_what_no_policy_shows_is_a_note() -> None:
    found = audit_trust(github_trust(PLACE, SOURCE), PLACE)  # 7 an environment without protection rules
    assert rules(found) == rules(found, "note") == {"environment-rules"}
    tags = subject("repo:acme@99/hello@1234:ref:refs/tags/v*", **IDS)  # 8 whoever may write creates tags
    assert rules(audit_trust(tags, PLACE), "note") == {"tag-refs"}


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (subject(MAIN, "StringLike", **IDS), "needless-pattern"),
        (subject(MAIN, "StringEqualsIgnoreCase", **IDS), "ignores-case"),
        (subject("job_workflow_ref:acme/ci/.github/workflows/x.yml@refs/heads/main", "StringEquals"), "customised-sub"),
    ],
)
def test_what_may_let_in_more_than_it_looks_is_a_warning(document: dict[str, Any], rule: str) -> None:
    assert rule in rules(audit_trust(document, PLACE), "warning")


@pytest.mark.parametrize(
    ("value", "rule"), [("{%s}:{%s}:*", "other-issuer"), ("{%s}*", "no-sub"), ("*%s%s", "no-sub"), ("*", "no-sub")]
)
def test_the_pattern_of_a_bitbucket_step_begins_with_its_repository(value: str, rule: str) -> None:
    some = "aaaaaaaa-1111-2222-3333-444455556666"
    issuer = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
    of = {
        "Principal": {"Federated": PLACE.provider(issuer)},
        "Condition": {"StringLike": {f"{issuer}:sub": value.replace("%s", some)}},
    }
    assert rules(audit_trust(trust(statement({}, **of)), PLACE)) == {rule}


def test_a_name_without_ids_is_a_warning() -> None:
    found = audit_trust(subject("repo:acme/hello:ref:refs/heads/main", "StringEquals"), PLACE)  # 9 re-registration
    assert rules(found) == {"no-ids"}
    assert found[0].severity == "warning"
    assert "rename" in found[0].why


def test_a_provider_without_the_audience_of_sts_is_a_problem() -> None:  # 14
    assert rules(audit_provider(["https://github.com/acme"], PLACE.sts_audience), "problem") == {"provider-audience"}
    assert audit_provider(["https://github.com/acme", "sts.amazonaws.com"], PLACE.sts_audience) == ()
    china = Place("aws-cn", "cn-north-1", "123456789012")
    assert rules(audit_provider(["sts.amazonaws.com"], china.sts_audience)) == {"provider-audience"}


def test_the_role_name_that_does_not_work_is_a_warning() -> None:  # 16
    assert rules(audit_trust(TRUST, PLACE, role="GitHubActions"), "warning") == {"role-name"}
    assert "role-name" not in rules(audit_trust(TRUST, PLACE, role="GitHubActions-hello"))


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (allow("*"), "admin"),  # 17
        (allow("*:*"), "admin"),
        (
            allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
            "pass-any-role",
        ),  # 18
        (allow("iam:Pass*", PLACE.role("hello-*")), "pass-any-role"),
        (allow("iam:PassRole", list(SCOPE.passed_roles)), "pass-to-any-service"),
        (
            allow(
                "iam:PassRole",
                list(SCOPE.passed_roles),
                Condition={"StringEqualsIfExists": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
            "pass-to-any-service",
        ),
        (
            allow(
                "iam:PassRole",
                list(SCOPE.passed_roles),
                Condition={"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]}},
            ),
            "pass-to-any-service",
        ),
        (
            allow(
                "iam:PassRole",
                PLACE.role("admin"),
                Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
            "pass-other-role",
        ),
        (allow("iam:PutRolePolicy", ROLE), "changes-itself"),
        (allow("iam:*Policy", PLACE.role("hello-*")), "changes-itself"),
        (allow("iam:CreateRole", PLACE.role("other")), "changes-iam"),
        (allow("ecs:*"), "wide-actions"),
        (allow("ecs:UpdateService"), "other-service"),
        (allow("ecs:Update*", PLACE.of_service("service", "shop", "*")), "other-service"),
        (allow("ecs:UpdateService", PLACE.of_service("service", "shop", "hello")), "other-family"),
        (
            allow(
                "ecs:UpdateService",
                PLACE.of_service("service", "shop", "hello"),
                Condition={"ArnLike": {"ecs:task-definition": PLACE.revisions("*")}},
            ),
            "other-family",
        ),
        (allow("ecs:RunTask"), "run-any"),
        (allow("ecs:ExecuteCommand"), "shell-in-any"),
        (allow("ecs:StopTask", PLACE.regional("ecs", "task/*")), "stop-any"),
        (allow("ecs:RegisterTaskDefinition"), "register-any"),
        (allow("ecr:PutImage"), "other-repository"),
        (allow("ecr:SetRepositoryPolicy", PLACE.repository("hello")), "repository-policy"),
        (allow("secretsmanager:GetSecretValue"), "any-secret"),
        (allow("ssm:GetParameter", PLACE.regional("ssm", "parameter/*")), "any-secret"),
        (allow("kms:Decrypt"), "any-key"),
        (allow("sts:AssumeRole", PLACE.role("*")), "assumes-any"),
        ({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}, "not-action"),
        ({"Statement": {"Effect": "Allow", "Action": "iam:PassRole", "NotResource": ROLE}}, "pass-any-role"),
        ([], "malformed"),
    ],
)
def test_permissions_that_reach_further_than_the_service(document: Any, rule: str) -> None:
    assert rule in allowed(document)


def test_managed_policies_on_the_role() -> None:
    attached = ["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::123456789012:policy/extra"]
    found = audit_attached(attached, "hello-github-deploy")
    assert [(each.rule, each.severity) for each in found] == [("admin", "problem"), ("attached", "warning")]
    assert (
        found[1].fix
        == f"Detach it: `aws iam detach-role-policy --role-name hello-github-deploy --policy-arn {attached[1]}`."
    )


def test_what_the_tool_writes_itself_breaks_no_rule() -> None:
    for document in (DEPLOY, TELLING, RELEASING):
        assert audit_permissions(document, OWN) == ()
    assert audit_task_trust(ecs_tasks_trust(PLACE), PLACE) == ()


@pytest.mark.parametrize("grant", ["chaos-stop", "run", "exec", "prune", "destroy"])
def test_what_a_config_grants_besides_breaks_no_rule(grant: str) -> None:
    assert audit_permissions(deploy_permissions(PLACE, replace(SCOPE, grants=(grant,))), OWN) == ()


def test_a_task_role_that_any_account_can_make_ecs_assume() -> None:
    document = trust(
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    assert rules(audit_task_trust(document, PLACE)) == {"confused-deputy"}
    everyone = trust({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    assert "other-principal" in rules(audit_task_trust(everyone, PLACE))


def test_another_way_in_is_named() -> None:
    root = {"Effect": "Allow", "Principal": {"AWS": PLACE.iam("root")}, "Action": "sts:AssumeRole"}
    found = audit_trust(trust(*github_trust(PLACE, SOURCE)["Statement"], root), PLACE)
    assert rules(found, "warning") == {"other-principal"}
    assert PLACE.iam("root") in found[0].what


def test_another_ci_is_noted_and_an_open_one_is_a_problem() -> None:
    one = {
        "Effect": "Allow",
        "Principal": {"Federated": PLACE.provider("gitlab.com")},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"gitlab.com:aud": "sts.amazonaws.com", "gitlab.com:sub": "project_path:a/b"}},
    }
    assert rules(audit_trust(trust(one), PLACE)) == {"other-issuer"}
    pattern = {**one, "Condition": {"StringLike": {"gitlab.com:aud": "sts.amazonaws.com", "gitlab.com:sub": "*"}}}
    assert problems(trust(pattern)) == {"no-sub"}


def test_an_id_that_is_required_takes_the_edge_off_a_wildcard() -> None:
    bound = audit_trust(subject("repo:acme*/hello:ref:refs/heads/main", **IDS), PLACE)
    assert rules(bound, "problem") == set()
    assert "wildcard-owner" in rules(bound, "warning")


def test_the_narrowest_of_several_conditions_on_sub_counts() -> None:
    both = trust(
        statement({"StringEquals": {"aud": "sts.amazonaws.com", "sub": MAIN, **IDS}, "StringLike": {"sub": "repo:*"}})
    )
    assert problems(both) == set()


def test_a_github_enterprise_server_is_judged_by_the_same_rules() -> None:
    issuer = "github.example.com/_services/token"
    document = trust(
        {
            "Effect": "Allow",
            "Principal": {"Federated": PLACE.iam(f"oidc-provider/{issuer}")},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": "repo:acme/*"}},
        }
    )
    assert problems(document) == {"whole-owner", "any-ref"}


words = st.text(st.sampled_from("abz019-._"), min_size=1, max_size=12).filter(lambda text: "%3a" not in text)


@given(
    owner=words,
    name=words,
    branches=st.lists(words, min_size=1, max_size=3, unique=True),
    environments=st.lists(words | st.just("a:b"), max_size=2, unique=True),
    tags=st.lists(words | st.just("v*"), max_size=2, unique=True),
    workflows=st.just(()) | st.just(("acme/ci/.github/workflows/deploy.yml@refs/heads/main",)),
    issuer=st.sampled_from(
        [
            GITHUB_ISSUER,
            f"{GITHUB_ISSUER}/acme-corp",
            "token.actions.acme.ghe.com",
            "github.example.com/_services/token",
        ]
    ),
    number=st.integers(1, 10**9).map(str),
)
def test_every_trust_policy_that_the_tool_writes_has_neither_problem_nor_warning(
    owner: str,
    name: str,
    branches: list[str],
    environments: list[str],
    tags: list[str],
    workflows: tuple[str, ...],
    issuer: str,
    number: str,
) -> None:
    source = GitHubSource(
        f"{owner}/{name}",
        number,
        number,
        branches=tuple(branches),
        environments=tuple(environments),
        tags=tuple(tags),
        workflows=workflows if issuer == GITHUB_ISSUER else (),
        issuer=issuer,
    )
    try:
        document = github_trust(PLACE, source)
    except PolicyError:
        assume(False)  # what it refuses to write needs no audit
    found = audit_trust(document, PLACE, repository=f"{owner}/{name}", role="deploy")
    assert rules(found, "problem", "warning") == set()


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["Allow", "*", "repo:*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Effect", "Action", "Principal", "Condition", "Resource", "Federated", "StringLike", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(json, max_size=3) | json)
def test_whatever_it_is_given_it_answers(statements: Any) -> None:
    document = {"Statement": statements}
    for found in (audit_trust(document, PLACE), audit_permissions(document, OWN), audit_task_trust(document, PLACE)):
        assert all(each.what and each.why and each.fix for each in found)


SUBJECTS = st.lists(
    st.sampled_from([MAIN, "repo:acme/hello:ref:refs/heads/main"])
    | st.builds(
        "{}{}/{}{}:{}".format,
        st.sampled_from(["repo:", "*", "r?po:", ""]),
        st.sampled_from(["acme", "acm?", "*", "acme@99", "acme@*"]),
        st.sampled_from(["hello", "hel*", "*", "?????"]),
        st.sampled_from(["", "@1234", "@*"]),
        st.sampled_from(["ref:refs/heads/main", "*", "pull_request", "ref:*", "environment:production"]),
    ),
    min_size=1,
    max_size=2,
)
OPERATORS = st.sampled_from(
    [
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "StringEqualsIfExists",
        "StringEqualsIgnoreCase",
        "ForAllValues:StringLike",
        "ForAnyValue:StringLike",
        "ForAllValues:StringEquals",
        "StringLikeIfExists",
    ]
)
STRANGERS = [
    {"sub": f"repo:{place}:{context}", "aud": "sts.amazonaws.com", "repository_id": "5", "repository_owner_id": "6"}
    for place in ("evil/hello", "acme/other", "acmeevil/hello", "acme/hello-x", "acme@6/hello@5", "evil@6/hello@5")
    for context in ("ref:refs/heads/main", "pull_request", "environment:production", "ref:refs/heads/dev")
]
NOBODYS = [{"aud": "sts.amazonaws.com", "repository_id": "5", "repository_owner_id": "6"}]


@given(
    conditions=st.dictionaries(OPERATORS, SUBJECTS, max_size=2),
    ids=st.just({}) | st.just(IDS) | st.just({"repository_owner_id": "99"}),
    aud=st.sampled_from([{"aud": "sts.amazonaws.com"}, {"aud": ["sts.amazonaws.com", "x"]}]),
)
def test_a_policy_without_a_problem_lets_no_stranger_in(
    conditions: dict[str, list[str]], ids: dict[str, str], aud: dict[str, Any]
) -> None:
    blocks: dict[str, dict[str, Any]] = {"StringEquals": {**aud, **ids}}
    for operator, subs in conditions.items():
        blocks.setdefault(operator, {})["sub"] = subs
    document = trust(statement(blocks))
    if any(trusts(document, claims) for claims in (*STRANGERS, *NOBODYS)):
        assert rules(audit_trust(document, PLACE), "problem")

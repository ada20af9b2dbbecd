"""What GitHub puts into a job's id token, held against a token that a user printed and against GitHub's reference."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.policy.trust import GitHubSource, subjects
from ecsdeploy.sandbox.github.audience import allowed
from ecsdeploy.sandbox.github.claims import claims_of
from ecsdeploy.sandbox.github.job import BadJobError, Job, as_json, complete, job_of

NOW = 1_787_166_757
JOB = Job(repository="acme/hello", repository_id="1234", owner_id="99")


def claims(**given: Any) -> dict[str, Any]:
    return dict(claims_of(job(**given), "", NOW, "an-id"))


def job(**given: Any) -> Job:
    return Job(**{"repository": "acme/hello", "repository_id": "1234", "owner_id": "99", **given})


def test_a_token_has_the_claims_of_a_real_one() -> None:
    given = claims(ref="refs/heads/topic", actor="octocat")
    assert list(given) == [
        *("actor", "actor_id", "aud", "base_ref", "check_run_id", "event_name", "exp", "head_ref", "iat", "iss"),
        *("job_workflow_ref", "job_workflow_sha", "jti", "nbf", "ref", "ref_protected", "ref_type", "repository"),
        *("repository_id", "repository_owner", "repository_owner_id", "repository_visibility", "run_attempt"),
        *("run_id", "run_number", "runner_environment", "sha", "sub", "workflow", "workflow_ref", "workflow_sha"),
    ]
    assert (given["iat"], given["exp"], given["nbf"]) == (NOW, NOW + 300, NOW - 300)
    assert {name for name, value in given.items() if not isinstance(value, str)} == {"exp", "iat", "nbf"}
    assert given["sub"] == "repo:acme@99/hello@1234:ref:refs/heads/topic"
    assert given["aud"] == "https://github.com/acme"
    assert given["job_workflow_ref"] == "acme/hello/.github/workflows/deploy.yml@refs/heads/topic"
    assert given["workflow_sha"] == given["sha"] == given["job_workflow_sha"]


@pytest.mark.parametrize(
    ("given", "sub"),
    [
        ({"immutable": False}, "repo:acme/hello:ref:refs/heads/main"),
        ({"ref": "refs/tags/v1:2"}, "repo:acme@99/hello@1234:ref:refs/tags/v1%3A2"),
        ({"event": "pull_request", "ref": "refs/heads/topic"}, "repo:acme@99/hello@1234:pull_request"),
        ({"event": "pull_request", "environment": "prod"}, "repo:acme@99/hello@1234:environment:prod"),
        ({"environment": "Production:V1"}, "repo:acme@99/hello@1234:environment:Production%3AV1"),
        ({"issuer": "https://git.example.com/_services/token"}, "repo:acme/hello:ref:refs/heads/main"),
        (
            {"subject_claims": ("repo", "context", "job_workflow_ref"), "environment": "prod", "immutable": False},
            "repo:acme/hello:environment:prod:job_workflow_ref:acme/hello/.github/workflows/deploy.yml@refs/heads/main",
        ),
        ({"subject_claims": ("repository_owner_id", "event_name")}, "repository_owner_id:99:event_name:push"),
        (
            {"subject_claims": ("repo_property_team",), "claims": {"repo_property_team": "web"}},
            "repo_property_team:web",
        ),
    ],
)
def test_the_subject_says_what_github_says(given: dict[str, Any], sub: str) -> None:
    assert claims(**given)["sub"] == sub


def test_both_forms_are_those_that_the_trust_policy_lets_in() -> None:
    source = GitHubSource("acme/hello", "1234", "99", branches=("main",), environments=("a:b",))
    minted = {
        claims(environment=environment, immutable=immutable)["sub"]
        for environment in ("", "a:b")
        for immutable in (True, False)
    }
    assert minted == set(subjects(source))


def test_a_pull_request_runs_for_its_merge_commit() -> None:
    given = claims(event="pull_request", ref="refs/heads/topic")
    assert (given["ref"], given["head_ref"], given["base_ref"]) == ("refs/pull/1/merge", "topic", "main")
    assert given["workflow_ref"].endswith("@refs/pull/1/merge")


def test_an_enterprise_and_a_server_have_issuers_of_their_own() -> None:
    slug = claims(issuer="https://token.actions.githubusercontent.com/octocat-inc")
    assert (slug["iss"], slug["enterprise"]) == (
        "https://token.actions.githubusercontent.com/octocat-inc",
        "octocat-inc",
    )
    server = claims(issuer="https://git.example.com/_services/token")
    assert server["aud"] == "https://git.example.com/acme"
    assert "enterprise" not in server
    assert "enterprise" not in claims()


def test_other_claims_and_other_times_can_be_given() -> None:
    given = claims(claims={"nbf": "4000000000", "actor": "mallory", "repo_property_tier": "1"}, seconds=-10)
    assert (given["nbf"], given["actor"], given["repo_property_tier"]) == (4_000_000_000, "mallory", "1")
    assert given["exp"] == NOW - 10
    assert given["nbf"] > given["exp"]
    assert claims(seconds=-10)["nbf"] < NOW - 10


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"repository": "hello"}, "is no repository"),
        ({"repository": "acme/hello*"}, "is no repository"),
        ({"repository": "acme@99/hello"}, "is no repository"),
        ({"ref": "main"}, "is no Git reference"),
        ({"repository_id": "x"}, "is no id"),
        ({"owner_id": "0"}, "is no id"),
        ({"workflow_ref": "deploy.yml"}, "is no workflow"),
        ({"issuer": "http://127.0.0.1"}, "is no issuer"),
        ({"claims": {"exp": "tomorrow"}}, "is a time"),
        ({"subject_claims": ("repo", "environment")}, "has no such claim"),
    ],
)
def test_a_job_that_github_cannot_have(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadJobError, match=said):
        claims(**given)


def test_ids_follow_from_the_name_and_from_nothing_else() -> None:
    first, again = (complete(Job(repository="acme/hello", ref=ref)) for ref in ("", "refs/heads/other"))
    other = complete(Job(repository="acme/world"))
    assert first.repository_id == again.repository_id != other.repository_id
    assert first.owner_id == other.owner_id


def test_a_job_travels_as_json() -> None:
    one = job(subject_claims=("repo",), claims={"a": "b"}, forged=True)
    assert job_of(as_json(one)) == one
    with pytest.raises(BadJobError):
        job_of({"repository": "acme/hello", "colour": "blue"})


@pytest.mark.parametrize(
    ("audience", "may"),
    [
        ("", True),
        ("sts.amazonaws.com", True),
        ("https://example.com/apps/x", True),
        ("https://github.com/acme", True),
        ("https://GITHUB.com/acme/", True),
        ("https://github.com/acme/hello/issues?x=1", True),
        ("https://github.com", True),
        ("https://github.com/acme.", False),
        ("https://github.com/acme/hello-2", False),
        ("https://github.com/octo-org", False),
        ("https://github.com/apps/x", False),
        ("https://github.com.example.com/acme", False),
        ("https://example.com/?next=https://github.com/apps/x", False),
    ],
)
def test_audiences_that_github_gives_no_token_for(audience: str, may: bool) -> None:
    assert allowed(audience, JOB) is may

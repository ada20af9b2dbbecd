"""A job on GitHub with nothing but its token: who lets it in, and what it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ecsdeploy.github.id_token import TOKEN, URL
from ecsdeploy.sandbox.github.job import Job
from tests.support.world import CONFIG, Ran, World, open_world, run_inside

GITHUB = '\n[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'
MAIN = Job(repository="acme/hello", ref="refs/heads/main", repository_id="1234", owner_id="99")
NOTHING: Mapping[str, str | None] = {}
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
ROLE = "arn:aws:iam::123456789012:role/hello-github-deploy"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path, config=CONFIG + GITHUB) as fresh:
        yield fresh


def run(world: World, *arguments: str, job: Job = MAIN, env: Mapping[str, str | None] = NOTHING) -> Ran:
    """Run `ecsdeploy` as a step of `job`, which has no keys."""
    url, token = world.sandbox.github.request(job)
    step = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_RUN_ID": "99",
        "GITHUB_REPOSITORY": job.repository,
        "GITHUB_REF": job.ref,
        URL: url,
        TOKEN: token,
    }
    return run_inside(world.project, arguments, {**world.env, **NO_KEYS, **step, **env}, world.tool_clock())


def masked(ran: Ran) -> list[str]:
    """Return what the runner was told to hide."""
    return [line.removeprefix("::add-mask::") for line in ran.err.splitlines() if line.startswith("::add-mask::")]


def shown(ran: Ran) -> str:
    """Return what was printed but for that."""
    return "\n".join(line for line in (ran.out + ran.err).splitlines() if not line.startswith("::add-mask::"))


def test_a_job_with_nothing_but_its_token_deploys(world: World) -> None:
    assert world.run("setup", "--yes").code == 0
    world.release()

    ran = run(world, "deploy", "--debug")

    assert ran.code == 0, ran.err
    assert ran.calls["sts:AssumeRoleWithWebIdentity"] == 1
    assert world.service()["runningCount"] == 1
    hidden = masked(ran)
    assert len(hidden) == len(set(hidden)) >= 3  # the id token, the secret key, the session token
    assert not [secret for secret in hidden if secret in shown(ran)]


@pytest.mark.parametrize(
    "job",
    [
        Job(repository="mallory/hello", ref="refs/heads/main"),
        Job(repository="acme/hello", ref="refs/heads/feature", repository_id="1234", owner_id="99"),
        Job(repository="acme/hello", ref="refs/heads/main", repository_id="5", owner_id="99"),
        Job(repository="acme/hello", ref="refs/heads/main", repository_id="1234", owner_id="99", environment="x"),
    ],
    ids=["other-repository", "other-branch", "name-used-again", "environment"],
)
def test_a_job_that_is_not_trusted_is_kept_out(world: World, job: Job) -> None:
    assert world.run("setup", "--yes").code == 0
    world.release()
    before = world.client("ecs").list_services(cluster="hello")["serviceArns"]

    ran = run(world, "deploy", "--output", "plain", job=job)

    assert ran.code == 3
    assert len(masked(ran)) == 1
    assert shown(ran) == (
        f"error: The role hello-github-deploy does not let this job ({job.repository}, {job.ref}) in.\n"
        f"  Either account 123456789012 has no role {ROLE}, or its trust policy does not accept what GitHub's id token "
        "says of the job: repository, branch, tag or environment. AWS says: Not authorized to perform "
        "sts:AssumeRoleWithWebIdentity.\n"
        "  `ecsdeploy doctor --oidc` in this job shows which claim does not fit; an administrator's `ecsdeploy setup` "
        "creates or repairs it."
    )
    assert world.client("ecs").list_services(cluster="hello")["serviceArns"] == before


@pytest.mark.hard
def test_what_takes_longer_than_a_session_goes_on_with_the_next(world: World) -> None:
    """The sandbox's sessions end as AWS's do: with the first alone, the end would not be seen."""
    assert world.run("setup", "--yes").code == 0
    world.release()
    assert run(world, "deploy").code == 0

    ran = run(world, "run", "--debug", "--timeout", "3h", "--", "sleep", "3700")

    assert ran.code == 0, ran.err
    assert ran.calls["sts:AssumeRoleWithWebIdentity"] == 2


def test_a_token_signed_by_someone_else_is_refused(world: World) -> None:
    assert world.run("setup", "--yes").code == 0

    ran = run(world, "status", job=Job(repository="acme/hello", repository_id="1234", owner_id="99", forged=True))

    assert ran.code == 3
    assert "AWS cannot tell that the issuer signed the id token of this job." in ran.err


def test_before_setup_the_provider_is_missed(world: World) -> None:
    ran = run(world, "plan")

    assert ran.code == 3
    assert "Account 123456789012 has no identity provider for the tokens of this job." in ran.err
    assert "An administrator's `ecsdeploy setup` creates it, once per account." in ran.err


@pytest.mark.parametrize(
    ("env", "what"),
    [
        ({URL: None, TOKEN: None}, "This job may not ask GitHub for an id token."),
        ({URL: "", TOKEN: ""}, "This job may not ask GitHub for an id token."),
        ({TOKEN: ""}, "This job may not ask GitHub for an id token."),
        ({TOKEN: "nonsense"}, "GitHub refuses to give this job an id token (HTTP 401)."),
        ({TOKEN: "a\nb"}, "ACTIONS_ID_TOKEN_REQUEST_TOKEN is not a token."),
        ({URL: "http://example.com/"}, "ACTIONS_ID_TOKEN_REQUEST_URL is not an address that a token may be sent to."),
        ({URL: "\x1b]0;x\x07"}, "ACTIONS_ID_TOKEN_REQUEST_URL is not an address that a token may be sent to."),
        ({URL: "http://127.0.0.1:1/"}, "GitHub gives this job no id token."),
        ({"AWS_ROLE_ARN": "x"}, "AWS_ROLE_ARN 'x' is not the ARN of a role."),
    ],
)
def test_each_hindrance_has_its_own_words(world: World, env: dict[str, str | None], what: str) -> None:
    ran = run(world, "deploy", env={"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(world.project.parent), **env})

    assert (ran.code, f"error: {what}\n" in ran.err) == (2 if "AWS_ROLE_ARN" in env else 3, True), ran.err
    assert "Traceback" not in ran.err


def test_a_role_of_another_account_is_refused_without_a_call(world: World) -> None:
    ran = run(world, "deploy", "--debug", "--role-arn", ROLE.replace("123456789012", "210987654321"))

    assert ran.code == 3
    assert (
        "error: The role hello-github-deploy belongs to account 210987654321, the config says 123456789012." in ran.err
    )
    assert not ran.calls


def test_with_keys_of_its_own_a_role_is_assumed(world: World) -> None:
    world.client("iam").create_role(RoleName="operator", AssumeRolePolicyDocument=_trust())
    arn = ROLE.replace("hello-github-deploy", "operator")

    ran = world.run("status", "--debug", "--role-arn", arn)

    assert ran.calls["sts:AssumeRole"] == 1
    assert "sts:AssumeRoleWithWebIdentity" not in ran.calls


def test_keys_that_end_soon_are_spoken_of_before_anything_happens(world: World) -> None:
    world.release()
    ends = world.tool_clock().now().replace(microsecond=0, year=2099).isoformat()

    ran = world.run("deploy", AWS_CREDENTIAL_EXPIRATION=ends)

    assert ran.code == 0, ran.err
    assert ran.err.startswith("The AWS keys in the environment end at ")
    assert "; this takes 15m at most.\n" in ran.err


def test_keys_that_have_ended_are_no_bug_of_ours(world: World) -> None:
    ran = world.run("status", AWS_CREDENTIAL_EXPIRATION="2020-01-01T00:00:00Z")

    assert ran.code == 3
    assert "error: The AWS credentials have expired." in ran.err


def _trust() -> str:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
        ],
    }
    return json.dumps(document)

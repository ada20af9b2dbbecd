"""Every way to set up or to use OIDC wrongly: each has its own message, ends with 3, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ecsdeploy.github.id_token import TOKEN, URL
from ecsdeploy.sandbox.github.job import Job
from tests.support.access import ANYBODY, GITHUB, ISSUER, ROLE, account
from tests.support.world import CONFIG, Ran, World, open_world, run_inside

MAIN = Job(repository="acme/hello", ref="refs/heads/main", repository_id="1234", owner_id="99")
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_EC2_METADATA_DISABLED": "true"}
NO_TOKEN = {URL: None, TOKEN: None}
NOWHERE = "http://127.0.0.1:1"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
IDS = "repository_id = 1234\nowner_id = 99\n"


def runner(name: str) -> dict[str, str]:
    """Return what a runner says of the repository `name`, whose ids are 1234 and 99."""
    ids = {"GITHUB_REPOSITORY_ID": "1234", "GITHUB_REPOSITORY_OWNER_ID": "99"}
    return {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": name, **ids}


def snapshot(world: World) -> dict[str, Any]:
    """Return all that IAM, ECS, ECR and CloudWatch Logs have."""
    ecs = world.client("ecs")
    clusters = ecs.list_clusters()["clusterArns"]
    return {
        "iam": account(world),
        "clusters": clusters,
        "services": [arn for each in clusters for arn in ecs.list_services(cluster=each)["serviceArns"]],
        "revisions": ecs.list_task_definitions()["taskDefinitionArns"],
        "repositories": [
            each["repositoryName"] for each in world.client("ecr").describe_repositories()["repositories"]
        ],
        "groups": [each["logGroupName"] for each in world.client("logs").describe_log_groups()["logGroups"]],
    }


# ---- an administrator


def of_somebody_else(world: World) -> None:
    world.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(ANYBODY))


def full(world: World) -> None:
    """Make the deploy role, and let nearly all the room that it has be taken by others."""
    assert world.run("bootstrap-oidc").code == 0
    iam = world.client("iam")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="ecsdeploy")
    buckets = [f"arn:aws:s3:::bucket-{number:04}/*" for number in range(300)]
    document = {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": buckets}}
    iam.put_role_policy(RoleName=ROLE, PolicyName="extra", PolicyDocument=json.dumps(document))


def nothing(_world: World) -> None:
    """Leave the account empty."""


@dataclass(frozen=True)
class Admin:
    """One mistake of an administrator: the [github] table, the environment, what there is, and what is said."""

    github: str
    says: str
    env: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[World], None] = nothing


ADMINS = {
    "wrong-case": Admin(
        GITHUB, "GitHub calls the repository Acme/Hello, the config acme/hello.", env=runner("Acme/Hello")
    ),
    "wrong-case-without-ids": Admin(
        GITHUB.replace(IDS, ""),
        "GitHub calls the repository Acme/Hello, the config acme/hello.",
        env=runner("Acme/Hello"),
    ),
    "missing-ids": Admin(GITHUB.replace(IDS, ""), "The ids of the repository acme/hello are not known."),
    "missing-owner-id": Admin(GITHUB.replace("owner_id = 99\n", ""), "The ids of the repository acme/hello are not"),
    "id-of-another-repository": Admin(
        GITHUB.replace("1234", "77"),
        "The repository acme/hello has the id 1234 on GitHub, not 77.",
        env=runner("acme/hello"),
    ),
    "id-of-another-owner": Admin(
        GITHUB.replace("99", "66"), "The owner of acme/hello has the id 99 on GitHub, not 66.", env=runner("acme/hello")
    ),
    "branch-pattern": Admin(
        GITHUB.replace('"main"', '"release/*"'),
        "The branch 'release/*' in [github] is a pattern: its wildcard would match more than meant.",
    ),
    "environment-pattern": Admin(
        GITHUB + 'environments = ["prod*"]\n', "The environment 'prod*' in [github] is a pattern: its wildcard would"
    ),
    "beyond-iam": Admin(
        GITHUB + 'environments = ["生产"]\n',
        "The environment '生产' in [github] has '生' (U+751F), a character beyond U+00FF.",
    ),
    "role-of-somebody-else": Admin(
        GITHUB, f"The deploy role {ROLE} exists and was not made by ecsdeploy.", before=of_somebody_else
    ),
    "role-without-room": Admin(
        GITHUB, f"The deploy role {ROLE} has no room for what the config needs: its inline policies", before=full
    ),
}


@pytest.mark.parametrize("command", ["bootstrap-oidc", "setup"])
@pytest.mark.parametrize("mistake", ADMINS.values(), ids=ADMINS)
def test_an_administrators_mistake_is_named_and_changes_nothing(world: World, command: str, mistake: Admin) -> None:
    world.configure(CONFIG + GITHUB)
    mistake.before(world)
    world.configure(CONFIG + mistake.github)
    before = snapshot(world)

    ran = world.run(command, "--yes", "--debug", "--output", "plain", HTTPS_PROXY=NOWHERE, **mistake.env)

    assert (ran.code, ran.out, ran.writes) == (3, "", {}), ran.err
    assert f"error: {mistake.says}" in ran.err, ran.err
    assert snapshot(world) == before


def test_what_is_missing_without_ids_is_said(world: World) -> None:
    world.configure(CONFIG + GITHUB.replace(IDS, ""))

    ran = world.run("bootstrap-oidc", "--yes", HTTPS_PROXY=NOWHERE)

    assert "Without the ids the role would let in whoever registers this name once it is free" in ran.err
    assert "gh api repos/acme/hello" in ran.err


# ---- a job


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a world that a job could deploy in."""
    with open_world(tmp_path_factory.mktemp("ready"), config=CONFIG + GITHUB) as world:
        assert world.run("setup", "--yes").code == 0
        world.release()
        yield world


@dataclass(frozen=True)
class Bad:
    """One job that AWS does not let in: what every command says, and what `doctor --oidc` adds of the token."""

    job: Callable[[float], Job]
    says: str
    doctor: str
    env: Mapping[str, str | None] = field(default_factory=dict)
    head: str = ""


FORK = "GitHub gives no id token to a pull request from a fork (mallory/hello)."
PERMISSION = "This job may not ask GitHub for an id token."
ABOVE = "No token could be held against the trust policy: see credentials, above."
LETS_IN = "The trust policy that this config would write lets this job in."
DENIED = "does not let this job in: {} is not as expected."
JOBS = {
    "token-for-another-audience": Bad(
        lambda _now: replace(MAIN, claims={"aud": "https://github.com/acme"}),
        "The token is for the audience https://github.com/acme, and STS takes sts.amazonaws.com.",
        ABOVE,
    ),
    "expired": Bad(
        lambda _now: replace(MAIN, seconds=-1),
        "The id token had expired when AWS looked at it, and so had a second one.",
        "The token expired at ",
    ),
    "not-yet-valid": Bad(
        lambda now: replace(MAIN, claims={"nbf": str(int(now) + 9999)}),
        "The token is not valid before ",
        ABOVE,
    ),
    "signed-by-someone-else": Bad(
        lambda _now: replace(MAIN, forged=True),
        "AWS cannot tell that the issuer signed the id token of this job.",
        LETS_IN,
    ),
    "issuer-that-is-not-trusted": Bad(
        lambda _now: replace(MAIN, issuer=f"https://{ISSUER}/acme-corp"),
        f"The token is from https://{ISSUER}/acme-corp, and the config trusts https://{ISSUER}.",
        ABOVE,
    ),
    "no-permission": Bad(lambda _now: MAIN, PERMISSION, ABOVE, env=NO_TOKEN),
    "pull-request-of-a-fork": Bad(
        lambda _now: MAIN, FORK, ABOVE, env={**NO_TOKEN, "GITHUB_EVENT_NAME": "pull_request"}, head="mallory/hello"
    ),
    "wrong-case": Bad(
        lambda _now: replace(MAIN, repository="acme/Hello"),
        f"The role {ROLE} does not let this job (acme/Hello, refs/heads/main) in.",
        DENIED.format("sub"),
    ),
    "name-used-again": Bad(
        lambda _now: replace(MAIN, repository_id="5"),
        f"The role {ROLE} does not let this job (acme/hello, refs/heads/main) in.",
        DENIED.format("repository_id"),
    ),
}


def run(world: World, bad: Bad, job: Job, *arguments: str) -> Ran:
    """Run `ecsdeploy` as a step of `job`, which has no keys."""
    url, token = world.sandbox.github.request(job)
    event = world.project.parent / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"repo": {"full_name": bad.head}}}} if bad.head else {}))
    step = {**runner(job.repository), "GITHUB_REF": job.ref, "GITHUB_EVENT_PATH": str(event), URL: url, TOKEN: token}
    env = {**world.env, **NO_KEYS, "HOME": str(world.project.parent), **step, **bad.env}
    return run_inside(world.project, (*arguments, "--debug", "--output", "plain"), env, world.tool_clock())


def told(ran: Ran) -> str:
    """Return what is printed but for the masks."""
    return "\n".join(line for line in (ran.out + ran.err).splitlines() if not line.startswith("::"))


@pytest.mark.parametrize("command", ["deploy", "status", "scale"])
@pytest.mark.parametrize("bad", JOBS.values(), ids=JOBS)
def test_a_job_that_gets_no_session_is_told_why_and_changes_nothing(ready: World, command: str, bad: Bad) -> None:
    before = snapshot(ready)

    ran = run(ready, bad, bad.job(ready.clock.now()), command, *(("2",) if command == "scale" else ()))

    assert (ran.code, ran.out) == (3, ""), ran.err
    assert f"error: {bad.says}" in told(ran), ran.err
    assert set(ran.calls) <= {"sts:AssumeRoleWithWebIdentity"}
    assert snapshot(ready) == before


@pytest.mark.parametrize("bad", JOBS.values(), ids=JOBS)
def test_doctor_says_what_is_wrong_with_the_token_as_well(ready: World, bad: Bad) -> None:
    before = snapshot(ready)

    ran = run(ready, bad, bad.job(ready.clock.now()), "doctor", "--oidc")

    assert ran.code == 3, ran.out
    assert any(bad.doctor in line for line in ran.out.splitlines() if " token: " in line), ran.out
    assert f"problem    credentials: {bad.says}" in ran.out
    assert snapshot(ready) == before


def test_a_provider_with_another_audience_keeps_a_job_out_until_an_administrator_adds_ours(world: World) -> None:
    """It is added without a question: the provider's other users lose nothing, and no role lets more in."""
    world.configure(CONFIG + GITHUB)
    assert world.run("bootstrap-oidc").code == 0
    iam = world.client("iam")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["mine"])
    bad = Bad(lambda _now: MAIN, "The identity provider in account 123456789012 does not accept tokens for sts.", "")
    before = snapshot(world)

    ran = run(world, bad, MAIN, "status")

    assert ran.code == 3
    assert f"error: {bad.says}" in told(ran), ran.err
    assert snapshot(world) == before
    added = world.run("bootstrap-oidc")
    assert "    audiences: ['mine'] -> ['mine', 'sts.amazonaws.com']\n" in added.err
    assert "error" not in run(world, bad, MAIN, "status").err


def test_each_case_has_its_own_message() -> None:
    said = [each.says for each in JOBS.values()]
    assert len(set(said)) == len(said)

"""`ecsdeploy doctor`, as a user sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.id_token import REQUEST_TOKEN, token_endpoint, unsigned
from tests.support.world import CONFIG, Ran, World

GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'
ISSUER = "https://token.actions.githubusercontent.com"
MAIN = "repo:acme@99/hello@1234:ref:refs/heads/main"
ROLE = "hello-github-deploy"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
JOB = f"""\
on: push
jobs:
  deploy:
    runs-on: ubuntu-24.04
    permissions: {{contents: read, id-token: write}}
    concurrency: {{group: deploy, cancel-in-progress: false}}
    steps:
      - uses: {CHECKOUT}
      - run: exec ecsdeploy deploy --yes
"""
NO_DOCKER = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def claims(world: World, **more: Any) -> dict[str, Any]:
    """Return the claims of a token that is valid now."""
    now = int(world.tool_clock().now().timestamp())
    given = {
        "iss": ISSUER,
        "sub": MAIN,
        "repository_id": "1234",
        "repository_owner_id": "99",
        "ref": "refs/heads/main",
        "event_name": "push",
        "iat": now,
        "nbf": now - 60,
        "exp": now + 300,
    }
    return {name: value for name, value in (given | more).items() if value is not None}


def on_a_runner(world: World, **more: Any) -> Ran:
    with token_endpoint(claims(world, **more)) as job:
        return world.run("doctor", "--oidc", "--output", "plain", **job)


def configured(world: World, *, workflow: str = JOB, made: bool = True) -> None:
    folder = world.project / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(workflow)
    world.configure(CONFIG + GITHUB)
    if made:
        assert world.run("setup", ECSDEPLOY_IAM_SETTLE="0s").code == 0


def trusting(world: World, change: Mapping[str, Any]) -> None:
    """Edit the deploy role's trust policy by hand: its only statement gets another Condition."""
    iam = world.client("iam")
    document = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Condition"] = change
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))


def key(claim: str) -> str:
    return f"token.actions.githubusercontent.com:{claim}"


def statuses(ran: Ran) -> list[str]:
    return re.findall(r"^(\w+ +[\w ./-]+?):", ran.out, re.MULTILINE)


def test_a_new_project_is_told_everything_that_is_missing(world: World) -> None:
    world.configure(CONFIG + GITHUB)
    ran = world.run("doctor", **NO_DOCKER)
    assert (ran.code, ran.err) == (
        3,
        "8 problems, 1 warning.\n  next: Run `ecsdeploy setup`. Then look again.\n",
    )
    out = re.sub(r"Commit [0-9a-f]{7}", "Commit COMMIT", ran.out)
    start, _, rest = out.partition("problem    execution role")
    assert start == (
        "ok         config: ecsdeploy.toml is for hello/hello in us-east-1.\n"
        "ok         git: Commit COMMIT is checked out.\n"
        "warning    docker: No Docker Engine answers at unix:///nowhere/docker.sock.\n"
        "           Nothing can be built here. No such file or directory.\n"
        "           Correct or unset DOCKER_HOST, or start the engine that it names.\n"
        "ok         credentials: Signed in to account 123456789012 as arn:aws:iam::123456789012:user/sandbox.\n"
        "problem    repository hello: It does not exist.\n"
        "           Run `ecsdeploy setup`.\n"
    )
    assert rest.count("It does not exist.\n           Run `ecsdeploy setup`.\n") == 7


def test_what_setup_made_is_well_and_nothing_is_written(world: World) -> None:
    configured(world)
    ran = world.run("doctor", "--debug", **NO_DOCKER)
    assert ran.code == 0, ran.out
    assert ran.writes == {}
    assert ran.err.startswith("No problem: 1 warning.\n")
    assert f"ok         deploy role {ROLE}: It exists; `ecsdeploy doctor --oidc` says whom it lets in.\n" in ran.out


def test_what_differs_is_a_warning(world: World) -> None:
    configured(world)
    world.client("logs").put_retention_policy(logGroupName="/ecs/hello", retentionInDays=7)
    ran = world.run("doctor")
    assert ran.code == 0
    assert (
        "warning    log group /ecs/hello: It differs from the config: retentionInDays.\n"
        "           Run `ecsdeploy setup`.\n"
    ) in ran.out


def test_a_config_that_cannot_be_read_is_a_problem_among_others(world: World) -> None:
    world.configure('app = "Hello!"\nregion = "us-east-1"\n')
    ran = world.run("doctor", **NO_DOCKER)
    assert ran.code == 3
    assert ran.out.startswith("problem    config: ")
    assert "ok         git: " in ran.out
    assert "warning    docker: " in ran.out


def test_credentials_of_another_account(world: World) -> None:
    world.configure(CONFIG.replace("123456789012", "999999999999"))
    ran = world.run("doctor")
    assert ran.code == 3
    assert (
        "problem    credentials: These credentials belong to account 123456789012, the config says 999999999999.\n"
        in ran.out
    )


def test_everything_about_github_is_well(world: World) -> None:
    configured(world)
    ran = world.run("doctor", "--oidc", "--debug")
    assert (ran.code, ran.writes) == (0, {})
    assert ran.out == (
        "ok         config: ecsdeploy.toml is for hello/hello in us-east-1.\n"
        "ok         credentials: Signed in to account 123456789012 as arn:aws:iam::123456789012:user/sandbox.\n"
        "note       token: This is not a job of GitHub Actions: there is no id token that can be checked.\n"
        f"ok         trust: The trust policy of {ROLE} lets in only what it names.\n"
        f"ok         permissions: {ROLE} may do nothing beyond its service.\n"
        "ok         provider: It accepts the audience sts.amazonaws.com.\n"
        "ok         execution role: Only ECS may assume hello-execution, for this account.\n"
        "ok         task role: Only ECS may assume hello-task, for this account.\n"
        "ok         workflows: Its workflow breaks no rule.\n"
    )
    assert ran.err.startswith("No problem.\n")


def test_a_job_that_is_let_in(world: World) -> None:
    configured(world)
    ran = on_a_runner(world)
    assert ran.code == 0, ran.out
    assert (
        "ok         token: GitHub gives this job an id token. It says:\n"
        f"           sub: {MAIN}\n"
        "           aud: sts.amazonaws.com\n"
        "           repository_id: 1234\n"
        "           repository_owner_id: 99\n"
        "           ref: refs/heads/main\n"
        "           event_name: push\n"
        f"ok         token: The trust policy of {ROLE} lets this job in.\n"
    ) in ran.out


def test_a_job_that_is_denied_is_told_the_claim_the_condition_and_the_fix(world: World) -> None:
    configured(world)
    ran = on_a_runner(world, sub="repo:acme@99/hello@1234:environment:production", environment="production")
    assert ran.code == 3
    assert (
        f"problem    token: The trust policy of {ROLE} does not let this job in: sub is not as expected.\n"
        "           The token has:      repo:acme@99/hello@1234:environment:production\n"
        "           The policy expects: repo:acme/hello:ref:refs/heads/main\n"
        "                            or repo:acme@99/hello@1234:ref:refs/heads/main\n"
        "           by StringEquals in its statement GitHubActions.\n"
        "           The job has `environment: production`, so its sub names that and no longer the branch. Name it in "
        "[github] environments and run `ecsdeploy bootstrap-oidc` again, or remove it from the job.\n"
    ) in ran.out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"aud": "https://github.com/acme"},
            "for the audience https://github.com/acme, and STS takes sts.amazonaws.com",
        ),
        ({"exp": 1}, "The token expired at 1970-01-01 00:00:01 UTC"),
        ({"nbf": 4102444800}, "The token is not valid before 2100-01-01 00:00:00 UTC"),
        (
            {"iss": "https://github.example.com/_services/token"},
            "The token is from https://github.example.com/_services",
        ),
        ({"repository_id": "5"}, "repository_id is not as expected"),
        ({"repository_owner_id": None}, "repository_owner_id is not as expected"),
        ({"sub": "repo:Acme@99/hello@1234:ref:refs/heads/main"}, "They differ in case only"),
        ({"sub": "repo:mallory@7/hello@8:pull_request", "repository_id": "8"}, "a fork is not meant to get in"),
    ],
)
def test_each_refusal_has_its_own_message(world: World, more: dict[str, Any], said: str) -> None:
    configured(world)
    ran = on_a_runner(world, **more)
    assert ran.code == 3
    assert said in ran.out


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({}, "problem    token: This job may not ask GitHub for an id token.\n"),
        ({"head": "mallory/hello"}, "GitHub gives no id token to a pull request from a fork (mallory/hello).\n"),
    ],
)
def test_a_job_without_a_token_learns_why(world: World, tmp_path: Path, event: dict[str, str], said: str) -> None:
    configured(world)
    job = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/hello"}
    if event:
        payload = tmp_path / "event.json"
        payload.write_text(json.dumps({"pull_request": {"head": {"repo": {"full_name": event["head"]}}}}))
        job |= {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(payload)}
    ran = world.run("doctor", "--oidc", "--output", "plain", **job)
    assert ran.code == 3
    assert said in ran.out


def test_a_job_with_neither_a_key_nor_a_token_is_told_once(world: World) -> None:
    configured(world)
    job = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/hello"}
    ran = world.run("doctor", "--oidc", **job, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert ran.code == 3
    assert "unchecked  token: No token could be held against the trust policy: see credentials, above.\n" in ran.out
    marks = [line for line in ran.err.splitlines() if line.startswith("::error")]
    assert marks == [
        "::error title=This job may not ask GitHub for an id token.::It lacks the permission id-token: "
        "ACTIONS_ID_TOKEN_REQUEST_URL is not set.%0AGive the job both permissions; a reusable workflow's caller has to "
        "give them too:%0Apermissions:%0A  contents: read%0A  id-token: write"
    ]
    assert ran.err.endswith("\n1 problem, 2 unchecked.\n  next: do what stands below each problem, then run it again\n")


def test_a_job_that_cannot_read_the_role_is_held_against_the_config(world: World) -> None:
    configured(world, made=False)
    with token_endpoint(claims(world, ref="refs/heads/dev", sub="repo:acme/hello:ref:refs/heads/dev")) as job:
        nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": ""}
        ran = world.run("doctor", "--oidc", "--output", "plain", **job, **nobody)
    assert ran.code == 3
    assert "problem    token: The trust policy that this config would write does not let this job in: sub is" in ran.out
    assert "problem    credentials: " in ran.out
    assert "ecsdeploy doctor --oidc` in this job" not in ran.out
    assert "unchecked  roles: Without credentials, the roles in AWS cannot be read.\n" in ran.out


def test_the_token_is_never_shown(world: World) -> None:
    configured(world)
    given = claims(world)
    with token_endpoint(given) as job:
        ran = world.run("doctor", "--oidc", "--debug", **job)
    token = unsigned({"aud": "sts.amazonaws.com", **given})
    told = ran.out + re.sub(r"^::add-mask::.*$", "", ran.err, flags=re.MULTILINE)
    assert token not in told
    assert token.split(".")[1] not in told
    assert REQUEST_TOKEN not in told


def test_what_a_token_says_cannot_command_the_runner_or_the_terminal(world: World) -> None:
    configured(world)
    ran = on_a_runner(world, sub="x\n::set-output name=a::b\n##[error]\x1b]0;title\x07")
    assert ran.code == 3
    assert not re.search(r"^\s*::|##\[|\x1b", ran.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"StringLike": {key("sub"): "repo:acme/*"}}, "It lets every repository of acme in, new ones too."),
        (
            {"StringEquals": {key("sub"): MAIN}, "ForAllValues:StringEquals": {key("aud"): "sts.amazonaws.com"}},
            "It holds where the claim is missing, so it requires nothing.",
        ),
        (
            {"StringLike": {key("sub"): "repo:acme@*/hello@*:ref:refs/heads/main"}},
            "It is open to whoever registers the name again: the id may be any.",
        ),
    ],
)
def test_a_trust_policy_that_was_opened_by_hand(world: World, condition: dict[str, Any], said: str) -> None:
    configured(world)
    trusting(world, condition)
    ran = world.run("doctor", "--oidc")
    assert ran.code == 3
    assert said in ran.out
    assert f"warning    trust: The trust policy of {ROLE} may let in more than the config says.\n" in ran.out


def test_a_trust_policy_that_was_narrowed_by_hand(world: World) -> None:
    configured(world)
    same = {key("aud"): "sts.amazonaws.com", key("repository_id"): "1234", key("repository_owner_id"): "99"}
    trusting(world, {"StringEquals": same | {key("sub"): "repo:acme/hello:ref:refs/heads/main"}})
    ran = world.run("doctor", "--oidc")
    assert ran.code == 0, ran.out
    assert f"warning    trust: The trust policy of {ROLE} may not let in all that the config says.\n" in ran.out


def test_permissions_that_were_added_by_hand(world: World) -> None:
    configured(world)
    iam = world.client("iam")
    more = {"Statement": {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}}
    iam.put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=json.dumps(more))
    ran = world.run("doctor", "--oidc")
    assert ran.code == 3
    assert "problem    permissions: The role may change itself: iam:PutRolePolicy.\n" in ran.out
    delete = f"aws iam delete-role-policy --role-name {ROLE} --policy-name more"
    fix = f"           The policy more says so, which ecsdeploy did not write. Delete it: `{delete}`.\n"
    assert fix in ran.out


def test_a_trust_policy_in_a_file(world: World, tmp_path: Path) -> None:
    configured(world, made=False)
    file = tmp_path / "role.json"
    bad = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {key("sub"): "repo:*", key("aud"): "sts.amazonaws.com"}},
        },
    }
    file.write_text(json.dumps({"Role": {"RoleName": "x", "AssumeRolePolicyDocument": bad}}))
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    ran = world.run("doctor", "--oidc", "--trust", str(file), **nobody)
    assert ran.code == 3
    assert "problem    trust: The sub 'repo:*' has a wildcard in the owner or the repository.\n" in ran.out
    assert "unchecked  credentials: " in ran.out


@pytest.mark.parametrize("content", ["not json", "[]", '{"Statement": 5}', '{"Role": {}}'])
def test_a_file_that_is_no_trust_policy(world: World, tmp_path: Path, content: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(content)
    ran = world.run("doctor", "--oidc", "--trust", str(file))
    assert ran.code == 2
    assert f"error: {file} is not a trust policy.\n" in ran.err


def test_trust_without_oidc_is_a_mistake(world: World) -> None:
    ran = world.run("doctor", "--trust", "file.json")
    assert (ran.code, ran.err) == (2, "error: --trust needs --oidc.\n  Add --oidc.\n")


def test_a_workflow_is_told_with_its_line_and_marked_on_github(world: World) -> None:
    configured(world, workflow=JOB.replace("exec ", "").replace(CHECKOUT, "acme/checkout@v1"))
    ran = world.run("doctor", "--oidc")
    assert ran.code == 3
    assert (
        "problem    workflow: .github/workflows/deploy.yml:8: acme/checkout@v1 is not pinned to a commit.\n"
        "           Whoever can move that tag or branch runs code in this job, and gets at AWS.\n"
        "           Write acme/checkout@ and the whole commit, with the version in a comment.\n"
        "warning    workflow: .github/workflows/deploy.yml:9: `ecsdeploy deploy` is started without exec.\n"
    ) in ran.out
    marked = on_a_runner_with_annotations(world)
    assert (
        "::error title=acme/checkout@v1 is not pinned to a commit.,file=.github/workflows/deploy.yml,line=8::" in marked
    )
    assert ",file=.github/workflows/deploy.yml,line=9::" in marked


def on_a_runner_with_annotations(world: World) -> str:
    with token_endpoint(claims(world)) as job:
        return world.run("doctor", "--oidc", **job).err


def test_the_summary_of_the_step_lists_what_is_wrong(world: World, tmp_path: Path) -> None:
    configured(world, made=False)
    summary = tmp_path / "summary.md"
    with token_endpoint(claims(world)) as job:
        world.run("doctor", "--oidc", **job, GITHUB_STEP_SUMMARY=str(summary))
    text = summary.read_text()
    assert text.startswith("### ❌ 2 problems.\n")
    assert f"problem    provider: The account has no OIDC provider for {ISSUER}.\n" in text
    assert "ok  " not in text


def test_json_has_an_object_for_each_check(world: World) -> None:
    configured(world, workflow="on: [")
    ran = world.run("doctor", "--oidc", "--output", "json")
    assert ran.code == 0
    events = [json.loads(line) for line in ran.out.splitlines()]
    checks = [each for each in events if each["event"] == "Check"]
    assert [each["status"] for each in checks if each["about"] == "workflow"] == ["warning"]
    assert checks[-1]["rule"] == "unreadable"
    assert events[-1] == {
        "event": "Outcome",
        "ok": True,
        "text": "No problem: 1 warning.",
        "facts": {},
        "verdict": "",
        "exit_code": 0,
    }


def test_without_github_there_is_little_to_check(world: World) -> None:
    ran = world.run("doctor", "--oidc")
    assert "note       github: The config does not say whose jobs may deploy.\n" in ran.out
    assert "provider" not in ran.out


@pytest.mark.parametrize("text", ["[]", "null", '{"proxies": "x"}'])
def test_a_docker_configuration_that_makes_no_sense(world: World, tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    ran = world.run("doctor", DOCKER_CONFIG=str(tmp_path), DOCKER_HOST="")
    assert ran.code == 3
    assert "warning    docker: Docker's configuration cannot be read.\n" in ran.out
    assert "cluster hello: It does not exist." in ran.out

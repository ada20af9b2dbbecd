"""`sandbox github-token` and `sandbox github-job`: a job without GitHub, and clients that know nothing of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from typer.testing import CliRunner, Result

from ecsdeploy.cli.sandbox import sandbox_app
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.trust import GitHubSource, github_trust
from ecsdeploy.sandbox.env import sandbox_environment
from ecsdeploy.sandbox.github.job import Job, complete
from ecsdeploy.sandbox.lifecycle import running
from tests.support.world import aws_session

ROLE = "arn:aws:iam::123456789012:role/deployer"
OURS = complete(Job(repository="acme/hello"))
# What configure-aws-credentials and every other client does: ask for a token, exchange it, go on with the keys.
EXCHANGE = f"""
import json, os, urllib.request, botocore.session
url = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=sts.amazonaws.com"
headers = {{"Authorization": "bearer " + os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]}}
token = json.load(urllib.request.urlopen(urllib.request.Request(url, headers=headers)))["value"]
session = botocore.session.Session()
assert session.get_credentials() is None
sts = session.create_client("sts")
try:
    given = sts.assume_role_with_web_identity(RoleArn="{ROLE}", RoleSessionName="ci", WebIdentityToken=token)
except Exception as error:
    raise SystemExit(str(error))
keys = given["Credentials"]
session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
print(session.create_client("sts").get_caller_identity()["Arn"])
session.create_client("ecs").list_clusters()
"""


class Shell:
    """The two commands, for one sandbox; what they run is a process of its own."""

    def __init__(self, state: Path) -> None:
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self.environ = {**os.environ, "XDG_STATE_HOME": str(state), "AWS_ACCESS_KEY_ID": "real", "GITHUB_TOKEN": "real"}

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(sandbox_app, arguments, env=self.environ)

    def token(self, *options: str) -> Result:
        return self.run("github-token", "--name", self.name, *options)

    def job(self, *options: str, command: tuple[str, ...], **environ: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from ecsdeploy.cli.sandbox import sandbox_app; sandbox_app()"]
        return subprocess.run(
            [*program, "github-job", "--name", self.name, *options, "--", *command],
            capture_output=True,
            text=True,
            env={**self.environ, **environ},
            timeout=60,
            check=False,
        )

    def exchange(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.job(*options, command=(sys.executable, "-c", EXCHANGE))


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    shell = Shell(tmp_path_factory.mktemp("state"))
    came_up = shell.run("up", "--name", shell.name, "--port", "0", "--runtime", "simulated", "--detach")
    assert came_up.exit_code == 0, came_up.output
    state = running(shell.name, shell.environ)
    exports, _ = sandbox_environment(state.endpoint(), state.region, {})
    iam: Any = aws_session().create_client(
        "iam",
        region_name=state.region,
        endpoint_url=state.endpoint(),
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
    )
    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )
    source = GitHubSource("acme/hello", OURS.repository_id, OURS.owner_id, branches=("main",))
    trust = github_trust(Place("aws", "us-east-1", "123456789012"), source)
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(trust))
    yield shell
    shell.run("down", "--name", shell.name)


def claims(result: Result) -> dict[str, Any]:
    assert (result.exit_code, result.stderr) == (0, "")
    decoded: dict[str, Any] = jwt.decode(result.stdout.strip(), options={"verify_signature": False})
    return decoded


def test_a_token_says_what_the_options_say(shell: Shell) -> None:
    plain = claims(shell.token("--repository", "acme/hello"))
    assert plain["sub"] == f"repo:acme@{OURS.owner_id}/hello@{OURS.repository_id}:ref:refs/heads/main"
    assert (plain["aud"], plain["exp"] - plain["iat"]) == ("sts.amazonaws.com", 300)
    given = claims(
        shell.token(
            *("--repository", "acme/hello", "--repository-id", "74", "--owner-id", "65", "--legacy"),
            *("--ref", "refs/tags/v1", "--environment", "prod", "--event", "release", "--audience", "elsewhere"),
            *("--job-workflow-ref", "acme/shared/.github/workflows/deploy.yml@refs/heads/main", "--actor", "octocat"),
            *("--subject-claims", "repo,context,job_workflow_ref", "--claim", "repo_property_tier=1", "--run-id", "7"),
            *("--issuer", "https://token.actions.githubusercontent.com/acme-inc", "--expires-in", "60"),
        )
    )
    assert given["sub"] == (
        "repo:acme/hello:environment:prod:job_workflow_ref:acme/shared/.github/workflows/deploy.yml@refs/heads/main"
    )
    assert (given["repository_id"], given["repository_owner_id"], given["ref_type"]) == ("74", "65", "tag")
    assert (given["aud"], given["actor"], given["event_name"], given["run_id"]) == (
        *("elsewhere", "octocat", "release", "7"),
    )
    assert (given["iss"], given["enterprise"]) == ("https://token.actions.githubusercontent.com/acme-inc", "acme-inc")
    assert (given["repo_property_tier"], given["exp"] - given["iat"]) == ("1", 60)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--repository", "hello"), "'hello' is no repository: it is OWNER/NAME."),
        (("--repository", "acme/hello", "--ref", "main"), "'main' is no Git reference"),
        (("--repository", "acme/hello", "--claim", "actor"), "--claim 'actor' names no claim."),
        (("--repository", "acme/hello", "--claim", "exp=soon"), "Exp is a time in seconds since 1970, not 'soon'."),
        ((), "Missing option '--repository'"),
    ],
)
def test_a_job_that_github_cannot_have(shell: Shell, options: tuple[str, ...], said: str) -> None:
    result = shell.token(*options)
    assert (result.exit_code, result.stdout, said in result.stderr) == (2, "", True), result.stderr
    job = shell.job(*options, command=("echo", "ran"))
    assert (job.returncode, job.stdout) == (2, "")


def test_a_job_exchanges_its_token_for_a_session(shell: Shell) -> None:
    done = shell.exchange("--repository", "acme/hello")
    assert (done.returncode, done.stdout) == (0, "arn:aws:sts::123456789012:assumed-role/deployer/ci\n"), done.stderr


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--repository", "acme/world"), "AccessDenied"),
        (("--repository", "acme/hello", "--ref", "refs/heads/topic"), "AccessDenied"),
        (("--repository", "acme/hello", "--event", "pull_request"), "AccessDenied"),
        (("--repository", "acme/hello", "--repository-id", "1"), "AccessDenied"),
        (("--repository", "acme/hello", "--forged"), "InvalidIdentityToken"),
        (("--repository", "acme/hello", "--expires-in", "-1"), "ExpiredTokenException"),
        (("--repository", "acme/hello", "--claim", "nbf=4000000000"), "InvalidIdentityToken"),
        (("--repository", "acme/hello", "--claim", "aud=elsewhere"), "InvalidIdentityToken"),
    ],
)
def test_any_other_job_does_not(shell: Shell, options: tuple[str, ...], code: str) -> None:
    done = shell.exchange(*options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"An error occurred ({code}) when calling the AssumeRoleWithWebIdentity operation")


def test_a_job_finds_what_a_runner_gives_it_and_no_key(shell: Shell, tmp_path: Path) -> None:
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    summary = tmp_path / "summary.md"
    done = shell.job(
        *("--raw", "--repository", "acme/hello", "--event", "pull_request", "--ref", "refs/heads/topic"),
        command=(sys.executable, "-c", script),
        GITHUB_STEP_SUMMARY=str(summary),
        AWS_PROFILE="production",
        ACTIONS_RUNTIME_TOKEN="real",
        HOME="/home/somebody",
    )
    found = json.loads(done.stdout)
    gone = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "GITHUB_TOKEN"}
    assert not {*gone, "ACTIONS_RUNTIME_TOKEN"} & set(found)
    assert {
        *("CI", "GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_EVENT_PATH", "GITHUB_RUN_ID", "GITHUB_SHA", "RUNNER_OS"),
        *("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AWS_ENDPOINT_URL", "GITHUB_OUTPUT"),
    } <= set(found)
    assert (found["GITHUB_REF"], found["GITHUB_REF_NAME"]) == ("refs/pull/1/merge", "1/merge")
    assert (found["GITHUB_HEAD_REF"], found["GITHUB_BASE_REF"]) == ("topic", "main")
    assert (found["GITHUB_REPOSITORY_ID"], found["HOME"]) == (OURS.repository_id, "/home/somebody")
    assert found["GITHUB_STEP_SUMMARY"] == str(summary)
    assert not Path(found["GITHUB_OUTPUT"]).exists()
    assert "real" not in done.stdout


def test_a_step_writes_its_outputs_and_ends_as_its_command_does(shell: Shell) -> None:
    script = 'echo "a=b" >> "$GITHUB_OUTPUT" && cat "$GITHUB_OUTPUT" && grep -c acme/hello "$GITHUB_EVENT_PATH"; exit 7'
    done = shell.job("--repository", "acme/hello", command=("sh", "-c", script))
    assert (done.returncode, done.stdout) == (7, "a=b\n1\n")
    assert shell.job("--repository", "acme/hello", command=("no-such-command",)).returncode == 127


def test_a_job_without_the_permission_has_nobody_to_ask(shell: Shell) -> None:
    done = shell.job("--repository", "acme/hello", "--no-id-token", command=("sh", "-c", "env | grep -c ^ACTIONS_"))
    assert (done.returncode, done.stdout) == (1, "0\n")


def test_what_a_job_masks_is_not_shown(shell: Shell) -> None:
    script = 'echo "::add-mask::s3cret"; echo "the s3cret"; echo "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" >&2'
    shown = shell.job("--repository", "acme/hello", command=("sh", "-c", script))
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "the ***\n", "***\n")
    raw = shell.job("--repository", "acme/hello", "--raw", command=("sh", "-c", script))
    assert raw.stdout == "::add-mask::s3cret\nthe s3cret\n"


def test_a_token_of_another_ci(shell: Shell) -> None:
    options = ("--project", "acme/hello", "--project-id", "7", "--ref", "refs/tags/v1", "--claim", "user_login=bob")
    found = claims(shell.run("ci-token", "gitlab", "--name", shell.name, *options))
    assert (found["iss"], found["sub"]) == ("https://gitlab.com", "project_path:acme/hello:ref_type:tag:ref:v1")
    assert (found["project_id"], found["user_login"], found["aud"]) == ("7", "bob", "sts.amazonaws.com")
    wrong = shell.run("ci-token", "gitlab", "--name", shell.name, "--project", "hello")
    assert (wrong.exit_code, "'hello' is no project: it is OWNER/NAME." in wrong.stderr) == (2, True)


@pytest.mark.parametrize("command", [["github-token"], ["github-job", "true"]])
def test_without_a_sandbox_both_say_how_to_start_one(shell: Shell, command: list[str]) -> None:
    nobody = ["--name", "nobody", "--repository", "acme/hello"]
    result = shell.run(command[0], *nobody, *command[1:])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "No sandbox named nobody is up." in result.stderr


def test_a_pull_request_from_a_fork_gets_no_id_token_and_says_whose_it_is(shell: Shell) -> None:
    script = 'printenv ACTIONS_ID_TOKEN_REQUEST_URL; cat "$GITHUB_EVENT_PATH"'
    done = shell.job(
        *("--repository", "acme/hello", "--event", "pull_request", "--fork", "mallory"), command=("sh", "-c", script)
    )
    head = json.loads(done.stdout)["pull_request"]["head"]["repo"]
    assert (head["full_name"], head["fork"]) == ("mallory/hello", True)


def test_only_a_pull_request_comes_from_a_fork(shell: Shell) -> None:
    done = shell.run(
        "github-job", "--name", shell.name, "--repository", "acme/hello", "--fork", "mallory", "--", "true"
    )
    assert (done.exit_code, "only pull requests do" in done.output) == (2, True)

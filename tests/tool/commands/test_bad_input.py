"""Whatever is wrong with what a command is given: the same few lines and the same exit code from every command."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecsdeploy.cli import app
from tests.support.world import CONFIG, Ran, World, git

GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'
COMMANDS = (
    "setup",
    "create-repo",
    "bootstrap-oidc",
    "build-push",
    "register-task",
    "deploy",
    "logs",
    "chaos-stop",
)
SIGN_IN = "  Sign in again (`aws sso login`, or new keys in the environment), then run the same command.\n"
every_command = pytest.mark.parametrize("command", COMMANDS)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project that is complete, and nothing behind it."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").write_text(".git\n")
    configure(tmp_path, CONFIG + GITHUB)
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def configure(project: Path, text: str) -> None:
    (project / "ecsdeploy.toml").write_text(text)
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "--message", "configure")


def run(*arguments: str, **env: str | None) -> Ran:
    """Run a command with credentials, and nobody at the endpoint."""
    known = {
        "AWS_ENDPOINT_URL": nobody(),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "NO_PROXY": "127.0.0.1",
    }
    result = CliRunner(env={**known, **env}).invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return Ran(result.exit_code, result.stdout, result.stderr)


def nobody() -> str:
    """Return an address on this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


# ---- the config


@every_command
def test_no_config(project: Path, command: str) -> None:
    (project / "ecsdeploy.toml").unlink()
    ran = run(command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: There is no ecsdeploy.toml")


@every_command
def test_a_config_that_is_no_toml(project: Path, command: str) -> None:
    configure(project, 'app = "hello"\nregion = us-east-1\n')
    ran = run(command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        'error: ecsdeploy.toml:2:10: this is not TOML: Invalid value\n  Text is written in quotes: region = "...".\n'
    )


@every_command
def test_several_mistakes_are_told_at_once(project: Path, command: str) -> None:
    configure(project, 'app = "hello"\nregion = "us-east-1"\n[task]\ncpu = 300\nport = 70000\nenviroment = {}\n')
    ran = run(command)
    assert (ran.code, ran.out) == (2, "")
    for told in ("ecsdeploy.toml:4: task.cpu", "ecsdeploy.toml:5: task.port", "ecsdeploy.toml:6: task.enviroment"):
        assert told in ran.err
    assert "environment" in ran.err


# ---- where AWS is


@every_command
def test_a_region_that_is_none(project: Path, command: str) -> None:
    ran = run(command, "--region", "us-east-9")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: There is no AWS Region 'us-east-9' with ECS.\n"
        "  botocore does not know it.\n"
        "  Did you mean 'us-east-2'?\n"
    )


def test_a_region_in_capitals(project: Path) -> None:
    assert "Did you mean 'eu-central-1'?" in run("deploy", "--region", "EU-CENTRAL-1").err


@every_command
def test_nobody_at_the_endpoint(project: Path, command: str) -> None:
    address = nobody()
    ran = run(command, "--debug", AWS_ENDPOINT_URL=address)
    assert ran.code == 3, ran.err
    assert (
        "error: AWS does not answer.\n"
        f'  Could not connect to the endpoint URL: "{address}/"\n'
        "  Check the network, the Region and AWS_ENDPOINT_URL; for the sandbox, `ecsdeploy sandbox status`.\n"
    ) in ran.err
    assert dict(ran.calls) == {"sts:GetCallerIdentity": 3}


@every_command
def test_an_endpoint_that_is_no_address(project: Path, command: str) -> None:
    ran = run(command, AWS_ENDPOINT_URL="nonsense")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: The address of AWS is not valid: Invalid endpoint: nonsense.\n"
        "  It comes from AWS_ENDPOINT_URL, or endpoint_url in the AWS configuration.\n"
        "  Unset it to call AWS, or give it as http://HOST:PORT.\n"
    )


# ---- credentials


@every_command
def test_no_credentials(project: Path, command: str) -> None:
    ran = run(command, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        "error: There are no AWS credentials.\n"
        "  Unable to locate credentials\n"
        "  Sign in (`aws sso login`, AWS_PROFILE, or keys in the environment). Without an AWS account: "
        '`ecsdeploy sandbox up --detach`, then `eval "$(ecsdeploy sandbox env)"`.\n'
    )


def test_half_of_the_credentials(project: Path) -> None:
    ran = run("deploy", AWS_SECRET_ACCESS_KEY=None)
    assert ran.code == 3
    assert "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY\n" in ran.err


@every_command
def test_a_profile_that_is_none(project: Path, command: str) -> None:
    ran = run(command, "--profile", "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: The config profile (nowhere) could not be found.\n"
        "  Name a profile that `aws configure list-profiles` shows.\n"
    )


def test_an_aws_configuration_that_cannot_be_read(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    broken = tmp_path_factory.mktemp("home") / "aws-config"
    broken.write_text("[profile\n")
    ran = run("deploy", AWS_CONFIG_FILE=str(broken))
    assert ran.code == 2
    assert ran.err.startswith("error: The AWS configuration cannot be used.\n")
    assert str(broken) in ran.err


def test_a_web_identity_token_that_is_not_there(project: Path) -> None:
    ran = run(
        "deploy",
        AWS_ACCESS_KEY_ID=None,
        AWS_SECRET_ACCESS_KEY=None,
        AWS_ROLE_ARN="arn:aws:iam::123456789012:role/hello-github-deploy",
        AWS_WEB_IDENTITY_TOKEN_FILE="gone.jwt",
    )
    assert ran.code == 3
    assert ran.err == (
        "error: The AWS credentials could not be loaded.\n  [Errno 2] No such file or directory: 'gone.jwt'\n" + SIGN_IN
    )


# ---- what is on the command line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["deploy", "--nonsense"], "No such option: --nonsense"),
        (["deploy", "extra"], "unexpected extra argument"),
        (["deploi"], "No such command 'deploi'"),
        (["deploy", "--output", "xml"], "Invalid value for '--output': 'xml' is not one of 'auto', "),
        (["deploy", "--timeout", "soon"], "error: --timeout 'soon' is not a duration.\n"),
        (["chaos-stop", "--timeout", "soon"], "error: --timeout 'soon' is not a duration.\n"),
        (["chaos-stop", "--probe", "nonsense"], "error: 'nonsense' is not a URL to probe.\n"),
        (["logs", "--since", "soon"], "error: --since 'soon' is not a duration.\n"),
        (["deploy", "--tag", "a b"], "error: 'a b' is not a valid image tag.\n"),
        (["deploy", "--build-arg", "A"], "error: --build-arg 'A' is not NAME=VALUE.\n"),
    ],
)
def test_a_command_line_that_cannot_be(world: World, arguments: list[str], told: str) -> None:
    ran = world.run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_bootstrap_without_github(world: World) -> None:
    ran = world.run("bootstrap-oidc", "--debug")
    assert ran.code == 2
    assert "error: The config has no [github] table.\n" in ran.err
    assert ran.calls == {}


# ---- whose account it is, and whether the credentials are any good


def test_every_command_looks_whose_account_it_is(world: World) -> None:
    world.configure((CONFIG + GITHUB).replace("123456789012", "210987654321"))
    for command in COMMANDS:
        ran = world.run(command, "--debug")
        assert ran.code == 3, ran.err
        assert (
            "error: These credentials belong to account 123456789012, the config says 210987654321.\n"
            "  Signed in as arn:aws:iam::123456789012:user/sandbox.\n"
            "  Use credentials of the right account (--profile), or correct `account` in the config.\n"
        ) in ran.err
        assert dict(ran.calls) == {"sts:GetCallerIdentity": 1}


def test_every_command_tells_expired_credentials(world: World) -> None:
    world.configure(CONFIG + GITHUB)
    for command in COMMANDS:
        world.sandbox.faults.break_api("expired-token", "sts:GetCallerIdentity")
        ran = world.run(command)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err == (
            "error: The AWS credentials have expired.\n"
            "  GetCallerIdentity: The security token included in the request is expired\n" + SIGN_IN
        )


def test_no_engine(world: World) -> None:
    world.push_image("another")
    for command in ("build-push", "deploy"):
        ran = world.run(command, DOCKER_HOST="unix:///nonexistent.sock")
        assert (ran.code, ran.out) == (3, "")
        assert ran.err == (
            "error: No Docker Engine answers at unix:///nonexistent.sock.\n"
            "  No such file or directory.\n"
            "  Correct or unset DOCKER_HOST, or start the engine that it names.\n"
        )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "Dockerfile").unlink(),
        lambda folder: (folder / "left-behind.xml").write_text("by an earlier step"),
    ],
    ids=["no Dockerfile", "a changed tree in CI"],
)
def test_a_source_that_cannot_be_built_is_told_before_any_call(world: World, spoil: Callable[[Path], object]) -> None:
    spoil(world.project)
    for command in ("build-push", "deploy"):
        ran = world.run(command, "--debug", CI="true")
        assert ran.code in (2, 3)
        assert ran.calls == {}


def test_a_dockerfile_in_lower_case_is_named_with_the_setting_that_takes_it(project: Path) -> None:
    (project / "Dockerfile").rename(project / "dockerfile")
    if (project / "Dockerfile").exists():
        pytest.skip("this disk does not tell the two apart")
    ran = run("build-push")
    assert (ran.code, ran.out) == (2, "")
    assert "There is dockerfile." in ran.err
    assert "set `context` and `dockerfile` (relative to the context) in [image]" in ran.err
    configure(project, CONFIG + GITHUB + '[image]\ndockerfile = "dockerfile"\n')
    assert "There is no Dockerfile" not in run("build-push").err

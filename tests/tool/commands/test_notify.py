"""`[notify]`: a team is told how a deployment ended, and nothing about the deployment depends on it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.receiver import SECRET, Receiver, receiving
from tests.support.world import CONFIG, Ran, World

NOTIFY = '[notify]\nurl_from = "env:TEAM_HOOK"\n'


@pytest.fixture(name="team")
def team_that_listens() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def deploy(world: World, url: str, *arguments: str, more: str = "", **env: str) -> Ran:
    """Deploy something new, with `url` as the team's address."""
    world.configure(CONFIG + NOTIFY + more)
    world.release()
    return world.run("deploy", *arguments, TEAM_HOOK=url, **env)


def test_a_deployment_that_succeeds_is_told_once(world: World, team: Receiver) -> None:
    runner = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat", "GITHUB_SERVER_URL": "https://github.com"}
    runner |= {"GITHUB_REPOSITORY": "acme/hello", "GITHUB_RUN_ID": "7"}
    ran = deploy(world, team.url, **runner)

    assert ran.code == 0, ran.err
    [(_, _, body)] = team.taken
    told = json.loads(body)
    assert (told["verdict"], told["exit_code"], told["revision"]) == ("succeeded", 0, "hello:1")
    assert (told["actor"], told["run_url"]) == ("octocat", "https://github.com/acme/hello/actions/runs/7")
    assert re.fullmatch(r"http://127\.64\.\d+\.\d+:3000", told["url"])
    assert world.run("deploy", TEAM_HOOK=team.url).code == 0
    assert len(team.taken) == 1  # nothing differed


def test_one_that_fails_is_told_with_its_cause(world: World, team: Receiver) -> None:
    assert deploy(world, "").code == 0
    world.sandbox.faults.break_next_deployment("start-error")
    ran = deploy(world, team.url, more='format = "slack"\n')

    assert ran.code == 4, ran.err
    [(_, _, body)] = team.taken
    told = json.loads(body)
    assert told["text"] == "Deployment of hello failed and was rolled back"
    assert any("*Cause*" in block.get("text", {}).get("text", "") for block in told["blocks"])


def test_a_rollback_and_a_restart_are_told_too(world: World, team: Receiver) -> None:
    deploy(world, "")
    deploy(world, "")
    assert world.run("rollback", "--yes", TEAM_HOOK=team.url).code == 0
    assert world.run("restart", TEAM_HOOK=team.url).code == 0
    assert world.run("status", TEAM_HOOK=team.url).code == 0
    assert [json.loads(body)["command"] for _, _, body in team.taken] == ["rollback", "restart"]


def test_what_is_refused_is_not_told(world: World, team: Receiver) -> None:
    ran = deploy(world, team.url, more='[names]\nexecution_role = "nobody"\n', AWS_ACCESS_KEY_ID="")
    assert ran.code != 0
    assert team.taken == []


@pytest.mark.parametrize("output", ["plain", "json"])
def test_nothing_that_goes_wrong_changes_the_verdict_or_shows_the_address(
    world: World, output: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    told = deploy(world, "", "--output", output)
    report = tmp_path / "run.json"
    failed = deploy(world, f"http://127.0.0.1:{port}/{SECRET}", "--output", output, "--debug", "--report", str(report))

    assert (told.code, failed.code) == (0, 0), failed.err
    assert "[notify] tells nobody: TEAM_HOOK is not set." in told.out + told.err
    warning = "The address in TEAM_HOOK was not told of this: it cannot be reached (Connection refused)."
    assert (failed.out + failed.err).count(warning) == 1
    assert SECRET not in failed.out + failed.err + report.read_text()


@pytest.mark.parametrize("output", ["plain", "json"])
@pytest.mark.parametrize("where", ["ssm:/team/hook", "secretsmanager:team/hook:url"])
def test_an_address_in_aws_is_read_and_shown_nowhere(
    world: World, team: Receiver, where: str, output: str, tmp_path: Path
) -> None:
    keep(world, where, team.url)
    world.configure(CONFIG + f'[notify]\nurl_from = "{where}"\n')
    world.release()
    report = tmp_path / "run.json"
    ran = world.run("deploy", "--output", output, "--debug", "--report", str(report))

    assert ran.code == 0, ran.err
    assert len(team.taken) == 1
    assert "told" not in ran.out + ran.err
    assert SECRET not in ran.out + ran.err + report.read_text()


def test_an_address_in_aws_that_is_missing_is_one_warning(world: World) -> None:
    world.configure(CONFIG + '[notify]\nurl_from = "ssm:/team/hook"\n')
    world.release()
    ran = world.run("deploy")

    assert ran.code == 0, ran.err
    why = "it could not be read (AWS refused ssm:GetParameter: ParameterNotFound)"
    assert ran.err.count(f"The address in /team/hook was not told of this: {why}.") == 1


def test_what_changes_nothing_reads_no_address(world: World, team: Receiver) -> None:
    keep(world, "ssm:/team/hook", team.url)
    world.configure(CONFIG + '[notify]\nurl_from = "ssm:/team/hook"\n')
    world.release()
    assert world.run("deploy").code == 0
    world.sandbox.faults.break_api("access-denied", "ssm:GetParameter")
    again = world.run("deploy")
    assert (again.code, len(team.taken)) == (0, 1)
    assert "was not told" not in again.err
    world.release()
    assert "lack permission for ssm:GetParameter" in world.run("deploy").err


def keep(world: World, where: str, url: str) -> None:
    """Put an address where `where` points at."""
    if where.startswith("ssm:"):
        world.client("ssm").put_parameter(Name=where.removeprefix("ssm:"), Value=url, Type="SecureString")
    else:
        world.client("secretsmanager").create_secret(Name="team/hook", SecretString=json.dumps({"url": url}))

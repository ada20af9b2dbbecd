from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ecsdeploy.cli.sandbox import sandbox_app
from ecsdeploy.sandbox.state import Hold, State, home_of, is_up


class Shell:
    """The commands of `ecsdeploy sandbox`, in a state folder of their own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self.environ = {"XDG_STATE_HOME": str(state)}

    def run(self, *arguments: str, name: bool = True, **environ: str) -> Result:
        named = ["--name", self.name] if name else []
        command = [arguments[0], *named, *arguments[1:]]
        return CliRunner().invoke(sandbox_app, command, env={**self.environ, **environ})

    def status(self) -> Any:
        return json.loads(self.run("status", "--output", "json").stdout)

    def home(self) -> Path:
        return home_of(self.name, self.environ)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path / "state")
    yield shell
    shell.run("down")


def up(shell: Shell, *arguments: str) -> Result:
    return shell.run("up", "--port", "0", "--runtime", "simulated", "--detach", *arguments)


def test_a_region_that_is_none_is_refused(shell: Shell) -> None:
    wrong = up(shell, "--region", "eu-centrl-1")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "error: There is no AWS Region 'eu-centrl-1' with ECS.\n  Did you mean 'eu-central-1'?\n",
    )


def test_a_sandbox_from_up_to_down(shell: Shell) -> None:
    came_up = up(shell, "--speed", "100", "--region", "eu-west-1")
    assert came_up.exit_code == 0, came_up.output
    status = shell.status()
    endpoint = status["endpoint"]
    assert came_up.stderr == (
        f"Sandbox {shell.name} is up at {endpoint} (simulated tasks, speed 100, eu-west-1).\n"
        f'  Point this shell at it:  eval "$(ecsdeploy sandbox env --name {shell.name})"\n'
        f"  Run one command:         ecsdeploy sandbox run --name {shell.name} -- aws ecs list-clusters\n"
        f"  End it:                  ecsdeploy sandbox down --name {shell.name}\n"
    )
    assert (status["runtime"], status["speed"], status["clusters"]) == ("simulated", 100.0, 0)

    again = up(shell, "--speed", "100", "--region", "eu-west-1")
    assert (again.exit_code, again.stderr) == (0, f"Sandbox {shell.name} is up already at {endpoint}.\n")
    other = up(shell, "--speed", "1")
    assert other.exit_code == 3
    assert "It has speed 100, not 1; region eu-west-1, not us-east-1." in other.stderr

    broken = shell.run("break", "throttle", "--operation", "ListClusters", "--times", "2")
    assert broken.stderr == "waiting: throttle in calls of ListClusters, 2 more times\n"
    assert shell.run("heal").stderr == "1 fault forgotten.\n"

    script = "import os; assert os.environ['AWS_REGION'] == 'eu-west-1'; raise SystemExit(7)"
    assert shell.run("run", "--", sys.executable, "-c", script, AWS_REGION="us-west-2").exit_code == 7
    assert shell.run("run", "--", "no-such-command").exit_code == 127
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert shell.run("run", "--", sys.executable, "-c", killed).exit_code == 143

    down = shell.run("down")
    assert (down.exit_code, down.stderr) == (0, f"Sandbox {shell.name} is down.\n")
    assert not shell.home().exists()
    assert shell.run("down").stderr == f"Sandbox {shell.name} was not up.\n"


def test_a_sandbox_that_enforces_iam_says_so(shell: Shell) -> None:
    came_up = up(shell, "--enforce-iam")
    assert ", us-east-1, IAM enforced).\n" in came_up.stderr
    assert shell.status()["iam_enforced"] is True
    assert "  account 123456789012  IAM enforced\n" in shell.run("status").stdout
    other = up(shell)
    assert other.exit_code == 3
    assert "It has enforce-iam on, not off." in other.stderr


def test_env_points_a_shell_at_the_sandbox(shell: Shell) -> None:
    assert up(shell).exit_code == 0
    lines = shell.run("env", AWS_ENDPOINT_URL_ECS="https://elsewhere.example").stdout
    script = lines + 'echo "$AWS_ENDPOINT_URL ${AWS_ENDPOINT_URL_ECS-unset}"'
    environ = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL_ECS": "https://elsewhere.example"}
    said = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, env=environ, check=True)
    assert said.stdout == f"{shell.status()['endpoint']} unset\n"


def test_two_side_by_side_know_nothing_of_each_other(shell: Shell) -> None:
    second = Shell(shell.state)
    try:
        assert up(shell).exit_code == 0
        assert up(second).exit_code == 0
        assert shell.status()["endpoint"] != second.status()["endpoint"]
        listed = shell.run("status", "--output", "json", name=False).stdout.splitlines()
        assert {json.loads(line)["name"] for line in listed} == {shell.name, second.name}
    finally:
        second.run("down")
    assert shell.status()["name"] == shell.name


def test_up_after_a_kill_begins_anew(shell: Shell) -> None:
    assert up(shell).exit_code == 0
    status = shell.status()
    (shell.home() / "ecr" / "left").mkdir(parents=True)
    os.kill(status["pid"], signal.SIGKILL)
    while is_up(shell.home()):
        threading.Event().wait(0.01)
    assert up(shell).exit_code == 0
    assert shell.status()["pid"] != status["pid"]
    assert not (shell.home() / "ecr" / "left").exists()


def test_a_foreground_sandbox_ends_cleanly_with_ctrl_c(shell: Shell) -> None:
    command = [sys.executable, "-c", "from ecsdeploy.cli.sandbox import sandbox_app; sandbox_app()"]
    command += ["up", "--name", shell.name, "--port", "0", "--runtime", "simulated"]
    environ = {**os.environ, **shell.environ}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(f"Sandbox {shell.name} is up at http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 0
    assert rest.endswith(f"Sandbox {shell.name} is down.\n")
    assert not shell.home().exists()


@pytest.mark.skipif(sys.platform != "linux", reason="who listens stands in /proc")
def test_a_taken_port_is_answered_with_who_has_it(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = shell.run("up", "--port", str(port), "--runtime", "simulated", "--detach")
    assert result.exit_code == 3
    assert f"The sandbox cannot listen on 127.0.0.1:{port}." in result.stderr
    assert f"(pid {os.getpid()}) listens there." in result.stderr
    assert not shell.home().exists()


def test_without_an_engine_simulated_tasks_are_offered(shell: Shell) -> None:
    nowhere = "unix:///nonexistent/docker.sock"
    result = shell.run("up", "--port", "0", "--detach", DOCKER_HOST=nowhere)
    assert result.exit_code == 3
    assert "The sandbox cannot run tasks as real containers here." in result.stderr
    assert "/nonexistent/docker.sock does not exist" in result.stderr
    assert "ecsdeploy sandbox up --runtime simulated" in result.stderr
    assert not shell.home().exists()


@pytest.mark.parametrize("command", [["env"], ["run", "--", "true"], ["heal"], ["break", "crash"], ["status"]])
def test_without_a_sandbox_every_command_says_how_to_start_one(shell: Shell, command: list[str]) -> None:
    result = shell.run(*command)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert f"No sandbox named {shell.name} is up." in result.stderr
    assert f"ecsdeploy sandbox up --detach --name {shell.name}" in result.stderr


def test_a_sandbox_that_does_not_answer_is_ended_all_the_same(shell: Shell) -> None:
    """Here the port is another server's, which closes every connection: a sandbox that hangs looks no better."""
    script = "import os, sys; from ecsdeploy.sandbox.state import Hold, State; from pathlib import Path; "
    script += "hold = Hold(Path(sys.argv[1])); "
    script += "hold.publish(State(sys.argv[2], 1, os.getpid(), 't', 'simulated', 1.0, '1', 'r', 0.0)); "
    script += "print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(shell.home()), shell.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert "does not answer" in shell.run("status").stdout
        assert shell.run("down").exit_code == 0
        assert process.wait() == -signal.SIGTERM
    assert not shell.home().exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["up", "--account", "12"], "'12' is not an AWS account id."),
        (["break"], "Name a fault."),
    ],
)
def test_wrong_usage_is_code_2(shell: Shell, command: list[str], said: str) -> None:
    result = shell.run(*command)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_name_that_cannot_be_is_refused(shell: Shell) -> None:
    result = shell.run("up", "--name", "../../etc", "--runtime", "simulated", name=False)
    assert result.exit_code == 2
    assert "'../../etc' cannot name a sandbox" in result.stderr


def test_a_fault_or_an_operation_that_nobody_knows_is_refused_with_one_that_there_is(shell: Shell) -> None:
    assert up(shell).exit_code == 0
    said = {
        ("qqqq",): "No fault is called 'qqqq'; there are: crash, ",
        ("crush",): "No fault is called 'crush'; did you mean 'crash'?",
        ("throttle", "--operation", "ecs:UpdateServcie"): (
            "No operation is called 'ecs:UpdateServcie'; did you mean 'ecs:UpdateService'?"
        ),
    }
    for arguments, text in said.items():
        result = shell.run("break", *arguments)
        assert (result.exit_code, text in result.stderr) == (2, True), result.stderr
    assert shell.status()["faults"] == []
    listed = shell.run("break", "--list")
    assert "  crash               the essential container exits with 1" in listed.stdout


def test_a_sandbox_going_down_is_waited_for_with_words(shell: Shell) -> None:
    hold = Hold(shell.home())
    try:
        result = up(shell)
        assert result.exit_code == 3
        assert f"A sandbox named {shell.name} is just coming up or going down." in result.stderr
    finally:
        hold.release()


def test_state_round_trips(shell: Shell) -> None:
    state = State("n", 1, 2, "t", "docker", 1.5, "1", "r", 3.0)
    assert state.endpoint() == "http://127.0.0.1:1"

"""Completion as bash asks for it: with the lines that `--show-completion` prints, in a bash of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from ecsdeploy.cli import app, completion, values
from ecsdeploy.errors import UsageError
from tests.support.world import CONFIG, World

ENVIRONMENTS = CONFIG + "\n[environments.staging]\n[environments.production]\n[environments.sandbox]\n"
# What the shell itself does on Tab: sets these variables and calls the function.
ASK = """
source <(ecsdeploy --show-completion)
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
complete -p ecsdeploy >/dev/null || exit 9
_ecsdeploy_completion ecsdeploy
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Shell:
    """A bash that has `ecsdeploy` in its PATH, in a folder with a config."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "bin" / "ecsdeploy"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ecsdeploy "$@"\n')
        program.chmod(0o755)
        (folder / "ecsdeploy.toml").write_text(ENVIRONMENTS)

    def run(self, script: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a script."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "--norc", "-c", script, "bash", *arguments],
            cwd=self.folder, env={**os.environ, "PATH": path, "HOME": str(self.folder), **env},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def suggests(self, *words: str, **env: str) -> list[str]:
        """Return what Tab suggests after these words; nothing else may be printed."""
        done = self.run(ASK, *words, **env)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.split()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_tab_suggests_commands_options_and_choices(shell: Shell) -> None:
    assert shell.suggests("ecsdeploy", "de") == ["deploy", "destroy"]
    assert shell.suggests("ecsdeploy", "sandbox", "") == [
        *("up", "down", "status", "env", "run", "break", "heal", "ci-token", "github-token", "github-job"),
    ]
    assert "--timeout" in shell.suggests("ecsdeploy", "deploy", "--ti")
    assert shell.suggests("ecsdeploy", "status", "--output", "") == ["auto", "plain", "rich", "json"]


def test_tab_suggests_the_environments_of_the_config(shell: Shell) -> None:
    assert shell.suggests("ecsdeploy", "deploy", "--env", "") == ["staging", "production", "sandbox"]
    assert shell.suggests("ecsdeploy", "deploy", "--env", "s") == ["staging", "sandbox"]
    (shell.folder / "other.toml").write_text("[environments.blue]\n")
    assert shell.suggests("ecsdeploy", "deploy", "-c", "other.toml", "-e", "") == ["blue"]


def test_tab_suggests_the_containers_of_the_config(shell: Shell) -> None:
    beside = '\n[[task.raw.containerDefinitions]]\nname = "{}"\nimage = "x"\n'
    with (shell.folder / "ecsdeploy.toml").open("a") as config:
        config.write(beside.format("proxy") + beside.format("hello").replace('image = "x"\n', ""))
    assert shell.suggests("ecsdeploy", "logs", "--container", "") == ["hello", "proxy"]
    assert shell.suggests("ecsdeploy", "logs", "-e", "staging", "--container", "p") == ["proxy"]
    assert shell.suggests("ecsdeploy", "logs", "-e", "nowhere", "--container", "") == []


def test_tab_suggests_what_there_is_on_this_machine(shell: Shell) -> None:
    (shell.folder / "aws").write_text("[profile shop]\nregion = eu-west-1\n[profile stage]\n[default]\n")
    aws = {"AWS_CONFIG_FILE": str(shell.folder / "aws"), "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
    assert shell.suggests("ecsdeploy", "status", "--profile", "s", **aws) == ["shop", "stage"]
    (shell.folder / "aws").write_text("shop]\n")
    assert shell.suggests("ecsdeploy", "status", "--profile", "", **aws) == []
    assert shell.suggests("ecsdeploy", "status", "--region", "eu-central-") == ["eu-central-1", "eu-central-2"]

    for name in ("default", "second"):
        (shell.folder / "state" / "ecsdeploy" / "sandbox" / name).mkdir(parents=True)
    state = {"XDG_STATE_HOME": str(shell.folder / "state")}
    assert shell.suggests("ecsdeploy", "sandbox", "down", "--name", "", **state) == ["default", "second"]
    assert shell.suggests("ecsdeploy", "sandbox", "status", "--name", "s", **state) == ["second"]
    assert shell.suggests("ecsdeploy", "sandbox", "down", "--name", "", XDG_STATE_HOME="/nowhere") == []


def test_tab_suggests_the_faults_of_the_sandbox(shell: Shell) -> None:
    every = shell.suggests("ecsdeploy", "sandbox", "break", "")
    assert {"crash", "throttle"} < set(every)
    assert shell.suggests("ecsdeploy", "sandbox", "break", "pull-") == ["pull-error", "pull-denied", "pull-rate-limit"]


@pytest.mark.parametrize("config", ["", "environments = 3\n", "[broken", "app = '\xff'\n"])
def test_a_config_that_is_none_suggests_nothing(shell: Shell, config: str) -> None:
    (shell.folder / "ecsdeploy.toml").write_text(config, encoding="latin-1")
    assert shell.suggests("ecsdeploy", "deploy", "--env", "") == []


@pytest.mark.parametrize(
    "words",
    [["chaos-stop", "--task", ""], ["logs", "--task", ""], ["rollback", "--to", ""], ["deploy", "--image", ""]],
)
@pytest.mark.parametrize(
    "env", [{}, {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_ENDPOINT_URL": "nonsense"}]
)
def test_what_aws_does_not_say_is_not_suggested(shell: Shell, words: list[str], env: dict[str, str]) -> None:
    assert shell.suggests("ecsdeploy", *words, **env) == []


def test_running_tasks_and_newest_revisions_are_suggested(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.push_image("v1")
    for memory in (512, 1024):
        world.configure(CONFIG.replace("[task]", f"[task]\nmemory = {memory}"))
        assert world.run("deploy", "--image", "v1").code == 0
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    context = typer.Context(get_command(app))
    context.params["config"] = world.project / "ecsdeploy.toml"

    arns = world.client("ecs").list_tasks(cluster="hello", serviceName="hello")["taskArns"]
    ids = [arn.rpartition("/")[2] for arn in arns]
    assert ids
    assert values.answered(context, "", values.running_tasks, seconds=60) == ids
    assert values.answered(context, ids[0][:6], values.running_tasks, seconds=60) == ids[:1]
    assert values.answered(context, "", values.newest_revisions, seconds=60) == ["2", "1"]
    assert values.answered(context, "x", values.newest_revisions, seconds=60) == []
    assert values.answered(context, "", values.newest_images, seconds=60) == ["v1"]


def test_installed_it_works_in_the_next_shell_and_a_second_time_changes_nothing(shell: Shell) -> None:
    done = shell.run("ecsdeploy --install-completion; exit $?")
    assert (done.returncode, done.stdout) == (0, "")
    assert "It works in the next terminal." in done.stderr
    assert shell.run("source ~/.bashrc; complete -p ecsdeploy; exit $?").returncode == 0
    assert shell.run("ecsdeploy --install-completion; exit $?").returncode == 0
    lines = (shell.folder / ".bashrc").read_text().split("\n")
    assert len([line for line in lines if line.startswith("source ")]) == 1


@pytest.mark.parametrize("name", ["", "dash", "nu"])
def test_a_shell_that_is_not_known_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="There is no completion for the shell"):
        completion.known(name)


def test_a_start_up_file_that_is_no_text_is_left_alone(shell: Shell) -> None:
    (shell.folder / ".bashrc").write_bytes(b"# \xff\n")
    done = shell.run("ecsdeploy --install-completion; exit $?")
    assert done.returncode == 3, done.stderr
    assert "--show-completion" in done.stderr
    assert (shell.folder / ".bashrc").read_bytes() == b"# \xff\n"


def test_a_home_that_cannot_be_written_is_told(shell: Shell) -> None:
    done = shell.run("ecsdeploy --install-completion; exit $?", HOME="/proc/nowhere")
    assert done.returncode == 3
    assert done.stderr.startswith("error: /proc/nowhere")

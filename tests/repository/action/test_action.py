"""The action's steps, run as a runner runs them: from a bare machine to a deployment and its outputs."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.repository.action.runner import Runner, job_environment
from tests.support.world import World

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
JOB = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/hello", "GITHUB_REF": "refs/heads/main"}


def runner(world: World, temp: Path, **more: str) -> Runner:
    point = {name: value for name, value in world.env.items() if name not in KEYS}
    return Runner(world.project, temp, {**job_environment(), **JOB, **point, **more})


def test_a_job_deploys_and_hands_on_what_came_of_it(world: World, action: Path, temp: Path) -> None:
    ended = runner(world, temp, **KEYS).use(action, {})

    assert ended.code == 0, ended.log
    assert ended.ran == (
        "Look for a Python that can make an environment",
        "Install ecsdeploy from its own commit",
        "Run ecsdeploy",
    )
    service = world.service()
    image = world.client("ecs").describe_task_definition(taskDefinition="hello:1")["taskDefinition"][
        "containerDefinitions"
    ][0]["image"]
    outputs = dict(ended.outputs)
    assert outputs.pop("url").startswith("http://")
    assert outputs == {
        "image": image,
        "digest": image.partition("@")[2],
        "task-definition-arn": service["taskDefinition"],
        "deployment-arn": outputs["deployment-arn"],
        "outcome": "succeeded",
    }
    assert ended.summary.startswith("### ✅ Deployed hello:1: 1 of 1 tasks run.\n")


def test_a_deployment_that_fails_fails_the_step_with_its_own_code_and_outputs(
    world: World, action: Path, temp: Path
) -> None:
    world.sandbox.faults.break_next_deployment("pull-error")

    ended = runner(world, temp, **KEYS).use(action, {})

    assert ended.code == 5, ended.log
    assert ended.outputs["outcome"] == "failed"
    assert ended.outputs["image"].partition("@")[2] == ended.outputs["digest"]
    assert ended.summary.startswith("### ❌ ")
    assert "::error title=" in ended.log


def test_a_second_step_of_a_job_installs_nothing(world: World, action: Path, temp: Path) -> None:
    assert runner(world, temp, **KEYS).use(action, {"command": "plan"}).code == 0

    ended = runner(world, temp, **KEYS, PIP_NO_INDEX="1", PIP_FIND_LINKS="").use(action, {"command": "plan"})

    assert ended.code == 0, ended.log


def test_an_installation_that_failed_is_made_anew(action: Path, tmp_path: Path) -> None:
    away = Runner(tmp_path, tmp_path, {**job_environment(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""})
    assert away.use(action, {"command": "--version"}).code == 1

    ended = Runner(tmp_path, tmp_path, job_environment()).use(action, {"command": "--version"})

    assert ended.log.startswith("ecsdeploy ")


def test_what_has_another_hash_is_not_installed(action: Path, tmp_path: Path) -> None:
    """Whatever a cache, a mirror or an index holds: it is what the commit says, or the step fails."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    first = re.findall(r"^([\w-]+)==([\d.]+)", (action / "requirements" / "tool.txt").read_text(), re.MULTILINE)[0]
    name, version = first[0].replace("-", "_"), first[1]
    with ZipFile(shelf / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        about = f"{name}-{version}.dist-info"
        wheel.writestr(f"{name}.py", "raise SystemExit('taken over')\n")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    env = {**job_environment(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf)}

    ended = Runner(tmp_path, tmp_path, env).use(action, {"command": "--version"})

    assert ended.code == 1
    assert ended.ran[-1] == "Install ecsdeploy from its own commit"
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in ended.log
    assert list(tmp_path.glob("ecsdeploy-*/whole")) == []


HOSTILE = (
    "$(touch taken)",
    "`touch taken`",
    "; touch taken",
    "x\ntouch taken",
    "'\"; touch taken #",
    "${{ inputs.env }}",
)


@pytest.mark.parametrize("name", ["command", "arguments", "config", "env", "region", "role"])
def test_no_input_is_read_by_a_shell(name: str, world: World, action: Path, temp: Path) -> None:
    before = files(world.project, temp)
    for text in HOSTILE:
        ended = runner(world, temp, **KEYS).use(action, {"command": "plan", name: text})

        assert ended.code == 2, ended.log
    assert files(world.project, temp) == before


def files(*folders: Path) -> set[Path]:
    found = {path for folder in folders for path in folder.rglob("*") if "ecsdeploy-" not in str(path)}
    return {path for path in found if ".git" not in path.parts and path.name not in ("script.sh", "_github_output")}


SHOWN = """\
import json, os, sys
from pathlib import Path

Path("shown").write_text(json.dumps([sys.argv[1:], os.getpid(), os.getcwd()]))
"""


@pytest.fixture
def echo(action: Path, tmp_path: Path, temp: Path) -> Path:
    """Return the action with a tool that only notes how it was started; what it needs is installed already."""
    folder = tmp_path / "echo"
    shutil.copytree(action, folder, ignore=shutil.ignore_patterns("src"))
    (folder / "requirements" / "tool.txt").write_text("")
    package = folder / "src" / "ecsdeploy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(SHOWN)
    return folder


def started(echo: Path, folder: Path, given: Mapping[str, str], **env: str) -> list[Any]:
    workspace = folder / "workspace"
    workspace.mkdir(exist_ok=True)
    (workspace / "sub").mkdir(exist_ok=True)
    job = Runner(workspace, folder, {**job_environment(), **env})
    ended = job.use(echo, given)
    assert ended.code == 0, ended.log
    noted: list[Any] = json.loads((workspace / given.get("working-directory", ".") / "shown").read_text())
    return noted


def test_each_input_is_one_word_of_the_command_line(echo: Path, tmp_path: Path) -> None:
    given = {
        "command": "deploy",
        "config": "a b.toml",
        "env": "--yes",
        "region": "eu-west-1",
        "role": "arn:aws:iam::1:role/x",
    }
    given |= {"arguments": "--tag\nmy tag\r\n\n --x=$HOME \n*", "working-directory": "sub"}

    words, _, where = started(echo, tmp_path, given)

    assert words == [
        "deploy",
        "--config=a b.toml",
        "--env=--yes",
        "--role-arn=arn:aws:iam::1:role/x",
        "--region=eu-west-1",
        "--tag",
        "my tag",
        " --x=$HOME ",
        "*",
    ]
    assert Path(where).name == "sub"
    assert started(echo, tmp_path, {})[0] == ["deploy"]


def test_nothing_of_the_checkout_stands_in_for_a_module(echo: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("venv", "pip", "ensurepip", "json", "sysconfig", "ecsdeploy", "sitecustomize"):
        (workspace / f"{name}.py").write_text("open('taken', 'w')\n")

    words, *_ = started(echo, tmp_path, {}, PYTHONPATH=str(workspace))

    assert words == ["deploy"]
    assert not (workspace / "taken").exists()


def test_the_command_takes_the_place_of_the_shell_that_the_runner_signals(echo: Path, tmp_path: Path) -> None:
    (echo / "src" / "ecsdeploy" / "__main__.py").write_text(
        SHOWN.replace("os.getpid()", "Path('/proc/self/stat').read_text().split()[3] == os.environ['RUNNER']")
    )

    assert started(echo, tmp_path, {}, RUNNER=str(os.getpid()))[1] is True


def test_where_the_runner_has_no_python_one_is_fetched_for_this_step_alone(echo: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "cat", "cksum"):
        (tools / name).symlink_to(str(shutil.which(name)))
    asked: list[Mapping[str, str]] = []

    def setup_python(given: Mapping[str, str]) -> Mapping[str, str]:
        asked.append(given)
        return {"python-path": sys.executable}

    job = Runner(tmp_path, tmp_path, {"PATH": str(tools)}, {"actions/setup-python": setup_python})
    ended = job.use(echo, {})

    assert ended.code == 0, ended.log
    assert asked == [{"python-version": "3.13", "update-environment": "False"}]
    assert json.loads((tmp_path / "shown").read_text())[0] == ["deploy"]

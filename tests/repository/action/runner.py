"""A runner for composite actions: it runs the steps of an `action.yml` as GitHub's runner does.

As actions/runner does it (ScriptHandler.cs, CompositeActionHandler.cs, FileCommandManager.cs): a script is a file that
`bash --noprofile --norc -eo pipefail` gets; expressions are evaluated before that, wherever they stand; a step's
environment is the job's, its own and the runner's; what a step leaves is read from files. Actions of others are
stand-ins. Of expressions it knows what our action says, and anything else is an error.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.unit.report.github.runner import read_outputs

BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
Outputs = Mapping[str, str]
StandIn = Callable[[Mapping[str, str]], Outputs]
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")


@dataclass(frozen=True)
class Ended:
    """How the steps of an action ended: the outputs of the action, and of the last step its exit code and words."""

    code: int
    outputs: Outputs
    log: str
    summary: str
    ran: tuple[str, ...]


@dataclass
class Runner:
    """A job's runner: `workspace` is what was checked out, `temp` its folder for one job, `env` the job's variables.

    `actions` are the stand-ins for the actions of others, by what stands before their `@`.
    """

    workspace: Path
    temp: Path
    env: Mapping[str, str]
    actions: Mapping[str, StandIn] = field(default_factory=dict)
    timeout: float = 110

    def use(self, action: Path, given: Mapping[str, str], github: Mapping[str, str] | None = None) -> Ended:
        """Run the action in the folder `action` with the inputs `given`; `github` is more of that context."""
        about = yaml.safe_load((action / "action.yml").read_text("utf-8"))
        unknown = set(given) - set(about["inputs"])
        assert not unknown, f"the action has no inputs {unknown}"
        inputs = {name: str(each.get("default", "")) for name, each in about["inputs"].items()} | dict(given)
        context = {f"inputs.{name}": value for name, value in inputs.items()}
        context |= {f"github.{name}": value for name, value in (github or {}).items()}
        context["github.action_path"] = str(action)
        ended = self._steps(about["runs"]["steps"], action, context)
        outputs = {name: filled(each["value"], context) for name, each in about["outputs"].items()}
        return Ended(ended.code, {name: value for name, value in outputs.items() if value}, *_rest(ended))

    def _steps(self, steps: list[dict[str, Any]], action: Path, context: dict[str, str]) -> Ended:
        ended = Ended(0, {}, "", "", ())
        names: list[str] = []
        for step in steps:
            if "if" in step and not truth(step["if"], context):
                continue
            names.append(step["name"])
            ended = self._step(step, action, context)
            context |= {f"steps.{step['id']}.outputs.{name}": value for name, value in ended.outputs.items()}
            if ended.code != 0:
                break
        return Ended(ended.code, {}, ended.log, ended.summary, tuple(names))

    def _step(self, step: dict[str, Any], action: Path, context: Mapping[str, str]) -> Ended:
        if "uses" in step:
            stand_in = self.actions[step["uses"].partition("@")[0]]
            given = {name: filled(str(value), context) for name, value in step.get("with", {}).items()}
            return Ended(0, stand_in(given), "", "", ())
        return self._script(step, action, context)

    def _script(self, step: dict[str, Any], action: Path, context: Mapping[str, str]) -> Ended:
        assert step["shell"] == "bash"
        files = {name: self.temp / f"_{name.lower()}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        script = self.temp / "script.sh"
        script.write_text(filled(step["run"], context))
        env = {
            **self.env,
            **{name: filled(value, context) for name, value in step.get("env", {}).items()},
            **{name: str(path) for name, path in files.items()},
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
        }
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=self.workspace / filled(step.get("working-directory", "."), context),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=self.timeout,
            check=False,
        )
        found = read_outputs(files["GITHUB_OUTPUT"].read_text("utf-8"))
        return Ended(done.returncode, found, done.stdout, files["GITHUB_STEP_SUMMARY"].read_text("utf-8"), ())


def filled(text: str, context: Mapping[str, str]) -> str:
    """Return `text` with its expressions evaluated."""
    return _EXPRESSION.sub(lambda found: value(found[1], context), text)


def truth(condition: str, context: Mapping[str, str]) -> bool:
    """Return whether the condition of a step holds: an equation of a value and a text."""
    left, equals, right = condition.partition(" == ")
    assert equals, condition
    return value(left, context) == right.strip().strip("'")


def value(expression: str, context: Mapping[str, str]) -> str:
    """Return what an expression of names and `||` stands for; a name that is not known is empty, as on GitHub."""
    for part in expression.split("||"):
        name = part.strip()
        assert _NAME.fullmatch(name), f"this runner does not know {expression!r}"
        if found := context.get(name, ""):
            return found
    return ""


def job_environment(*names: str) -> dict[str, str]:
    """Return the variables that every job has here: where programs are found, and how pip gets what it installs."""
    kept = {"PATH", "HOME", "LANG", *names}
    return {name: value for name, value in os.environ.items() if name in kept or name.startswith("PIP_")}


def _rest(ended: Ended) -> tuple[str, str, tuple[str, ...]]:
    return ended.log, ended.summary, ended.ran

"""One sandbox, one project, and warm processes: many runs a minute, each with an app of its own."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any

from ecsdeploy.sandbox.app import Sandbox
from ecsdeploy.sandbox.settings import Settings
from tests.support.clocks import Door, SteppedClock
from tests.support.world import Ran, World, environment, git
from tests.tool.hard.look import State, look

ROOT = Path(__file__).parents[3]
SPEED = 500.0
LONGEST = 100
"""Seconds after which a run is taken to hang."""
NOTHING: Mapping[str, Any] = {}
CONFIG = """\
app = "{app}"
region = "us-east-1"
account = "123456789012"
{head}
[task]
port = 3000
health_check = {{ command = ["CMD", "true"] }}
[task.environment]
APP_VERSION = "{{commit}}"
"""


@dataclass(frozen=True, kw_only=True)
class Trial(Ran):
    """A run to which something may have been done; `log` tells its calls in their order."""

    log: tuple[str, ...]

    @property
    def made(self) -> list[str]:
        """Return the calls, retries included."""
        return _calls(self.log)

    @property
    def fired(self) -> bool:
        """Return whether it came to what should be done to it."""
        return any(line.startswith("fired ") for line in self.log)

    @property
    def until_fired(self) -> list[str]:
        """Return the calls that were begun before it happened; the one at which it happened is the last of them."""
        at = next((n for n, line in enumerate(self.log) if line.startswith("fired ")), len(self.log))
        begun = _calls(self.log[:at])
        here = self.log[at].removeprefix("fired ") if at < len(self.log) else ""
        if here in begun:  # other threads' calls may have begun after it, and before the signal
            begun.reverse()
            begun.remove(here)
            begun = [*reversed(begun), here]
        return begun

    @property
    def after_fired(self) -> list[str]:
        """Return the calls that were begun after that."""
        return self.made[len(self.until_fired) :]

    @property
    def took(self) -> float:
        """Return the seconds that it has waited."""
        return next((float(line.removeprefix("took ")) for line in self.log if line.startswith("took ")), 0.0)


class Forge:
    """A process that runs one case at a time; see `tests.tool.hard.forge`. `log` is where a run's calls are written.

    `clock` is the port of the door to the sandbox's clock: what a run waits passes there.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], clock: int) -> None:
        self._clock = clock
        self._folder = folder
        self._env = env
        self.log = folder / "log"
        self._process: subprocess.Popen[str] | None = None
        folder.mkdir()

    def run(
        self,
        argv: tuple[str, ...],
        *,
        cwd: Path,
        plan: Mapping[str, Any] = NOTHING,
        longest: int = LONGEST,
    ) -> Trial:
        """Run `ecsdeploy` with `argv`, and do to it what `plan` says."""
        files = {name: self._folder / name for name in ("out", "err", "log")}
        for file in files.values():
            file.write_text("")
        case = {
            "argv": argv,
            "cwd": str(cwd),
            "plan": dict(plan),
            "clock": self._clock,
            "longest": longest,
        }
        answer = self._ask(json.dumps({**case, **{name: str(file) for name, file in files.items()}}))
        out, err, log = (file.read_text() for file in files.values())
        return Trial(code=json.loads(answer)["code"], out=out, err=err, log=tuple(log.splitlines()))

    def _ask(self, case: str) -> str:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(f"{case}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BaseException:
            process.kill()  # its answer would be taken for the next case's
            self.close()
            raise
        assert answer, (self._folder / "forge.err").read_text()
        return answer

    def _start(self) -> subprocess.Popen[str]:
        with (self._folder / "forge.err").open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.tool.hard.forge"],
                cwd=ROOT,
                env=dict(self._env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()
            self._process = None


@dataclass
class Lab(World):
    """The project's config names another app in every case; `app` is the one of now."""

    home: Path = field(default_factory=Path)
    app: str = ""
    _prefix: str = field(default_factory=lambda: token_hex(3))  # a Docker Engine may be shared
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _stack: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def _door(self) -> Door:
        door = Door(self.clock)
        self._stack.callback(door.close)
        return door

    @cached_property
    def forge(self) -> Forge:
        """Return the process that runs cases."""
        return self.another_forge()

    @cached_property
    def second_forge(self) -> Forge:
        """Return another, for what runs at the same time."""
        return self.another_forge()

    def another_forge(self) -> Forge:
        """Return one more of them."""
        forge = Forge(self.home / f"forge-{next(self._numbers)}", self.env, self._door.port)
        self._stack.callback(forge.close)
        return forge

    def close(self) -> None:
        """End every process."""
        self._stack.close()

    def new_app(self, *more: str, head: str = "") -> str:
        """Let the config be that of an app that there never was."""
        self.app = f"app{self._prefix}n{next(self._numbers)}"
        self.write_config(*more, head=head)
        return self.app

    def write_config(self, *more: str, head: str = "") -> None:
        """Write the smallest config, `head` before its tables and `more` after them; commit it."""
        self.configure(CONFIG.format(app=self.app, head=head) + "".join(f"{part}\n" for part in more))

    def trial(self, *argv: str, plan: Mapping[str, Any] = NOTHING) -> Trial:
        """Run `ecsdeploy`, and do to it what `plan` says."""
        return self.forge.run(argv, cwd=self.project, plan=plan)

    def run(self, *arguments: str, stdin: str | None = None, **env: str) -> Ran:
        """Run `ecsdeploy` in a warm process."""
        assert stdin is None
        assert not env
        return self.trial(*arguments)

    def require(self, *arguments: str) -> Trial:
        """Run a command that has to succeed."""
        trial = self.trial(*arguments)
        assert trial.code == 0, trial.err
        return trial

    def push_image(self, tag: str, repository: str = "") -> str:
        """Put an image into the app's repository; return the digest."""
        return super().push_image(tag, repository or self.app)

    def state(self) -> State:
        """Return what the app has, once its tasks have come to rest."""
        self.wait_until_steady()
        return look(self, self.app)

    def service(self) -> dict[str, Any]:
        """Return the service as ECS shows it, {} where there is none, or none any more."""
        ecs = self.client("ecs")
        try:
            found = ecs.describe_services(cluster=self.app, services=[self.app])["services"]
        except ecs.exceptions.ClusterNotFoundException:
            return {}
        return found[0] if found and found[0]["status"] != "INACTIVE" else {}

    def wait_until_steady(self) -> None:
        """Return when as many tasks run as should, in one deployment that is over, and nothing is stopping."""
        ecs = self.client("ecs")

        def steady() -> bool:
            service = self.service()
            if not service:
                return True
            if service["status"] == "DRAINING":
                return False
            over = service["deployments"][0]["rolloutState"] != "IN_PROGRESS" and len(service["deployments"]) == 1
            if not over or service["runningCount"] != service["desiredCount"] or service["pendingCount"]:
                return False
            running = ecs.list_tasks(cluster=self.app, serviceName=self.app)["taskArns"]
            return len(running) == int(service["desiredCount"])

        self.eventually(steady, f"{self.app} never became steady")

    def fault(self, kind: str, at: int, **more: Any) -> dict[str, Any]:
        """Return the plan that breaks the call number `at`."""
        sandbox = self.sandbox.state()
        return {"kind": "break", "at": at, "fault": kind, "port": sandbox.port, "token": sandbox.token, **more}


def _calls(log: Iterable[str]) -> list[str]:
    return [line.removeprefix("call ") for line in log if line.startswith("call ")]


@contextmanager
def open_lab(home: Path) -> Iterator[Lab]:
    """Give a sandbox with simulated tasks, and a project without an app yet."""
    settings = Settings(name="hard", home=home / "sandbox", runtime="simulated", speed=SPEED)
    sandbox = Sandbox(settings, clock=SteppedClock())
    try:
        project = home / "project"
        project.mkdir()
        git(project, "init", "--quiet", "--initial-branch=main")
        (project / "Dockerfile").write_text("FROM scratch\n")
        (project / ".dockerignore").write_text(".git\n")
        # What is tried is what stands beside these tests, and not what happens to be installed.
        sources = {"PYTHONPATH": str(ROOT / "src")}
        path = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(home),
        } | sources
        lab = Lab(sandbox, project, {**path, **environment(sandbox)}, home=home)
        try:
            yield lab
        finally:
            lab.close()
    finally:
        sandbox.close()

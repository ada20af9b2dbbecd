"""One sandbox for many states: each state has an app of its own, so that none can disturb another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox.app import Sandbox
from ecsdeploy.sandbox.ecs.world import Draft
from ecsdeploy.sandbox.settings import Settings
from tests.support.authorized import Recorder
from tests.support.clocks import SteppedClock, ToolClock
from tests.support.world import SPEED, World, environment, git, suffer

TASK = '[task]\nport = 3000\nhealth_check = { command = ["CMD", "true"] }\n'
NO_BREAKER = "[service.raw.deploymentConfiguration.deploymentCircuitBreaker]\nenable = false\nrollback = false"
BREAKER_OFF = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
ROWS = 80
"""Rows that share a sandbox."""


@dataclass(frozen=True)
class Errand:
    """What somebody else does as soon as it is time."""

    ready: Callable[[], bool]
    do: Callable[[], object]


@dataclass
class Bench(World):
    """A project whose app, and so everything that it has in AWS, carries the state's name."""

    app: str = ""
    _errand: Errand | None = None

    def config(self, *more: str, first: str = "") -> None:
        """Write the config: the smallest one, `first` before its tables, and `more` after them."""
        self.configure(self.config_text(*more, first=first))

    def config_text(self, *more: str, first: str = "") -> str:
        """Return that config."""
        head = f'app = "{self.app}"\nregion = "us-east-1"\naccount = "123456789012"\n{first}'
        return head + TASK + "".join(f"{part}\n" for part in more)

    def push_image(self, tag: str, repository: str = "") -> str:
        """Put an image into the app's repository; return the digest."""
        return super().push_image(tag, repository or self.app)

    def require(self, *arguments: str, code: int = 0) -> str:
        """Run a command that has to end with `code`; return what it told."""
        ran = self.run(*arguments)
        assert ran.code == code, ran.err
        return ran.err

    def deployed(self, *more: str) -> None:
        """Have the app deployed, once and well."""
        self.config(*more)
        self.release()
        self.require("deploy")

    def change(self) -> str:
        """Commit something, and push its image, so that the next deployment has something to do; return the commit."""
        return self.release("another")

    def revert(self) -> None:
        """Check out the commit before the last one."""
        git(self.project, "checkout", "--quiet", "HEAD~1")

    def without_an_engine(self) -> None:
        """Have no Docker Engine from now on: what has to be built cannot be."""
        self.env = {**self.env, "DOCKER_HOST": "unix:///nonexistent.sock"}

    def service(self) -> dict[str, Any]:
        """Return the service as ECS shows it."""
        found: dict[str, Any] = self.ecs.describe_services(cluster=self.app, services=[self.app], include=["TAGS"])[
            "services"
        ][0]
        return found

    @property
    def ecs(self) -> Any:
        """Return ECS, as somebody else uses it."""
        return self.client("ecs")

    def update(self, **parameters: Any) -> Any:
        """Change the service by hand."""
        return self.ecs.update_service(cluster=self.app, service=self.app, **parameters)["service"]

    def record(self, **fields: Any) -> None:
        """Change the sandbox's own record of the service: for what no API call brings about.

        The scheduler looks at the service again only when something happens to it.
        """

        def write(draft: Draft) -> None:
            shard = draft.open((self.app, self.app))
            assert shard.service is not None
            shard.service = replace(shard.service, **fields)
            shard.due = None

        self.sandbox.engine.change(write)

    def revisions(self, status: str = "ACTIVE") -> list[str]:
        """Return the family's revisions, as `family:revision`."""
        arns = self.ecs.list_task_definitions(familyPrefix=self.app, status=status)["taskDefinitionArns"]
        return [arn.rpartition("/")[2] for arn in arns]

    def runs(self) -> str:
        """Return what the service runs, as `family:revision`."""
        return str(self.service()["taskDefinition"]).rpartition("/")[2]

    def register(self, document: dict[str, Any], **changed: Any) -> None:
        """Register a revision by hand: a document that ECS answered, with changes."""
        known = self.ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
        self.ecs.register_task_definition(**{k: v for k, v in document.items() if k in known} | changed)

    def stuck(self, **parameters: Any) -> None:
        """Start a deployment that never ends, as somebody else would."""
        self.sandbox.faults.break_next_deployment("no-capacity")
        self.update(forceNewDeployment=True, deploymentConfiguration=BREAKER_OFF, **parameters)

    def suffer(self, *faults: str) -> None:
        """Let every task that the service starts from now on suffer `faults`; none heals it."""
        suffer(self.sandbox, self.app, *faults)

    def lame(self) -> None:
        """Stop every task, and let none start: as when a zone has no capacity left."""
        self.suffer("no-capacity")
        for task in self.ecs.list_tasks(cluster=self.app)["taskArns"]:
            self.ecs.stop_task(cluster=self.app, task=task)
        self.eventually(lambda: self.service()["runningCount"] == 0)

    def say(self, stream: str, text: str) -> None:
        """Write a line into a stream of the log group."""
        event = {"timestamp": int(time.time() * 1000), "message": text}
        self.client("logs").put_log_events(logGroupName=f"/ecs/{self.app}", logStreamName=stream, logEvents=[event])

    def deployments(self) -> list[dict[str, Any]]:
        """Return the service deployments, newest first."""
        found: list[dict[str, Any]] = self.ecs.list_service_deployments(cluster=self.app, service=self.app)[
            "serviceDeployments"
        ]
        return sorted(found, key=lambda one: one["createdAt"], reverse=True)

    @contextmanager
    def meanwhile(self, ready: Callable[[], bool], do: Callable[[], object]) -> Iterator[None]:
        """Do something the first time that the command waits and it is time for it."""
        self._errand = Errand(ready, do)
        yield
        assert self._errand is None, "it never came to that"

    def waits(self) -> Callable[[], bool]:
        """Return what tells that the command has waited for a second: for `meanwhile`."""
        began = self.clock.now()
        return lambda: self.clock.now() > began + 1

    def tool_clock(self) -> ToolClock:
        """Return the clock of a run: while it waits, there is time for what shall be done meanwhile."""

        def pass_time(seconds: float) -> float:
            now = self.clock.pass_time(seconds)
            if self._errand is not None and self._errand.ready():
                self._errand.do()
                self._errand = None
            return now

        return ToolClock(pass_time)


@contextmanager
def open_sandbox(home: Path, recorder: Recorder | None = None) -> Iterator[Sandbox]:
    """Give a sandbox with simulated tasks; `recorder` keeps what the tool calls."""
    settings = Settings(name="states", home=home, runtime="simulated", speed=SPEED)
    sandbox = Sandbox(settings, clock=SteppedClock(), permit=recorder)
    if recorder is not None:
        recorder.stores = sandbox.stores
    try:
        yield sandbox
    finally:
        sandbox.close()


class Sandboxes:
    """Sandboxes for many rows: each row leaves its tasks, and only so many of a sandbox's listen (`answers.MOST`)."""

    def __init__(self, home: Path, recorder: Recorder | None = None) -> None:
        self._home, self._recorder = home, recorder
        self._open, self._used = ExitStack(), 0
        self._current: Sandbox | None = None

    def for_a_row(self) -> Sandbox:
        """Return the sandbox for one more row: a new one after `ROWS` of them."""
        if self._current is None or self._used % ROWS == 0:
            self._open.close()
            self._current = self._open.enter_context(open_sandbox(self._home / str(self._used), self._recorder))
        self._used += 1
        return self._current

    def close(self) -> None:
        """End the one that is open."""
        self._open.close()


def open_bench(sandbox: Sandbox, home: Path, app: str, recorder: Recorder | None = None) -> Bench:
    """Return a project of its own in the sandbox; with the sandbox's `recorder`, each run is held against policies."""
    project = home / "project"
    project.mkdir()
    git(project, "init", "--quiet", "--initial-branch=main")
    (project / "Dockerfile").write_text("FROM scratch\n")
    (project / ".dockerignore").write_text(".git\n")
    bench = Bench(sandbox, project, environment(sandbox), recorder, app=app)
    bench.config()
    return bench

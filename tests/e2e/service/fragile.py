"""A service that is deployed again and again, each time broken in another way, while its old version answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from ecsdeploy.clock import SystemClock
from tests.e2e.service.availability import Answers, answers_throughout
from tests.e2e.service.project import Project
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.runtime.tiny_registry import busybox
from tests.support.world import git

APPLETS = ("sh", "httpd", "wget", "hostname", "sleep", "dd")
DOCKERFILE = 'FROM scratch\nCOPY bin /bin\nCOPY www /www\nCOPY app /app\nCMD ["/app"]\n'
SERVES = "#!/bin/sh\nexec httpd -f -p 3000 -h /www\n"
LOOKS = 600
A_LOOK = 0.1


def check(address: str = "http://127.0.0.1:3000/") -> str:
    """Return the line of a config with a health check, as quick as ECS allows.

    Without one, a task counts as healthy 1.6 s after its start at this speed, however late it fails.
    """
    return f"health_check = {{ command = ['CMD-SHELL', 'wget -q -O- {address}'], interval = 5, retries = 1 }}\n"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A version that cannot work: what is wrong with it, and what a user must read of that.

    `cause`, the sentence, and each of `shows`, lines of the card, are regular expressions. `fault` is one of the
    sandbox's; `app` the image's program; `task` and `raw` lines of the config, under [task] and at the end. `unsecret`:
    the old version's secret is deleted, and the service restarted. In all of these NAME is the service's name, and
    IMAGE its old image.
    """

    cause: str
    shows: tuple[str, ...] = ()
    fault: str = ""
    app: str | bytes = SERVES
    task: str = check()
    raw: str = ""
    unsecret: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a deployment ended, and until the service was at rest again: who answered, and what it runs then."""

    ran: CompletedProcess[str]
    answers: Answers
    runs: set[str]


@dataclass
class Service:
    """A service of two tasks with a folder and a repository of its own; `settings` are lines under [service]."""

    sandbox: RunningSandbox
    folder: Path
    name: str
    settings: str = ""
    image: str = ""
    url: str = ""
    versions: int = 0
    _project: Project = field(init=False)

    def __post_init__(self) -> None:
        self._project = Project(self.sandbox, self.folder, "")
        programs, pages = self.folder / "bin", self.folder / "www"
        programs.mkdir(parents=True)
        pages.mkdir()
        (programs / "busybox").write_bytes(busybox())
        (programs / "busybox").chmod(0o755)
        for applet in APPLETS:
            (programs / applet).symlink_to("busybox")
        (self.folder / "Dockerfile").write_text(DOCKERFILE)
        (self.folder / ".dockerignore").write_text("*\n!bin\n!www\n!app\n")
        self.sandbox.client("ssm").put_parameter(Name=self.secret, Value="secret", Type="SecureString")
        git(self.folder, "init", "--quiet", "--initial-branch=main")

    @property
    def secret(self) -> str:
        """Return the name of the parameter that its tasks get."""
        return f"/{self.name}/token"

    def serving(self) -> Service:
        """Return the service when a version of it runs that works."""
        if not self.url:
            commit = self._write("old", SERVES)
            done = self._project.run("deploy")
            assert done.returncode == 0, done.stderr
            self.url = done.stdout.split()[0]
            self.image = f"{self.sandbox.registry}/{self.name}:{commit}"
        return self

    def attempt(self, broken: Broken) -> CompletedProcess[str]:
        """Deploy a version that cannot work."""
        if broken.unsecret:
            return self._restart_without_secret()
        commit = self._write("new", broken.app, self._named(broken.task), self._named(broken.raw))
        if broken.fault:
            self.sandbox.faults.break_next_deployment(broken.fault, tag=commit, count=1)
        return self._project.run("deploy")

    def suffer(self, broken: Broken) -> Outcome:
        """Deploy a version that cannot work, and ask the old one until ECS is done with the new one."""
        with answers_throughout(self.serving().url) as answers:
            ran = self.attempt(broken)
            self._rest()
        return Outcome(ran, answers, self._runs())

    def _named(self, text: str) -> str:
        return re.sub("NAME", self.name, text).replace("IMAGE", self.image)

    def _write(self, page: str, app: str | bytes, task: str = "", raw: str = "") -> str:
        """Commit a version, each of them another revision; return the commit."""
        self.versions += 1
        (self.folder / "www" / "index.html").write_text(page)
        (self.folder / "app").write_bytes(app if isinstance(app, bytes) else app.encode())
        (self.folder / "app").chmod(0o755)
        self._project.configure(
            f'app = "{self.name}"\nregion = "us-east-1"\n'
            f'[task]\nport = 3000\nenvironment = {{ VERSION = "{self.versions}" }}\n'
            f'secrets = {{ TOKEN = "ssm:{self.secret}" }}\n{task}'
            f"[service]\ncount = 2\n{self.settings}{raw}"
        )
        return git(self.folder, "rev-parse", "HEAD").strip()

    def _restart_without_secret(self) -> CompletedProcess[str]:
        """Restart the service when its secret is not there."""
        ssm = self.sandbox.client("ssm")
        ssm.delete_parameter(Name=self.secret)
        done = self._project.run("restart")
        ssm.put_parameter(Name=self.secret, Value="secret", Type="SecureString")
        return done

    def _described(self) -> Any:
        ecs = self.sandbox.client("ecs")
        return ecs.describe_services(cluster=self.name, services=[self.name])["services"][0]

    def _rest(self) -> None:
        """Return when only one deployment is left, with all of its tasks and no others."""
        for _ in range(LOOKS):
            now = self._described()
            if len(now["deployments"]) == 1 and (now["runningCount"], now["pendingCount"]) == (2, 0):
                return
            SystemClock().sleep(A_LOOK)
        raise AssertionError(f"{self.name} is never at rest: {self._described()['events']}")

    def _runs(self) -> set[str]:
        """Return the revisions that the service and its running tasks have, as in `family:1`."""
        ecs, told = self.sandbox.client("ecs"), {self._described()["taskDefinition"]}
        arns = ecs.list_tasks(cluster=self.name, serviceName=self.name)["taskArns"]
        told |= {task["taskDefinitionArn"] for task in ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]}
        return {arn.rpartition("/")[2] for arn in told}

"""A sandbox in this process, a project in a git repository, and the command line in between."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from botocore.session import Session
from typer.main import get_command
from typer.testing import CliRunner

from ecsdeploy.cli import app
from ecsdeploy.sandbox.app import Sandbox
from ecsdeploy.sandbox.ecs.world import Draft
from ecsdeploy.sandbox.other_services import SANDBOX_KEY
from ecsdeploy.sandbox.settings import Settings
from tests.support.authorized import SOMEBODY, RecordedCall, Recorder
from tests.support.clocks import SteppedClock, ToolClock
from tests.support.held import require

SPEED = 500.0
STEADY_SECONDS = 600.0
"""The sandbox's time in which a service is steady, or never."""
A_LOOK = 0.1
"""The sandbox's seconds between two looks."""
CONFIG = """\
app = "hello"
region = "us-east-1"
account = "123456789012"

[task]
port = 3000
health_check = { command = ["CMD", "true"] }
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def calls(self) -> Counter[str]:
        """Return the API calls that `--debug` told."""
        told = re.search(r"^API calls: (.+)$", self.err, re.MULTILINE)
        found: Counter[str] = Counter()
        for call in told[1].split(", ") if told and told[1] != "none" else ():
            name, _, count = call.partition(" ")
            found[name] = int(count)
        return found

    @property
    def writes(self) -> Counter[str]:
        """Return the calls that change something."""
        reads = re.compile(r"\w[\w-]*:(Describe|List|Get|Filter|Batch(Get|Check))")
        return Counter({call: n for call, n in self.calls.items() if not reads.match(call)})


@dataclass
class World:
    """One sandbox and one project; `run` is the command line.

    With a `recorder`, what each run called is held against its policies, and `called` is what the last one did.
    """

    sandbox: Sandbox
    project: Path
    env: Mapping[str, str]
    recorder: Recorder | None = None
    called: list[RecordedCall] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: str | None = None, **env: str) -> Ran:
        """Run `ecsdeploy` in the project, against the sandbox."""
        if self.recorder is not None:
            self.recorder.taken()
        ran = run_inside(self.project, arguments, {**self.env, **env}, self.tool_clock(), stdin=stdin)
        if self.recorder is not None:
            self.called = self.recorder.taken()
            require(self.project, arguments, self.called, self.sandbox.stores.roles.arn)
        return ran

    @property
    def clock(self) -> SteppedClock:
        """Return the sandbox's clock."""
        clock = self.sandbox.engine.clock
        assert isinstance(clock, SteppedClock)
        return clock

    def tool_clock(self) -> ToolClock:
        """Return the clock of a run; what it waits passes in the sandbox."""
        return ToolClock(self.clock.pass_time)

    def client(self, service: str) -> Any:
        """Return a client of botocore's own: what another user of the account sees and does."""
        if service not in self._clients:
            self._clients[service] = aws_session().create_client(
                service,
                region_name="us-east-1",
                endpoint_url=self.sandbox.settings.endpoint(),
                # Under enforcement somebody who may do everything, else somebody who is not the tool.
                aws_access_key_id=SANDBOX_KEY if self.sandbox.settings.enforce_iam else SOMEBODY,
                aws_secret_access_key="test",
            )
        return self._clients[service]

    def configure(self, text: str) -> None:
        """Write the project's config and commit it."""
        (self.project / "ecsdeploy.toml").write_text(text)
        self.commit("configure")

    def commit(self, message: str) -> str:
        """Commit everything; return the commit."""
        git(self.project, "add", "-A")
        git(self.project, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.project, "rev-parse", "HEAD").strip()

    def release(self, message: str = "change") -> str:
        """Commit something new and put its image into ECR, as a build would; return the commit."""
        commit = self.commit(message)
        self.push_image(commit)
        return commit

    def push_image(self, tag: str, repository: str = "hello") -> str:
        """Put an image into ECR through its API; return the digest."""
        ecr = self.client("ecr")
        if not _exists(ecr, repository):
            assert self.run("create-repo").code == 0
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}, "tag": tag}).encode()
        layer = b"layer of " + tag.encode()
        for blob in (config, layer):
            _upload(ecr, repository, blob)
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": _descriptor("application/vnd.docker.container.image.v1+json", config),
                "layers": [_descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
            }
        )
        answer = ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=tag)
        digest: str = answer["image"]["imageId"]["imageDigest"]
        return digest

    def service(self) -> dict[str, Any]:
        """Return the service as ECS shows it."""
        found: dict[str, Any] = self.client("ecs").describe_services(cluster="hello", services=["hello"])["services"][0]
        return found

    def wait_until_steady(self) -> None:
        """Return when as many tasks run as should, in one deployment."""

        def steady() -> bool:
            service = self.service()
            return (
                len(service["deployments"]) == 1
                and _is_over(service)
                and service["runningCount"] == service["desiredCount"]
            )

        self.eventually(steady, "the service never became steady")

    def eventually(self, ready: Callable[[], bool], otherwise: str = "it never came to that") -> None:
        """Let the sandbox's time pass until it is so; fail if it never is."""
        for _ in range(round(STEADY_SECONDS / A_LOOK)):
            if ready():
                return
            self.clock.pass_time(A_LOOK)
        raise AssertionError(otherwise)


@cache
def aws_session() -> Session:
    """Return botocore's session, for clients of other users: a process reads each service's model once."""
    return Session()


@cache
def _command() -> Any:
    return get_command(app)


def run_inside(
    folder: Path, arguments: Sequence[str], env: Mapping[str, str | None], clock: ToolClock, *, stdin: str | None = None
) -> Ran:
    """Run `ecsdeploy` in `folder`, on `clock`; a variable that is None is not set."""
    code = 0
    with chdir(folder), CliRunner().isolation(input=stdin, env=env) as (out, err, _):
        try:
            _command().main(arguments, prog_name="ecsdeploy", obj=clock)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
        told = [each.getvalue().decode(errors="replace").replace("\r\n", "\n") for each in (out, err)]
    return Ran(code, *told)


@contextmanager
def open_world(home: Path, *, speed: float = SPEED, config: str = CONFIG, enforce_iam: bool = False) -> Iterator[World]:
    """Give a fresh sandbox and a fresh project."""
    settings = Settings(name="test", home=home / "sandbox", runtime="simulated", speed=speed, enforce_iam=enforce_iam)
    recorder = None if enforce_iam else Recorder()
    sandbox = Sandbox(settings, clock=SteppedClock(), permit=recorder)
    if recorder is not None:
        recorder.stores = sandbox.stores
    try:
        project = home / "project"
        project.mkdir()
        git(project, "init", "--quiet", "--initial-branch=main")
        (project / "Dockerfile").write_text("FROM scratch\n")
        (project / ".dockerignore").write_text(".git\n")
        world = World(sandbox, project, environment(sandbox), recorder)
        world.configure(config)
        yield world
    finally:
        sandbox.close()


def environment(sandbox: Sandbox) -> dict[str, str]:
    """Return what points an AWS client at the sandbox, as an administrator of its account."""
    return {
        "AWS_ENDPOINT_URL": sandbox.settings.endpoint(),
        # Under enforcement, keys that nobody has are refused.
        "AWS_ACCESS_KEY_ID": SANDBOX_KEY if sandbox.settings.enforce_iam else "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "ECSDEPLOY_IAM_SETTLE": "0s",
        "NO_PROXY": "127.0.0.1",
    }


def suffer(sandbox: Sandbox, app: str, *faults: str) -> None:
    """Let every task that the service of `app` starts from now on suffer `faults`; none heals it."""

    def write(draft: Draft) -> None:
        shard = draft.open((app, app))
        for number, revision in shard.revisions.items():
            shard.revisions[number] = replace(revision, faults=frozenset(faults))
        shard.due = draft.now

    sandbox.engine.change(write)


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody."""
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def _is_over(service: Mapping[str, Any]) -> bool:
    """Return whether the deployment is over: its last task may run before ECS says so."""
    return all(each.get("rolloutState") != "IN_PROGRESS" for each in service["deployments"])


def _exists(ecr: Any, repository: str) -> bool:
    try:
        ecr.describe_repositories(repositoryNames=[repository])
    except ecr.exceptions.RepositoryNotFoundException:
        return False
    return True


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(blob), "digest": f"sha256:{hashlib.sha256(blob).hexdigest()}"}


def _upload(ecr: Any, repository: str, blob: bytes) -> None:
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    ecr.upload_layer_part(
        repositoryName=repository, uploadId=upload, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob
    )
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    try:
        ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
    except ecr.exceptions.LayerAlreadyExistsException:
        return

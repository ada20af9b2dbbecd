"""No key, token or password of a run is in a file, in its output, or given to a program that it starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ecsdeploy.github.id_token import TOKEN, URL
from ecsdeploy.sandbox.github.job import Job
from tests.e2e.credentials.wiretap import Wiretap, informer, leaks, wiretap
from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.support.world import git

pytestmark = pytest.mark.docker

JOB = Job(repository="acme/hello", ref="refs/heads/main", repository_id="1234", owner_id="99")
CONFIG = """\
app = "{app}"
region = "us-east-1"
account = "123456789012"
[github]
repository = "acme/hello"
branches = ["main"]
repository_id = 1234
owner_id = 99
[task]
port = 3000
"""
DOCKER_CONFIG = b'{ "credHelpers":\t{"registry.example.com": "informer"} }\n'
HELPER = """sh -c 'echo "{\\"Username\\": \\"me\\", \\"Secret\\": \\"mine\\"}"' --"""
NOTHING: Mapping[str, str] = {}
GIVEN = {
    "GITHUB_TOKEN": "ghs_canary000000000000000000000000000000",
    "ACTIONS_RUNTIME_TOKEN": "canary.of.the.runtime.token.0123456789",
}


@dataclass(frozen=True)
class Stage:
    """A job's machine: its folders, the programs that tell on it, and the wire to AWS."""

    sandbox: RunningSandbox
    wire: Wiretap
    root: Path
    app: str

    def folder(self, name: str) -> Path:
        return self.root / name

    def step(
        self, *arguments: str, job: Job = JOB, env: Mapping[str, str] = NOTHING
    ) -> subprocess.CompletedProcess[str]:
        """Run `ecsdeploy` as a step of a job."""
        url, token = self.sandbox.sandbox.github.request(job)
        files = {name: str(self.folder("tmp") / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        environ = {
            **{name: value for name, value in os.environ.items() if name.startswith("DOCKER_")},
            "PATH": f"{self.folder('bin')}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(self.folder("home")),
            "TMPDIR": str(self.folder("tmp")),
            "AWS_ENDPOINT_URL": self.wire.address,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/hello",
            "GITHUB_RUN_ID": "99",
            URL: url.replace(self.sandbox.endpoint, self.wire.address),
            TOKEN: token,
            **GIVEN,
            **files,
            **env,
        }
        command = [sys.executable, "-m", "ecsdeploy", *arguments]
        with subprocess.Popen(
            command, cwd=self.folder("project"), env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            watched = threading.Thread(target=self._watch, args=(process.pid,))
            watched.start()
            out, err = process.communicate(timeout=200)
            watched.join()
        self.wire.heard["given"] = {token, *GIVEN.values(), *(v for k, v in env.items() if "SECRET" in k or "TOK" in k)}
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def _watch(self, pid: int) -> None:
        """Note the arguments of everything that runs below `pid`, and the environment of what it has started."""
        seen: dict[str, bytes] = {}
        while own := _command_line(pid):
            for each in _family(pid):
                arguments = _command_line(each)
                seen[f"{each}.cmdline"] = seen.get(f"{each}.cmdline", b"") or arguments
                if arguments != own:  # else it is ecsdeploy itself, or a copy of it that is yet to become a program
                    seen[f"{each}.environ"] = seen.get(f"{each}.environ", b"") or _read(Path(f"/proc/{each}/environ"))
        for name, body in seen.items():
            (self.folder("told") / f"proc.{name}").write_bytes(body)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""


def _command_line(pid: int) -> bytes:
    return _read(Path(f"/proc/{pid}/cmdline"))


def _family(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    found = [pid]
    for each in found:
        with suppress(OSError):  # it has ended
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, _read(task / "children").split())
    return found


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    app = f"canary-{uuid.uuid4().hex[:8]}"
    with running_sandbox(tmp_path / "sandbox") as sandbox, wiretap(sandbox.endpoint) as wire:
        made = Stage(sandbox, wire, tmp_path / "machine", app)
        for name in ("home/.docker", "tmp", "bin", "told", "project"):
            made.folder(name).mkdir(parents=True)
        (made.folder("home") / ".docker" / "config.json").write_bytes(DOCKER_CONFIG)
        for program in ("docker", "git"):
            informer(made.folder("bin"), program, shutil.which(program) or program, made.folder("told"))
        informer(made.folder("bin"), "docker-credential-informer", HELPER, made.folder("told"))
        project = made.folder("project")
        (project / "ecsdeploy.toml").write_text(CONFIG.format(app=app))
        (project / "Dockerfile").write_text(f"FROM scratch\nCOPY stamp /{app}\n")
        (project / "stamp").write_text(app)
        (project / ".dockerignore").write_text(".git\n")
        git(project, "init", "--quiet", "--initial-branch=main")
        git(project, "add", "-A")
        git(project, "commit", "--quiet", "--message", "first")
        admin = {**sandbox.environ(), "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "ECSDEPLOY_IAM_SETTLE": "0s"}
        subprocess.run(
            [sys.executable, "-m", "ecsdeploy", "setup", "--yes"],
            cwd=project,
            env=admin,
            check=True,
            capture_output=True,
        )
        yield made
        images = subprocess.run(["docker", "images", "--quiet", app], capture_output=True, text=True, check=True)
        for image in set(images.stdout.split()):
            subprocess.run(["docker", "rmi", "--force", image], check=True, capture_output=True)


def unmasked(text: str) -> str:
    """Return what the runner shows of a log."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("::add-mask::"))


def require_no_leak(stage: Stage, done: subprocess.CompletedProcess[str]) -> None:
    secrets = stage.wire.secrets()
    found = [secret for secret in secrets if secret in unmasked(done.stdout + "\n" + done.stderr)]
    assert not found, "in the output"
    assert leaks(secrets, stage.root) == []
    assert (stage.folder("home") / ".docker" / "config.json").read_bytes() == DOCKER_CONFIG


@pytest.mark.parametrize("output", ["auto", "json"])
@pytest.mark.parametrize("builder", ["1", "0"], ids=["buildkit", "classic"])
def test_a_job_by_id_token_leaves_no_trace(stage: Stage, builder: str, output: str) -> None:
    done = stage.step(
        *("deploy", "--no-wait", "--debug", "--output", output, "--report", "run.html", "--report", "run.json"),
        env={"DOCKER_BUILDKIT": builder},
    )

    assert done.returncode == 0, done.stderr
    assert all(stage.wire.heard.values()), {kind: len(found) for kind, found in stage.wire.heard.items()}
    masks = [line.removeprefix("::add-mask::") for line in done.stderr.splitlines() if line.startswith("::add-mask::")]
    assert {*masks} == stage.wire.secrets() - stage.wire.heard["given"]
    assert len(masks) == len(set(masks))
    told = {path.name.split(".")[0] for path in stage.folder("told").iterdir()}
    assert told >= ({"docker", "git", "proc"} if builder == "1" else {"docker-credential-informer", "git", "proc"})
    require_no_leak(stage, done)


def test_keys_in_the_environment_go_no_further(stage: Stage) -> None:
    role = stage.sandbox.client("iam").get_role(RoleName=f"{stage.app}-github-deploy")["Role"]["Arn"]
    token = stage.sandbox.sandbox.github.token(JOB, "sts.amazonaws.com")
    keys = stage.sandbox.client("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="static", WebIdentityToken=token
    )["Credentials"]

    done = stage.step(
        *("deploy", "--no-wait", "--debug", "--report", "run.json"),
        env={
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        },
    )

    assert done.returncode == 0, done.stderr
    assert keys["SecretAccessKey"] in stage.wire.secrets()
    assert keys["SecretAccessKey"] not in done.stderr
    require_no_leak(stage, done)


def test_a_traceback_quotes_no_key(stage: Stage) -> None:
    """A line break in a token makes Python's HTTP client quote the whole header."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "canary+of+a+secret/key+0123456789"}

    done = stage.step("status", "--debug", env={**keys, "AWS_SESSION_TOKEN": "canary/of/a+broken\ncanary-0123456789"})

    assert done.returncode != 0
    assert "Traceback" in done.stderr
    require_no_leak(stage, done)


def test_a_job_that_is_refused_leaves_no_trace(stage: Stage) -> None:
    done = stage.step("deploy", "--debug", "--report", "run.html", job=replace(JOB, ref="refs/heads/other"))

    assert done.returncode == 3, done.stderr
    assert "Traceback" in done.stderr
    assert stage.wire.heard["id token"]
    require_no_leak(stage, done)


def test_the_search_finds_what_there_is(stage: Stage) -> None:
    """As a login that `docker login` stores, and a token that a program is started with."""
    secret: Mapping[str, str] = {"password": "canary-of-a-password-0123456789"}
    (stage.folder("home") / ".docker" / "config.json").write_text(str(dict(secret)))

    assert leaks({*secret.values()}, stage.root) == [str(stage.folder("home") / ".docker" / "config.json")]

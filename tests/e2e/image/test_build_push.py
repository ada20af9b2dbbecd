"""`build-push` as a user runs it: a real Engine, the sandbox's registry, a repository of its own."""

from __future__ import annotations

import base64
import os
import re
import shlex
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import docker
import pytest

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

pytestmark = pytest.mark.docker

ECSDEPLOY = str(Path(sys.executable).parent / "ecsdeploy")


@dataclass
class Project:
    """A git repository with a Dockerfile, and a home of its own."""

    root: Path
    env: dict[str, str]

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def stamp(self) -> None:
        """Make the next image one that there never was; it is tiny, for the tests' sake."""
        self.write("stamp", uuid.uuid4().hex)
        self.write("Dockerfile", "FROM scratch\nCOPY stamp /\n")

    def git(self, *arguments: str) -> str:
        who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.root, env=self.env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", ".")
        self.git("commit", "-qm", "change")
        return self.git("rev-parse", "HEAD")

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ECSDEPLOY, *arguments],
            cwd=self.root,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def docker(self, *arguments: str) -> str:
        done = subprocess.run(["docker", *arguments], env=self.env, check=True, capture_output=True, text=True)
        return done.stdout


def exported(text: str) -> dict[str, str]:
    """Return what `sandbox env` sets."""
    words = [shlex.split(line) for line in text.splitlines() if line.startswith("export ")]
    return dict(assignment.split("=", 1) for line in words for assignment in line[1:])


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that points at a sandbox."""
    home = tmp_path_factory.mktemp("sandbox-home")
    env = {**os.environ, "HOME": str(home)}
    name = ["--name", f"build-push-{uuid.uuid4().hex[:8]}"]
    up = [ECSDEPLOY, "sandbox", "up", "--detach", "--port", "0", "--runtime", "simulated", *name]
    subprocess.run(up, env=env, check=True, capture_output=True)
    try:
        said = subprocess.run(
            [ECSDEPLOY, "sandbox", "env", *name], env=env, check=True, capture_output=True, text=True
        ).stdout
        yield exported(said)
    finally:
        subprocess.run([ECSDEPLOY, "sandbox", "down", *name], env=env, check=True, capture_output=True)


@pytest.fixture(scope="module")
def ecr(sandbox: dict[str, str]) -> ECRClient:
    client: ECRClient = boto3.client(
        "ecr",
        region_name="us-east-1",
        endpoint_url=sandbox["AWS_ENDPOINT_URL"],
        aws_access_key_id=sandbox["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=sandbox["AWS_SECRET_ACCESS_KEY"],
    )
    return client


@pytest.fixture
def project(tmp_path: Path, sandbox: dict[str, str], ecr: ECRClient) -> Iterator[Project]:
    root, home, temporary = (tmp_path / name for name in ("project", "home", "tmp"))
    for folder in (root, home, temporary):
        folder.mkdir()
    env = {**os.environ, **sandbox, "HOME": str(home), "TMPDIR": str(temporary)}
    made = Project(root, env)
    # A repository for each test: tags are immutable.
    repository = f"test-{uuid.uuid4().hex[:12]}/web"
    made.write("ecsdeploy.toml", f'app = "web"\nregion = "us-east-1"\n[names]\nrepository = "{repository}"\n')
    made.write(".dockerignore", ".git\n")
    made.stamp()
    made.git("init", "-q")
    made.commit()
    ecr.create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE")
    yield made
    for image in set(made.docker("images", "--quiet", "--no-trunc", repository).split()):
        made.docker("rmi", "--force", image)


def test_a_commit_is_built_once(project: Project) -> None:
    commit = project.git("rev-parse", "HEAD")

    first = project.run("build-push")
    # No Engine is needed to find that there is nothing to do.
    second = project.run("build-push", DOCKER_HOST="unix:///nonexistent.sock")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert re.fullmatch(r"127\.0\.0\.1:\d+/test-\w+/web@sha256:[0-9a-f]{64}\n", first.stdout)
    assert second.stdout == first.stdout
    assert "COPY stamp /" in first.stderr
    assert f"/web:{commit}: created (sha256:" in first.stderr
    assert re.fullmatch(rf"= image test-\w+/web:{commit}: unchanged \(it is in ECR already\)\n", second.stderr)


def test_what_was_pushed_can_be_pulled_and_says_where_it_is_from(project: Project, ecr: ECRClient) -> None:
    project.git("remote", "add", "origin", "git@example.com:acme/web.git")
    reference = project.run("build-push").stdout.strip()
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    username, _, password = base64.b64decode(token).decode().partition(":")
    commit = project.git("rev-parse", "HEAD")
    repository = reference.partition("/")[2].partition("@")[0]
    project.docker("rmi", f"{repository}:{commit}")

    engine = docker.from_env()
    pulled = engine.images.pull(reference, auth_config={"username": username, "password": password})
    engine.images.remove(reference)
    engine.close()

    assert pulled.labels["org.opencontainers.image.revision"] == commit
    assert pulled.labels["org.opencontainers.image.source"] == "https://example.com/acme/web"


def test_nothing_is_left_but_the_image(project: Project) -> None:
    """Not the login, not a tag of the registry, not a file: P22."""
    config = Path(project.env["HOME"]) / ".docker" / "config.json"
    config.parent.mkdir()
    config.write_text('{"auths": {}}')

    done = project.run("build-push")

    registry = done.stdout.split("/")[0]
    assert config.read_text() == '{"auths": {}}'
    # The docker CLI notes an id for its node there; it is not a secret.
    left = {str(path.relative_to(config.parent)) for path in config.parent.rglob("*")} - {".buildNodeID", ".token_seed"}
    assert {name for name in left if not name.startswith((".token", "buildx", "contexts"))} == {"config.json"}
    assert list(Path(project.env["TMPDIR"]).iterdir()) == []
    assert project.git("status", "--porcelain") == ""
    assert registry not in project.docker("images", "--format", "{{.Repository}}")


def test_a_dirty_tree_has_a_tag_of_its_own_and_is_refused_in_ci(project: Project) -> None:
    commit = project.git("rev-parse", "HEAD")
    project.write("main.js", "new")

    in_ci = project.run("build-push", CI="true")
    at_home = project.run("build-push")
    allowed = project.run("build-push", "--allow-dirty", CI="true")

    assert (in_ci.returncode, at_home.returncode, allowed.returncode) == (3, 0, 0)
    assert "and this is a CI job" in in_ci.stderr
    assert "main.js" in in_ci.stderr
    assert (
        f"warning: The source differs from commit {commit[:7]} (main.js): the tag is {commit}-dirty-" in at_home.stderr
    )
    assert allowed.stdout == at_home.stdout


def test_build_output_that_git_ignores_is_in_the_image_and_in_its_tag(project: Project) -> None:
    project.write(".gitignore", "target/\n")
    project.write("Dockerfile", "FROM scratch\nCOPY stamp target/app.jar /\n")
    commit = project.commit()
    project.write("target/app.jar", "one")

    first = project.run("build-push", CI="true")
    project.write("target/app.jar", "two")
    second = project.run("build-push", CI="true")
    project.write("target/app.jar", "one")
    again = project.run("build-push", CI="true", DOCKER_HOST="unix:///nonexistent.sock")

    assert (first.returncode, second.returncode, again.returncode) == (0, 0, 0), first.stderr + second.stderr
    assert f"(target/app.jar): the tag is {commit}-plus-" in first.stderr
    assert len({first.stdout, second.stdout}) == 2
    assert again.stdout == first.stdout


def test_a_commit_that_changes_nothing_of_the_running_image_tags_it(project: Project, ecr: ECRClient) -> None:
    project.write("web/Dockerfile", "FROM scratch\nCOPY stamp /\n")
    project.write("web/stamp", uuid.uuid4().hex)
    name = f"web-{uuid.uuid4().hex[:8]}"
    project.write(
        "web/ecsdeploy.toml",
        f'app = "{name}"\nregion = "us-east-1"\n[task]\nport = 80\nhealth_check = {{ command = ["CMD", "true"] }}\n',
    )
    project.commit()
    config = ("--config", "web/ecsdeploy.toml")
    first = project.run("deploy", *config)
    project.write("elsewhere", "1")
    commit = project.commit()
    second = project.run("deploy", *config, DOCKER_HOST="unix:///nonexistent.sock")
    project.write("web/stamp", uuid.uuid4().hex)
    project.commit()
    third = project.run("deploy", *config, DOCKER_HOST="unix:///nonexistent.sock")
    image = ecr.describe_images(repositoryName=name)["imageDetails"]
    for each in set(project.docker("images", "--quiet", "--no-trunc", name).split()):
        project.docker("rmi", "--force", each)

    assert (first.returncode, second.returncode, third.returncode) == (0, 0, 3), first.stderr + second.stderr
    assert f"+ image {name}:{commit}: created (one more tag of sha256:" in second.stderr
    assert "No task is replaced" in second.stderr or "unchanged" in second.stderr
    assert len(image) == 1
    assert commit in image[0]["imageTags"]


def test_an_own_tag_is_used(project: Project) -> None:
    first = project.run("build-push", "--tag", "v1")
    again = project.run("build-push", "--tag", "v1", "--build-arg", "A=b")

    assert (first.returncode, again.returncode) == (0, 0)
    assert again.stdout == first.stdout
    assert "--build-arg did nothing" in again.stderr


@pytest.mark.parametrize("builder", ["1", "0"])
def test_a_failing_build_pushes_nothing_and_a_corrected_one_goes_on(
    project: Project, builder: str, node_base_image: str
) -> None:
    project.write("Dockerfile", f"FROM {node_base_image}\nRUN echo the-reason >&2; exit 7\n")
    project.commit()
    failed = project.run("build-push", DOCKER_BUILDKIT=builder)
    project.stamp()
    project.commit()
    corrected = project.run("build-push", DOCKER_BUILDKIT=builder)

    assert (failed.returncode, failed.stdout, corrected.returncode) == (5, "", 0)
    error = failed.stderr.partition("error: ")[2]
    assert error.startswith("The image build failed at: ")
    assert "the-reason" in error
    assert "Nothing was pushed." in error


def test_an_engine_that_is_down_is_said_with_what_to_do(project: Project) -> None:
    done = project.run("build-push", DOCKER_HOST="unix:///nonexistent.sock")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "error: No Docker Engine answers at unix:///nonexistent.sock.\n"
        "  No such file or directory.\n"
        "  Correct or unset DOCKER_HOST, or start the engine that it names.\n"
    )


def test_a_missing_repository_is_named(project: Project) -> None:
    text = (project.root / "ecsdeploy.toml").read_text().replace("/web", "/nothing")
    project.write("ecsdeploy.toml", text)
    project.commit()

    done = project.run("build-push")

    assert done.returncode == 3
    assert "There is no ECR repository" in done.stderr
    assert "ecsdeploy create-repo" in done.stderr


def test_what_must_not_be_in_an_image_stops_the_build(project: Project) -> None:
    project.write(".dockerignore", "")
    project.write(".env", "PASSWORD=x")
    project.commit()

    refused = project.run("build-push")
    allowed = project.run("build-push", "--allow-sensitive-context", ".env", "--allow-sensitive-context", ".git")

    assert (refused.returncode, allowed.returncode) == (3, 0), allowed.stderr
    assert ".env  (environment settings" in refused.stderr
    assert "RUN" not in refused.stderr


def test_ctrl_c_ends_the_build_and_the_next_run_goes_on(project: Project, node_base_image: str) -> None:
    canary = uuid.uuid4().hex
    project.write("Dockerfile", f"FROM {node_base_image}\nRUN echo started-{canary} && sleep 100\n")
    project.commit()
    with subprocess.Popen(
        [ECSDEPLOY, "build-push"], cwd=project.root, env=project.env, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        seen = []
        for line in running.stderr:
            seen.append(line)
            if re.match(rf"\s+(#\d+ [\d.]+ )?started-{canary}", line):
                break
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()

    assert running.returncode == 130, "".join(seen) + rest
    assert rest.endswith(
        "error: Interrupted.\n"
        "  Nothing was changed. Not finished: building the image; nothing was pushed.\n"
        "  Run the same command again to continue.\n"
    )
    assert not [
        each
        for each in filter(str.isdigit, os.listdir("/proc"))
        if str(project.root) in _text(Path("/proc", each, "cmdline"))
    ]
    project.stamp()
    project.commit()
    assert project.run("build-push").returncode == 0


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""

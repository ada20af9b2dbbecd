"""Real builds, with BuildKit through the docker CLI and with the Engine's own builder."""

from __future__ import annotations

import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.errors import EcsdeployError, Failed, Refused
from ecsdeploy.events import BuildLine
from ecsdeploy.image.build import LocalImage, build, find_docker
from ecsdeploy.image.buildkit import find_cli
from ecsdeploy.image.context import open_context
from ecsdeploy.image.engine import Engine, connect
from ecsdeploy.image.request import BuildRequest, BuildSecret

pytestmark = pytest.mark.docker

Make = Callable[..., BuildRequest]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    found = connect(os.environ)
    yield found
    found.client.close()


@pytest.fixture(params=["buildkit", "classic"])
def builder(request: pytest.FixtureRequest, engine: Engine) -> str:
    name: str = request.param
    if name == "buildkit" and find_cli(os.environ, lambda: engine) is None:
        pytest.skip("no docker CLI here has BuildKit")
    return name


@pytest.fixture
def make(engine: Engine, tmp_path: Path) -> Iterator[Make]:
    """Writes a Dockerfile and describes its build; the images are removed at the end."""
    names: list[str] = []

    def made(dockerfile: str, **more: Any) -> BuildRequest:
        (tmp_path / "Dockerfile").write_text(dockerfile)
        names.append(f"ecsdeploy-test/{tmp_path.name.lower().replace('_', '-').strip('-')}:{len(names)}")
        platform = "linux/" + engine.client.version()["Arch"]
        described = {"platform": platform, "labels": {"ecsdeploy.test": "image"}, **more}
        return BuildRequest(context=open_context(tmp_path, ".", "Dockerfile"), name=names[-1], **described)

    yield made
    for name in names:
        if engine.image(name):
            engine.client.remove_image(name)


def run(request: BuildRequest, engine: Engine, builder: str) -> tuple[list[str], LocalImage]:
    env = {**os.environ, "DOCKER_BUILDKIT": "1" if builder == "buildkit" else "0"}
    story = build(request, find_docker(env, lambda _env: engine), env)
    lines: list[str] = []
    while True:
        try:
            event = next(story)
        except StopIteration as end:
            return lines, end.value
        assert isinstance(event, BuildLine)
        lines.append(event.text)


def error_of(request: BuildRequest, engine: Engine, builder: str) -> EcsdeployError:
    with pytest.raises(EcsdeployError) as caught:
        run(request, engine, builder)
    return caught.value


def layers(engine: Engine, image: LocalImage) -> Iterator[tarfile.TarFile]:
    archive = tarfile.open(fileobj=io.BytesIO(b"".join(engine.client.get_image(image.id))))  # noqa: SIM115
    manifest = archive.extractfile("manifest.json")
    assert manifest is not None
    for name in json.load(manifest)[0]["Layers"]:
        layer = archive.extractfile(name)
        assert layer is not None
        with tarfile.open(fileobj=layer) as opened:
            yield opened


def _history(engine: Engine, image: LocalImage) -> Any:
    return engine.client.history(image.id)  # type: ignore[no-untyped-call]


def test_what_reaches_the_image_is_what_was_checked(engine: Engine, make: Make, builder: str, tmp_path: Path) -> None:
    names = [".env", ".ENV", "a/.env", "a/b/keep.md", "a/b/drop.md", "README.md", "docs/x.md", "src/x.js", "x+y(1).js"]
    names += ["node_modules/m/index.js", "node_modules/keep/index.js", "deep/er/secrets/key", "[odd]", "sp ace.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("src")
    (tmp_path / ".dockerignore").write_text(
        "# a comment\n.env\n**/secrets\n*.md\na/b\n!a/b/keep.md\nnode_modules\n!node_modules/keep\n/docs/\nsp ace.txt\n"
    )
    request = make("FROM scratch\nCOPY . /\n")

    _, image = run(request, engine, builder)

    copied = {member.name.strip("/") for layer in layers(engine, image) for member in layer if not member.isdir()}
    kept = {path for path, entry in request.context.kept() if entry.is_symlink() or entry.is_file()}
    assert kept == copied
    assert {".ENV", "a/.env", "a/b/keep.md", "node_modules/keep/index.js", "link"} <= copied
    assert not {".env", "deep/er/secrets/key", "a/b/drop.md", "README.md", "docs/x.md"} & copied


def test_args_target_and_labels_arrive(engine: Engine, make: Make, builder: str, node_base_image: str) -> None:
    greeting = f"hello {os.urandom(6).hex()}"
    request = make(
        f"FROM {node_base_image} AS base\nARG GREETING\nRUN echo said=$GREETING\nFROM base AS wanted\n"
        "FROM base AS other\nRUN false\n",
        target="wanted",
        args={"GREETING": greeting},
        labels={"org.opencontainers.image.revision": "abc"},
    )

    lines, image = run(request, engine, builder)

    assert any(f"said={greeting}" in line for line in lines)
    found = engine.image(image.id)
    assert found is not None
    assert found["Config"]["Labels"]["org.opencontainers.image.revision"] == "abc"
    assert f"{request.name}" in found["RepoTags"]


def test_a_second_build_of_the_same_is_the_same_image(
    engine: Engine, make: Make, builder: str, node_base_image: str
) -> None:
    dockerfile = f"FROM {node_base_image}\nRUN date +%N > /stamp\n"

    _, first = run(make(dockerfile), engine, builder)
    _, second = run(make(dockerfile), engine, builder)

    assert first == second


def test_a_failing_step_is_told_with_its_last_lines(
    engine: Engine, make: Make, builder: str, node_base_image: str
) -> None:
    error = error_of(make(f"FROM {node_base_image}\nRUN echo one; echo the-reason >&2; exit 7\n"), engine, builder)

    assert type(error) is Failed
    assert error.what.startswith("The image build failed at: ")
    assert "RUN echo one; echo the-reason >&2; exit 7" in error.what
    assert "the-reason" in error.why.splitlines()
    assert "7" in error.why.splitlines()[-1]


def test_a_base_image_that_cannot_be_pulled_is_told_apart(engine: Engine, make: Make, builder: str) -> None:
    error = error_of(make("FROM registry.invalid/nothing:1\n"), engine, builder)

    assert "The base image's registry can't be reached from the Docker Engine." in error.why


def test_a_missing_file_and_a_missing_stage_are_told_apart(engine: Engine, make: Make, builder: str) -> None:
    missing_file = error_of(make("FROM scratch\nCOPY nope /\n"), engine, builder)
    missing_stage = error_of(make("FROM scratch AS a\nLABEL a=b\n", target="zz"), engine, builder)
    mistake = error_of(make("FROM scratch\nFOO bar\n"), engine, builder)

    assert "A file that the Dockerfile copies is not in the build context." in missing_file.why
    assert "The Dockerfile has no such stage." in missing_stage.why
    assert "The Dockerfile has a mistake." in mistake.why


def test_an_image_for_another_processor_is_never_pushed(
    engine: Engine, make: Make, builder: str, node_base_image: str
) -> None:
    other = "linux/arm64" if engine.client.version()["Arch"] == "amd64" else "linux/amd64"

    error = error_of(make(f"FROM {node_base_image}\nLABEL a=b\n", platform=other), engine, builder)

    assert error.exit_code == 5


def test_a_dockerfile_beside_the_context_is_used(engine: Engine, make: Make, builder: str, tmp_path: Path) -> None:
    request = make("FROM scratch\nCOPY . /\n")
    inner = tmp_path / "app"
    inner.mkdir()
    (inner / "main.js").write_text("1")
    (tmp_path / ".git").mkdir()
    request = BuildRequest(
        context=open_context(tmp_path, "app", "../Dockerfile"), platform=request.platform, name=request.name
    )

    _, image = run(request, engine, builder)

    assert [member.name for layer in layers(engine, image) for member in layer if member.isfile()] == ["main.js"]


def test_build_secrets_need_buildkit(engine: Engine, make: Make) -> None:
    request = make("FROM scratch\nLABEL a=b\n", secrets=(BuildSecret("token", variable="TOKEN"),))

    error = error_of(request, engine, "classic")

    assert type(error) is Refused
    assert error.what == "Build secrets need BuildKit, and no docker CLI with BuildKit was found."


class Watch(threading.Thread):
    """Reads every process's arguments, again and again, and keeps those in which `canary` stands."""

    def __init__(self, canary: bytes) -> None:
        super().__init__(daemon=True)
        self._canary = canary
        self._over = threading.Event()
        self.rounds = 0
        self.found: set[bytes] = set()

    def run(self) -> None:
        while not self._over.wait(0.002):
            self.rounds += 1
            for process in filter(str.isdigit, os.listdir("/proc")):
                try:
                    said = Path("/proc", process, "cmdline").read_bytes()
                except OSError:
                    continue
                if self._canary in said:
                    self.found.add(said)

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def test_a_secret_is_in_no_layer_no_history_and_no_argument(
    engine: Engine, make: Make, node_base_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_cli(os.environ, lambda: engine) is None:
        pytest.skip("no docker CLI here has BuildKit")
    canary, in_file, argument = (f"canary-{name}-{os.urandom(6).hex()}" for name in ("variable", "file", "arg"))
    monkeypatch.setenv("TOKEN_OF_THE_TEST", canary)
    (tmp_path / "secret.txt").write_text(in_file)
    request = make(
        f"FROM {node_base_image}\nARG SEEN\n"
        "RUN --mount=type=secret,id=token --mount=type=secret,id=other "
        "cat /run/secrets/token /run/secrets/other | wc -c > /length; : ${SEEN}; sleep 0.3\n",
        args={"SEEN": argument},
        secrets=(
            BuildSecret("token", variable="TOKEN_OF_THE_TEST"),
            BuildSecret("other", file=tmp_path / "secret.txt"),
        ),
    )

    with Watch(b"canary-") as watch:
        lines, image = run(request, engine, "buildkit")

    assert watch.rounds > 10
    assert not watch.found
    whole = b"".join(engine.client.get_image(image.id)) + json.dumps(_history(engine, image)).encode()
    for secret in (canary, in_file):
        assert secret.encode() not in whole
        assert not any(secret in line for line in lines)
    length = next(layer.extractfile("length") for layer in layers(engine, image) if "length" in layer.getnames())
    assert length is not None
    assert int(length.read()) == len(canary) + len(in_file)
    assert argument.encode() in whole, "a build arg stays readable: that is why secrets are not passed as one"

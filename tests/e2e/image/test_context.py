"""The files that reach an image, held against those of which we say that they do: Docker itself is the judge."""

from __future__ import annotations

import os
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ecsdeploy.image.build import Docker, build, find_docker
from ecsdeploy.image.context import open_context
from ecsdeploy.image.request import BuildRequest

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

NAMES = st.sampled_from(["a", "b", "ab", ".env", "x.pem", "a^b", "v7"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
PARTS = ["a", "b", "*", "**", "?", ".env", "*.pem", "a*", "[ab]", "v[0-9]"]
PATTERNS = st.lists(
    st.tuples(st.sampled_from(["", "!"]), st.lists(st.sampled_from(PARTS), min_size=1, max_size=3)).map(
        lambda parts: parts[0] + "/".join(parts[1])
    ),
    max_size=5,
)
MODERN = 23
"""The first Docker Engine whose BuildKit matches by moby/patternmatcher."""
OF_TODAY = [
    ["**.pem"],
    ["*", "!**.pem", "!Dockerfile"],
    ["a**"],
    ["v\\\\d"],
    ["a/b", "!a"],
    ["a^b", ".env"],
]
"""What an Engine from before matches otherwise."""
SURE = [["*", "!a/b"], ["**/*.pem", "!b/x.pem"]]
"""What lets in again, and is read alike by each Engine."""
EVERYTHING = ["a/b/x.pem", "a/b/ab", "ab/.env", "b/a/b", "b/x.pem", ".env", "x.pem", "v7", "a^b"]


@pytest.fixture(scope="module")
def docker() -> Iterator[Docker]:
    found = find_docker(os.environ)
    if found.cli is None:
        pytest.skip("no docker CLI with BuildKit")
    yield found
    found.engine.client.close()


def laid(root: Path, paths: list[str], patterns: list[str]) -> None:
    """Make a context of those paths."""
    for path in paths:
        file = root / path
        if not file.is_dir() and not any(parent.is_file() for parent in file.parents):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /context/\n")
    (root / ".dockerignore").write_text("".join(f"{pattern}\n" for pattern in patterns))


def arrived(root: Path, docker: Docker) -> set[str]:
    """Build the context; return the files in the image."""
    client = docker.engine.client
    request = BuildRequest(
        context=open_context(root, ".", "Dockerfile"),
        platform="linux/" + client.version()["Arch"],
        name=f"ecsdeploy-test/context:{uuid.uuid4().hex}",
        labels={"ecsdeploy.test": "context"},
    )
    story = build(request, docker, os.environ)
    try:
        while True:
            next(story)
    except StopIteration as end:
        image = end.value.id
    container = client.create_container(image, command="none")["Id"]
    try:
        with tempfile.TemporaryFile() as file:
            file.writelines(client.export(container))
            file.seek(0)
            with tarfile.open(fileobj=file) as tar:
                names = [member.name for member in tar if not member.isdir()]
    finally:
        client.remove_container(container)
        client.remove_image(request.name, force=True)
    return {name.removeprefix("context/") for name in names if name.startswith("context/")}


def is_modern(docker: Docker) -> bool:
    """Return whether the Engine's BuildKit matches as that of today does."""
    return int(docker.engine.client.version()["Version"].split(".")[0]) >= MODERN


def said(root: Path) -> set[str]:
    """Return the files of which we say that they reach the builder."""
    kept = open_context(root, ".", "Dockerfile").kept()
    return {path for path, entry in kept if not entry.is_dir(follow_symlinks=False)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(patterns=PATTERNS, paths=st.lists(PATHS, min_size=1, max_size=8))
@example(patterns=SURE[0], paths=EVERYTHING)
@example(patterns=SURE[1], paths=EVERYTHING)
def test_what_reaches_the_image_is_what_is_said_to(docker: Docker, patterns: list[str], paths: list[str]) -> None:
    if not is_modern(docker):  # it decides otherwise what of a folder is let in again, as below
        assume(patterns in SURE or not any(pattern.startswith("!") for pattern in patterns))
    with tempfile.TemporaryDirectory() as folder:
        laid(Path(folder), paths, patterns)
        assert said(Path(folder)) == arrived(Path(folder), docker)


@pytest.mark.parametrize("patterns", OF_TODAY, ids=" ".join)
def test_odd_patterns_too(docker: Docker, patterns: list[str], tmp_path: Path) -> None:
    if not is_modern(docker):
        pytest.skip(f"this Engine is older than {MODERN}")
    laid(tmp_path, EVERYTHING, patterns)
    assert said(tmp_path) == arrived(tmp_path, docker)

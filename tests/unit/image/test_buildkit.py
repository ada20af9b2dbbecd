from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from docker import APIClient
from docker.errors import ImageNotFound

from ecsdeploy.errors import Failed, Refused, UsageError
from ecsdeploy.image import buildkit
from ecsdeploy.image.build import LocalImage, build, find_docker
from ecsdeploy.image.buildkit import DockerCli, arguments, environment, find_cli
from ecsdeploy.image.context import open_context
from ecsdeploy.image.engine import Engine
from ecsdeploy.image.request import BuildRequest, BuildSecret, read_args, read_secrets

BUILT = "sha256:" + "b" * 64
PROBE = "sha256:" + "a" * 64

# What the docker CLIs of the wild do, as far as it matters here.
NO_BUILDX = 'case "$*" in "buildx "*) exit 1;; *) echo "BuildKit is enabled but missing" >&2; exit 1;; esac'
BUILT_IN = f'case "$*" in "buildx "*) exit 1;; *--quiet*) cat >/dev/null; echo {PROBE};; *) exit 3;; esac'
BUILDX = f'case "$*" in "buildx version") echo v0.20;; "buildx build"*) cat >/dev/null; echo {PROBE};; *) exit 1;; esac'
BROKEN_BUILDX = 'case "$*" in "buildx version") echo v0.20;; *) exit 1;; esac'


class FakeClient:
    def __init__(self, images: Mapping[str, str]) -> None:
        self.images = dict(images)

    def inspect_image(self, reference: str) -> dict[str, Any]:
        if reference not in self.images:
            raise ImageNotFound(reference)
        return {"Id": reference, "Os": "linux", "Architecture": self.images[reference], "Size": 5}

    def remove_image(self, reference: str, *, noprune: bool) -> None:
        del self.images[reference]


def fake_engine(**images: str) -> Engine:
    return Engine(cast(APIClient, FakeClient({PROBE: "amd64", BUILT: "amd64"} | images)), "unix:///fake.sock", {})


def docker(folder: Path, script: str) -> Path:
    folder.mkdir()
    path = folder / "docker"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def path_of(*programs: Path) -> dict[str, str]:
    return {"PATH": os.pathsep.join([*(str(program.parent) for program in programs), "/usr/bin", "/bin"])}


def request(tmp_path: Path, **more: Any) -> BuildRequest:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    context = open_context(tmp_path, ".", "Dockerfile")
    return BuildRequest(context=context, platform="linux/amd64", name="web:abc", **more)


def test_the_first_docker_with_a_working_buildkit_is_used(tmp_path: Path) -> None:
    without = docker(tmp_path / "1", NO_BUILDX)
    broken = docker(tmp_path / "2", BROKEN_BUILDX)
    built_in = docker(tmp_path / "3", BUILT_IN)
    buildx = docker(tmp_path / "4", BUILDX)

    assert find_cli(path_of(without, broken, built_in, buildx), fake_engine) == DockerCli(str(built_in), buildx=False)
    assert find_cli(path_of(buildx, built_in), fake_engine) == DockerCli(str(buildx), buildx=True)


def test_what_the_probe_built_is_removed(tmp_path: Path) -> None:
    engine = fake_engine()

    assert find_cli(path_of(docker(tmp_path / "1", BUILT_IN)), lambda: engine)

    assert engine.image(PROBE) is None


def test_a_cli_that_builds_on_another_engine_is_not_used(tmp_path: Path) -> None:
    elsewhere = Engine(cast(APIClient, FakeClient({})), "unix:///fake.sock", {})
    only = {"PATH": str(docker(tmp_path / "1", BUILDX).parent)}

    assert find_cli(only, lambda: elsewhere) is None


def test_no_docker_and_a_wish_for_the_classic_builder_lead_to_the_engine(tmp_path: Path) -> None:
    assert find_cli({"PATH": str(tmp_path)}, fake_engine) is None
    buildx = path_of(docker(tmp_path / "1", BUILDX))
    assert find_cli({**buildx, "DOCKER_BUILDKIT": "0"}, fake_engine) is None


def test_no_value_stands_in_the_arguments(tmp_path: Path) -> None:
    wanted = request(
        tmp_path,
        target="runtime",
        args={"VERSION": "canary-1", "FLAVOUR": "canary-2"},
        secrets=(BuildSecret("npm", variable="NPM_TOKEN"), BuildSecret("key", file=Path("/srv/a,b/key"))),
        labels={"org.opencontainers.image.revision": "abc"},
    )

    found = arguments(wanted, tmp_path / "id")

    assert found == [
        "--progress",
        "plain",
        "--platform",
        "linux/amd64",
        "--iidfile",
        str(tmp_path / "id"),
        "--tag",
        "web:abc",
        "--file",
        str(tmp_path / "Dockerfile"),
        "--target",
        "runtime",
        "--build-arg",
        "VERSION",
        "--build-arg",
        "FLAVOUR",
        "--label",
        "org.opencontainers.image.revision=abc",
        "--secret",
        "id=npm,env=NPM_TOKEN",
        "--secret",
        'id=key,"src=/srv/a,b/key"',
        str(tmp_path),
    ]
    env = environment(wanted, fake_engine(), {"PATH": "/bin", "NPM_TOKEN": "secret"})
    assert (env["VERSION"], env["FLAVOUR"], env["NPM_TOKEN"]) == ("canary-1", "canary-2", "secret")


def test_an_arg_that_the_cli_itself_would_read_stays_out_of_its_environment(tmp_path: Path) -> None:
    wanted = request(tmp_path, args={"PATH": "/app/bin", "DOCKER_HOST": "tcp://x", "HOME": "/app"})

    env = environment(wanted, fake_engine(), {"PATH": "/bin", "HOME": "/home/me"})

    assert (env["PATH"], env["HOME"], "DOCKER_HOST" in env) == ("/bin", "/home/me", False)
    assert "PATH=/app/bin" in arguments(wanted, tmp_path / "id")


def builds(tmp_path: Path, script: str, engine: Engine, **more: Any) -> LocalImage:
    env = path_of(docker(tmp_path / "bin", script))
    story = build(request(tmp_path, **more), find_docker(env, lambda _env: engine), env)
    while True:
        try:
            next(story)
        except StopIteration as end:
            result: LocalImage = end.value
            return result


WRITES_ID = f"""
case "$*" in "buildx "*) exit 1;; *--quiet*) cat >/dev/null; echo {PROBE}; exit;; esac
while [ $# -gt 0 ]; do [ "$1" = --iidfile ] && printf %s {BUILT} > "$2"; shift; done
"""


@pytest.mark.parametrize(
    "name", ["HTTPS_PROXY", "http_proxy", "No_Proxy", "ALL_PROXY", "AWS_PROFILE", "OTEL_SDK_DISABLED"]
)
def test_an_arg_that_leads_elsewhere_reaches_the_build_only(tmp_path: Path, name: str) -> None:
    """A proxy of the build, say, is not the way that the docker CLI or its credential helpers take."""
    wanted = request(tmp_path, args={name: "http://proxy.internal:3128"})

    assert environment(wanted, fake_engine(), {name: "mine"})[name] == "mine"
    assert name not in environment(wanted, fake_engine(), {})
    assert f"{name}=http://proxy.internal:3128" in arguments(wanted, tmp_path / "id")


def test_docker_gets_no_key_but_one_that_the_build_is_to_have(tmp_path: Path) -> None:
    wanted = request(tmp_path, secrets=(BuildSecret("token", variable="GITHUB_TOKEN"),))
    keys = {"AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "r"}
    mine = {"GITHUB_TOKEN": "g", "AWS_PROFILE": "me", "PATH": "/bin"}

    given = environment(wanted, fake_engine(), {**keys, **mine, "GH_TOKEN": "h"})

    assert {name: given.get(name) for name in (*keys, *mine, "GH_TOKEN")} == {
        **dict.fromkeys(keys),
        **mine,
        "GH_TOKEN": None,
    }


def test_a_secret_keeps_its_variable_beside_an_arg_of_that_name(tmp_path: Path) -> None:
    wanted = request(tmp_path, args={"NPM_TOKEN": "none"}, secrets=(BuildSecret("npm_token", variable="NPM_TOKEN"),))

    assert environment(wanted, fake_engine(), {"NPM_TOKEN": "s3cret"})["NPM_TOKEN"] == "s3cret"
    told = arguments(wanted, tmp_path / "id")
    assert told[told.index("--build-arg") + 1] == "NPM_TOKEN=none"
    assert "id=npm_token,env=NPM_TOKEN" in told
    assert not any("s3cret" in each for each in told)


def test_the_image_is_known_by_the_id_that_the_builder_wrote(tmp_path: Path) -> None:
    assert builds(tmp_path, WRITES_ID, fake_engine()) == LocalImage(BUILT, 5)


def test_another_image_store_may_know_it_by_its_tag_alone(tmp_path: Path) -> None:
    engine = Engine(cast(APIClient, FakeClient({PROBE: "amd64", "web:abc": "amd64"})), "unix:///fake.sock", {})

    assert builds(tmp_path, WRITES_ID, engine) == LocalImage("web:abc", 5)


def test_an_image_of_another_architecture_is_not_pushed(tmp_path: Path) -> None:
    with pytest.raises(Failed) as caught:
        builds(tmp_path, WRITES_ID, fake_engine(**{BUILT: "arm64"}))

    assert caught.value.what == "The image is for linux/arm64, the task runs on linux/amd64."


def test_a_failing_build_is_told_with_its_step(tmp_path: Path) -> None:
    script = WRITES_ID + "echo '#5 [2/2] RUN make'; echo '#5 0.1 no rule'; echo '#5 ERROR: exit code: 2' >&2; exit 1"

    with pytest.raises(Failed) as caught:
        builds(tmp_path, script, fake_engine())

    assert caught.value.what == "The image build failed at: [2/2] RUN make"
    assert caught.value.why == "no rule\nexit code: 2"


def test_a_cli_that_vanishes_is_an_error(tmp_path: Path) -> None:
    story = buildkit.build(DockerCli(str(tmp_path / "docker"), buildx=False), request(tmp_path), fake_engine(), {})

    with pytest.raises(Refused, match="can't be started"):
        next(story)


def test_secrets_are_looked_for_before_the_build(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")

    assert read_secrets({"npm": "env:NPM", "key": "file:key"}, tmp_path, {"NPM": "x"}) == (
        BuildSecret("npm", variable="NPM"),
        BuildSecret("key", file=tmp_path / "key"),
    )
    with pytest.raises(Refused, match="variable NPM, which is not set"):
        read_secrets({"npm": "env:NPM"}, tmp_path, {})
    with pytest.raises(Refused, match="nothing, which is not a file"):
        read_secrets({"key": "file:nothing"}, tmp_path, {})


def test_build_args_of_the_command_line() -> None:
    assert read_args(("A=1", "B=x=y", "C=")) == {"A": "1", "B": "x=y", "C": ""}
    for wrong in ("A", "=1", "1A=x", ""):
        with pytest.raises(UsageError, match="is not NAME=VALUE"):
            read_args((wrong,))

"""`build-push` killed and interrupted at each call of AWS, of the Docker Engine, and of the docker CLI; and each of
its calls of AWS broken once."""

from __future__ import annotations

import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from tests.tool.hard.lab import Lab, Trial
from tests.tool.hard.rows import Row
from tests.tool.hard.tables import Harm, interruptions, kills, transient

pytestmark = [pytest.mark.docker, pytest.mark.hard, pytest.mark.timeout(3600)]

MOST = 100


@pytest.fixture
def engine() -> Iterator[Any]:
    """The Docker Engine that builds."""
    client = docker.from_env()
    yield client
    client.close()


def prepare(lab: Lab) -> None:
    """Have an app of its own, whose image there never was."""
    (lab.project / "stamp").write_text(uuid.uuid4().hex)
    (lab.project / "Dockerfile").write_text("FROM scratch\nCOPY stamp /\n")
    lab.new_app()
    lab.require("create-repo")


def what_is_there(lab: Lab, engine: Any) -> dict[str, object]:
    """Return what ECR has, and what is left in the Engine: how many images, under what names."""
    images = lab.client("ecr").describe_images(repositoryName=lab.app)["imageDetails"]
    local = [image for image in engine.images.list() if _names(lab, image)]
    return {
        "tagged": sorted(len(image.get("imageTags", [])) for image in images),
        "images": len(local),
        "names": sorted(name for image in local for name in _names(lab, image)),
    }


def _names(lab: Lab, image: Any) -> list[str]:
    """Return the app's names of an image, without what differs from case to case."""
    name = re.compile(rf"(.*/)?\b{lab.app}:[0-9a-f]{{40}}")
    return [found[1] or "" for tag in image.tags if (found := name.fullmatch(tag))]


def forget(lab: Lab, engine: Any) -> None:
    """Remove what the case left in the Engine."""
    for image in engine.images.list():
        if _names(lab, image):
            engine.images.remove(image.id, force=True)


def at_every_call(lab: Lab, engine: Any, table: str, harms: list[Harm]) -> Row:
    row = Row(table, "build-push")
    prepare(lab)
    assert lab.require("build-push").out.startswith("127.0.0.1:")
    expected = what_is_there(lab, engine)
    forget(lab, engine)
    for harm in harms:
        for at in range(1, MOST):
            prepare(lab)
            trial = lab.trial("build-push", plan=harm.plan(lab, at))
            if not trial.fired:
                forget(lab, engine)
                break
            lab.sandbox.faults.heal()
            problems = [*harm.judge(lab, trial), *_running(lab, trial)]
            if harm.again and (again := lab.trial("build-push")).code != 0:
                problems.append(f"again: ended with {again.code}: {again.err.strip()[-400:]}")
            found = what_is_there(lab, engine)
            if trial.code == -9 or ":DELETE " in trial.until_fired[-1]:
                # Nobody could take back the name under which the image was being pushed: it does no harm.
                found["names"] = expected["names"]
            if found != expected:
                problems.append(f"{expected} -> {found}")
            row.case(f"{harm.name} call {at} ({trial.until_fired[-1]})", problems)
            forget(lab, engine)
    return row


def _running(lab: Lab, trial: Trial) -> list[str]:
    """Return which of our docker commands are left running by a run that could end them."""
    if trial.code == -9:
        return []
    for _ in range(20):
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        left = [line for line in listed.splitlines() if "docker" in line and f"{lab.app}:" in line]
        if not left:
            return []
        time.sleep(0.1)  # noqa: TID251 - for another process
    return [f"still runs: {line}" for line in left]


TABLES = [("killed", kills()), ("interrupted", interruptions()), ("one fault", transient(aws_only=True))]


@pytest.mark.parametrize(("table", "harms"), TABLES, ids=[name for name, _harms in TABLES])
def test_build_push_at_every_call(lab: Lab, engine: Any, table: str, harms: list[Harm]) -> None:
    at_every_call(lab, engine, table, harms).tell()

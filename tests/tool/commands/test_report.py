"""`--report`: what a run leaves for people and programs, however it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ecsdeploy.report import record_schema
from tests.support.world import World, open_world


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[World]:
    """A world in which AWS takes as long as it does: its tasks can be watched."""
    with open_world(tmp_path, speed=1.0) as fresh:
        yield fresh


def reported(world: World, name: str = "run.json") -> dict[str, Any]:
    """Return the report that a run left, if its schema allows that."""
    found: dict[str, Any] = json.loads((world.project / name).read_text())
    jsonschema.validate(found, json.loads(record_schema.FILE.read_text()))
    return found


def test_a_deployment_is_reported_as_page_and_as_data(slow: World) -> None:
    slow.release()
    ran = slow.run("deploy", "--report", "run.json", "--report", "run.html")
    assert ran.code == 0, ran.err
    found = reported(slow)

    assert (found["command"], found["exit_code"], found["error"]) == ("deploy", 0, None)
    assert found["outcome"]["text"] == "Deployed hello:1: 1 of 1 tasks run."
    assert found["about"]["cluster"] == "hello"
    assert {"kind": "service", "name": "hello", "action": "created", "changes": [], "detail": ""} in found["plan"]
    assert found["results"] == [{"name": "url", "value": ran.out.strip()}]
    assert len(found["tasks"]) == 1
    (bar,) = found["timeline"]["bars"]
    assert bar["phases"][0]["name"] == "provisioning"
    assert (bar["new"], bar["failed"], bar["revision"]) == (True, False, "hello:1")
    assert found["timeline"]["marks"][0]["name"] == "started"
    page = (slow.project / "run.html").read_text()
    assert "Deployed hello:1: 1 of 1 tasks run." in page
    assert "<svg" in page


def test_a_deployment_that_fails_is_reported_with_its_cause(slow: World) -> None:
    slow.release()
    assert slow.run("deploy").code == 0
    slow.sandbox.faults.break_next_deployment("crash")
    slow.release()
    ran = slow.run("deploy", "--report", "run.json")
    assert ran.code == 4, ran.err
    found = reported(slow)

    assert found["exit_code"] == 4
    assert found["causes"]
    assert found["causes"][-1]["cause"].startswith("The container hello ended")
    assert any(bar["failed"] for bar in found["timeline"]["bars"])
    assert "first-failure" in [mark["name"] for mark in found["timeline"]["marks"]]


def test_what_is_refused_is_reported_too(world: World) -> None:
    world.release()
    world.configure("app = 'hello'\nregion = 'us-east-1'\naccount = '999999999999'\n")
    ran = world.run("deploy", "--report", "run.json")
    found = reported(world)

    assert ran.code == found["exit_code"] == 3
    assert f"error: {found['error']['what']}\n" in ran.err


def test_other_verbs_are_reported(world: World) -> None:
    for _ in range(2):
        world.release()
        assert world.run("deploy").code == 0
    for verb in (("restart",), ("scale", "2"), ("rollback", "--yes")):
        ran = world.run(*verb, "--report", "run.json")
        assert ran.code == 0, ran.err
        found = reported(world)
        assert (found["command"], found["exit_code"], found["outcome"]["ok"]) == (verb[0], 0, True)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("run.txt", "error: --report run.txt has no format: the name's end tells it.\n"),
        ("nowhere/run.json", "error: The report nowhere/run.json can't be written.\n  No such file or directory.\n"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_happens(world: World, file: str, why: str) -> None:
    world.release()
    before = sorted(world.project.iterdir())
    ran = world.run("deploy", "--debug", "--report", "good.json", "--report", file)

    assert ran.code == 2
    assert ran.err.startswith(why)
    assert not ran.calls
    assert sorted(world.project.iterdir()) == before

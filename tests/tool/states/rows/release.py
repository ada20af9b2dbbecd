"""`[release]`: a command that has to succeed before a rollout."""

from __future__ import annotations

from typing import Any

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Release command"
RAN = {"ecs:RunTask": 1, "ecs:TagResource": 1}


def _release(command: str, more: str = "") -> str:
    return f"\n[release]\ncommand = {command}\n{more}"


GOOD = _release('["sh", "-c", "echo migrating"]')
BAD = _release('["sh", "-c", "echo no such table; exit 3"]')


def _tags(bench: Bench, revision: int) -> dict[str, Any]:
    found = bench.ecs.describe_task_definition(taskDefinition=f"{bench.app}:{revision}", include=["TAGS"])
    return {tag["key"]: tag["value"] for tag in found["tags"]}


@row(AREA, "the first deployment", does="runs it as a task, then creates the service")
def release_first(bench: Bench) -> Steps:
    bench.config(GOOD)
    bench.release()
    ran = yield
    assert ran.writes["ecs:RunTask"] == 1
    told = ran.err.splitlines()
    expected = (f"+ task definition {bench.app}:1", "  | migrating", "> release command", f"+ service {bench.app}")
    order = [next(n for n, line in enumerate(told) if text in line) for text in expected]
    assert order == sorted(order)
    assert "migrating" not in ran.out
    assert len(_tags(bench, 1)["ecsdeploy:released"]) == 12


@row(AREA, "another image", does="runs it once more, before the service is updated")
def release_another(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.change()
    ran = yield
    assert ran.writes == {"ecs:RegisterTaskDefinition": 1, "ecs:UpdateService": 1, **RAN}
    assert len(_tags(bench, 2)["ecsdeploy:released"].split()) == 2


@row(AREA, "nothing differs", does="does not run it")
def release_unchanged(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    ran = yield
    assert ran.writes == {}
    assert "release command" not in ran.err


@row(AREA, "the same image in another revision", command="deploy --image v1", does="does not run it again")
def release_same_image(bench: Bench) -> Steps:
    bench.config(GOOD)
    bench.push_image("v1")
    bench.require("deploy", "--image", "v1")
    bench.config(GOOD + "[task.environment]\nMORE = '1'\n")
    ran = yield
    assert ran.writes == {"ecs:RegisterTaskDefinition": 1, "ecs:UpdateService": 1}
    assert ": unchanged (it has succeeded for this image)\n" in ran.err
    assert _tags(bench, 2)["ecsdeploy:released"] == _tags(bench, 1)["ecsdeploy:released"]


@row(AREA, "an image from before the running one", command="deploy --image v1", does="does not run it again")
def release_back_and_forth(bench: Bench) -> Steps:
    bench.config(GOOD)
    for tag in ("v1", "v2"):
        bench.push_image(tag)
        assert bench.run("deploy", "--image", tag, "--debug").writes["ecs:RunTask"] == 1
    ran = yield
    assert ran.writes == {"ecs:RegisterTaskDefinition": 1, "ecs:UpdateService": 1}
    assert ": unchanged (it has succeeded for this image)\n" in ran.err


@row(AREA, "it fails", does="says so and leaves the service as it is", code=5)
def release_fails(bench: Bench) -> Steps:
    bench.deployed()
    bench.config(BAD)
    bench.change()
    before = bench.deployments()
    ran = yield
    assert ran.writes == {"ecs:RegisterTaskDefinition": 1, "ecs:RunTask": 1}
    assert "  | no such table\n" in ran.err
    assert "error: The release command ended with exit code 3.\n  The service was not touched." in ran.err
    assert bench.deployments() == before
    assert (bench.runs(), bench.revisions()) == (f"{bench.app}:1", [f"{bench.app}:1", f"{bench.app}:2"])


@row(AREA, "it failed before", does="runs it again; no second revision is registered")
def release_mended(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.change()
    bench.sandbox.faults.break_api("access-denied", "ecs:RunTask", 1)
    bench.require("deploy", code=5)
    ran = yield
    assert ran.writes == {"ecs:UpdateService": 1, **RAN}


@row(AREA, "it fails in the first deployment", does="creates no service", code=5)
def release_fails_first(bench: Bench) -> Steps:
    bench.config(BAD)
    bench.release()
    yield
    assert bench.ecs.describe_services(cluster=bench.app, services=[bench.app])["services"] == []


@row(AREA, "it takes too long", does="stops it, and leaves the service as it is", code=5)
def release_too_long(bench: Bench) -> Steps:
    bench.deployed()
    bench.config(_release('["sleep", "600"]', 'timeout = "30s"\n'))
    bench.change()
    ran = yield
    assert ran.writes == {"ecs:RegisterTaskDefinition": 1, "ecs:RunTask": 1, "ecs:StopTask": 1}
    assert "error: The release command took longer than 30s and was stopped.\n" in ran.err
    assert bench.runs() == f"{bench.app}:1"


@row(AREA, "ecs:RunTask is denied", does="names the action; the service stays as it is", code=5)
def release_denied(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.change()
    bench.sandbox.faults.break_api("access-denied", "ecs:RunTask", 1000)
    ran = yield
    assert "error: These credentials lack permission for ecs:RunTask" in ran.err
    assert bench.runs() == f"{bench.app}:1"


@row(AREA, "an older revision is to run again", command="rollback --to 1", does="does not run it")
def release_rollback(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.change()
    bench.require("deploy")
    ran = yield
    assert ran.writes == {"ecs:UpdateService": 1}


@row(AREA, "tasks are replaced", command="restart", does="does not run it")
def release_restart(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    ran = yield
    assert ran.writes == {"ecs:UpdateService": 1}

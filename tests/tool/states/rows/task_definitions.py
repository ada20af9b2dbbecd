"""The family and its revisions."""

from __future__ import annotations

from typing import Any

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Task definition"


def _document(bench: Bench, revision: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = bench.ecs.describe_task_definition(taskDefinition=f"{bench.app}:{revision}")[
        "taskDefinition"
    ]
    return found


def _with_sidecar(bench: Bench) -> None:
    document = _document(bench)
    sidecar = {"name": "agent", "image": "public.ecr.aws/agent:1", "essential": False}
    bench.register(document, containerDefinitions=[*document["containerDefinitions"], sidecar])


@row(AREA, "the running revision was deregistered (INACTIVE)", does="registers an equal one, and deploys it")
def revision_deregistered(bench: Bench) -> Steps:
    bench.deployed()
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:1")
    ran = yield
    assert f"+ task definition {bench.app}:2: created\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"
    assert bench.run("deploy", "--debug").writes == {}


@row(AREA, "the newest revision, which never ran, is INACTIVE", does="writes nothing: what runs is what is wanted")
def revision_newest_inactive(bench: Bench) -> Steps:
    bench.deployed()
    bench.register(_document(bench), memory="1024")
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:2")
    ran = yield
    assert ran.writes == {}


@row(
    AREA,
    "every revision is INACTIVE, and the service is gone",
    command="register-task",
    does="registers a new one",
)
def revision_all_inactive(bench: Bench) -> Steps:
    bench.release()
    bench.require("register-task")
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:1")
    ran = yield
    assert f"+ task definition {bench.app}:2: created\n" in ran.err


@row(AREA, "an equal newest revision", command="register-task", does="registers nothing, and prints its ARN")
def revision_equal(bench: Bench) -> Steps:
    bench.release()
    bench.require("register-task")
    ran = yield
    assert ran.writes == {}
    assert ran.out.endswith(f":task-definition/{bench.app}:1\n")


@row(AREA, "sidecars were added by hand, and run", does="removes them, and warns before it does")
def revision_with_sidecars(bench: Bench) -> Steps:
    bench.deployed()
    _with_sidecar(bench)
    bench.update(taskDefinition=f"{bench.app}:2")
    bench.wait_until_steady()
    ran = yield
    assert "warning: The config does not have the container 'agent': the new revision goes without.\n" in ran.err
    assert [c["name"] for c in _document(bench, 3)["containerDefinitions"]] == [bench.app]


@row(AREA, "sidecars were added by hand, and do not run", does="writes nothing: what runs is what is wanted")
def revision_with_idle_sidecars(bench: Bench) -> Steps:
    bench.deployed()
    _with_sidecar(bench)
    ran = yield
    assert ran.writes == {}


@row(
    AREA,
    "memory set by hand, and environment variables added",
    does="sets back what the config says, removes what it does not, shows both",
)
def revision_drifted(bench: Bench) -> Steps:
    bench.deployed()
    document = _document(bench)
    container = {**document["containerDefinitions"][0], "environment": [{"name": "DEBUG", "value": "1"}]}
    bench.register(document, memory="1024", containerDefinitions=[container])
    bench.update(taskDefinition=f"{bench.app}:2")
    bench.wait_until_steady()
    ran = yield
    assert "    memory: 1024 -> 512\n" in ran.err
    assert f"    containerDefinitions.{bench.app}.environment.DEBUG: 1 -> (none)\n" in ran.err

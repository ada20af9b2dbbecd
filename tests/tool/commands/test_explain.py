"""`ecsdeploy explain`, as a user sees it."""

from __future__ import annotations

import json

from tests.support.world import World
from tests.tool.commands.test_watch import deployed, newest

CAUSE = "The image is not in the repository: never pushed, or expired by the lifecycle policy."


def failed(world: World) -> str:
    """Deploy what works, then what does not; return the deployment that failed."""
    deployed(world)
    world.release()
    world.sandbox.faults.break_next_deployment("pull-error")
    assert world.run("deploy", "--report", "report.json").code == 4
    world.wait_until_steady()
    return newest(world)


def test_the_last_one_that_failed_is_explained(world: World) -> None:
    arn = failed(world)
    ran = world.run("explain", "--debug")
    assert ran.code == 0, ran.err
    assert "The deployment of hello:2" in ran.err
    assert f"  deployment: {arn}\n" in ran.err
    assert CAUSE in ran.err
    assert ran.writes == {}


def test_it_is_still_explained_after_a_success(world: World) -> None:
    arn = failed(world)
    world.release()
    assert world.run("deploy").code == 0
    assert CAUSE in world.run("explain").err
    assert CAUSE in world.run("explain", arn).err


def test_what_ecs_has_forgotten_is_explained_by_what_is_left(world: World) -> None:
    failed(world)
    world.clock.pass_time(2 * 3600)
    ran = world.run("explain")
    assert ran.code == 0, ran.err
    assert "Not known any more: ECS keeps a stopped task for an hour only." in ran.err or CAUSE in ran.err


def test_a_report_is_explained_without_aws(world: World) -> None:
    failed(world)
    ran = world.run("explain", "--from", "report.json", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert ran.code == 0, ran.err
    assert CAUSE in ran.err
    assert ran.err.startswith("hello:2 failed")


def test_what_is_no_report_is_refused(world: World) -> None:
    for content in ("{", json.dumps({"schema": "other/1"}), "[]"):
        (world.project / "other.json").write_text(content)
        ran = world.run("explain", "--from", "other.json")
        assert ran.code == 2, ran.err
        assert ran.err.startswith("error: other.json is not a report of ecsdeploy.\n")
    assert world.run("explain", "--from", "none.json").code == 2


def test_where_nothing_failed_there_is_nothing_to_explain(world: World) -> None:
    deployed(world)
    ran = world.run("explain")
    assert (ran.code, ran.err) == (0, "No deployment of hello/hello has failed, as far as ECS remembers (90 days).\n")

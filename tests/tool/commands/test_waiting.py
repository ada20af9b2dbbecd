"""`--no-wait` and `--wait-until`, as a user sees them."""

from __future__ import annotations

import pytest

from tests.support.world import World
from tests.tool.commands.test_watch import deployed


def test_without_waiting_the_deployment_is_only_started(world: World) -> None:
    deployed(world)
    world.release()
    ran = world.run("deploy", "--no-wait")
    assert (ran.code, ran.out) == (0, "")
    assert "Started the deployment of hello:2, without waiting for it.\n" in ran.err
    assert "  next: `ecsdeploy watch` follows it to its verdict\n" in ran.err
    assert world.run("watch").code == 0


@pytest.mark.parametrize(("until", "words"), [("started", "run"), ("healthy", "are healthy")])
def test_only_the_tasks_are_waited_for(world: World, until: str, words: str) -> None:
    deployed(world)
    world.release()
    ran = world.run("deploy", "--wait-until", until)
    assert ran.code == 0, ran.err
    early = f"The tasks of hello:2 {words}; ECS goes on with the deployment.\n"
    assert early in ran.err or "Deployed hello:2: 1 of 1 tasks run.\n" in ran.err


def test_a_rollback_is_waited_for_where_that_is_asked(world: World) -> None:
    deployed(world)
    world.release()
    world.sandbox.faults.break_next_deployment("pull-error")
    ran = world.run("deploy", "--wait-until", "rolled-back")
    assert ran.code == 4, ran.err
    assert "hello:2 failed, and ECS rolled back to what ran before.\n" in ran.err


def test_the_two_exclude_each_other(world: World) -> None:
    ran = world.run("deploy", "--no-wait", "--wait-until", "started")
    assert ran.code == 2
    assert ran.err == "error: --no-wait and --wait-until exclude each other.\n  Leave one of them out.\n"

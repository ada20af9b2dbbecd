"""`ecsdeploy restart`, as a user sees it."""

from __future__ import annotations

import re

from tests.support.world import CONFIG, World
from tests.tool.states.bench import NO_BREAKER


def deployed(world: World) -> set[str]:
    """Deploy; return the tasks."""
    world.release()
    assert world.run("deploy").code == 0
    world.wait_until_steady()
    return tasks(world)


def tasks(world: World) -> set[str]:
    return set(world.client("ecs").list_tasks(cluster="hello")["taskArns"])


def test_every_task_is_replaced_by_one_of_the_same_revision(world: World) -> None:
    before = deployed(world)
    ran = world.run("restart", "--debug")
    assert ran.code == 0, ran.err
    assert ran.err.startswith("Restarting hello/hello: new tasks of hello:1\n~ service hello: updated\n")
    assert "Restarted hello:1: 1 of 1 tasks run, all of them new.\n" in ran.err
    assert re.fullmatch(r"http://127\.64\.\d+\.\d+:3000\n", ran.out)
    assert ran.writes == {"ecs:UpdateService": 1}
    world.wait_until_steady()
    assert not before & tasks(world)
    assert world.service()["taskDefinition"].endswith("hello:1")


def test_where_no_task_is_to_run_there_is_nothing_to_restart(world: World) -> None:
    deployed(world)
    assert world.run("scale", "0").code == 0
    ran = world.run("restart", "--debug")
    assert (ran.code, ran.writes) == (12, {})
    assert ran.err.startswith(
        "No task of hello runs: nothing to restart.\n  next: `ecsdeploy scale --restore` starts some\n"
    )


def test_new_tasks_that_fail_leave_the_old_ones(world: World) -> None:
    before = deployed(world)
    world.sandbox.faults.break_next_deployment("start-error")
    ran = world.run("restart")
    assert ran.code == 4, ran.err
    assert "hello:1 failed, and ECS rolled back to what ran before.\n" in ran.err
    assert before <= tasks(world)


def test_one_that_goes_on_is_named_and_not_started_twice(world: World) -> None:
    world.configure(CONFIG + NO_BREAKER)
    deployed(world)
    world.sandbox.faults.break_next_deployment("no-capacity")
    left = world.run("restart", "--timeout", "0s")
    assert left.code == 6, left.err
    assert "  next: `ecsdeploy watch` watches it again\n" in left.err
    again = world.run("restart", "--debug")
    assert (again.code, again.writes) == (9, {})
    assert "error: Another deployment of hello is in flight: " in again.err

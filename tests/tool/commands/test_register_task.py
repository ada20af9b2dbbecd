"""`ecsdeploy register-task`, as a user sees it."""

from __future__ import annotations

import re

from tests.support.world import CONFIG, World

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/hello"


def test_a_difference_is_registered_and_its_absence_is_not(world: World) -> None:
    world.release()
    first = world.run("register-task")
    assert (first.code, first.out) == (0, f"{ARN}:1\n")
    assert first.err == "+ task definition hello:1: created\n"
    again = world.run("register-task", "--debug")
    assert (again.code, again.out, again.writes) == (0, f"{ARN}:1\n", {})
    assert "= task definition hello:1: unchanged\n" in again.err


def test_the_difference_is_shown(world: World) -> None:
    commit = world.release()
    assert world.run("register-task").code == 0
    world.configure(CONFIG.replace("port = 3000", "port = 3000\ncpu = 512\nmemory = 1024"))
    ran = world.run("register-task", "--image", commit)
    assert (ran.code, ran.out) == (0, f"{ARN}:2\n")
    assert ran.err == "+ task definition hello:2: created\n    cpu: 256 -> 512\n    memory: 512 -> 1024\n"


def test_an_image_that_was_not_pushed_is_refused(world: World) -> None:
    world.release()
    commit = world.commit("not built")
    ran = world.run("register-task")
    assert ran.code == 3
    uri = re.escape(f"{world.sandbox.settings.registry()}/hello")
    assert re.fullmatch(
        rf"error: The image {commit} is not in {uri}\.\n"
        r"  This source was not built and pushed yet\.\n"
        r"  Run `ecsdeploy build-push`, or name another image with --image\.\n",
        ran.err,
    )


def test_a_lost_answer_leaves_no_second_revision(world: World) -> None:
    world.release()
    world.sandbox.faults.break_api("lost-answer", "ecs:RegisterTaskDefinition", 1)
    ran = world.run("register-task")
    assert (ran.code, ran.out) == (0, f"{ARN}:1\n"), ran.err
    assert world.client("ecs").list_task_definitions()["taskDefinitionArns"] == [f"{ARN}:1"]


def test_what_fargate_does_not_have_is_a_mistake_in_the_config(world: World) -> None:
    world.configure(CONFIG + '[[task.raw.containerDefinitions]]\nname = "hello"\nprivileged = true\n')
    world.release()
    world.recorder = None  # whoever may register it hears this; the deploy role may register no such container

    ran = world.run("register-task")

    assert ran.code == 2
    assert "error: ECS does not accept this task definition.\n" in ran.err
    assert (
        "  Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level.\n"
        in ran.err
    )

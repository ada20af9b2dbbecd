"""`ecsdeploy scale`, as a user sees it."""

from __future__ import annotations

import re

import pytest

from tests.support.world import CONFIG, World, suffer

TAG = "ecsdeploy:count-before"
STOPPED = """\
~ service hello: updated
    tags.ecsdeploy:count-before: (none) -> 1
    desiredCount: 1 -> 0
Scaled: hello runs no task, as asked.
  service: hello/hello
  revision: hello:1
  before: 1 task
  next: `ecsdeploy scale --restore` brings them back
"""
STARTED = """\
1 task: before it was scaled, hello ran 1.
~ service hello: updated
    desiredCount: 0 -> 1
    tags.ecsdeploy:count-before: 1 -> (none)
Scaled: hello runs 1 of 1 task.
  service: hello/hello
  revision: hello:1
  before: 0 tasks
"""


def deployed(world: World, *more: str) -> None:
    world.configure(CONFIG + "".join(more))
    world.release()
    assert world.run("deploy").code == 0
    world.wait_until_steady()


def tags(world: World) -> dict[str, str]:
    found = world.client("ecs").list_tags_for_resource(resourceArn=world.service()["serviceArn"])["tags"]
    return {tag["key"]: tag["value"] for tag in found}


def test_more_tasks_are_started_and_waited_for(world: World) -> None:
    deployed(world)
    ran = world.run("scale", "3", "--debug")
    assert ran.code == 0, ran.err
    assert "Scaled: hello runs 3 of 3 tasks.\n" in ran.err
    assert len(re.findall(r"^http://127\.64\.\d+\.\d+:3000$", ran.out, re.MULTILINE)) == 3
    assert world.service()["runningCount"] == 3
    assert ran.writes == {"ecs:TagResource": 1, "ecs:UpdateService": 1}
    assert (
        len(world.client("ecs").list_service_deployments(cluster="hello", service="hello")["serviceDeployments"]) == 1
    )


def test_the_same_count_again_writes_nothing(world: World) -> None:
    deployed(world)
    assert world.run("scale", "2").code == 0
    ran = world.run("scale", "2", "--debug")
    assert (ran.code, ran.writes) == (0, {})
    assert "Nothing to do: hello runs 2 of 2 tasks.\n" in ran.err


def test_stopped_and_started_again(world: World) -> None:
    deployed(world)
    stopped = world.run("scale", "0")
    assert (stopped.code, stopped.err, stopped.out) == (0, STOPPED, "")
    assert world.service()["runningCount"] == 0
    twice = world.run("scale", "0", "--debug")
    assert (twice.code, twice.writes, tags(world)[TAG]) == (0, {}, "1")
    started = world.run("scale", "--restore")
    assert (started.code, started.err.startswith(STARTED)) == (0, True), started.err
    assert TAG not in tags(world)
    again = world.run("scale", "--restore", "--debug")
    assert (again.code, again.writes) == (0, {})


def test_where_the_config_says_how_many_it_is_asked(world: World) -> None:
    deployed(world, "[service]\ncount = 2\n")
    stopped = world.run("scale", "0", "--debug")
    assert stopped.writes == {"ecs:UpdateService": 1}
    assert (
        "warning: The config says [service] count = 2: the next `ecsdeploy deploy` sets it back to that.\n"
        in stopped.err
    )
    started = world.run("scale", "--restore")
    assert started.code == 0, started.err
    assert "2 tasks: the config's [service] count is 2.\n" in started.err
    assert world.service()["runningCount"] == 2


def test_where_nothing_is_known_one_task_is_started(world: World) -> None:
    deployed(world)
    world.client("ecs").update_service(cluster="hello", service="hello", desiredCount=0)
    ran = world.run("scale", "--restore")
    assert ran.code == 0, ran.err
    assert "1 task: no count of hello is remembered, so it gets 1.\n" in ran.err
    assert world.service()["desiredCount"] == 1


def test_tasks_that_do_not_start_are_given_up_on(world: World) -> None:
    deployed(world)
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    world.client("ecs").update_service(
        cluster="hello", service="hello", forceNewDeployment=True, deploymentConfiguration=off
    )
    suffer(world.sandbox, "hello", "no-capacity")
    ran = world.run("scale", "3", "--timeout", "3s")
    assert ran.code == 6, ran.err
    assert re.search(
        r"^A deployment of hello:1 is in flight \(\S+\): it continues, with the new count\.$", ran.err, re.M
    )
    assert "Gave up waiting for the tasks of hello: " in ran.err
    assert "  next: `ecsdeploy scale 3` waits for it again\n" in ran.err


@pytest.mark.parametrize("arguments", [(), ("3", "--restore"), ("-1",), ("three",), ("1.5",), ("2147483648",)])
def test_what_is_no_count_is_refused_before_anything_is_asked(world: World, arguments: tuple[str, ...]) -> None:
    ran = world.run("scale", *arguments, "--debug")
    assert (ran.code, ran.calls) == (2, {})

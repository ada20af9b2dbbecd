"""`ecsdeploy chaos-stop`, as a user sees it."""

from __future__ import annotations

import re

from tests.support.world import CONFIG, World


def deployed(world: World, count: int) -> None:
    """Have a steady service of `count` tasks."""
    world.configure(CONFIG + f"[service]\ncount = {count}\n")
    world.release()
    assert world.run("deploy").code == 0
    world.wait_until_steady()


def test_a_stopped_task_is_replaced_and_the_healing_measured(world: World) -> None:
    deployed(world, 2)
    ran = world.run("chaos-stop")
    assert ran.code == 0, ran.err
    assert re.search(r"^    0\.\d s  task \w{8} stop requested$", ran.err, re.MULTILINE)
    assert re.search(r"^ +\d+\.\d s  recovered: task \w{8} does the work$", ran.err, re.MULTILINE)
    assert re.search(r"^Healed in \d+\.\d s\.$", ran.err, re.MULTILINE)
    assert re.fullmatch(r"\d+\.\d\n", ran.out)
    world.wait_until_steady()
    assert world.service()["runningCount"] == 2


def test_the_only_task_needs_consent(world: World) -> None:
    deployed(world, 1)
    before = world.client("ecs").list_tasks(cluster="hello")["taskArns"]
    ran = world.run("chaos-stop")
    assert ran.code == 3
    assert "is the only one of hello: users will see an outage. Stop it?" in ran.err
    assert world.client("ecs").list_tasks(cluster="hello")["taskArns"] == before
    assert world.run("chaos-stop", "--yes").code == 0


def test_a_deployment_in_flight_is_left_alone(world: World) -> None:
    deployed(world, 2)
    world.sandbox.faults.break_next_deployment("no-capacity")
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    world.client("ecs").update_service(
        cluster="hello", service="hello", forceNewDeployment=True, deploymentConfiguration=off
    )
    ran = world.run("chaos-stop")
    assert (ran.code, ran.err.splitlines()[0]) == (3, "error: A deployment of hello is in flight.")


def test_protected_tasks_are_left_alone(world: World) -> None:
    deployed(world, 2)
    ecs = world.client("ecs")
    arns = ecs.list_tasks(cluster="hello")["taskArns"]
    ecs.update_task_protection(cluster="hello", tasks=arns, protectionEnabled=True)
    ran = world.run("chaos-stop")
    assert (ran.code, ran.err.splitlines()[0]) == (3, "error: Every running task is protected.")


def test_without_tasks_nothing_is_proven(world: World) -> None:
    world.configure(CONFIG + "[service]\ncount = 0\n")
    world.release()
    assert world.run("deploy").code == 12
    ran = world.run("chaos-stop")
    assert (ran.code, ran.err) == (12, "Nothing is proven: no task of hello runs.\n")


def test_without_a_service_it_says_what_to_do(world: World) -> None:
    ran = world.run("chaos-stop")
    assert ran.code == 3
    assert ran.err == ("error: There is no service hello in the cluster hello.\n  Run `ecsdeploy deploy` first.\n")


def test_an_address_that_cannot_be_probed_is_refused_first(world: World) -> None:
    ran = world.run("chaos-stop", "--probe", "ftp://x")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: 'ftp://x' is not a URL to probe.")


def test_the_probe_says_what_users_saw(world: World) -> None:
    deployed(world, 2)
    ran = world.run("chaos-stop", "--probe", "http://127.0.0.1:1/")
    assert ran.code == 0
    assert re.search(r"users: \d+ of \d+ requests failed, nothing was answered for \d+\.\d s \(Connection", ran.err)


def test_a_missing_permission_is_named(world: World) -> None:
    deployed(world, 2)
    world.sandbox.faults.break_api("access-denied", "ecs:StopTask", 1)
    ran = world.run("chaos-stop")
    assert ran.code == 3
    assert "error: These credentials lack permission for ecs:StopTask" in ran.err
    assert (
        '  The deploy role may with grants = ["chaos-stop"] in [iam], after `ecsdeploy setup`; for others, '
        "`ecsdeploy iam --for chaos-stop` shows the policy.\n" in ran.err
    )

"""No service is called deployed that nobody can reach, and what was not checked is said."""

from __future__ import annotations

import pytest

from tests.support.world import CONFIG, World, suffer

UNCHECKED = CONFIG.replace("health_check =", "# health_check =")
PLAIN = UNCHECKED.replace("port = 3000", "")
CONTAINER = '\n[[task.raw.containerDefinitions]]\nname = "hello"\n'


@pytest.fixture
def deployed(world: World) -> World:
    world.configure(UNCHECKED + "\n[service]\ncount = 2\n")
    world.release()
    assert world.run("deploy").code == 0
    return world


def stop_one(world: World) -> None:
    """Stop a task."""
    ecs = world.client("ecs")
    ecs.stop_task(cluster="hello", task=ecs.list_tasks(cluster="hello")["taskArns"][0])


def wait_for_two(world: World) -> None:
    """Wait until two tasks run that are to run."""
    ecs = world.client("ecs")

    def run() -> bool:
        arns = ecs.list_tasks(cluster="hello")["taskArns"]
        tasks = ecs.describe_tasks(cluster="hello", tasks=arns)["tasks"] if arns else []
        return [task["lastStatus"] for task in tasks] == ["RUNNING"] * 2

    world.eventually(run)


def test_the_health_check_of_a_sidecar_says_nothing_of_the_service(world: World) -> None:
    sidecar = '\n[[task.raw.containerDefinitions]]\nname = "agent"\nimage = "agent"\n'
    world.configure(UNCHECKED + sidecar + 'healthCheck = { command = ["CMD", "true"] }\n')
    world.sandbox.faults.break_next_deployment("deaf")
    world.release()

    ran = world.run("deploy")

    assert ran.code == 5, ran.err
    assert "hello:1 runs, but nobody can reach it.\n" in ran.err


def test_one_task_of_several_that_refuses_connections_is_enough(deployed: World) -> None:
    suffer(deployed.sandbox, "hello", "deaf")
    stop_one(deployed)
    wait_for_two(deployed)

    ran = deployed.run("deploy")

    assert ran.code == 5, ran.err
    assert ":3000 refuses connections, one of 1 of 2 tasks (ConnectionRefusedError: " in ran.err


def test_a_service_without_public_addresses_is_said_not_to_be_checked(world: World) -> None:
    world.configure(UNCHECKED + "\n[network]\npublic_ip = false\n")
    world.release()

    ran = world.run("deploy", "--yes")

    assert ran.code == 0, ran.err
    assert "Its tasks have no public address: whether they answer at port 3000 was not checked." in ran.err


def test_a_port_of_raw_is_asked_too(world: World) -> None:
    world.configure(
        PLAIN + CONTAINER + "portMappings = [{ containerPort = 53, protocol = 'udp' }, { containerPort = 90 }]\n"
    )
    world.sandbox.faults.break_next_deployment("deaf")
    world.release()

    ran = world.run("deploy")

    assert ran.code == 5, ran.err
    assert ":90 refuses connections (ConnectionRefusedError: " in ran.err


def test_a_port_that_no_group_opens_is_closed(world: World) -> None:
    ec2 = world.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="theirs", Description="by hand", VpcId=vpc)["GroupId"]
    world.configure(UNCHECKED + f'\n[network]\nsecurity_groups = ["{group}"]\n')
    world.release()

    for _ in range(2):  # nor is it unchanged afterwards
        ran = world.run("deploy")
        assert ran.code == 5, ran.err
        assert f":3000 cannot be reached: no rule of {group} (theirs) opens TCP port 3000 to anybody\n" in ran.err
        assert "next: Open TCP port 3000 in one of its security groups. `ecsdeploy rollback` goes back" in ran.err


def test_a_task_that_failed_since_is_told_though_all_run(deployed: World) -> None:
    ecs = deployed.client("ecs")
    suffer(deployed.sandbox, "hello", "crash")
    stop_one(deployed)
    stopped = {"cluster": "hello", "desiredStatus": "STOPPED"}
    deployed.eventually(lambda: len(ecs.list_tasks(**stopped)["taskArns"]) == 2)
    suffer(deployed.sandbox, "hello")
    wait_for_two(deployed)

    ran = deployed.run("deploy")

    assert ran.code == 0, ran.err
    assert "The container hello ended with an error (exit code 1).\n" in ran.err
    assert "After its deployment succeeded, 1 task has failed since; 2 of 2 run now.\n" in ran.err

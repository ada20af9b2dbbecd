"""`ecsdeploy watch`, as a user sees it."""

from __future__ import annotations

from pathlib import Path

from tests.support.world import World


def deployed(world: World) -> str:
    """Deploy, and let it be steady; return the deployment's ARN."""
    world.release()
    assert world.run("deploy").code == 0
    world.wait_until_steady()
    return newest(world)


def newest(world: World) -> str:
    found = world.client("ecs").list_service_deployments(cluster="hello", service="hello")["serviceDeployments"]
    arn: str = max(found, key=lambda each: each["createdAt"])["serviceDeploymentArn"]
    return arn


def test_the_deployment_in_flight_is_followed_to_its_verdict(world: World) -> None:
    deployed(world)
    world.release()
    left = world.run("deploy", "--timeout", "0s")
    assert left.code == 6, left.err
    ran = world.run("watch", "--debug")
    assert ran.code == 0, ran.err
    assert "hello:2 is deployed: 1 of 1 tasks run.\n" in ran.err
    assert ran.writes == {}


def test_where_none_is_in_flight_it_says_how_the_last_one_ended(world: World) -> None:
    deployed(world)
    world.release()
    world.sandbox.faults.break_next_deployment("start-error")
    assert world.run("deploy").code == 4
    world.wait_until_steady()
    ran = world.run("watch")
    assert ran.code == 4, ran.err
    assert "The command of the container hello could not be started" in ran.err


def test_an_arn_is_enough_without_any_config(world: World, tmp_path: Path) -> None:
    arn = deployed(world)
    (world.project / "ecsdeploy.toml").unlink()
    ran = world.run("watch", arn)
    assert ran.code == 0, ran.err
    assert "hello:1 is deployed" in ran.err


def test_what_is_no_arn_of_a_deployment_is_refused(world: World) -> None:
    ran = world.run("watch", "hello:1")
    assert ran.code == 2
    assert ran.err == (
        "error: 'hello:1' is not the ARN of a service deployment.\n"
        "  `ecsdeploy history` shows them: arn:aws:ecs:REGION:ACCOUNT:service-deployment/CLUSTER/SERVICE/ID\n"
    )


def test_a_deployment_that_ecs_does_not_have_is_refused(world: World) -> None:
    arn = deployed(world)
    ran = world.run("watch", f"{arn}x")
    assert ran.code == 3, ran.err
    assert f"There is no service deployment {arn}x." in ran.err


def test_without_a_service_there_is_nothing_to_watch(world: World) -> None:
    ran = world.run("watch")
    assert ran.code == 3
    assert "There is no service hello in the cluster hello.\n" in ran.err

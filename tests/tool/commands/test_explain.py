"""`ecsdeploy explain`, as a user sees it."""

from __future__ import annotations

import json

from tests.support.world import CONFIG, World
from tests.tool.commands.test_watch import deployed, newest

CAUSE = "of the container hello is not in the repository: never pushed, or expired by the lifecycle policy."


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
    assert "The deployment of hello:2 failed, and ECS rolled back." in ran.err
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


def test_a_deployment_that_did_not_fail_is_not_said_to(world: World) -> None:
    good = deployed(world)
    world.release()
    assert world.run("deploy", "--no-wait").code == 0
    ran = world.run("explain", newest(world))
    assert ran.code == 0, ran.err
    assert ran.err.startswith("The deployment of hello:2 is in flight.\n")
    assert ran.err.endswith("\nNone of its tasks failed.\n")
    world.client("ecs").stop_service_deployment(serviceDeploymentArn=newest(world), stopType="ROLLBACK")
    world.wait_until_steady()
    stopped = world.run("explain", newest(world)).err
    assert stopped.startswith("The deployment of hello:2 was stopped before it was done.\n")
    assert stopped.endswith("\nNone of its tasks failed.\n")
    world.clock.pass_time(2 * 3600)
    ended = world.run("explain", good).err
    assert ended.startswith("The deployment of hello:1 succeeded.\n")
    assert ended.endswith("\nNone of its tasks failed.\n")
    assert "No deployment of hello/hello has failed" in world.run("explain").err


def test_far_from_the_config_it_names_what_ran(world: World) -> None:
    world.configure(CONFIG.replace("[task]\n", "[task]\nephemeral_storage = 50\n"))
    deployed(world)
    world.release()
    world.sandbox.faults.break_next_deployment("disk-full")
    assert world.run("deploy").code == 4
    world.wait_until_steady()
    (world.project / "ecsdeploy.toml").unlink()
    for verb in ("explain", "watch"):
        told = world.run(verb, newest(world)).err
        assert "of the container hello" in told
        assert "[task] ephemeral_storage is 50 now." in told


def test_what_deploy_gave_up_failed_in_the_words_of_every_command(world: World) -> None:
    world.configure(
        CONFIG
        + """
[service.raw.deploymentConfiguration.deploymentCircuitBreaker]
enable = true
rollback = true
thresholdConfiguration = { type = "COUNT", value = 50 }
"""
    )
    arn = failed(world)
    history = [json.loads(line) for line in world.run("history", "--output", "json").out.splitlines()]
    told = next(each for each in history if each.get("deployment") == arn)
    assert "request to stop" in told["reason"]  # by deploy, before the circuit breaker
    assert told["verdict"] == "rolled-back"
    ran = world.run("watch", arn)
    assert ran.code == 4, ran.err
    assert "hello:2 failed, and ECS rolled back to what ran before.\n" in ran.err
    assert CAUSE in ran.err


def test_nobody_is_blamed_for_what_deploy_itself_gave_up(world: World) -> None:
    """Without a circuit breaker, ECS keeps that it was asked to stop it, and neither by whom nor that tasks failed."""
    world.configure(
        CONFIG
        + """
[service.raw.deploymentConfiguration.deploymentCircuitBreaker]
enable = false
rollback = false
"""
    )
    arn = failed(world)
    explained, watched = world.run("explain"), world.run("watch", arn)
    assert explained.err.startswith("The deployment of hello:2 failed, and was stopped.\n")
    assert CAUSE in explained.err
    assert "The deployment of hello:2 was stopped before it was done.\n" in watched.err
    said = [explained, watched, world.run("history"), world.run("status")]
    assert not any("omebody" in each.out + each.err for each in said)


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

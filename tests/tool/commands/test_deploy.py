"""`ecsdeploy deploy`, as a user sees it, in the states that a service can be in."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.world import CONFIG, World

NO_BREAKER = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
WORKER = CONFIG.partition("[task]")[0]
FIRST = """\
= image hello:COMMIT: unchanged (it is in ECR already)
+ execution role hello-execution: created
+ task role hello-task: created
+ service-linked role AWSServiceRoleForECS: created
+ cluster hello: created (with FARGATE and FARGATE_SPOT)
+ log group /ecs/hello: created (keeps 30 days)
+ security group hello: created (SG in VPC: tcp 3000 from 0.0.0.0/0, tcp 3000 from ::/0)
+ task definition hello:1: created
Deploying hello:1 to hello/hello
+ service hello: created
"""


def normal(text: str) -> str:
    """Return `text` without what differs from run to run."""
    text = re.sub(r"[0-9a-f]{40}", "COMMIT", text)
    text = re.sub(r"\bsg-[0-9a-f]+", "SG", text)
    return re.sub(r"\bvpc-[0-9a-f]+", "VPC", text)


def test_the_first_deployment_makes_everything_it_needs(world: World) -> None:
    world.release()
    ran = world.run("deploy")
    assert ran.code == 0, ran.err
    assert normal(ran.err).startswith(FIRST)
    assert "Deployed hello:1: 1 of 1 tasks run.\n" in ran.err
    assert re.fullmatch(r"http://127\.64\.\d+\.\d+:3000\n", ran.out)
    assert world.service()["runningCount"] == 1


WHERE = "Does the service listen on 0.0.0.0:3000, or on 127.0.0.1 only, or on another port?"
BACK = " `ecsdeploy rollback` goes back to what ran before, if anything did.\n"


def test_a_service_that_is_healthy_and_that_nobody_can_reach_is_told_what_that_may_be(world: World) -> None:
    world.sandbox.faults.break_next_deployment("deaf")
    world.release()
    ran = world.run("deploy")
    assert ran.code == 0, ran.err
    assert f"{ran.out.strip()} refuses connections (ConnectionRefusedError: " in ran.err
    assert f", although the task runs. {WHERE}\n" in ran.err


def test_without_a_health_check_a_service_that_nobody_can_reach_is_not_deployed(world: World) -> None:
    world.configure(CONFIG.replace("health_check =", "# health_check ="))
    world.sandbox.faults.break_next_deployment("deaf")
    world.release()
    for _ in range(2):  # nor is it unchanged afterwards
        ran = world.run("deploy")
        assert (ran.code, ran.out) == (5, "")
        assert "hello:1 runs, but nobody can reach it.\n" in ran.err
        assert re.search(
            r"  reason: http://127\.64\.\d+\.\d+:3000 refuses connections \(ConnectionRefusedError: ", ran.err
        )
        assert f"  next: {WHERE}{BACK}" in ran.err


def test_without_a_health_check_a_service_that_answers_is(world: World) -> None:
    world.configure(CONFIG.replace("health_check =", "# health_check ="))
    world.release()
    assert world.run("deploy").code == 0


def test_an_unchanged_deployment_writes_nothing(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    again = world.run("deploy", "--debug")
    assert again.code == 0
    assert again.writes == {}
    assert "Unchanged: hello:1 runs, and its last deployment succeeded.\n" in again.err


def test_a_new_commit_is_a_new_revision(world: World) -> None:
    world.configure(CONFIG + '[task.environment]\nAPP_VERSION = "{commit}"\n')
    first = world.release()
    assert world.run("deploy").code == 0
    second = world.release()
    ran = world.run("deploy")
    assert ran.code == 0, ran.err
    assert f"    containerDefinitions.hello.environment.APP_VERSION: {first} -> {second}\n" in ran.err
    assert world.service()["taskDefinition"].endswith("hello:2")


PATIENT = """
[service.raw.deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration]
type = "COUNT"
value = 50
"""


def test_a_revision_that_fails_is_rolled_back_and_explained(world: World) -> None:
    world.configure(CONFIG + PATIENT)  # else the circuit breaker is as fast here, where time is
    world.release()
    assert world.run("deploy").code == 0
    world.release()
    world.sandbox.faults.break_next_deployment("pull-error")
    ran = world.run("deploy")
    assert ran.code == 4
    assert "is not in the repository: never pushed, or expired by the lifecycle policy." in ran.err
    assert "Giving up: no retry can help. Rolling back to hello:1.\n" in ran.err
    assert "hello:2 failed, and " in ran.err
    assert ran.out == ""
    world.wait_until_steady()
    assert world.service()["taskDefinition"].endswith("hello:1")


SHARED = """
[[task.raw.containerDefinitions]]
name = "hello"
logConfiguration = { options = { awslogs-group = "/shared/apps", awslogs-stream-prefix = "team/web" } }
"""


def test_a_log_group_of_others_has_to_be_there_before_anything_is_written(world: World) -> None:
    world.configure(CONFIG + SHARED)
    world.release()
    ran = world.run("deploy", "--debug")
    assert (ran.code, ran.writes) == (3, {})
    assert "error: There is no log group /shared/apps.\n" in ran.err


def test_the_cause_is_read_from_the_log_group_that_the_container_has(world: World) -> None:
    world.configure(CONFIG + SHARED)
    world.client("logs").create_log_group(logGroupName="/shared/apps")
    world.sandbox.faults.break_next_deployment("unhealthy")
    world.release()
    ran = world.run("deploy")
    assert ran.code == 5
    assert re.search(r"  from its log:\n    \| \w", ran.err), ran.err
    assert (
        world.client("logs").describe_log_groups(logGroupNamePrefix="/shared")["logGroups"][0].get("retentionInDays")
        is None
    )


def test_after_a_rollback_the_same_revision_is_tried_again(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.release()
    world.sandbox.faults.break_next_deployment("pull-error")
    assert world.run("deploy").code == 4
    ran = world.run("deploy")
    assert ran.code == 0, ran.err
    assert "= task definition hello:2: unchanged\n" in ran.err
    assert world.service()["taskDefinition"].endswith("hello:2")


def test_a_revision_that_is_registered_already_is_deployed(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.release()
    assert world.run("register-task").code == 0
    ran = world.run("deploy")
    assert ran.code == 0, ran.err
    assert "= task definition hello:2: unchanged\n" in ran.err
    assert world.service()["taskDefinition"].endswith("hello:2")


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(world: World) -> None:
    world.release()
    world.sandbox.faults.break_next_deployment("start-error")
    ran = world.run("deploy")
    assert ran.code == 5
    assert "hello:1 failed, and there is nothing to roll back to: no deployment before it succeeded.\n" in ran.err
    assert "  next: correct what is wrong, and run `ecsdeploy deploy` again\n" in ran.err
    again = world.run("deploy")
    assert again.code == 0, again.err
    assert "= task definition hello:1: unchanged\n" in again.err


def test_the_next_command_is_about_the_same_service(world: World) -> None:
    world.release()
    ran = world.run("deploy", "--region", "us-east-1", "--timeout", "0s")
    assert ran.code == 6, ran.err
    assert "  next: `ecsdeploy deploy --region us-east-1` watches it again\n" in ran.err


def test_a_count_that_somebody_changed_is_left_alone(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.client("ecs").update_service(cluster="hello", service="hello", desiredCount=3)
    assert world.run("deploy").code == 0
    assert world.service()["desiredCount"] == 3


def test_a_count_in_the_config_is_set_and_waited_for(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.configure(CONFIG + "[service]\ncount = 3\n")
    world.push_image(world.commit("scale"))
    ran = world.run("deploy", "--image", world.release())
    assert ran.code == 0, ran.err
    assert "    desiredCount: 1 -> 3\n" in ran.err
    assert world.service()["runningCount"] == 3


def test_zero_tasks_prove_nothing(world: World) -> None:
    world.configure(CONFIG + "[service]\ncount = 0\n")
    world.release()
    ran = world.run("deploy")
    assert ran.code == 12
    assert "nothing is proven: hello is set to run 0 tasks.\n" in ran.err


def test_an_image_of_ecr_can_be_named(world: World) -> None:
    commit = world.release()
    digest = world.push_image("other")
    assert world.run("deploy", "--image", "other").code == 0
    uri = world.client("ecr").describe_repositories(repositoryNames=["hello"])["repositories"][0]["repositoryUri"]
    for name in (digest, f"{uri}:other", f"{uri}@{digest}"):
        assert "Unchanged" in world.run("deploy", "--image", name).err
    missing = world.run("deploy", "--image", "nowhere")
    assert (missing.code, missing.err.splitlines()[0]) == (3, f"error: There is no image nowhere in {uri}.")
    foreign = world.run("deploy", "--image", f"example.com/{commit}:x")
    assert (foreign.code, foreign.err.splitlines()[1]) == (3, f"  The repository is {uri}.")


def test_a_service_of_somebody_else_is_refused_unless_adopted(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.client("ecs").untag_resource(resourceArn=world.service()["serviceArn"], tagKeys=["ecsdeploy:app"])
    ran = world.run("deploy", "--debug")
    assert (ran.code, ran.writes) == (3, {})
    assert "error: The service hello exists and was not made by ecsdeploy.\n" in ran.err
    assert world.run("deploy", "--adopt", "--force-new-deployment").code == 0
    assert "Unchanged" in world.run("deploy").err


def test_another_deployment_in_flight_is_not_crossed(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.sandbox.faults.break_next_deployment("no-capacity")
    world.client("ecs").update_service(
        cluster="hello", service="hello", forceNewDeployment=True, deploymentConfiguration=NO_BREAKER
    )
    world.configure(CONFIG + '[task.environment]\nA = "1"\n')
    world.release()
    ran = world.run("deploy", "--debug")
    assert ran.code == 9, ran.err
    assert "ecs:UpdateService" not in ran.writes
    assert "error: Another deployment of hello is in flight: " in ran.err


def test_watching_ends_in_time(world: World) -> None:
    world.configure(
        CONFIG + "[service.raw.deploymentConfiguration.deploymentCircuitBreaker]\nenable = false\nrollback = false\n"
    )
    world.release()
    world.sandbox.faults.break_next_deployment("no-capacity")
    ran = world.run("deploy", "--timeout", "2s")
    assert ran.code == 6
    assert "Gave up watching hello:1; the deployment may still be going.\n" in ran.err


def test_a_job_that_ends_is_told_what_a_service_is(world: World) -> None:
    world.configure(WORKER)
    world.sandbox.faults.break_next_deployment("exit-zero")
    world.release()
    assert world.run("deploy").code == 0  # it ran when it was looked at
    world.clock.pass_time(10)
    again = world.run("deploy")
    assert again.code == 5
    assert "ended by itself with exit code 0. A service starts it again, for ever.\n" in again.err
    assert re.search(r"reason: \d tasks have ended with exit code 0 since; ", again.err)
    assert "  fix: A worker has to wait for its work instead of ending." in again.err
    assert "`aws ecs run-task`" in again.err
    assert "server" not in again.err


def test_the_wrong_account_is_refused_before_anything_is_written(world: World) -> None:
    world.configure(CONFIG.replace("123456789012", "210987654321"))
    ran = world.run("deploy", "--debug")
    assert (ran.code, ran.writes) == (3, {})
    assert "error: These credentials belong to account 123456789012, the config says 210987654321.\n" in ran.err


def test_json_lines_tell_the_same_story(world: World, tmp_path: Path) -> None:
    import json

    world.release()
    records = [json.loads(line) for line in world.run("deploy", "--output", "json").out.splitlines()]
    assert records[-1]["event"] == "Result"
    assert next(r for r in records if r["event"] == "Outcome")["ok"] is True


def test_an_image_that_is_named_by_digest_or_tag_still_has_a_version(world: World) -> None:
    world.configure(CONFIG + '[task.environment]\nVERSION = "{commit}"\nBUILD = "{tag}"\n')
    commit = world.release()
    digest = world.run("build-push").out.strip()
    world.push_image("v1")

    def variables(*arguments: str) -> dict[str, str]:
        ran = world.run("deploy", *arguments)
        assert ran.code == 0, ran.err
        name = world.service()["taskDefinition"]
        document = world.client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
        return {each["name"]: each["value"] for each in document["containerDefinitions"][0]["environment"]}

    assert variables("--image", digest) == {"VERSION": commit, "BUILD": commit}
    assert variables("--image", "v1") == {"VERSION": "v1", "BUILD": "v1"}

"""`ecsdeploy status`, as a user sees it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.clocks import ToolClock
from tests.support.world import CONFIG, Ran, World, run_inside
from tests.tool.states.bench import BREAKER_OFF, NO_BREAKER

MOST_CALLS = 15
ENVIRONMENTS = "[environments.staging]\n[environments.production]\n"


def deployed(world: World, *more: str) -> str:
    """Have a steady service; return the commit."""
    world.configure(CONFIG + "".join(f"{part}\n" for part in more))
    commit = world.release()
    assert world.run("deploy").code == 0
    world.wait_until_steady()
    return commit


def without_what_changes(text: str) -> str:
    """Return text without ids, addresses, commits and ages, and with one space between words."""
    for pattern, name in (
        (r"http://127[.\d]+:3000", "URL"),
        (r"ecs-svc/\d+", "ID"),
        (r"\b[0-9a-f]{32}\b", "TASKID"),
        (r"\b[0-9a-f]{8}\b", "TASK"),
        (r"\b[0-9a-f]{7}\b", "COMMIT"),
        (r"\b\d+[smh]\b", "AGE"),
        (r" +", " "),
    ):
        text = re.sub(pattern, name, text)
    return text


def facts(ran: Ran, kind: str) -> list[dict[str, Any]]:
    return [record for line in ran.out.splitlines() if (record := json.loads(line))["event"] == kind]


def test_a_steady_service_is_told_on_stdout(world: World) -> None:
    deployed(world, "[service]\ncount = 2")
    ran = world.run("status")
    assert (ran.code, ran.err) == (0, "")
    shown = without_what_changes(ran.out)
    head, events = shown.split(" EVENTS\n")
    assert head == (
        "hello/hello is ACTIVE: 2 of 2 tasks run.\n"
        " revision: hello:1\n"
        " commit: COMMIT, which is checked out here\n"
        " last deployment: succeeded AGE ago\n"
        " circuit breaker: on, and rolls back\n"
        "\n"
        " DEPLOYMENT REVISION COMMIT RUNNING ROLLOUT AGE\n"
        " PRIMARY hello:1 COMMIT 2/2 COMPLETED AGE\n"
        "\n"
        " TASK AGE STATUS HEALTH REVISION COMMIT ADDRESS DEPLOYMENT\n"
        " TASK AGE RUNNING HEALTHY 1 COMMIT URL PRIMARY\n"
        " TASK AGE RUNNING HEALTHY 1 COMMIT URL PRIMARY\n"
        "\n"
    )
    assert events.startswith(" AGE has reached a steady state.\n AGE (deployment ID) deployment completed.\n")
    assert events.endswith("\n\nThe service matches the config.\n")
    assert all(len(line) <= 100 for line in ran.out.splitlines())


def test_nothing_deployed_is_an_answer(world: World) -> None:
    ran = world.run("status", "--debug")
    assert (ran.code, ran.out) == (
        0,
        "Nothing is deployed yet: there is no service hello/hello.\n  `ecsdeploy deploy` creates it.\n",
    )
    assert sum(ran.calls.values()) == 3


def test_an_environment_that_nobody_named_is_asked_for(world: World) -> None:
    world.configure(CONFIG + ENVIRONMENTS)
    ran = world.run("status")
    assert ran.code == 0
    assert ran.out.endswith(
        "\nThe config has environments: name one with --env (staging, production), or see all with --all-envs.\n"
    )


def test_what_differs_from_the_config_is_a_line_for_each_resource(world: World) -> None:
    commit = deployed(world)
    world.client("logs").delete_log_group(logGroupName="/ecs/hello")
    off = CONFIG.replace("port = 3000", "port = 3000\ncpu = 512\nmemory = 1024")
    world.configure(off + "[service]\ncount = 3\n")
    ran = world.run("status")
    assert ran.code == 0
    assert ran.out.endswith(
        "\nDiffers from the config; apart from the image, `ecsdeploy deploy` would:\n"
        "  + create log group /ecs/hello: keeps 30 days\n"
        "  + create task definition hello: cpu 256 -> 512, memory 512 -> 1024\n"
        "  ~ update service hello: desiredCount 1 -> 3 and 1 more\n"
    )
    head = world.commit("nothing")
    assert f"  commit: {commit[:7]}; {head[:7]} is checked out here\n" in world.run("status").out


def test_an_image_that_was_built_since_is_no_difference(world: World) -> None:
    deployed(world, '[task.environment]\nAPP_VERSION = "{commit}"\nTAG = "v-{tag}"')
    world.release("another")
    assert world.run("status").out.endswith("\nThe service matches the config.\n")


def test_without_git_it_is_as_good(world: World) -> None:
    deployed(world)
    ran = world.run("status", PATH=str(world.project))
    assert ran.code == 0
    assert re.search(r"^  commit: [0-9a-f]{7}$", ran.out, re.MULTILINE)


def test_a_service_of_somebody_else_is_shown_and_not_compared(world: World) -> None:
    deployed(world)
    arn = world.service()["serviceArn"]
    world.client("ecs").untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])
    ran = world.run("status")
    assert ran.code == 0
    assert "hello/hello is ACTIVE: 1 of 1 tasks run.\n" in ran.out
    assert "\nNot compared with the config. The service hello exists and was not made by ecsdeploy." in ran.out


def test_a_deployment_in_flight_shows_both_sides(world: World) -> None:
    first = deployed(world, NO_BREAKER)
    second = world.release("another")
    world.sandbox.faults.break_next_deployment("no-capacity")
    assert world.run("deploy", "--timeout", "1s").code == 6
    ran = world.run("status", "--output", "json")
    deployments = facts(ran, "DeploymentState")
    assert [(each["status"], each["revision"], each["commit"]) for each in deployments] == [
        ("PRIMARY", "hello:2", second),
        ("ACTIVE", "hello:1", first),
    ]
    (task,) = facts(ran, "RunningTask")
    assert (task["commit"], task["started_by"]) == (first, deployments[1]["id"])
    (service,) = facts(ran, "ServiceState")
    assert (service["verdict"], service["circuit_breaker"]) == ("in-flight", False)
    (drift,) = facts(ran, "Drift")
    assert (drift["differs"], drift["why"][:31]) == (None, "A deployment is in flight; `ecs")


def test_the_circuit_breakers_count_is_shown_while_it_counts(world: World) -> None:
    deployed(world)
    world.sandbox.faults.break_next_deployment("slow-start")
    world.client("ecs").update_service(cluster="hello", service="hello", forceNewDeployment=True)
    (primary, _) = facts(world.run("status", "--output", "json"), "DeploymentState")
    assert (primary["failed"], primary["threshold"]) == (0, 2)


def test_what_may_not_be_looked_at_is_said_and_the_rest_shown(world: World) -> None:
    deployed(world)
    for action in ("iam:GetRole", "ecs:ListTasks", "ecs:DescribeTaskDefinition"):
        world.sandbox.faults.break_api("access-denied", action, 100)
    ran = world.run("status")
    assert ran.code == 0
    assert "hello/hello is ACTIVE: 1 of 1 tasks run.\n" in ran.out
    assert "\nThe tasks could not be read: These credentials lack permission for ecs:ListTasks" in ran.out
    assert (
        "\nThe revisions could not be read: These credentials lack permission for ecs:DescribeTaskDefinition" in ran.out
    )
    assert "\nNot compared with the config. These credentials lack permission for ecs:DescribeTaskDefinition" in ran.out


def test_a_resource_that_may_not_be_looked_at_is_a_line(world: World) -> None:
    deployed(world)
    world.sandbox.faults.break_api("access-denied", "iam:GetRole", 100)
    assert world.run("status").out.endswith(
        "\nAs far as was checked, the service matches the config.\n"
        "  ? execution role hello-execution: could not be checked, no permission for iam:GetRole\n"
        "  ? task role hello-task: could not be checked, no permission for iam:GetRole\n"
    )


def test_without_the_service_there_is_nothing_to_show(world: World) -> None:
    deployed(world)
    world.sandbox.faults.break_api("access-denied", "ecs:DescribeServices", 100)
    ran = world.run("status")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error: These credentials lack permission for ecs:DescribeServices")


def test_another_account_is_not_looked_at(world: World) -> None:
    world.configure(CONFIG.replace("123456789012", "210987654321"))
    ran = world.run("status", "--debug")
    assert (ran.code, ran.out) == (3, "")
    assert ran.calls == {"sts:GetCallerIdentity": 1}


@pytest.mark.timeout(300)
def test_a_thousand_tasks_are_at_most_fifteen_calls(world: World) -> None:
    deployed(world, "[service]\ncount = 1000")
    ran = world.run("status", "--debug")
    assert "hello/hello is ACTIVE: 1000 of 1000 tasks run.\n" in ran.out
    assert "  1000 tasks: 100 of them checked, 20 shown, the unhealthy and the newest first.\n" in ran.out
    assert "    100 RUNNING HEALTHY of hello:1\n" in ran.out
    assert ran.out.count(" RUNNING  HEALTHY ") == 20
    assert "ec2:DescribeNetworkInterfaces" not in ran.calls
    assert sum(ran.calls.values()) <= MOST_CALLS, ran.calls
    world.release("another")
    world.sandbox.faults.break_next_deployment("no-capacity")
    world.client("ecs").update_service(
        cluster="hello", service="hello", forceNewDeployment=True, deploymentConfiguration=BREAKER_OFF
    )
    flying = world.run("status", "--debug")
    assert "last deployment: in flight" in flying.out
    assert sum(flying.calls.values()) <= MOST_CALLS, flying.calls


def test_one_task_is_fourteen_calls(world: World) -> None:
    deployed(world)
    ran = world.run("status", "--debug")
    assert sum(ran.calls.values()) == 14, ran.calls
    assert ran.writes == {}


# ---- all environments


def two_environments(world: World) -> None:
    """Have one of two environments deployed."""
    world.configure(CONFIG)
    assert world.run("create-repo").code == 0
    world.configure(CONFIG + ENVIRONMENTS + "service.count = 2\n")
    world.release()
    assert world.run("deploy", "--env", "staging").code == 0


def test_environments_side_by_side(world: World) -> None:
    two_environments(world)
    ran = world.run("status", "--all-envs", "--debug")
    assert ran.code == 0
    assert without_what_changes(ran.out) == (
        " ENVIRONMENT REVISION COMMIT RUNNING HEALTH LAST DEPLOYMENT DRIFT\n"
        " staging hello-staging:1 COMMIT 1/1 1 healthy succeeded AGE ago no\n"
        " production nothing is deployed\n"
    )
    assert ran.calls["sts:GetCallerIdentity"] == 1
    assert "ec2:DescribeNetworkInterfaces" not in ran.calls
    assert ran.writes == {}


def test_an_environment_of_another_account_is_said_and_not_fatal(world: World) -> None:
    two_environments(world)
    world.configure(CONFIG + ENVIRONMENTS + 'account = "210987654321"\n')
    ran = world.run("status", "--all-envs")
    assert ran.code == 0
    assert ran.out.splitlines()[2] == (
        "  production   These credentials belong to account 123456789012, the config says 210987654321."
    )
    records = facts(world.run("status", "--all-envs", "--output", "json"), "EnvironmentState")
    assert [(each["environment"], each["differs"], bool(each["problem"])) for each in records] == [
        ("staging", False, False),
        ("production", None, True),
    ]


def test_where_no_environment_can_be_looked_at_it_is_refused(world: World) -> None:
    world.configure(CONFIG.replace("123456789012", "210987654321") + ENVIRONMENTS)
    ran = world.run("status", "--all-envs")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error: These credentials belong to account 123456789012,")


def test_a_config_without_environments_has_one_line(world: World) -> None:
    deployed(world)
    assert without_what_changes(world.run("status", "--all-envs").out).splitlines()[1:] == [
        " default hello:1 COMMIT 1/1 1 healthy succeeded AGE ago no"
    ]


def test_one_environment_or_all_of_them(world: World) -> None:
    world.configure(CONFIG + ENVIRONMENTS)
    ran = world.run("status", "--all-envs", "--env", "staging")
    assert ran.code == 2
    assert ran.err == "error: --all-envs and --env cannot be used together.\n  Leave one of them out.\n"


# ---- watching


class Patience(ToolClock):
    """A clock for somebody who presses Ctrl-C after some waits, and does something before."""

    def __init__(self, world: World, waits: int, *meanwhile: Any) -> None:
        super().__init__(world.clock.pass_time)
        self._waits = waits
        self._meanwhile = list(meanwhile)

    def sleep(self, seconds: float) -> None:
        if self._waits == 0:
            raise KeyboardInterrupt
        self._waits -= 1
        if self._meanwhile:
            self._meanwhile.pop(0)()
        super().sleep(seconds)


def watched(world: World, clock: Patience, *arguments: str) -> Ran:
    return run_inside(world.project, ("status", "--watch", *arguments), world.env, clock)


def test_a_watch_goes_on_until_interrupted_and_prints_what_changed(world: World) -> None:
    deployed(world)
    still = watched(world, Patience(world, 3), "--debug")
    assert still.code == 130
    assert still.out.count("hello/hello is ACTIVE") == 1
    assert still.err.startswith("API calls: ")
    assert still.calls["ecs:DescribeServices"] == 4
    assert still.calls["iam:GetRole"] == 2

    def scale() -> None:
        world.client("ecs").update_service(cluster="hello", service="hello", desiredCount=2)
        world.wait_until_steady()

    grown = watched(world, Patience(world, 2, scale))
    headings = [line[10:] for line in grown.out.splitlines() if " is ACTIVE" in line]
    assert headings == [f"hello/hello is ACTIVE: {n} of {n} tasks run." for n in (1, 2)]


def test_a_watch_outlives_a_moment_without_an_answer(world: World) -> None:
    deployed(world)

    def away() -> None:
        world.sandbox.faults.break_api("drop", "ecs:*", 8)

    ran = watched(world, Patience(world, 3, away))
    assert (ran.code, ran.err) == (130, "")


def test_all_environments_can_be_watched(world: World) -> None:
    two_environments(world)
    ran = watched(world, Patience(world, 2), "--all-envs")
    assert (ran.code, ran.out.count("ENVIRONMENT")) == (130, 1)

"""`ecsdeploy history`, as a user sees it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.world import CONFIG, Ran, World
from tests.tool.states.bench import BREAKER_OFF

CI = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/hello",
    "GITHUB_RUN_ID": "42",
}


def records(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.out.splitlines()[1:]]  # the first is the stream's own


def without_times(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "WHEN", text)
    return re.sub(r" +", " ", re.sub(r"(\d+h)?(\d+m)?\d+s$", "TOOK", text, flags=re.MULTILINE))


def eventful(world: World) -> list[str]:
    """Have a success by CI, a rollback and a superseded deployment behind one in flight; return the commits."""
    commits = [world.release()]
    assert world.run("deploy", **CI).code == 0
    commits.append(world.release("breaks"))
    world.sandbox.faults.break_next_deployment("pull-error")
    assert world.run("deploy").code == 4
    ecs = world.client("ecs")
    for _ in range(2):
        world.sandbox.faults.break_next_deployment("no-capacity")
        ecs.update_service(
            cluster="hello", service="hello", forceNewDeployment=True, deploymentConfiguration=BREAKER_OFF
        )
        world.clock.pass_time(5)  # ECS ends what is replaced a moment later
    return commits


def test_every_kind_of_end_the_newest_first(world: World) -> None:
    first, second = (commit[:7] for commit in eventful(world))
    ran = world.run("history", "--debug")
    assert ran.code == 0
    assert without_times(ran.out) == (
        " WHEN BY COMMIT REVISION VERDICT TOOK\n"
        f" WHEN octocat {first} hello:1 in flight\n"
        f" WHEN octocat {first} hello:1 superseded TOOK\n"
        f" WHEN {second} hello:2 rolled back TOOK\n"
        " Service deployment rolled back because the circuit breaker threshold was exceeded.\n"
        f" WHEN octocat {first} hello:1 succeeded TOOK\n"
    )
    assert all(len(line) <= 100 for line in ran.out.splitlines())
    assert ran.calls == {
        "sts:GetCallerIdentity": 1,
        "ecs:DescribeServices": 1,
        "ecs:ListServiceDeployments": 1,
        "ecs:DescribeServiceDeployments": 1,
        "ecs:DescribeServiceRevisions": 1,
        "ecs:DescribeTaskDefinition": 2,
    }


def test_json_has_the_run_and_ecss_own_words(world: World) -> None:
    first, second = eventful(world)
    found = records(world.run("history", "--output", "json"))
    assert [each["event"] for each in found] == ["PastDeployment"] * 4
    rolled_back, succeeded = found[2:]
    assert (rolled_back["verdict"], rolled_back["status"]) == ("rolled-back", "ROLLBACK_SUCCESSFUL")
    assert (rolled_back["commit"], rolled_back["actor"], rolled_back["run_url"]) == (second, "", "")
    assert (succeeded["commit"], succeeded["actor"]) == (first, "octocat")
    assert succeeded["run_url"] == "https://github.com/acme/hello/actions/runs/42"
    assert succeeded["seconds"] > 0
    assert found[0]["seconds"] is None


def test_the_limit_is_kept(world: World) -> None:
    eventful(world)
    assert [each["verdict"] for each in records(world.run("history", "--limit", "2", "--output", "json"))] == [
        "in-flight",
        "superseded",
    ]
    assert world.run("history", "--limit", "0").code == 2


def test_nothing_deployed_is_an_answer(world: World) -> None:
    ran = world.run("history")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Nothing is deployed yet: there is no service hello/hello. `ecsdeploy deploy` creates it.\n"
    world.configure(CONFIG + "[environments.staging]\n")
    assert world.run("history").out == ("Nothing is deployed without an environment: name one with --env (staging).\n")


def test_who_deployed_is_a_courtesy(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.sandbox.faults.break_api("access-denied", "ecs:DescribeTaskDefinition", 100)
    ran = world.run("history")
    assert ran.code == 0
    assert re.search(r"^  \S+ \S+  hello:1 +succeeded", ran.out, re.MULTILINE)
    assert (
        "Who deployed, and what, could not be read: These credentials lack permission for ecs:DescribeTaskDef"
        in ran.out
    )


def test_a_missing_permission_is_named(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.sandbox.faults.break_api("access-denied", "ecs:ListServiceDeployments", 100)
    ran = world.run("history")
    assert (ran.code, ran.out) == (3, "")
    assert "error: These credentials lack permission for ecs:ListServiceDeployments" in ran.err

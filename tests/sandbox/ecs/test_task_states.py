"""What DescribeTasks tells of one task, from its launch to its end."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.sandbox.runtime.base import ContainerCreated, ContainerStarted, ContainerStopped, HealthChanged
from tests.sandbox.ecs.small_ecs import DIGEST, SmallEcs, definition, network

CHECK = {"command": ["CMD", "true"]}


def launch(lab: SmallEcs, *containers: dict[str, Any]) -> str:
    """Run one task of these containers, of which the runtime starts none; return its ARN."""
    lab.runtime.overrule = "silent"
    registered = lab.call("RegisterTaskDefinition", **definition("web", containers))["taskDefinition"]
    params = {"cluster": "c", "launchType": "FARGATE", "networkConfiguration": network()}
    task: str = lab.call("RunTask", taskDefinition=registered["taskDefinitionArn"], **params)["tasks"][0]["taskArn"]
    lab.run(10)
    return task


def one(lab: SmallEcs, arn: str) -> Any:
    return lab.call("DescribeTasks", cluster="c", tasks=[arn])["tasks"][0]


def begin(lab: SmallEcs, arn: str, container: str) -> str:
    """Let a container start; return the task's state two seconds later."""
    lab.engine.observe(ContainerCreated(arn, container, f"rt-{container}", DIGEST, lab.clock.now()))
    lab.engine.observe(ContainerStarted(arn, container, lab.clock.now()))
    lab.run(2)
    status: str = one(lab, arn)["lastStatus"]
    return status


def check(lab: SmallEcs, arn: str, container: str, status: Any) -> str:
    """Let a health check speak; return the task's healthStatus."""
    lab.engine.observe(HealthChanged(arn, container, status, lab.clock.now()))
    lab.run(0.1)
    told: str = one(lab, arn)["healthStatus"]
    return told


def test_a_task_is_running_once_the_last_container_has_started(lab: SmallEcs) -> None:
    """With dependsOn the later containers start when the condition is met; until then the task is PENDING."""
    arn = launch(
        lab,
        {"name": "db", "image": "app:1", "healthCheck": CHECK},
        {"name": "web", "image": "app:1", "dependsOn": [{"containerName": "db", "condition": "HEALTHY"}]},
    )
    assert begin(lab, arn, "db") == "PENDING"
    check(lab, arn, "db", "HEALTHY")
    lab.run(60)
    assert one(lab, arn)["lastStatus"] == "PENDING"
    assert [c["lastStatus"] for c in one(lab, arn)["containers"]] == ["RUNNING", "PENDING"]
    assert begin(lab, arn, "web") == "RUNNING"


def test_a_container_that_ends_before_the_others_start_does_not_hold_the_task_up(lab: SmallEcs) -> None:
    arn = launch(lab, {"name": "init", "image": "app:1", "essential": False}, {"name": "web", "image": "app:1"})
    assert begin(lab, arn, "init") == "PENDING"
    lab.engine.observe(ContainerStopped(arn, "init", 0, None, lab.clock.now()))
    lab.run(2)
    assert one(lab, arn)["lastStatus"] == "PENDING"
    assert begin(lab, arn, "web") == "RUNNING"
    assert [(c["lastStatus"], c.get("exitCode")) for c in one(lab, arn)["containers"]] == [
        ("STOPPED", 0),
        ("RUNNING", None),
    ]


def test_health_is_that_of_the_essential_containers_with_a_check(lab: SmallEcs) -> None:
    arn = launch(
        lab,
        {"name": "web", "image": "app:1", "healthCheck": CHECK},
        {"name": "api", "image": "app:1", "healthCheck": CHECK},
        {"name": "log", "image": "app:1", "healthCheck": CHECK, "essential": False},
        {"name": "bare", "image": "app:1"},
    )
    for name in ("web", "api", "log", "bare"):
        begin(lab, arn, name)
    assert one(lab, arn)["healthStatus"] == "UNKNOWN"
    assert check(lab, arn, "log", "UNHEALTHY") == "UNKNOWN"
    assert check(lab, arn, "web", "HEALTHY") == "UNKNOWN"
    assert check(lab, arn, "api", "HEALTHY") == "HEALTHY"
    assert check(lab, arn, "web", "UNHEALTHY") == "UNHEALTHY"
    assert [c["healthStatus"] for c in one(lab, arn)["containers"]] == ["UNHEALTHY", "HEALTHY", "UNHEALTHY", "UNKNOWN"]
    assert one(lab, arn)["lastStatus"] == "RUNNING", "no service, so nobody replaces it"


def test_what_a_failed_health_check_printed_is_its_containers_reason_while_it_fails(lab: SmallEcs) -> None:
    arn = launch(lab, {"name": "web", "image": "app:1", "healthCheck": CHECK})
    begin(lab, arn, "web")

    def reason(status: Any, output: str | None) -> Any:
        lab.engine.observe(HealthChanged(arn, "web", status, lab.clock.now(), output))
        lab.run(0.1)
        return one(lab, arn)["containers"][0].get("reason")

    assert reason("UNHEALTHY", "Health check failed: exit code 7") == "Health check failed: exit code 7"
    assert reason("HEALTHY", None) is None
    reason("UNHEALTHY", "Health check failed: exit code 7")
    lab.engine.observe(ContainerStopped(arn, "web", 137, None, lab.clock.now()))
    lab.run(30)
    (web,) = one(lab, arn)["containers"]
    assert (web["exitCode"], web["reason"]) == (137, "Health check failed: exit code 7")


@pytest.mark.parametrize(
    ("code", "reason", "stop_code", "stopped_reason"),
    [
        (0, None, "EssentialContainerExited", "Essential container in task exited"),
        (1, None, "EssentialContainerExited", "Essential container in task exited"),
        (
            137,
            "OutOfMemoryError: Container killed due to memory usage",
            "EssentialContainerExited",
            "Essential container in task exited",
        ),
        (None, "CannotStartContainerError: no such file", "TaskFailedToStart", "Task failed to start"),
    ],
)
def test_how_a_task_ends_by_itself(
    lab: SmallEcs, code: int | None, reason: str | None, stop_code: str, stopped_reason: str
) -> None:
    arn = launch(lab, {"name": "web", "image": "app:1"}, {"name": "side", "image": "app:1", "essential": False})
    begin(lab, arn, "side")
    if code is not None:
        begin(lab, arn, "web")
    lab.engine.observe(ContainerStopped(arn, "web", code, reason, lab.clock.now()))
    lab.run(0.1)
    task = one(lab, arn)
    assert task["lastStatus"] != "STOPPED", "it takes its time, and tells from the first moment why it stops"
    assert (task["stopCode"], task["stoppedReason"], task["desiredStatus"]) == (stop_code, stopped_reason, "STOPPED")
    assert (task["containers"][0].get("exitCode"), task["containers"][0].get("reason")) == (code, reason)
    lab.run(30)
    task = one(lab, arn)
    assert (task["stopCode"], task["stoppedReason"], task["lastStatus"]) == (stop_code, stopped_reason, "STOPPED")
    web, side = task["containers"]
    assert (web.get("exitCode"), web.get("reason"), web["lastStatus"]) == (code, reason, "STOPPED")
    assert side["lastStatus"] == "STOPPED"
    assert ("startedAt" in task) == (code is not None)


def test_what_is_known_of_a_task_grows(lab: SmallEcs) -> None:
    lab.create(lab.register("check:1"))
    lab.run(1)
    arn = lab.tasks()[0]["taskArn"]
    known = []
    for seconds in (0.0, 7.5, 0.5, 2.0, 20.0):
        lab.run(seconds)
        task = one(lab, arn)
        times = [name for name in ("pullStartedAt", "pullStoppedAt", "startedAt") if name in task]
        known.append((task["lastStatus"], task["attachments"][0]["status"], task.get("connectivity"), len(times)))
    assert known == [
        ("PROVISIONING", "PRECREATED", None, 0),
        ("PENDING", "ATTACHED", "CONNECTED", 1),
        ("PENDING", "ATTACHED", "CONNECTED", 1),
        ("ACTIVATING", "ATTACHED", "CONNECTED", 2),
        ("RUNNING", "ATTACHED", "CONNECTED", 3),
    ]
    assert (task["group"], task["startedBy"]) == ("service:s", lab.service()["deployments"][0]["id"])
    assert (task["healthStatus"], task["desiredStatus"], task["launchType"]) == ("HEALTHY", "RUNNING", "FARGATE")
    lab.call("UpdateService", cluster="c", service="s", desiredCount=0)
    lab.run(30)
    ended = one(lab, arn)
    assert ended["attachments"][0]["status"] == "DELETED"
    assert (ended["stopCode"], ended["stoppedReason"]) == (
        "ServiceSchedulerInitiated",
        f"Scaling activity initiated by (deployment {task['startedBy']})",
    )
    assert ended["version"] > task["version"]
    order = (
        "createdAt",
        "connectivityAt",
        "pullStoppedAt",
        "startedAt",
        "stoppingAt",
        "executionStoppedAt",
        "stoppedAt",
    )
    assert [ended[name] for name in order] == sorted(ended[name] for name in order)

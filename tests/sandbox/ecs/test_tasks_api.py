"""Running, stopping, listing and protecting tasks."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.sandbox.runtime.base import TaskFailed
from tests.sandbox.ecs.small_ecs import PULL_ERROR, SmallEcs, definition, network


def run(lab: SmallEcs, arn: str, **fields: Any) -> Any:
    params = {"cluster": "c", "taskDefinition": arn, "launchType": "FARGATE", "networkConfiguration": network()}
    return lab.call("RunTask", **{**params, **fields})


def one(lab: SmallEcs, arn: str) -> Any:
    return lab.call("DescribeTasks", cluster="c", tasks=[arn], include=["TAGS"])["tasks"][0]


def test_a_task_goes_through_its_states(lab: SmallEcs) -> None:
    arn = run(lab, lab.register())["tasks"][0]["taskArn"]
    seen: list[str] = []
    for _ in range(240):
        status = one(lab, arn)["lastStatus"]
        if not seen or seen[-1] != status:
            seen.append(status)
        lab.run(0.1)
    assert seen == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    lab.call("StopTask", cluster="c", task=arn, reason="enough")
    for _ in range(100):
        status = one(lab, arn)["lastStatus"]
        if seen[-1] != status:
            seen.append(status)
        lab.run(0.1)
    assert seen[4:] == ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]
    task = one(lab, arn)
    times = [
        "createdAt",
        "pullStartedAt",
        "pullStoppedAt",
        "startedAt",
        "stoppingAt",
        "executionStoppedAt",
        "stoppedAt",
    ]
    assert [task[name] for name in times] == sorted(task[name] for name in times)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    assert task["containers"][0]["exitCode"] == 143


def test_a_stopped_task_can_be_described_for_an_hour(lab: SmallEcs) -> None:
    arn = run(lab, lab.register("crash:1"))["tasks"][0]["taskArn"]
    lab.run(60)
    assert one(lab, arn)["lastStatus"] == "STOPPED"
    lab.run(3500)
    assert one(lab, arn)["lastStatus"] == "STOPPED"
    lab.run(100)
    assert lab.call("DescribeTasks", cluster="c", tasks=[arn])["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_an_image_that_cannot_be_pulled_is_a_failed_start(lab: SmallEcs) -> None:
    arn = run(lab, lab.register("nopull:1"))["tasks"][0]["taskArn"]
    lab.run(60)
    task = one(lab, arn)
    assert (task["stopCode"], task["stoppedReason"], task["lastStatus"]) == (
        "TaskFailedToStart",
        PULL_ERROR,
        "STOPPED",
    )
    assert "exitCode" not in task["containers"][0]
    assert "startedAt" not in task


def test_a_task_stopped_before_its_containers_never_reaches_the_runtime(lab: SmallEcs) -> None:
    arn = run(lab, lab.register())["tasks"][0]["taskArn"]
    lab.run(1)
    lab.call("StopTask", cluster="c", task=arn)
    lab.run(30)
    assert one(lab, arn)["lastStatus"] == "STOPPED"
    assert lab.runtime.commands == []


def test_stopping_twice_changes_nothing_and_an_unknown_task_is_an_error(lab: SmallEcs) -> None:
    arn = run(lab, lab.register())["tasks"][0]["taskArn"]
    lab.call("StopTask", cluster="c", task=arn, reason="first")
    lab.call("StopTask", cluster="c", task=arn, reason="second")
    assert one(lab, arn)["stoppedReason"] == "first"
    assert lab.error("StopTask", cluster="c", task="0" * 32) == (
        "InvalidParameterException",
        "The referenced task was not found.",
    )


def test_a_sidecar_may_end_without_ending_the_task(lab: SmallEcs) -> None:
    from ecsdeploy.sandbox.runtime.base import ContainerStopped

    containers: list[dict[str, Any]] = [
        {"name": "web", "image": "app:1"},
        {"name": "init", "image": "x", "essential": False},
    ]
    arn = lab.call("RegisterTaskDefinition", **definition("two", containers))["taskDefinition"]["taskDefinitionArn"]
    task = run(lab, arn)["tasks"][0]["taskArn"]
    lab.run(30)
    lab.engine.observe(ContainerStopped(task, "init", 0, None, lab.clock.now()))
    lab.run(10)
    described = one(lab, task)
    assert described["lastStatus"] == "RUNNING"
    assert [(c["name"], c["lastStatus"]) for c in described["containers"]] == [("web", "RUNNING"), ("init", "STOPPED")]


def test_overrides_reach_the_containers_and_are_described(lab: SmallEcs) -> None:
    container = {"name": "web", "image": "app:1", "environment": [{"name": "A", "value": "1"}], "command": ["serve"]}
    arn = lab.call("RegisterTaskDefinition", **definition("web", [container]))["taskDefinition"]["taskDefinitionArn"]
    override = {"name": "web", "command": ["migrate"], "environment": [{"name": "B", "value": "2"}]}
    task = run(lab, arn, overrides={"containerOverrides": [override], "cpu": "512", "memory": "1024"})["tasks"][0]
    lab.run(30)
    spec = lab.runtime.specs[task["taskArn"]]
    assert spec.containers[0]["command"] == ["migrate"]
    assert spec.containers[0]["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert (spec.cpu, spec.memory) == (512, 1024)
    assert one(lab, task["taskArn"])["overrides"]["containerOverrides"] == [override]


def test_a_task_s_processes_are_shared_if_its_definition_says_so(lab: SmallEcs) -> None:
    alone, shared = run(lab, lab.register())["tasks"][0], run(lab, lab.register(pidMode="task"))["tasks"][0]
    lab.run(30)
    specs = [lab.runtime.specs[task["taskArn"]] for task in (alone, shared)]
    assert [spec.shared_processes for spec in specs] == [False, True]


def test_a_firelens_configuration_in_s3_is_registered_and_does_not_run_on_fargate(lab: SmallEcs) -> None:
    options = {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::bucket/fluent.conf"}
    router = {"name": "router", "image": "b", "firelensConfiguration": {"type": "fluentbit", "options": options}}
    arn = lab.register(sidecar=router)
    refusal = (
        "PlatformTaskDefinitionIncompatibilityException",
        "One or more of the requested capabilities are not supported.",
    )
    params = {"cluster": "c", "taskDefinition": arn, "launchType": "FARGATE", "networkConfiguration": network()}
    assert lab.error("RunTask", **params) == refusal
    assert lab.error("CreateService", **params, serviceName="s", desiredCount=1) == refusal


def test_the_same_token_starts_the_same_tasks_and_another_request_is_a_conflict(lab: SmallEcs) -> None:
    arn = lab.register()
    first = run(lab, arn, clientToken="t", count=2)["tasks"]
    again = run(lab, arn, clientToken="t", count=2)["tasks"]
    assert {t["taskArn"] for t in first} == {t["taskArn"] for t in again}
    params = {"cluster": "c", "taskDefinition": arn, "launchType": "FARGATE", "networkConfiguration": network()}
    assert lab.error("RunTask", **params, clientToken="t", count=1)[0] == "ConflictException"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"count": 11}, "Count must be between 1 and 10."),
        ({"group": "service:x"}, "Invalid namespace for group: service:"),
        (
            {"overrides": {"containerOverrides": [{"name": "db"}]}},
            "Override for container named db is not a container in the TaskDefinition.",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "web", "command": ["x" * 8192]}]}},
            "Container Overrides length must be at most 8192",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "web", "memory": 513}]}},
            "'memory' setting for container 'web' is greater than for task.",
        ),
        (
            {"placementStrategy": [{"type": "random"}]},
            "Placement strategies are not supported with FARGATE launch type.",
        ),
        ({"propagateTags": "SERVICE"}, "The SERVICE option is not valid for propagateTags when running a task."),
    ],
)
def test_what_run_task_refuses(lab: SmallEcs, fields: dict[str, Any], message: str) -> None:
    params = {
        "cluster": "c",
        "taskDefinition": lab.register(),
        "launchType": "FARGATE",
        "networkConfiguration": network(),
    }
    assert lab.error("RunTask", **{**params, **fields}) == ("InvalidParameterException", message)


def test_no_capacity_is_a_failure_in_the_answer(lab: SmallEcs) -> None:
    lab.faults.loaded.append(frozenset({"no-capacity"}))
    answer = run(lab, lab.register())
    assert answer["tasks"] == []
    assert answer["failures"][0]["reason"].startswith("Capacity is unavailable at this time.")


def test_tasks_are_listed_by_each_filter_and_in_pages(lab: SmallEcs) -> None:
    arn = lab.register()
    lab.create(arn, 2)
    lab.run(30)
    own = run(lab, arn, startedBy="me", group="jobs")["tasks"][0]["taskArn"]
    other = run(lab, lab.register(family="job"))["tasks"][0]["taskArn"]

    def listed(**fields: Any) -> set[str]:
        return set(lab.call("ListTasks", cluster="c", **fields)["taskArns"])

    everything = listed()
    assert len(everything) == 4
    assert listed(startedBy="me") == {own}
    assert listed(family="job") == {other}
    assert listed(serviceName="s") == everything - {own, other}
    assert listed(desiredStatus="PENDING") == set()
    assert listed(launchType="EC2") == set()
    lab.call("StopTask", cluster="c", task=own)
    assert listed(desiredStatus="STOPPED") == {own}
    first = lab.call("ListTasks", cluster="c", maxResults=2)
    rest = lab.call("ListTasks", cluster="c", maxResults=2, nextToken=first["nextToken"])
    assert {*first["taskArns"], *rest["taskArns"]} == everything - {own}
    assert lab.error("ListTasks", cluster="c", startedBy="me", family="web")[0] == "InvalidParameterException"
    assert lab.error("ListTasks", cluster="c", serviceName="none") == (
        "ServiceNotFoundException",
        "Service not found.",
    )


def test_a_services_tasks_say_whose_they_are(lab: SmallEcs) -> None:
    lab.create(
        lab.register(),
        enableECSManagedTags=True,
        propagateTags="SERVICE",
        tags=[{"key": "team", "value": "web"}],
    )
    lab.run(60)
    task = one(lab, lab.tasks()[0]["taskArn"])
    assert (task["group"], task["startedBy"]) == ("service:s", lab.service()["deployments"][0]["id"])
    assert task["tags"] == [
        {"key": "team", "value": "web"},
        {"key": "aws:ecs:clusterName", "value": "c"},
        {"key": "aws:ecs:serviceName", "value": "s"},
    ]


def test_network_interfaces_follow_their_tasks(lab: SmallEcs) -> None:
    task = run(lab, lab.register())["tasks"][0]["taskArn"]
    assert lab.engine.network_interfaces() == []
    lab.run(30)
    (interface,) = lab.engine.network_interfaces()
    details = {d["name"]: d["value"] for d in one(lab, task)["attachments"][0]["details"]}
    assert details["networkInterfaceId"] == interface.id
    assert details["privateIPv4Address"] == interface.private_address
    assert interface.public_address == lab.runtime.specs[task].address
    lab.call("StopTask", cluster="c", task=task)
    lab.run(3)
    assert (one(lab, task)["lastStatus"], lab.engine.network_interfaces()) == ("DEPROVISIONING", [interface])
    lab.run(27)
    assert lab.engine.network_interfaces() == []


def test_a_protected_task_outlives_a_deployment_until_its_protection_ends(lab: SmallEcs) -> None:
    lab.create(lab.register("check:1"))
    lab.run(60)
    old = lab.tasks()[0]["taskArn"]
    answer = lab.call("UpdateTaskProtection", cluster="c", tasks=[old], protectionEnabled=True, expiresInMinutes=5)
    assert answer["protectedTasks"][0]["protectionEnabled"] is True
    lab.call("UpdateService", cluster="c", service="s", forceNewDeployment=True)
    lab.run(200)
    assert one(lab, old)["lastStatus"] == "RUNNING"
    assert lab.deployments()[-1]["status"] == "IN_PROGRESS"
    lab.run(200)
    assert one(lab, old)["lastStatus"] == "STOPPED"
    assert lab.deployments()[-1]["status"] == "SUCCESSFUL"
    stray = run(lab, lab.register())["tasks"][0]["taskArn"]
    answer = lab.call("UpdateTaskProtection", cluster="c", tasks=[stray], protectionEnabled=True)
    assert answer["failures"] == [{"arn": stray, "reason": "TASK_NOT_VALID"}]


def test_spot_takes_a_task_back(lab: SmallEcs) -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    params = {"cluster": "c", "taskDefinition": lab.register(), "networkConfiguration": network()}
    task = lab.call("RunTask", **params, capacityProviderStrategy=strategy)["tasks"][0]["taskArn"]
    lab.run(30)
    assert one(lab, task)["capacityProviderName"] == "FARGATE_SPOT"
    lab.engine.interrupt(task)
    lab.run(30)
    stopped = one(lab, task)
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")


def test_providers_are_used_by_base_and_weight(lab: SmallEcs) -> None:
    strategy = [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ]
    params = {"cluster": "c", "taskDefinition": lab.register(), "networkConfiguration": network(), "count": 10}
    tasks = lab.call("RunTask", **params, capacityProviderStrategy=strategy)["tasks"]
    assert [t["capacityProviderName"] for t in tasks].count("FARGATE") == 4


def test_exec_is_refused_where_it_is_off_and_start_task_on_fargate(lab: SmallEcs) -> None:
    arn = lab.register()
    task = run(lab, arn)["tasks"][0]["taskArn"]
    lab.run(30)
    code, message = lab.error("ExecuteCommand", cluster="c", task=task, command="sh", interactive=True)
    assert code == "InvalidParameterException"
    assert message.startswith("The execute command failed because execute command was not enabled")
    assert lab.error("StartTask", cluster="c", taskDefinition=arn, containerInstances=["i"])[0] == (
        "UnsupportedFeatureException"
    )


def test_a_task_whose_machine_fails_has_not_failed_to_start(lab: SmallEcs) -> None:
    arn = lab.register()
    lab.create(arn)
    lab.run(60)
    first = lab.tasks()[0]["taskArn"]
    lab.engine.observe(TaskFailed(first, "InternalError: the machine is gone", lab.clock.now()))
    lab.run(60)
    gone = one(lab, first)
    assert (gone["stopCode"], gone["stoppedReason"]) == ("InfrastructureHealth", "InternalError: the machine is gone")
    assert lab.service()["runningCount"] == 1

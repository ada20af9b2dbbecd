"""Taking an app down: services first, then tasks, then the cluster; what each refuses, and what is left of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.small_ecs import SmallEcs, network

INACTIVE = ("ClusterNotFoundException", "The referenced cluster was inactive.")
RUN = {"taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": network()}


def delete(lab: SmallEcs, **fields: Any) -> str:
    return str(lab.call("DeleteService", cluster="c", service="s", **fields)["service"]["status"])


@pytest.fixture
def gone(lab: SmallEcs) -> SmallEcs:
    """An ECS whose cluster `c` was deleted with everything in it; a stopped task is still remembered."""
    lab.create(lab.register())
    lab.run(60)
    delete(lab, force=True)
    lab.run(60)
    lab.call("DeleteCluster", cluster="c")
    return lab


def test_a_service_is_scaled_to_none_before_it_is_deleted(lab: SmallEcs) -> None:
    lab.create(lab.register(), 2)
    lab.run(60)
    refused = "InvalidParameterException"
    above = "The service cannot be stopped while it is scaled above 0."
    assert lab.error("DeleteService", cluster="c", service="s") == (refused, above)
    assert lab.error("DeleteService", cluster="c", service="s", force=False) == (refused, above)
    lab.call("UpdateService", cluster="c", service="s", desiredCount=0)
    active = "The service cannot be stopped while deployments are active."
    assert lab.error("DeleteService", cluster="c", service="s") == (refused, active)
    lab.run(1)
    assert delete(lab) == "DRAINING"
    lab.run(60)
    assert (delete(lab), delete(lab, force=True)) == ("INACTIVE", "INACTIVE")


def test_only_active_services_are_listed_in_pages_of_ten(lab: SmallEcs) -> None:
    arn = lab.register("stubborn:1")
    names = [f"s{number:02}" for number in range(12)]
    for name in names:
        lab.create(arn, serviceName=name)
    lab.run(30)
    lab.call("DeleteService", cluster="c", service="s05", force=True)
    lab.run(2)
    deleted = lab.call("DescribeServices", cluster="c", services=["s05"])["services"][0]
    assert (deleted["status"], deleted["desiredCount"], deleted["runningCount"]) == ("INACTIVE", 0, 0)
    first = lab.call("ListServices", cluster="c")
    rest = lab.call("ListServices", cluster="c", nextToken=first["nextToken"])
    assert len(first["serviceArns"]) == 10
    listed = [arn.rpartition("/")[2] for arn in first["serviceArns"] + rest["serviceArns"]]
    assert (listed, "nextToken" in rest) == ([name for name in names if name != "s05"], False)
    assert lab.call("ListServices", cluster="c", launchType="EC2")["serviceArns"] == []


def test_a_cluster_goes_after_its_services_and_its_tasks(lab: SmallEcs) -> None:
    lab.create(lab.register("stubborn:1"))
    lab.run(60)
    services = (
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
    )
    tasks = ("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    assert lab.error("DeleteCluster", cluster="c") == services
    assert delete(lab, force=True) == "DRAINING"
    assert lab.error("DeleteCluster", cluster="c") == services
    lab.run(5)
    assert lab.service()["status"] == "INACTIVE"
    assert lab.error("DeleteCluster", cluster="c") == tasks
    lab.run(60)
    lone = lab.call("RunTask", cluster="c", **RUN)["tasks"][0]["taskArn"]
    assert lab.error("DeleteCluster", cluster="c") == tasks
    lab.call("StopTask", cluster="c", task=lone)
    lab.run(60)
    assert lab.call("DeleteCluster", cluster="c")["cluster"]["status"] == "INACTIVE"
    assert lab.error("DeleteCluster", cluster="never") == ("ClusterNotFoundException", "Cluster not found.")


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("CreateService", {"serviceName": "s", "desiredCount": 1, **RUN}),
        ("UpdateService", {"service": "s", "desiredCount": 1}),
        ("RunTask", RUN),
        ("DeleteService", {"service": "s", "force": True}),
        ("StopTask", {"task": "0" * 32}),
        ("UpdateTaskProtection", {"tasks": ["0" * 32], "protectionEnabled": True}),
        ("ExecuteCommand", {"task": "0" * 32, "command": "sh", "interactive": True}),
        ("UpdateCluster", {}),
        ("UpdateClusterSettings", {"settings": []}),
        ("PutClusterCapacityProviders", {"capacityProviders": [], "defaultCapacityProviderStrategy": []}),
    ],
)
def test_nothing_is_changed_in_a_deleted_cluster(gone: SmallEcs, operation: str, fields: dict[str, Any]) -> None:
    assert gone.error(operation, cluster="c", **fields) == INACTIVE


LOOKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("DescribeServices", {"services": ["s"]}),
    ("ListServices", {}),
    ("ListServiceDeployments", {"service": "s"}),
    ("ListTasks", {}),
    ("DescribeTasks", {"tasks": ["0" * 32]}),
    ("GetTaskProtection", {}),
    ("ListContainerInstances", {}),
    ("DescribeContainerInstances", {"containerInstances": ["i"]}),
    ("DescribeCapacityProviders", {}),
)


@pytest.mark.parametrize(("operation", "fields"), LOOKS)
def test_nothing_is_seen_in_a_deleted_cluster(gone: SmallEcs, operation: str, fields: dict[str, Any]) -> None:
    assert gone.error(operation, cluster="c", **fields) == ("ClusterNotFoundException", "Cluster not found.")


def test_deployments_and_revisions_of_a_deleted_cluster_are_not_found(gone: SmallEcs) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:service-deployment/c/s/0123456789abcdef"
    revision = arn.replace(":service-deployment/", ":service-revision/")
    refused = ("ClusterNotFoundException", "Cluster not found.")
    assert gone.error("DescribeServiceDeployments", serviceDeploymentArns=[arn]) == refused
    assert gone.error("DescribeServiceRevisions", serviceRevisionArns=[revision]) == refused


def test_a_deleted_cluster_itself_can_be_described_and_deleted_again(gone: SmallEcs) -> None:
    assert gone.call("DescribeClusters", clusters=["c"])["clusters"][0]["status"] == "INACTIVE"
    assert gone.call("DeleteCluster", cluster="c")["cluster"]["status"] == "INACTIVE"
    assert gone.call("ListClusters")["clusterArns"] == []


def test_a_cluster_of_the_same_name_shows_what_ecs_still_remembers(gone: SmallEcs) -> None:
    gone.call("CreateCluster", clusterName="c")
    assert gone.service()["status"] == "INACTIVE"
    assert gone.call("ListServices", cluster="c")["serviceArns"] == []
    assert [task["lastStatus"] for task in gone.tasks("STOPPED")] == ["STOPPED"]


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        *LOOKS,
        ("StopTask", {"task": "0" * 32}),
        ("DeleteService", {"service": "s"}),
        ("UpdateService", {"service": "s", "desiredCount": 1}),
        ("RunTask", RUN),
    ],
)
def test_a_cluster_that_never_was_is_not_found(lab: SmallEcs, operation: str, fields: dict[str, Any]) -> None:
    lab.register()
    assert lab.error(operation, cluster="never", **fields) == ("ClusterNotFoundException", "Cluster not found.")

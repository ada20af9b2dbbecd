"""Clusters, capacity providers, tags and account settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.small_ecs import SmallEcs

ARN = "arn:aws:ecs:us-east-1:123456789012:cluster/c"


def test_a_cluster_is_created_once_and_described(lab: SmallEcs) -> None:
    again = lab.call("CreateCluster", clusterName="c")["cluster"]
    assert again["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    lab.create(lab.register(), 2)
    lab.run(60)
    cluster = lab.call("DescribeClusters", clusters=["c"], include=["STATISTICS"])["clusters"][0]
    assert (cluster["status"], cluster["runningTasksCount"], cluster["activeServicesCount"]) == ("ACTIVE", 2, 1)
    assert {"name": "runningFargateTasksCount", "value": "2"} in cluster["statistics"]


def test_a_missing_cluster_is_a_failure_to_describe_and_an_error_to_use(lab: SmallEcs) -> None:
    failures = lab.call("DescribeClusters", clusters=["none"])["failures"]
    assert failures == [{"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/none", "reason": "MISSING"}]
    assert lab.error("ListServices", cluster="none") == ("ClusterNotFoundException", "Cluster not found.")
    assert lab.error("ListTasks")[0] == "ClusterNotFoundException"


def test_a_cluster_is_deleted_only_when_empty_and_can_be_created_anew(lab: SmallEcs) -> None:
    lab.create(lab.register())
    lab.run(60)
    assert lab.error("DeleteCluster", cluster="c") == (
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
    )
    lab.call("DeleteService", cluster="c", service="s", force=True)
    lab.run(2)
    assert lab.error("DeleteCluster", cluster="c")[0] == "ClusterContainsTasksException"
    lab.run(60)
    assert lab.call("DeleteCluster", cluster="c")["cluster"]["status"] == "INACTIVE"
    assert lab.call("ListClusters")["clusterArns"] == []
    assert lab.call("DescribeClusters", clusters=["c"])["clusters"][0]["status"] == "INACTIVE"
    assert lab.error("RunTask", cluster="c", taskDefinition="web") == (
        "ClusterNotFoundException",
        "The referenced cluster was inactive.",
    )
    assert lab.error("ListTagsForResource", resourceArn=ARN) == (
        "InvalidParameterException",
        "The specified cluster is inactive. Specify an active cluster and try again.",
    )
    assert lab.call("CreateCluster", clusterName="c")["cluster"]["status"] == "ACTIVE"


@pytest.mark.parametrize(
    "asked",
    [
        {"capacityProviders": ["FARGATE"]},
        {"defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
        {"settings": [{"name": "containerInsights", "value": "enhanced"}]},
        {"configuration": {"executeCommandConfiguration": {"logging": "NONE"}}},
        {"serviceConnectDefaults": {"namespace": "shop"}},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_a_cluster_that_exists_is_not_created_as_another_one(lab: SmallEcs, asked: dict[str, Any]) -> None:
    both = {"capacityProviders": ["FARGATE_SPOT", "FARGATE"], **asked}
    assert lab.error("CreateCluster", clusterName="c", **both) == (
        "InvalidParameterException",
        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
    )
    same = {"settings": [{"name": "containerInsights", "value": "disabled"}], "defaultCapacityProviderStrategy": []}
    again = lab.call("CreateCluster", clusterName="c", capacityProviders=["FARGATE_SPOT", "FARGATE"], **same)
    assert again["cluster"]["status"] == "ACTIVE"


@pytest.mark.parametrize("operation", ["CreateCluster", "UpdateClusterSettings"])
def test_a_setting_has_one_of_its_values(lab: SmallEcs, operation: str) -> None:
    name = {"clusterName": "d"} if operation == "CreateCluster" else {"cluster": "c"}
    settings = [{"name": "containerInsights", "value": "enhaced"}]
    refused = ("InvalidParameterException", "Invalid setting 'value'")
    assert lab.error(operation, **name, settings=settings) == refused


def test_capacity_providers_are_replaced_and_must_be_known(lab: SmallEcs) -> None:
    strategy = [{"capacityProvider": "FARGATE", "weight": 1}]
    cluster = lab.call(
        "PutClusterCapacityProviders",
        cluster="c",
        capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=strategy,
    )["cluster"]
    assert cluster["capacityProviders"] == ["FARGATE"]
    assert cluster["defaultCapacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    assert lab.error("CreateCluster", clusterName="d", capacityProviders=["MINE"])[0] == "InvalidParameterException"
    described = lab.call("DescribeCapacityProviders", capacityProviders=["FARGATE", "MINE"])
    assert [p["name"] for p in described["capacityProviders"]] == ["FARGATE"]
    assert [f["reason"] for f in described["failures"]] == ["MISSING"]


def test_settings_are_changed_one_by_one(lab: SmallEcs) -> None:
    settings = [{"name": "containerInsights", "value": "enhanced"}]
    assert lab.call("UpdateClusterSettings", cluster="c", settings=settings)["cluster"]["settings"] == settings


def test_tags_of_each_resource_come_and_go(lab: SmallEcs) -> None:
    definition = lab.register()
    service = lab.create(definition)["serviceArn"]
    lab.run(30)
    for arn in (ARN, service, definition, lab.tasks()[0]["taskArn"]):
        lab.call("TagResource", resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
        lab.call("UntagResource", resourceArn=arn, tagKeys=["a"])
        assert lab.call("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    missing = lab.error("ListTagsForResource", resourceArn=f"{service}x")
    assert missing == ("InvalidParameterException", "The specified service could not be found.")
    assert lab.error("UntagResource", resourceArn=f"{service}x", tagKeys=["a"])[0] == "ResourceNotFoundException"
    assert lab.error("ListTagsForResource", resourceArn=service.replace("/c/", "/")) == (
        "InvalidParameterException",
        "Long arn format must be used for tagging operations",
    )
    assert lab.error("TagResource", resourceArn=ARN, tags=[{"key": "aws:x", "value": "1"}])[0] == (
        "InvalidParameterException"
    )


def test_account_settings_default_and_own(lab: SmallEcs) -> None:
    lab.call("PutAccountSettingDefault", name="containerInsights", value="enabled")
    cluster = lab.call("CreateCluster", clusterName="d")["cluster"]
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    lab.call("PutAccountSetting", name="containerInsights", value="disabled")
    own = lab.call("ListAccountSettings")["settings"]
    assert [(s["name"], s["value"]) for s in own] == [("containerInsights", "disabled")]
    assert lab.call("DeleteAccountSetting", name="containerInsights")["setting"]["value"] == "enabled"
    effective = lab.call("ListAccountSettings", effectiveSettings=True, name="serviceLongArnFormat")["settings"]
    assert [(s["name"], s["value"]) for s in effective] == [("serviceLongArnFormat", "enabled")]

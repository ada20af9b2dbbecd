from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.sandbox.autoscaling import operations
from ecsdeploy.sandbox.dispatch import JsonService
from ecsdeploy.sandbox.wire import AwsError, Caller
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.core.test_app import start_service
from tests.support.clocks import FakeSandboxClock

CALLER = Caller("123456789012", "us-east-1")
WEB: dict[str, Any] = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/c/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
TRACKING = {
    "TargetValue": 50.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}


class Services:
    def __init__(self) -> None:
        self.counts = {("c", "web"): 2}
        self.created = 1.0

    def service_desired_count(self, cluster: str, service: str) -> int | None:
        return self.counts.get((cluster, service))

    def service_created(self, cluster: str, service: str) -> float | None:
        return self.created if (cluster, service) in self.counts else None

    def set_desired_count(self, cluster: str, service: str, count: int) -> None:
        self.counts[(cluster, service)] = count


class Scaling:
    def __init__(self) -> None:
        self.services = Services()
        self._service = JsonService(
            "application-autoscaling", operations(self.services, FakeSandboxClock(1_700_000_000.0))
        )

    def call(self, operation: str, *, caller: Caller = CALLER, **params: Any) -> Any:
        return self._service.call(operation, params, caller)

    def refused(self, operation: str, **params: Any) -> tuple[str, str]:
        with pytest.raises(AwsError) as caught:
            self.call(operation, **params)
        return caught.value.code, caught.value.message


@pytest.fixture
def scaling() -> Scaling:
    return Scaling()


def test_a_target_is_registered_described_changed_and_forgotten(scaling: Scaling) -> None:
    arn = scaling.call("RegisterScalableTarget", **WEB, MinCapacity=1, MaxCapacity=4)["ScalableTargetARN"]
    assert scaling.call("DescribeScalableTargets", ServiceNamespace="ecs")["ScalableTargets"] == [
        {
            **WEB,
            "MinCapacity": 1,
            "MaxCapacity": 4,
            "RoleARN": "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_ECSService",
            "CreationTime": 1_700_000_000.0,
            "SuspendedState": {
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "ScalableTargetARN": arn,
        }
    ]
    assert scaling.call("RegisterScalableTarget", **WEB, MaxCapacity=9)["ScalableTargetARN"] == arn
    target = scaling.call("DescribeScalableTargets", ServiceNamespace="ecs")["ScalableTargets"][0]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 9)
    scaling.call("DeregisterScalableTarget", **WEB)
    assert scaling.call("DescribeScalableTargets", ServiceNamespace="ecs") == {"ScalableTargets": []}


@pytest.mark.parametrize(
    ("low", "high", "count", "cause"),
    [
        (3, 5, 3, "minimum capacity was set to 3"),
        (0, 1, 1, "maximum capacity was set to 1"),
    ],
)
def test_a_service_is_brought_within_its_bounds(scaling: Scaling, low: int, high: int, count: int, cause: str) -> None:
    scaling.call("RegisterScalableTarget", **WEB, MinCapacity=low, MaxCapacity=high)
    assert scaling.services.counts == {("c", "web"): count}
    activity = scaling.call("DescribeScalingActivities", ServiceNamespace="ecs")["ScalingActivities"][0]
    assert (activity["Cause"], activity["StatusCode"]) == (cause, "Successful")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"ResourceId": "service/c/no"}, "ValidationException", "ECS service doesn't exist: service/c/no"),
        (
            {"ResourceId": "web"},
            "ValidationException",
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        ({"ServiceNamespace": "ec2"}, "AccessDeniedException", "Account is not authorized"),
        (
            {"ServiceNamespace": "dynamodb", "ScalableDimension": "dynamodb:table:ReadCapacityUnits"},
            "ValidationException",
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        ({"MinCapacity": 5}, "ValidationException", "Maximum capacity cannot be less than minimum capacity"),
        (
            {"MinCapacity": 5, "ResourceId": "service/c/no"},
            "ValidationException",
            "Maximum capacity cannot be less than minimum capacity",
        ),
        ({"MinCapacity": -1}, "ValidationException", "Minimum capacity cannot be less than 0"),
        (
            {"MaxCapacity": None},
            "ValidationException",
            "Maximum capacity must be specified for a new scalable target",
        ),
        (
            {"ScalableDimension": "moon"},
            "ValidationException",
            "1 validation error detected: Value 'moon' at 'scalableDimension' failed to satisfy constraint: Member",
        ),
    ],
)
def test_mistakes_are_answered(scaling: Scaling, change: dict[str, Any], code: str, message: str) -> None:
    said = scaling.refused("RegisterScalableTarget", **{**WEB, "MinCapacity": 1, "MaxCapacity": 4, **change})
    assert (said[0], said[1][: len(message)]) == (code, message)


def test_a_policy_belongs_to_a_target(scaling: Scaling) -> None:
    policy: dict[str, Any] = {**WEB, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}
    tracking: dict[str, Any] = {"TargetTrackingScalingPolicyConfiguration": TRACKING}
    missing = "service namespace: ecs, resource ID: service/c/web, scalable dimension: ecs:service:DesiredCount"
    assert scaling.refused("PutScalingPolicy", **policy, **tracking) == (
        "ObjectNotFoundException",
        f"No scalable target registered for {missing}",
    )
    scaling.call("RegisterScalableTarget", **WEB, MinCapacity=1, MaxCapacity=4)
    put = scaling.call("PutScalingPolicy", **policy, **tracking)
    assert put["PolicyARN"].endswith(":resource/ecs/service/c/web:policyName/cpu")
    assert len(put["Alarms"]) == 2
    assert scaling.call("PutScalingPolicy", **policy, **tracking)["PolicyARN"] == put["PolicyARN"]
    found = scaling.call("DescribeScalingPolicies", ServiceNamespace="ecs", ResourceId="service/c/web")
    assert [one["TargetTrackingScalingPolicyConfiguration"] for one in found["ScalingPolicies"]] == [TRACKING]
    scaling.call("DeregisterScalableTarget", **WEB)
    assert scaling.call("DescribeScalingPolicies", ServiceNamespace="ecs") == {"ScalingPolicies": []}
    assert scaling.refused("DeleteScalingPolicy", **WEB, PolicyName="cpu") == (
        "ObjectNotFoundException",
        f"No scaling policy found for {missing}",
    )


def test_a_policy_that_is_put_again_keeps_what_is_not_said(scaling: Scaling) -> None:
    policy: dict[str, Any] = {**WEB, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}
    scaling.call("RegisterScalableTarget", **WEB, MinCapacity=1, MaxCapacity=4)
    scaling.call("PutScalingPolicy", **policy, TargetTrackingScalingPolicyConfiguration=TRACKING)
    scaling.call("PutScalingPolicy", **policy)
    kept = scaling.call("DescribeScalingPolicies", ServiceNamespace="ecs")["ScalingPolicies"][0]
    assert kept["TargetTrackingScalingPolicyConfiguration"] == TRACKING
    step = {
        "AdjustmentType": "ExactCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    }
    assert scaling.refused("PutScalingPolicy", **policy, StepScalingPolicyConfiguration=step) == (
        "ValidationException",
        "TargetTrackingScaling policy configuration must be specified",
    )


def test_requests_per_target_need_a_load_balancer_which_the_sandbox_has_not(scaling: Scaling) -> None:
    scaling.call("RegisterScalableTarget", **WEB, MinCapacity=1, MaxCapacity=4)
    label = "app/a/0123456789abcdef/targetgroup/a/0123456789abcdef"
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    tracking = {"TargetValue": 50.0, "PredefinedMetricSpecification": metric}
    policy = {**WEB, "PolicyName": "requests", "PolicyType": "TargetTrackingScaling"}
    assert scaling.refused("PutScalingPolicy", **policy, TargetTrackingScalingPolicyConfiguration=tracking) == (
        "ValidationException",
        f"The sandbox has no load balancing: there is no '{label}' for predefined metric type "
        "ALBRequestCountPerTarget.",
    )


@pytest.mark.parametrize("recreated", [False, True])
def test_a_deleted_service_takes_its_target_and_policies_along(scaling: Scaling, recreated: bool) -> None:
    scaling.call("RegisterScalableTarget", **WEB, MinCapacity=1, MaxCapacity=4)
    policy: dict[str, Any] = {**WEB, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}
    scaling.call("PutScalingPolicy", **policy, TargetTrackingScalingPolicyConfiguration=TRACKING)
    if recreated:
        scaling.services.created += 60
    else:
        scaling.services.counts.clear()
    assert scaling.refused("DeregisterScalableTarget", **WEB) == (
        "ObjectNotFoundException",
        "No scalable target found for service namespace: ecs, resource ID: service/c/web, scalable dimension: "
        "ecs:service:DesiredCount",
    )
    assert scaling.call("DescribeScalingPolicies", ServiceNamespace="ecs") == {"ScalingPolicies": []}
    assert scaling.call("DescribeScalableTargets", ServiceNamespace="ecs") == {"ScalableTargets": []}


def test_the_target_goes_with_the_service_itself(sandbox: RunningSandbox) -> None:
    ecs, client = start_service(sandbox, 1), sandbox.client("application-autoscaling")
    client.register_scalable_target(**WEB, MinCapacity=1, MaxCapacity=4)
    client.register_scalable_target(**WEB, MaxCapacity=2)
    wanted = {"ServiceNamespace": "ecs", "ResourceIds": ["service/c/web"]}
    assert [one["MaxCapacity"] for one in client.describe_scalable_targets(**wanted)["ScalableTargets"]] == [2]
    ecs.delete_service(cluster="c", service="web", force=True)
    assert client.describe_scalable_targets(**wanted)["ScalableTargets"] == []


def test_lists_come_in_pages(scaling: Scaling) -> None:
    for number in range(3):
        scaling.services.counts[("c", f"s{number}")] = 1
        where = {**WEB, "ResourceId": f"service/c/s{number}"}
        scaling.call("RegisterScalableTarget", **where, MinCapacity=1, MaxCapacity=4)
    first = scaling.call("DescribeScalableTargets", ServiceNamespace="ecs", MaxResults=2)
    rest = scaling.call("DescribeScalableTargets", ServiceNamespace="ecs", NextToken=first["NextToken"])
    listed = [one["ResourceId"] for page in (first, rest) for one in page["ScalableTargets"]]
    assert listed == ["service/c/s0", "service/c/s1", "service/c/s2"]
    assert "NextToken" not in rest
    assert scaling.refused("DescribeScalableTargets", ServiceNamespace="ecs", NextToken="x")[0] == (
        "InvalidNextTokenException"
    )


def test_another_region_sees_nothing(scaling: Scaling) -> None:
    scaling.call("RegisterScalableTarget", **WEB, MinCapacity=1, MaxCapacity=4)
    elsewhere = Caller("123456789012", "eu-west-1")
    listed = scaling.call("DescribeScalableTargets", caller=elsewhere, ServiceNamespace="ecs")
    assert listed == {"ScalableTargets": []}


def test_a_target_keeps_its_tags(scaling: Scaling) -> None:
    registered = scaling.call("RegisterScalableTarget", **WEB, MinCapacity=1, MaxCapacity=4, Tags={"a": "1", "b": "2"})
    arn = registered["ScalableTargetARN"]
    scaling.call("TagResource", ResourceARN=arn, Tags={"b": "3"})
    scaling.call("UntagResource", ResourceARN=arn, TagKeys=["a"])
    assert scaling.call("ListTagsForResource", ResourceARN=arn) == {"Tags": {"b": "3"}}
    assert scaling.refused("ListTagsForResource", ResourceARN=f"{arn}x")[0] == "ResourceNotFoundException"

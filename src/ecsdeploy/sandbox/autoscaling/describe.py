"""Scalable targets, policies and activities in the shapes of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.autoscaling.records import DIMENSION, Activity, Policy, Target
from ecsdeploy.sandbox.wire import Caller

_ROLE = "aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"
_SUSPENDABLE = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def target_arn(target: Target, caller: Caller) -> str:
    """Return a scalable target's ARN."""
    return f"arn:aws:application-autoscaling:{caller.region}:{caller.account}:scalable-target/{target.id}"


def target_shape(target: Target, caller: Caller) -> Mapping[str, Any]:
    """Return a `ScalableTarget`."""
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": target.key.resource,
        "ScalableDimension": DIMENSION,
        "MinCapacity": target.minimum,
        "MaxCapacity": target.maximum,
        "RoleARN": f"arn:aws:iam::{caller.account}:role/{_ROLE}",
        "CreationTime": target.created,
        "SuspendedState": {name: target.suspended.get(name, False) for name in _SUSPENDABLE},
        "ScalableTargetARN": target_arn(target, caller),
    }


def policy_arn(policy: Policy, caller: Caller) -> str:
    """Return a scaling policy's ARN."""
    place = f"arn:aws:autoscaling:{caller.region}:{caller.account}:scalingPolicy:{policy.id}"
    return f"{place}:resource/ecs/{policy.key.resource}:policyName/{policy.name}"


def policy_shape(policy: Policy, caller: Caller) -> Mapping[str, Any]:
    """Return a `ScalingPolicy`."""
    return {
        "PolicyARN": policy_arn(policy, caller),
        "PolicyName": policy.name,
        "ServiceNamespace": "ecs",
        "ResourceId": policy.key.resource,
        "ScalableDimension": DIMENSION,
        "PolicyType": policy.type,
        **policy.configuration,
        "Alarms": alarms(policy, caller),
        "CreationTime": policy.created,
    }


def alarms(policy: Policy, caller: Caller) -> list[Mapping[str, str]]:
    """Return the two alarms that a target tracking policy brings with it."""
    if policy.type != "TargetTrackingScaling":
        return []
    names = [f"TargetTracking-{policy.key.resource}-Alarm{end}-{policy.id}" for end in ("High", "Low")]
    place = f"arn:aws:cloudwatch:{caller.region}:{caller.account}:alarm"
    return [{"AlarmName": name, "AlarmARN": f"{place}:{name}"} for name in names]


def activity_shape(activity: Activity) -> Mapping[str, Any]:
    """Return a `ScalingActivity`."""
    return {
        "ActivityId": activity.id,
        "ServiceNamespace": "ecs",
        "ResourceId": activity.key.resource,
        "ScalableDimension": DIMENSION,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": activity.at,
        "EndTime": activity.at,
        "StatusCode": "Successful",
        "StatusMessage": activity.description.replace("Setting", "Successfully set").rstrip("."),
    }

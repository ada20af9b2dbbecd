"""CloudWatch Logs and Application Auto Scaling: what each operation asks.

Sources: Service Authorization Reference. CloudWatch Logs API reference, LogGroup: a policy names a group with `:*` at
its end, but for the operations on tags; users' refusals show that what is asked there is the group's ARN with
`:log-stream:` behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecsdeploy.sandbox.iam.authorization.rule import Call, Table, named, tagging


def _plain(call: Call, group: str) -> str:
    arn = group if group.startswith("arn:") else call.around.place.log_group(group)
    return arn.removesuffix(":*")


def _named_groups(call: Call) -> Iterable[str]:
    found = call.texts("logGroupIdentifiers")
    for parameter in ("logGroupName", "logGroupIdentifier", "resourceArn", "resourceIdentifier"):
        found += [call.text(parameter)]
    return [_plain(call, each) for each in found if each]


def _groups(call: Call) -> list[str]:
    arns = list(_named_groups(call))
    return arns if call.text("resourceArn") else [f"{arn}:log-stream:" for arn in arns]


def _streams(call: Call) -> list[str]:
    return [f"{arn}:log-stream:{call.text('logStreamName')}" for arn in _named_groups(call)]


_TAGS = "aws:RequestTag aws:TagKeys"
_OF_A_GROUP = (
    *("AssociateKmsKey", "DeleteLogGroup", "DeleteRetentionPolicy", "DescribeLogStreams", "DisassociateKmsKey"),
    *("FilterLogEvents", "ListTagsForResource", "ListTagsLogGroup", "PutLogGroupDeletionProtection"),
    *("PutRetentionPolicy", "StartLiveTail"),
)
_OF_A_STREAM = ("CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents")

LINES: Mapping[str, tuple[str, str]] = {
    **{operation: ("log-group", "") for operation in _OF_A_GROUP},
    **{operation: ("log-stream", "") for operation in _OF_A_STREAM},
    "CreateLogGroup": ("log-group", _TAGS),
    "DescribeLogGroups": ("", ""),
    "TagLogGroup": ("log-group", _TAGS),
    "TagResource": ("log-group", _TAGS),
    "TestMetricFilter": ("", ""),
    "UntagLogGroup": ("log-group", "aws:TagKeys"),
    "UntagResource": ("log-group", "aws:TagKeys"),
}

TABLE = Table(
    prefix="logs",
    types={"log-group": _groups, "log-stream": _streams},
    keys={},
    lines=LINES,
    further={"CreateLogGroup": (tagging("logs:TagResource", _named_groups),)},
)


def _targets(call: Call) -> list[str]:
    if arn := call.text("ResourceARN"):
        return [arn]
    return [call.around.place.regional("application-autoscaling", "scalable-target/*")]


_OF_A_TARGET = "application-autoscaling:scalable-dimension application-autoscaling:service-namespace"

AUTOSCALING = Table(
    prefix="application-autoscaling",
    types={"ScalableTarget": _targets},
    keys={
        "application-autoscaling:scalable-dimension": named(
            "application-autoscaling:scalable-dimension", "ScalableDimension"
        ),
        "application-autoscaling:service-namespace": named(
            "application-autoscaling:service-namespace", "ServiceNamespace"
        ),
    },
    lines={
        "DeleteScalingPolicy": ("ScalableTarget", _OF_A_TARGET),
        "DeregisterScalableTarget": ("ScalableTarget", _OF_A_TARGET),
        "DescribeScalableTargets": ("", ""),
        "DescribeScalingActivities": ("", ""),
        "DescribeScalingPolicies": ("", ""),
        "ListTagsForResource": ("ScalableTarget", ""),
        "PutScalingPolicy": ("ScalableTarget", _OF_A_TARGET),
        "RegisterScalableTarget": ("ScalableTarget", f"{_OF_A_TARGET} {_TAGS}"),
        "TagResource": ("ScalableTarget", _TAGS),
        "UntagResource": ("ScalableTarget", "aws:TagKeys"),
    },
)

"""Whether Application Auto Scaling owns a service's count."""

from __future__ import annotations

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws


def scalable_range(aws: Aws, cluster: str, service: str) -> tuple[int, int] | None:
    """Return autoscaling's minimum and maximum count, or None if it has none.

    Source: Application Auto Scaling API, DescribeScalableTargets.
    """
    with aws_errors("application-autoscaling"):
        answer = aws.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs",
            ResourceIds=[f"service/{cluster}/{service}"],
            ScalableDimension="ecs:service:DesiredCount",
        )
    targets = answer.get("ScalableTargets", [])
    return (targets[0]["MinCapacity"], targets[0]["MaxCapacity"]) if targets else None

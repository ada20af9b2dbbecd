"""Rules of cdk-preflight for Application Auto Scaling; those of policies are in `scaling_policies`."""

from __future__ import annotations

from collections.abc import Mapping

from tests.sandbox.refusals.rule import Rule
from tests.sandbox.refusals.scaling_policies import DIMENSION, INVALID, POLICIES, SEEN, SERVICE_MADE, TARGET

BOUNDS = {"MinCapacity": 1, "MaxCapacity": 1}

TARGETS = (
    Rule(
        name="pf-appautoscaling-min-max-capacity",
        seen=SEEN,
        operation="application-autoscaling:RegisterScalableTarget",
        good={**TARGET, **BOUNDS},
        bad={**TARGET, **BOUNDS, "ResourceId": "service/refusals/nowhere", "MinCapacity": 2},
        code=INVALID,
        words="Maximum capacity cannot be less than minimum capacity",
        before=SERVICE_MADE,
    ),
    Rule(
        name="pf-appautoscaling-resource-id-shape",
        seen=SEEN,
        operation="application-autoscaling:RegisterScalableTarget",
        good={**TARGET, **BOUNDS},
        bad={**TARGET, **BOUNDS, "ResourceId": "scaled"},
        code=INVALID,
        words="Unsupported service namespace, resource type or scalable dimension",
        before=SERVICE_MADE,
    ),
    Rule(
        name="pf-appautoscaling-namespace-dimension-match",
        seen=SEEN,
        operation="application-autoscaling:RegisterScalableTarget",
        good={**TARGET, **BOUNDS, "ScalableDimension": DIMENSION},
        bad={**TARGET, **BOUNDS, "ScalableDimension": "dynamodb:table:ReadCapacityUnits"},
        code="AccessDeniedException",
        words="Account is not authorized",
        before=SERVICE_MADE,
    ),
)

RULES: tuple[Rule, ...] = (*TARGETS, *POLICIES)

_ELSEWHERE = "of another service than ECS; the sandbox scales ECS services only"
_SCHEDULED = "the sandbox has no scheduled actions (PutScheduledAction)"

LEFT_OUT: Mapping[str, str] = {
    "pf-appautoscaling-customized-metric-unsupported-dimension": _ELSEWHERE,
    "pf-appautoscaling-dynamodb-target-value-range": _ELSEWHERE,
    "pf-appautoscaling-elasticache-replicas-max-capacity-5": _ELSEWHERE,
    "pf-appautoscaling-lambda-resource-id-qualifier": _ELSEWHERE,
    "pf-appautoscaling-min-capacity-zero-namespace": _ELSEWHERE,
    "pf-appautoscaling-predictive-scaling-ecs-only": _ELSEWHERE,
    "pf-appautoscaling-rolearn-required-no-slr": _ELSEWHERE,
    "pf-appautoscaling-step-scaling-unsupported-namespace": _ELSEWHERE,
    "pf-appautoscaling-scalable-target-action-empty": _SCHEDULED,
    "pf-appautoscaling-scalable-target-action-min-max": _SCHEDULED,
    "pf-appautoscaling-scalable-target-action-required": _SCHEDULED,
    "pf-appautoscaling-schedule-at-format": _SCHEDULED,
    "pf-appautoscaling-schedule-cron-day-fields": _SCHEDULED,
    "pf-appautoscaling-schedule-expression-form": _SCHEDULED,
    "pf-appautoscaling-schedule-rate-unit": _SCHEDULED,
    "pf-appautoscaling-scheduled-action-name-chars": _SCHEDULED,
    "pf-appautoscaling-scheduled-action-start-end-order": _SCHEDULED,
    "pf-appautoscaling-scheduled-action-timezone-iana": _SCHEDULED,
}
"""Rule -> why the sandbox has no such case."""

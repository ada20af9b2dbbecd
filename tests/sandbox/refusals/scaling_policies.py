"""Rules of cdk-preflight for scaling policies."""

from __future__ import annotations

from typing import Any

from tests.sandbox.refusals.rule import Call, Form, Rule
from tests.sandbox.refusals.services import CLUSTER, DEFINITION, SERVICE

INVALID = "ValidationException"
SEEN = "2026-09-24"
DIMENSION = "ecs:service:DesiredCount"
TARGET: Form = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/refusals/scaled",
    "ScalableDimension": DIMENSION,
}
SERVICE_MADE = (
    CLUSTER,
    DEFINITION,
    Call(
        operation="ecs:CreateService",
        form={**SERVICE, "serviceName": "scaled", "launchType": "FARGATE", "clientToken": "scaled"},
    ),
)
BEFORE = (
    *SERVICE_MADE,
    Call(
        operation="application-autoscaling:RegisterScalableTarget",
        form={**TARGET, "MinCapacity": 0, "MaxCapacity": 2},
    ),
)


def puts_policy(name: str, good: Form, bad: Form, words: str, *, begins: bool = False) -> Rule:
    """Return a rule of PutScalingPolicy."""
    policy = {**TARGET, "PolicyName": name}
    return Rule(
        name=name,
        seen=SEEN,
        operation="application-autoscaling:PutScalingPolicy",
        good={**policy, **good},
        bad={**policy, **bad},
        code=INVALID,
        words=words,
        begins=begins,
        before=BEFORE,
    )


def steps(*adjustments: tuple[float | None, float | None], change: int = 1, **others: Any) -> Form:
    """Return a step scaling policy whose steps have these lower and upper bounds."""
    ends = ("MetricIntervalLowerBound", "MetricIntervalUpperBound")
    made = [
        {
            "ScalingAdjustment": change,
            **{end: value for end, value in zip(ends, bounds, strict=True) if value is not None},
        }
        for bounds in adjustments
    ]
    form = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": made, **others}
    return {
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {key: value for key, value in form.items() if value is not None},
    }


def tracks(**metric: Any) -> Form:
    """Return a target tracking policy."""
    return {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 50.0, **metric},
    }


def predicts(*metrics: Form, **others: Any) -> Form:
    """Return a predictive scaling policy."""
    return {
        "PolicyType": "PredictiveScaling",
        "PredictiveScalingPolicyConfiguration": {
            "MetricSpecifications": [{"TargetValue": 50.0, **metric} for metric in metrics],
            **others,
        },
    }


def predefined(kind: str, label: str | None = None) -> Form:
    """Return a predefined metric of a target tracking policy."""
    metric = {"PredefinedMetricType": kind, **({"ResourceLabel": label} if label else {})}
    return {"PredefinedMetricSpecification": metric}


def metric_of(part: str, kind: str) -> Form:
    """Return a predefined metric of a predictive scaling policy."""
    return {f"Predefined{part}Specification": {"PredefinedMetricType": kind}}


CPU = "ECSServiceAverageCPUUtilization"
PER_TARGET = "ALBRequestCountPerTarget"
LABEL = "app/shop/0123456789abcdef/targetgroup/shop/0123456789abcdef"
OWN: Form = {"MetricName": "Waiting", "Namespace": "Shop", "Statistic": "Average"}
MATH: Form = {"Metrics": [{"Id": "waiting", "Expression": "1"}]}
PAIR = metric_of("MetricPair", "ECSServiceCPUUtilization")
SCALING, LOAD = metric_of("ScalingMetric", CPU), metric_of("LoadMetric", "ECSServiceTotalCPUUtilization")

TYPES = (
    puts_policy(
        "pf-appautoscaling-policy-type-config-required",
        steps((0, None)),
        {"PolicyType": "StepScaling"},
        "StepScaling policy configuration must be specified",
    ),
    puts_policy(
        "pf-appautoscaling-policy-type-config-mismatch",
        steps((0, None)),
        {**tracks(**predefined(CPU)), **steps((0, None))},
        "You must only provide a single scaling policy configuration, which must match the scaling policy type "
        "specified.",
    ),
)

TRACKING = (
    puts_policy(
        "pf-appautoscaling-tt-metric-spec-missing",
        tracks(**predefined(CPU)),
        tracks(),
        "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target tracking scaling.",
    ),
    puts_policy(
        "pf-appautoscaling-tt-metric-spec-exclusive",
        tracks(CustomizedMetricSpecification=OWN),
        tracks(CustomizedMetricSpecification=OWN, **predefined(CPU)),
        "Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set for target tracking "
        "scaling.",
    ),
    puts_policy(
        "pf-appautoscaling-customized-metric-exclusive",
        tracks(CustomizedMetricSpecification=MATH),
        tracks(CustomizedMetricSpecification={**MATH, **OWN}),
        "The customized metric specification is not valid. You can use a specification with metric math or a "
        "specification without metric math, but not a combination of both.",
    ),
    puts_policy(
        "pf-appautoscaling-predefined-metric-dimension",
        tracks(**predefined("ECSServiceAverageMemoryUtilization")),
        tracks(**predefined("RDSReaderAverageCPUUtilization")),
        f"Scalable dimension {DIMENSION} only supports the following predefined metric types: ",
        begins=True,
    ),
    puts_policy(
        "pf-appautoscaling-alb-metric-requires-resource-label",
        tracks(**predefined(CPU)),
        tracks(**predefined(PER_TARGET)),
        f"Resource label should be specified for predefined metric type {PER_TARGET}",
    ),
    puts_policy(
        "pf-appautoscaling-resource-label-format",
        tracks(**predefined(CPU)),
        tracks(**predefined(PER_TARGET, "shop/shop-group")),
        f"Invalid resource label 'shop/shop-group' for predefined metric type {PER_TARGET}",
    ),
    puts_policy(
        "pf-appautoscaling-resource-label-requires-alb-metric",
        tracks(**predefined(CPU)),
        tracks(**predefined(CPU, LABEL)),
        f"Resource label should not be specified for predefined metric type {CPU}",
    ),
)

STEPS = (
    puts_policy(
        "pf-appautoscaling-step-adjustment-type-required",
        steps((0, None)),
        steps((0, None), AdjustmentType=None),
        "Adjustment type must be specified",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustments-required",
        steps((0, None)),
        steps(),
        "There must be at least one step adjustment",
    ),
    puts_policy(
        "pf-appautoscaling-min-adjustment-magnitude-percent-only",
        steps((0, None), AdjustmentType="PercentChangeInCapacity", MinAdjustmentMagnitude=1),
        steps((0, None), MinAdjustmentMagnitude=1),
        "Minimum adjustment magnitude is only allowed for adjustment type PercentChangeInCapacity",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-exact-capacity-negative",
        steps((0, None), AdjustmentType="ExactCapacity", change=0),
        steps((0, None), AdjustmentType="ExactCapacity", change=-1),
        "Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-both-null",
        steps((None, 0), (0, None)),
        steps((None, None), (0, 5)),
        "Both lower and upper bounds of a step adjustment cannot be left unspecified",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-bound-order",
        steps((5, 6), (6, None)),
        steps((5, 5), (5, None)),
        "Lower bound must be less than upper bound for a step adjustment",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-two-null-lower",
        steps((None, -5), (-5, 0), (0, None)),
        steps((None, -5), (None, 0), (0, None)),
        "At most one step adjustment may have an unspecified lower bound",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-two-null-upper",
        steps((0, 5), (5, None)),
        steps((0, None), (5, None)),
        "At most one step adjustment may have an unspecified upper bound",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-overlap",
        steps((0, 6), (6, None)),
        steps((0, 6), (5, None)),
        "Step adjustment intervals cannot overlap",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-gap",
        steps((0, 5), (5, None)),
        steps((0, 5), (6, None)),
        "Step adjustment intervals cannot have gaps between them",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-missing-null-lower",
        steps((0, 5), (5, None)),
        steps((-5, 0), (0, None)),
        "There must be a step adjustment with an unspecified lower bound when one step adjustment has a negative lower "
        "bound",
    ),
    puts_policy(
        "pf-appautoscaling-step-adjustment-missing-null-upper",
        steps((None, -5), (-5, 0)),
        steps((None, 0), (0, 5)),
        "There must be a step adjustment with an unspecified upper bound when one step adjustment has a positive upper "
        "bound",
    ),
)

PREDICTIVE = (
    puts_policy(
        "pf-appautoscaling-predictive-metric-spec-single",
        predicts(PAIR),
        predicts(PAIR, PAIR),
        "You must specify one metric specification.",
    ),
    puts_policy(
        "pf-appautoscaling-predictive-metric-pair-exclusive",
        predicts({**SCALING, **LOAD}),
        predicts({**PAIR, **SCALING, **LOAD}),
        "The metric specification is invalid. A policy must have either one scaling metric and one load metric or one "
        "metric pair.",
    ),
    puts_policy(
        "pf-appautoscaling-predictive-metric-pair-type-dimension",
        predicts(PAIR),
        predicts(metric_of("MetricPair", "ECSServiceTotalCPUUtilization")),
        f"The predefined metric pair type for scalable dimension {DIMENSION} isn't valid. The supported values are: "
        "ECSServiceMemoryUtilization, ALBRequestCount and ECSServiceCPUUtilization.",
    ),
    puts_policy(
        "pf-appautoscaling-predictive-buffer-required",
        predicts(PAIR, MaxCapacityBreachBehavior="IncreaseMaxCapacity", MaxCapacityBuffer=5),
        predicts(PAIR, MaxCapacityBreachBehavior="IncreaseMaxCapacity"),
        "You must specify MaxCapacityBuffer when using IncreaseMaxCapacity.",
    ),
    puts_policy(
        "pf-appautoscaling-predictive-buffer-forbidden",
        predicts(PAIR, MaxCapacityBreachBehavior="HonorMaxCapacity"),
        predicts(PAIR, MaxCapacityBreachBehavior="HonorMaxCapacity", MaxCapacityBuffer=5),
        "You cannot specify MaxCapacityBuffer when using HonorMaxCapacity.",
    ),
)

POLICIES: tuple[Rule, ...] = (*TYPES, *TRACKING, *STEPS, *PREDICTIVE)

"""What Application Auto Scaling refuses of a scaling policy's configuration for an ECS service.

The API reference tells the rules (StepAdjustment, TargetTrackingScalingPolicyConfiguration,
PredictiveScalingPolicyConfiguration); the words are those of deployments on AWS, see `docs/sandbox-refusals.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Any

from ecsdeploy.sandbox.autoscaling.records import DIMENSION
from ecsdeploy.sandbox.wire import AwsError

Form = Mapping[str, Any]

CONFIGURATIONS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
"""Type of a policy -> the member of PutScalingPolicy that configures it."""

PER_TARGET = "ALBRequestCountPerTarget"
PREDEFINED = ("ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", PER_TARGET)
PAIRS = ("ECSServiceMemoryUtilization", "ALBRequestCount", "ECSServiceCPUUtilization")
SINGLE_METRIC = ("MetricName", "Namespace", "Dimensions", "Statistic", "Unit")
_LABEL = re.compile(r"app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+")


def read_configuration(kind: str, params: Form, before: Form | None) -> Form:
    """Return the configuration of a policy of a type; `before` is what it was, if there is such a policy.

    Raises ValidationException.
    """
    given = [member for member in CONFIGURATIONS.values() if params.get(member) is not None]
    member = CONFIGURATIONS[kind]
    if member not in given:
        if given or before is None:
            raise invalid(f"{kind} policy configuration must be specified")
        return before
    if len(given) > 1:
        raise invalid(
            "You must only provide a single scaling policy configuration, which must match the scaling policy type "
            "specified."
        )
    configuration: Form = params[member]
    _CHECKS[kind](configuration)
    return {member: configuration}


def invalid(message: str) -> AwsError:
    """Return a ValidationException."""
    return AwsError("ValidationException", message)


def _check_steps(form: Form) -> None:
    kind, steps = form.get("AdjustmentType"), form.get("StepAdjustments") or ()
    if not kind:
        raise invalid("Adjustment type must be specified")
    if not steps:
        raise invalid("There must be at least one step adjustment")
    if form.get("MinAdjustmentMagnitude") is not None and kind != "PercentChangeInCapacity":
        raise invalid("Minimum adjustment magnitude is only allowed for adjustment type PercentChangeInCapacity")
    if kind == "ExactCapacity" and any(step["ScalingAdjustment"] < 0 for step in steps):
        raise invalid("Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity")
    bounds = [(step.get("MetricIntervalLowerBound", -inf), step.get("MetricIntervalUpperBound", inf)) for step in steps]
    _check_each(bounds)
    _check_intervals(sorted(bounds))


def _check_each(bounds: Sequence[tuple[float, float]]) -> None:
    if (-inf, inf) in bounds:
        raise invalid("Both lower and upper bounds of a step adjustment cannot be left unspecified")
    if any(low >= high for low, high in bounds):
        raise invalid("Lower bound must be less than upper bound for a step adjustment")
    for end, side, open_end in ((0, "lower", -inf), (1, "upper", inf)):
        if sum(bound[end] == open_end for bound in bounds) > 1:
            raise invalid(f"At most one step adjustment may have an unspecified {side} bound")


def _check_intervals(ordered: Sequence[tuple[float, float]]) -> None:
    for (_, end), (begin, _) in pairwise(ordered):
        if begin < end:
            raise invalid("Step adjustment intervals cannot overlap")
        if begin > end:
            raise invalid("Step adjustment intervals cannot have gaps between them")
    lowest, highest = ordered[0][0], ordered[-1][1]
    for side, sign, missing in (("lower", "negative", -inf < lowest < 0), ("upper", "positive", 0 < highest < inf)):
        if missing:
            raise invalid(
                f"There must be a step adjustment with an unspecified {side} bound when one step adjustment has a "
                f"{sign} {side} bound"
            )


def _check_tracking(form: Form) -> None:
    predefined, customized = form.get("PredefinedMetricSpecification"), form.get("CustomizedMetricSpecification")
    if predefined is not None and customized is not None:
        raise invalid(
            "Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set for target tracking "
            "scaling."
        )
    if predefined is not None:
        _check_predefined(predefined)
    elif customized is None:
        raise invalid(
            "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target tracking scaling."
        )
    elif customized.get("Metrics") and any(customized.get(name) for name in SINGLE_METRIC):
        raise invalid(
            "The customized metric specification is not valid. You can use a specification with metric math or a "
            "specification without metric math, but not a combination of both."
        )


def _check_predefined(form: Form) -> None:
    kind, label = form["PredefinedMetricType"], form.get("ResourceLabel")
    if kind not in PREDEFINED:
        raise invalid(
            f"Scalable dimension {DIMENSION} only supports the following predefined metric types: "
            f"{', '.join(PREDEFINED)}"
        )
    if kind != PER_TARGET:
        if label is not None:
            raise invalid(f"Resource label should not be specified for predefined metric type {kind}")
        return
    if label is None:
        raise invalid(f"Resource label should be specified for predefined metric type {kind}")
    if not _LABEL.fullmatch(label):
        raise invalid(f"Invalid resource label '{label}' for predefined metric type {kind}")
    raise invalid(f"The sandbox has no load balancing: there is no '{label}' for predefined metric type {kind}.")


def _check_predictive(form: Form) -> None:
    specifications: Sequence[Form] = form.get("MetricSpecifications") or ()
    if len(specifications) != 1:
        raise invalid("You must specify one metric specification.")
    _check_metrics(specifications[0])
    buffered = form.get("MaxCapacityBuffer") is not None
    if form.get("MaxCapacityBreachBehavior") == "IncreaseMaxCapacity":
        if not buffered:
            raise invalid("You must specify MaxCapacityBuffer when using IncreaseMaxCapacity.")
    elif buffered:
        raise invalid("You cannot specify MaxCapacityBuffer when using HonorMaxCapacity.")


def _check_metrics(form: Form) -> None:
    pair = form.get("PredefinedMetricPairSpecification")
    scaling, load = (
        sum(form.get(f"{made}{what}MetricSpecification") is not None for made in ("Predefined", "Customized"))
        for what in ("Scaling", "Load")
    )
    if (pair is not None, scaling, load) not in ((True, 0, 0), (False, 1, 1)):
        raise invalid(
            "The metric specification is invalid. A policy must have either one scaling metric and one load metric or "
            "one metric pair."
        )
    if pair is not None and pair["PredefinedMetricType"] not in PAIRS:
        raise invalid(
            f"The predefined metric pair type for scalable dimension {DIMENSION} isn't valid. The supported values "
            f"are: {PAIRS[0]}, {PAIRS[1]} and {PAIRS[2]}."
        )


_CHECKS = {
    "StepScaling": _check_steps,
    "TargetTrackingScaling": _check_tracking,
    "PredictiveScaling": _check_predictive,
}

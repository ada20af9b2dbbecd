"""What CreateService and UpdateService ask for, checked and completed as ECS answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import invalid
from ecsdeploy.sandbox.wire import AwsError

Form = Mapping[str, Any]

BREAKER_OFF = {"enable": False, "rollback": False}
BREAKER_DEFAULT = {"type": "BOUNDED_PERCENT", "value": 50}
DEFAULTS: Form = {
    "deploymentCircuitBreaker": BREAKER_OFF,
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}
"""A REPLICA service's deploymentConfiguration (API reference); AWS answers it in full."""

UNDONE = ("lifecycleHooks", "earlySuccessCriteria", "bakeTimeInMinutes", "linearConfiguration", "canaryConfiguration")
"""Parts of a deploymentConfiguration that would change when a deployment is over."""

ABSENT = (
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
)
"""Fields that say what the sandbox has not: a service with them would only seem to have what they ask for."""


def configuration(given: Form | None, before: Form = DEFAULTS) -> dict[str, Any]:
    """Return a deploymentConfiguration in full; what is not given stays as before.

    Raises InvalidParameterException, or UnsupportedFeatureException for strategies other than ROLLING.
    """
    full = {**DEFAULTS, **before, **(given or {})}
    if full["strategy"] != "ROLLING":
        raise AwsError("UnsupportedFeatureException", "The sandbox supports the deployment strategy ROLLING only.")
    for key in UNDONE:
        if full.get(key):
            raise AwsError("UnsupportedFeatureException", f"The sandbox does not support {key}.")
    if (full.get("alarms") or {}).get("enable"):
        raise AwsError("UnsupportedFeatureException", "The sandbox does not support deployment alarms.")
    _check_percentages(full["minimumHealthyPercent"], full["maximumPercent"])
    full["deploymentCircuitBreaker"] = _breaker(full["deploymentCircuitBreaker"])
    return full


def _check_percentages(low: int, high: int) -> None:
    """Raise InvalidParameterException for what CreateService refuses; UpdateService is taken to refuse it too.

    AWS was seen to refuse a maximumPercent of 99; its words there are taken from its sentence on the minimum.
    """
    if low < 0:
        raise invalid("minimumHealthyPercent must be at least 0")
    if low > 100:
        raise invalid("minimumHealthyPercent must be at most 100")
    if high < 100:
        raise invalid("maximumPercent must be at least 100")
    if low == high:
        raise invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")


def _breaker(given: Form) -> dict[str, Any]:
    full = {"resetOnHealthyTask": True, "thresholdConfiguration": BREAKER_DEFAULT, **given}
    rule = full["thresholdConfiguration"]
    if rule["value"] < 1 or (rule["type"] != "COUNT" and rule["value"] > 100):
        raise invalid("The circuit breaker's threshold must be at least 1, and at most 100 for a percentage.")
    if full["rollback"] and not full["enable"]:
        raise invalid("Rollback cannot be enabled without the deployment circuit breaker being enabled.")
    return full


def check_balance(rebalancing: str, full: Form) -> None:
    """Raise InvalidParameterException if Availability Zone rebalancing does not go with maximumPercent."""
    if rebalancing == "ENABLED" and full["maximumPercent"] <= 100:
        raise invalid(
            "Availability Zone rebalancing does not support maximumPercent <= 100%. "
            "To use AZ Rebalancing, you need to set maximumPercent > 100%."
        )


def check_no_placement(params: Form) -> None:
    """Raise InvalidParameterException for what chooses among container instances."""
    for key, what in (("placementConstraints", "constraints"), ("placementStrategy", "strategies")):
        if params.get(key):
            raise invalid(f"Placement {what} are not supported with FARGATE launch type.")


def check_supported(params: Form) -> None:
    """Raise for what the sandbox does not do, so that it never seems to."""
    controller = (params.get("deploymentController") or {}).get("type", "ECS")
    if controller != "ECS":
        raise AwsError(
            "UnsupportedFeatureException", f"The sandbox does not support the deployment controller {controller}."
        )
    if params.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise invalid("The daemon scheduling strategy is not supported on Fargate.")
    if params.get("role"):
        raise invalid("You cannot specify an IAM role for services that require a service linked role.")
    for key in ABSENT:
        given = params.get(key)
        if given and not (key == "serviceConnectConfiguration" and not given.get("enabled")):
            raise AwsError("UnsupportedFeatureException", f"The sandbox does not support {key}.")
    check_no_placement(params)
    if params.get("desiredCount", 0) < 0:
        raise invalid("desiredCount must not be negative.")
    grace = params.get("healthCheckGracePeriodSeconds", 0)
    if not 0 <= grace <= 2_147_483_647:
        raise invalid("healthCheckGracePeriodSeconds must be between 0 and 2147483647.")

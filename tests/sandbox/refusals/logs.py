"""Rules of cdk-preflight for CloudWatch Logs: almost all are about what is built on top of log groups.

The rule on filter patterns was seen on PutMetricFilter and PutSubscriptionFilter; TestMetricFilter takes the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.sandbox.refusals.rule import Rule

_LINES = {"logEventMessages": ["GET /health 200"]}

RULES: tuple[Rule, ...] = (
    Rule(
        name="pf-logs-filter-pattern-bracket",
        seen="2026-09-02",
        operation="logs:TestMetricFilter",
        good={**_LINES, "filterPattern": "[method, path, status = 2*]"},
        bad={**_LINES, "filterPattern": "[method, path, status = 2*"},
        code="InvalidParameterException",
        words="If a filter pattern starts with '[' it must end with ']'",
    ),
)


def _all(why: str, *names: str) -> dict[str, str]:
    return {f"pf-logs-{name}": why for name in names}


LEFT_OUT: Mapping[str, str] = {
    **_all(
        "The sandbox has no policies of an account.",
        "account-policy-document-json",
        "account-policy-selection-criteria-prefix",
        "account-policy-selection-criteria-subscription",
        "account-policy-selection-criteria-unsupported",
        "account-policy-subscription-document",
        "account-policy-transformer-document",
    ),
    **_all(
        "The sandbox detects no anomalies.",
        "anomaly-detector-single-log-group",
        "infrequent-access-anomaly-detector",
    ),
    **_all(
        "The sandbox masks no data.",
        "data-protection-identifier-arn",
        "data-protection-identifiers-match",
        "data-protection-mask-config-empty",
        "data-protection-policy-statements",
        "data-protection-policy-version",
    ),
    **_all(
        "The sandbox delivers no logs to other services.",
        "delivery-destination-output-format-enum",
        "delivery-destination-output-format-target",
        "delivery-destination-region",
    ),
    **_all(
        "The sandbox has no subscriptions, and no destinations for them.",
        "destination-policy-json",
        "infrequent-access-subscription-filter",
        "subscription-destination-vendor",
        "subscription-firehose-role",
        "subscription-kinesis-role",
        "subscription-lambda-no-role",
    ),
    **_all(
        "The sandbox keeps no metric filters: it tests their patterns alone.",
        "field-selection-criteria-syntax",
        "filter-name-charset",
        "infrequent-access-metric-filter",
        "metric-dimension-selector",
        "metric-dimensions-default-exclusive",
        "metric-namespace-reserved",
    ),
    **_all("The sandbox has no field indexes.", "field-index-fields-max"),
    **_all("The sandbox runs no Logs Insights queries.", "query-definition-log-groups-max"),
    **_all("The sandbox keeps no policies of log resources.", "resource-policy-json"),
    **_all(
        "The sandbox transforms no events.",
        "infrequent-access-transformer",
        "transformer-grok-pattern",
        "transformer-parser-first",
    ),
}
"""Rule -> why the sandbox has no such case."""

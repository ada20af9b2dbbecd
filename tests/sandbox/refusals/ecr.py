"""Rules of cdk-preflight for ECR: repositories, their lifecycle policies, and scanning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.sandbox.refusals.rule import Call, Form, Rule

CODE = "InvalidParameterException"
_UNTAGGED = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 9}


def _rule(priority: int = 1, action: str = "expire", **selection: Any) -> dict[str, Any]:
    """Return a rule of a lifecycle policy that selects untagged images, or what `selection` says."""
    chosen = {**_UNTAGGED, **selection}
    return {"rulePriority": priority, "selection": chosen, "action": {"type": action}}


def _tagged(priority: int, pattern: str) -> dict[str, Any]:
    return _rule(priority, tagStatus="tagged", tagPatternList=[pattern])


def _lifecycle(
    name: str,
    seen: str,
    words: str,
    *,
    good: list[dict[str, Any]],
    bad: list[dict[str, Any]],
    kind: str = "validation",
    begins: bool = False,
) -> Rule:
    repository = {"repositoryName": name}
    said = (
        f"Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy {kind} failure: "
    )
    return Rule(
        name=name,
        seen=seen,
        operation="ecr:PutLifecyclePolicy",
        before=(Call(operation="ecr:CreateRepository", form=repository),),
        good={**repository, "lifecyclePolicyText": json.dumps({"rules": good})},
        bad={**repository, "lifecyclePolicyText": json.dumps({"rules": bad})},
        code=CODE,
        words=said + words + ("" if begins else "'"),
        begins=begins,
    )


def _creation(name: str, seen: str, parameter: str, words: str, *, good: Form, bad: Form) -> Rule:
    return Rule(
        name=name,
        seen=seen,
        operation="ecr:CreateRepository",
        good={"repositoryName": name, **good},
        bad={"repositoryName": name, **bad},
        code=CODE,
        words=f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{words}'",
    )


_FILTERS = {"imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "cache*"}]}
_SCANNED = {"repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}

RULES: tuple[Rule, ...] = (
    _creation(
        "pf-ecr-encryption-configuration",
        "2026-09-06",
        "encryptionConfiguration",
        "Invalid encryption configuration: Encryption key should not be set for AES256 encryption.",
        good={"encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "alias/images"}},
        bad={"encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": "alias/images"}},
    ),
    _creation(
        "pf-ecr-image-tag-mutability-filters",
        "2026-09-06",
        "imageTagMutabilityExclusionFilters",
        "ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is set as IMMUTABLE",
        good={"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", **_FILTERS},
        bad={"imageTagMutability": "IMMUTABLE", **_FILTERS},
    ),
    _lifecycle(
        "pf-ecr-lifecycle-action",
        "2026-09-06",
        "Could not map policyString into LifecyclePolicy.",
        good=[_rule()],
        bad=[_rule(action="transition")],
        kind="parsing",
    ),
    _lifecycle(
        "pf-ecr-lifecycle-count",
        "2026-09-06",
        "instance failed to match exactly one schema (matched 0 out of 4)",
        good=[_rule(countType="sinceImagePulled", countUnit="days")],
        bad=[_rule(countUnit="days")],
        begins=True,
    ),
    _lifecycle(
        "pf-ecr-lifecycle-policy-syntax",
        "2026-09-13",
        "array is too long: must have at most 50 elements but instance has 51 elements",
        good=[_tagged(number, f"v{number}-*") for number in range(1, 51)],
        bad=[_tagged(number, f"v{number}-*") for number in range(1, 52)],
    ),
    _lifecycle(
        "pf-ecr-lifecycle-rule-priority",
        "2026-09-06",
        "Duplicate priority in multiple rules",
        good=[_rule(1), _tagged(2, "v*")],
        bad=[_rule(1), _tagged(1, "v*")],
    ),
    _lifecycle(
        "pf-ecr-lifecycle-tag-status",
        "2026-09-13",
        "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.",
        good=[_tagged(1, "v*.*.*.*")],
        bad=[_rule(tagStatus="tagged")],
    ),
    Rule(
        name="pf-ecr-registry-scanning-configuration",
        seen="2026-09-06",
        operation="ecr:PutRegistryScanningConfiguration",
        good={"scanType": "BASIC", "rules": [{"scanFrequency": "SCAN_ON_PUSH", **_SCANNED}]},
        bad={"scanType": "BASIC", "rules": [{"scanFrequency": "CONTINUOUS_SCAN", **_SCANNED}]},
        code=CODE,
        words="Invalid parameter failed to satisfy constraint: "
        "'Invalid scan frequency for scanType BASIC: CONTINUOUS_SCAN'",
    ),
)

_CACHE = "The sandbox has no pull-through cache: it fetches nothing from other registries."

LEFT_OUT: Mapping[str, str] = {
    "pf-ecr-pull-through-cache-credential": _CACHE,
    "pf-ecr-pull-through-cache-registry-match": _CACHE,
    "pf-ecr-pull-through-cache-url": _CACHE,
    "pf-ecr-replication-destination": "The sandbox is one Region: it replicates nothing.",
    "pf-ecr-repository-creation-template-applied-for": "The sandbox neither replicates nor caches.",
    "pf-ecr-signing-profile-region": "The sandbox signs no images.",
}
"""Rule -> why the sandbox has no such case."""

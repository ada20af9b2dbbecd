"""The tables, held against AWS's Service Authorization Reference as npm's iam-data has it.

The package comes with the second engine (`scripts/setup.sh test`); nothing of it is in this repository.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.sandbox.iam.authorization import TABLES

pytestmark = pytest.mark.second_engine
DATA = Path(__file__).parents[3] / "support" / "second_engine" / "node_modules" / "@cloud-copilot" / "iam-data" / "data"
UNLISTED = {"ecr:ListImageReferrers"}
"""Operations whose actions the reference lacks."""
WITHOUT = {
    "iam:RoleTemplateARN",
    *("ec2:ResourceTag/${TagKey}", "ec2:Tenancy", "iam:ResourceTag/${TagKey}", "secretsmanager:ResourceTag/tag-key"),
    *("secretsmanager:SecretPrimaryRegion", "secretsmanager:resource/AllowRotationLambdaArn"),
    *("secretsmanager:resource/Type", "secretsmanager:AddReplicaRegions", "secretsmanager:BlockPublicPolicy"),
    *("secretsmanager:ForceOverwriteReplicaSecret", "secretsmanager:KmsKeyArn", "secretsmanager:Type"),
    *("secretsmanager:ForceDeleteWithoutRecovery", "secretsmanager:RecoveryWindowInDays"),
    *("ssm:Policies", "ssm:Recursive", "sts:TransitiveTagKeys"),
}
"""Keys that no table has: they are of things that the sandbox does not have, or are tags, which every resource has."""
NOT_THERE = {
    ("ec2:CreateSecurityGroup", "ec2:SecurityGroupID"),
    ("ecr:ListTagsForResource", "aws:RequestTag/${TagKey}"),
    ("ecr:ListTagsForResource", "aws:TagKeys"),
    ("ecs:TagResource", "ecs:CreateAction"),
}
"""Keys without a value: a group that is not made has no id, who reads sets no tag, and who tags does not create."""
WITH_A_PART = {"aws:RequestTag": "aws:RequestTag/${TagKey}"}
FEDERATED = ("accounts.google.com", "cognito-identity.", "graph.facebook.com", "saml:", "www.amazon.com")
LINES = [(service, operation) for service, table in TABLES.items() for operation in table.lines]


@cache
def reference(kind: str, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / kind / f"{prefix}.json").read_text())
    return found


@pytest.mark.parametrize(("service", "operation"), LINES)
def test_a_line_is_what_aws_documents(service: str, operation: str) -> None:
    table = TABLES[service]
    action = f"{table.prefix}:{operation}"
    if action in UNLISTED:
        assert operation.lower() not in reference("actions", table.prefix)
        return
    documented = reference("actions", table.prefix)[operation.lower()]
    types = {each["name"]: set(each["conditionKeys"]) for each in documented["resourceTypes"]}
    ours = set(table.lines[operation][0].split())
    assert documented["name"] == operation
    assert ours <= set(types)
    assert ours >= {each["name"] for each in documented["resourceTypes"] if each["required"]}
    used: set[str] = set()
    for kind in ours or {""}:
        keys = {WITH_A_PART.get(key, key) for key in table.keys_of(operation, kind)}
        assert keys <= types.get(kind, set()) | set(documented["conditionKeys"])
        used |= keys
    known = set(documented["conditionKeys"]).union(*(types[kind] for kind in ours)) - used
    lacking = {key for key in known if not key.startswith(("aws:ResourceTag", *FEDERATED))}
    assert {key for key in lacking - WITHOUT if (action, key) not in NOT_THERE} == set()


@pytest.mark.parametrize("service", sorted(TABLES))
def test_a_further_permission_exists(service: str) -> None:
    for operation, further in TABLES[service].further.items():
        assert further
        assert operation in TABLES[service].lines

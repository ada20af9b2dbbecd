"""What IAM takes as a policy, and what it says to one that it does not take.

Sources: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements"; the words are those
that IAM was seen to say (cdk-preflight's and moto's records of real calls). Where a document has several faults, IAM
names the one that comes first in the order of the checks here. An identity policy and a trust policy go through
different parsers on AWS, with words of their own.
"""

from __future__ import annotations

from ecsdeploy.policy.grammar.elements import check_elements
from ecsdeploy.policy.grammar.identity import check_identity_statements
from ecsdeploy.policy.grammar.syntax import MalformedPolicy, read_identity, read_resource, read_trust
from ecsdeploy.policy.grammar.trust import check_resource_statements, check_trust_statements

__all__ = ["MalformedPolicy", "check_identity_policy", "check_resource_policy", "check_trust_policy"]


def check_identity_policy(text: str, *, partition: str = "aws", managed: bool = False) -> None:
    """Raise `MalformedPolicy`, in IAM's words, unless `text` may be a policy of a role, user or group.

    `managed`: it is a policy of its own, and not one within a role, user or group.
    """
    statements = read_identity(text, managed=managed)
    check_elements(statements)
    check_identity_statements(statements, partition)


def check_resource_policy(text: str) -> None:
    """Raise `MalformedPolicy` unless `text` may be a policy of a resource, which says whom it is about.

    The services that keep such policies have one sentence each for all that is wrong with one.
    """
    statements = read_resource(text)
    check_elements(statements)
    check_resource_statements(statements)


def check_trust_policy(text: str) -> None:
    """Raise `MalformedPolicy`, in IAM's words, unless `text` may say who may assume a role."""
    statements = read_trust(text)
    check_elements(statements)
    check_trust_statements(statements)

"""The roles of the sandbox's IAM, as what decides needs them: who may assume them, and what they may do.

They are read where moto keeps them: a task's start must not cost five requests.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ecsdeploy.policy import Document, PolicyError, listed
from ecsdeploy.policy.arns import ECS_TASKS
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.sandbox.moto_backend import MotoBackend


class Refusal(Enum):
    """Why a role may not do something, in IAM's words (IAM User Guide, "Troubleshoot access denied error messages")."""

    IDENTITY = "because no identity-based policy allows the {} action"
    BOUNDARY = "because no permissions boundary allows the {} action"
    DENIED = "with an explicit deny in an identity-based policy"
    DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
    DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"


@dataclass(frozen=True)
class StoredRole:
    """A role as IAM has it: its documents as they were written."""

    arn: str
    trust: str
    policies: tuple[str, ...]
    """Inline and attached policies."""
    boundary: str | None = None

    def trusts_tasks(self, account: str, source: str) -> bool:
        """Return whether ECS may assume it for a task of `account`; `source` is the task's ARN."""
        context = {"aws:SourceAccount": account, "aws:SourceArn": source}
        asked = Request("sts:AssumeRole", "*", context, Principal("Service", ECS_TASKS))
        return _decide((self.trust,), asked) is Decision.ALLOWED

    def refusal(self, asked: Request, resource_policies: Iterable[str] = ()) -> Refusal | None:
        """Return why the role may not do what is `asked`, or None.

        `resource_policies` are those of the resource, which is of the role's own account.
        """
        own = _decide(self.policies, asked)
        of_resource = _decide(
            tuple(resource_policies), replace(asked, principal=Principal("AWS", self.arn)), named=True
        )
        limit = Decision.ALLOWED if self.boundary is None else _decide((self.boundary,), asked)
        if own is Decision.DENIED:
            return Refusal.DENIED
        if limit is Decision.DENIED:
            return Refusal.DENIED_BY_BOUNDARY
        if of_resource is Decision.DENIED:
            return Refusal.DENIED_BY_RESOURCE
        if Decision.ALLOWED not in (own, of_resource):
            return Refusal.IDENTITY
        return None if limit is Decision.ALLOWED else Refusal.BOUNDARY


class StoredRoles:
    """Finds roles by ARN."""

    def __init__(self, moto: MotoBackend, account: str) -> None:
        self._moto = moto
        self._account = account

    def find(self, arn: str) -> StoredRole | None:
        """Return the role with exactly this ARN, or None."""
        if not self._moto.loaded:
            return None
        from moto.iam.models import iam_backends

        backend = iam_backends[self._account]["aws"]
        role = next((each for each in list(backend.roles.values()) if each.arn == arn), None)
        if role is None:
            return None
        attached = [_default_version(each) for each in list(role.managed_policies.values())]
        boundary = role.permissions_boundary_arn
        if boundary:
            if "::aws:policy/" in boundary:
                self._moto.know_aws_policies()
            limit = backend.managed_policies.get(boundary)
        return StoredRole(
            arn=arn,
            trust=role.assume_role_policy_document,
            policies=(*role.policies.values(), *attached),
            # A boundary that is no policy allows nothing (IAM User Guide, "Permissions boundaries for IAM entities").
            boundary=None if not boundary else _default_version(limit) if limit is not None else _NOTHING,
        )


_ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::\d{12}:root")
_NOTHING = '{"Version": "2012-10-17", "Statement": []}'


def _default_version(policy: object) -> str:
    chosen = getattr(policy, "default_version_id", "")
    versions = getattr(policy, "versions", [])
    return str(next((each.document for each in versions if each.version_id == chosen), _NOTHING))


def _decide(documents: tuple[str, ...], asked: Request, *, named: bool = False) -> Decision:
    """Return the decision of all documents; one that cannot be read allows nothing.

    With `named`, what is allowed to the account as a whole is not allowed to the role: it leaves it to IAM's policies.
    """
    try:
        return evaluate([_naming(found) if named else found for found in map(_parsed, documents)], asked)
    except (PolicyError, ValueError, TypeError, KeyError):
        return Decision.NOT_ALLOWED


def _naming(document: Document) -> Document:
    statements = listed(document.get("Statement", []))
    return {**document, "Statement": [each for each in statements if not _of_account(each)]}


def _of_account(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS", []) if isinstance(principal, Mapping) else []
    names = [named] if isinstance(named, str) else named
    return statement.get("Effect") == "Allow" and bool(names) and all(_ACCOUNT.fullmatch(name) for name in names)


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> Document:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}

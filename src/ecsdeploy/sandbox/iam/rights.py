"""What somebody in IAM may do: identity policies within a permissions boundary and a session's policies.

Source: IAM User Guide, "Policy evaluation logic", for requests within one account.
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
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate

NOTHING = '{"Version": "2012-10-17", "Statement": []}'
"""A document that allows nothing."""


class Refusal(Enum):
    """Why somebody may not, in IAM's words (IAM User Guide, "Troubleshoot access denied error messages")."""

    IDENTITY = "because no identity-based policy allows the {} action"
    BOUNDARY = "because no permissions boundary allows the {} action"
    SESSION = "because no session policy allows the {} action"
    DENIED = "with an explicit deny in an identity-based policy"
    DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
    DENIED_BY_SESSION = "with an explicit deny in a session policy"
    DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"


@dataclass(frozen=True)
class Rights:
    """The documents of a role or a user, as they were written. `session` are those of a session; None: it has none."""

    arn: str
    policies: tuple[str, ...]
    """Inline and attached policies, a user's groups' among them."""
    boundary: str | None = None
    session: tuple[str, ...] | None = None

    def refusal(self, asked: Request, resource_policies: Iterable[str] = ()) -> Refusal | None:
        """Return why what is `asked` may not be done, or None.

        `resource_policies` are those of the resource, which is of the same account.
        """
        own = decide(self.policies, asked)
        named = replace(asked, principal=Principal("AWS", self.arn))
        of_resource = decide(tuple(resource_policies), named, to_account=False)
        limit = Decision.ALLOWED if self.boundary is None else decide((self.boundary,), asked)
        session = Decision.ALLOWED if self.session is None else decide(self.session, asked)
        denials = (
            (own, Refusal.DENIED),
            (limit, Refusal.DENIED_BY_BOUNDARY),
            (session, Refusal.DENIED_BY_SESSION),
            (of_resource, Refusal.DENIED_BY_RESOURCE),
        )
        lacks = (
            (Decision.ALLOWED in (own, of_resource), Refusal.IDENTITY),
            (limit is Decision.ALLOWED, Refusal.BOUNDARY),
            (session is Decision.ALLOWED, Refusal.SESSION),
        )
        denied = next((refusal for decision, refusal in denials if decision is Decision.DENIED), None)
        return denied or next((refusal for allowed, refusal in lacks if not allowed), None)


_ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::\d{12}:root")


def decide(documents: tuple[str, ...], asked: Request, *, to_account: bool = True) -> Decision:
    """Return the decision of all documents; one that cannot be read allows nothing.

    Without `to_account`, what is allowed to the account as a whole is not allowed: it leaves that to IAM's policies.
    """
    try:
        return evaluate([found if to_account else _naming(found) for found in map(_parsed, documents)], asked)
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

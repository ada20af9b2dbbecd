"""IAM's limits on the size of a policy, white space not counted.

Source: IAM User Guide, "IAM and AWS STS quotas": a role's trust policy 2,048 characters (by default), all inline
policies of a role together 10,240.
"""

from __future__ import annotations

import json

from ecsdeploy.policy import Document, PolicyError

TRUST_LIMIT = 2_048
INLINE_LIMIT = 10_240


class TooLong(PolicyError):
    """IAM would refuse the policy for its length."""


def compact(document: Document) -> str:
    """Return the document as it is sent: JSON without white space."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def require_trust_size(document: Document) -> None:
    """Raise `TooLong` if IAM would refuse `document` as a trust policy."""
    _require(compact(document), TRUST_LIMIT, "trust policy", "name fewer branches and environments")


def require_inline_size(document: Document) -> None:
    """Raise `TooLong` if IAM would refuse `document` as a role's only inline policy."""
    _require(compact(document), INLINE_LIMIT, "inline policy", "name fewer secrets, or shorter ones")


def fits_inline(document: Document) -> bool:
    """Return whether IAM takes `document` as a role's only inline policy."""
    return len(compact(document)) <= INLINE_LIMIT


def _require(text: str, limit: int, kind: str, fix: str) -> None:
    if len(text) > limit:
        raise TooLong(f"the {kind} would be {len(text):,} characters long and IAM takes {limit:,}: {fix}")

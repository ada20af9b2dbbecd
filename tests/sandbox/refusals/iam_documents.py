"""The smallest policies that IAM takes, to be spoiled in one place each."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.refusals.rule import Call

ACCOUNT = "123456789012"


def document(*statements: dict[str, Any], **more: Any) -> str:
    """Return a policy of these statements, without white space."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more}, separators=(",", ":"))


def allowing(action: str = "logs:PutLogEvents", resource: str = "*", **more: Any) -> dict[str, Any]:
    """Return a statement of an identity policy; an element that `more` gives as None is left out."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {name: value for name, value in statement.items() if value is not None}


def trusting(**more: Any) -> dict[str, Any]:
    """Return a statement of a trust policy; an element that `more` gives as None is left out."""
    service = {"Service": "ecs-tasks.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole", **more}
    return {name: value for name, value in statement.items() if value is not None}


TRUST = document(trusting())


def role(name: str) -> Call:
    """Return the call that makes a role."""
    return Call(operation="iam:CreateRole", form={"RoleName": name, "AssumeRolePolicyDocument": TRUST})

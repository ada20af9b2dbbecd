"""ARNs of log groups and streams, and the identifiers that stand for a group."""

from __future__ import annotations

import re

from ecsdeploy.sandbox.wire import AwsError, Caller

_GROUP = re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:(?P<account>\d{12}):log-group:(?P<name>[.\-_/#A-Za-z0-9]{1,512})")


def group_arn(name: str, caller: Caller) -> str:
    """Return a group's ARN without the `:*` that some operations append."""
    return f"arn:aws:logs:{caller.region}:{caller.account}:log-group:{name}"


def stream_arn(group: str, stream: str, caller: Caller) -> str:
    """Return a stream's ARN."""
    return f"{group_arn(group, caller)}:log-stream:{stream}"


def group_named(identifier: str, caller: Caller, *, arn_only: bool = False) -> str:
    """Return the group's name from its name or ARN. Raises AWS's error for anything else.

    With `arn_only` a bare name is refused (StartLiveTail, tagging).
    """
    if not identifier.startswith("arn:") and not arn_only:
        return identifier
    found = _GROUP.fullmatch(identifier)
    if not found:
        raise AwsError("InvalidParameterException", f"Invalid ARN: {identifier}")
    if found["account"] != caller.account:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return found["name"]

"""AWS's refusals, in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ecsdeploy.sandbox.logs.arns import group_named
from ecsdeploy.sandbox.logs.filters import MALFORMED, Pattern, PatternError, compile_pattern
from ecsdeploy.sandbox.logs.records import Group, Stream
from ecsdeploy.sandbox.logs.store import NO_STREAM, LogStore
from ecsdeploy.sandbox.wire import AwsError, Caller


def invalid(message: str) -> AwsError:
    """Return an InvalidParameterException."""
    return AwsError("InvalidParameterException", message)


def missing(message: str) -> AwsError:
    """Return a ResourceNotFoundException."""
    return AwsError("ResourceNotFoundException", message)


@contextmanager
def locked_group(store: LogStore, name: str) -> Iterator[Group]:
    """Give a group, locked. Raises AWS's error where there is none."""
    try:
        with store.group(name) as group:
            yield group
    except LookupError as error:
        raise missing(str(error)) from None


def stream_of(group: Group, name: str) -> Stream:
    """Return a group's stream. Raises AWS's error where there is none."""
    stream = group.streams.get(name)
    if stream is None:
        raise missing(NO_STREAM)
    return stream


def requested_group(params: dict[str, Any], caller: Caller) -> str:
    """Return the name of the group that `logGroupName` or `logGroupIdentifier` names: one of them, never both."""
    name, identifier = params.get("logGroupName"), params.get("logGroupIdentifier")
    if name and identifier:
        raise invalid("LogGroup name and LogGroup ARN are mutually exclusive parameters.")
    if not name and not identifier:
        raise invalid("LogGroup name or LogGroup ARN is required.")
    return name or group_named(str(identifier), caller)


def compiled(text: str | None, *, malformed: str = MALFORMED, before: str = "") -> Pattern:
    """Return a filter pattern. Raises AWS's error for one that it would refuse.

    `malformed` are the operation's words for a pattern that is none, `before` what it says before any other reason.
    """
    try:
        return compile_pattern(text or "")
    except PatternError as error:
        said = str(error)
        raise invalid(malformed if said == MALFORMED else f"{before}{said}") from None


def must_be_standard(group: Group) -> None:
    """Refuse what only the Standard log class offers (User Guide, "Log classes")."""
    if group.log_class != "STANDARD":
        raise invalid("This operation is only supported on the Standard log class.")

"""Who may make a call: asked before every operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ecsdeploy.sandbox.wire import Caller, WireProtocol


class Permit(Protocol):
    """Decides about a call; `protocol` is the one in which its client reads a refusal."""

    def __call__(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        caller: Caller,
        protocol: WireProtocol = "json",
    ) -> None:
        """Raise `AwsError` unless the caller may make the call."""
        ...


def everybody(
    service: str, operation: str, parameters: Mapping[str, Any], caller: Caller, protocol: WireProtocol = "json"
) -> None:
    """Let everybody do everything: a sandbox that does not enforce IAM."""
    del service, operation, parameters, caller, protocol

"""How a container ended, and how its health check failed, as the Engine's inspection says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.runtime import reasons

KILLED = 137
"""The exit code of a process that got SIGKILL."""

REASON = 255
"""Characters of a container's reason (amazon-ecs-agent cuts it there)."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")


def ending(
    state: Mapping[str, Any] | None, exit_code: int | None, *, out_of_memory: bool
) -> tuple[int | None, str | None]:
    """Return a container's exit code and the reason, each None if there is none.

    `state` is the Engine's, None for a container that it no longer has; `exit_code` is what an event said.
    """
    if state is None:
        gone = reasons.internal("the container was removed from the Docker Engine by someone else")
        return exit_code, None if exit_code is not None else gone
    code = int(state["ExitCode"])
    if state.get("OOMKilled") or (out_of_memory and code == KILLED):
        return code, reasons.OUT_OF_MEMORY
    return code, f"DockerStateError: {state['Error']}" if state.get("Error") else None


def last_check(state: Mapping[str, Any] | None) -> str | None:
    """Return how a container's last health check failed, by the Engine's `state`; None if it has none or it passed."""
    checks = ((state or {}).get("Health") or {}).get("Log") or []
    last = checks[-1] if checks else {}
    return health_output(int(last["ExitCode"]), str(last.get("Output", ""))) if last.get("ExitCode") else None


def health_output(exit_code: int, output: str) -> str:
    """Return the reason of a container whose health check failed; the Engine's -1 says that it did not end in time."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in _ESCAPES.sub("", output)).split())
    parts = ["Health check failed", *([f"exit code {exit_code}"] if exit_code > 0 else []), *([shown] if shown else [])]
    said = ": ".join(parts)
    return said if len(said) <= REASON else said[: REASON - 3] + "..."

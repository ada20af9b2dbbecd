"""How a container ended, as the Engine's inspection says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.runtime import reasons

KILLED = 137
"""The exit code of a process that got SIGKILL."""


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

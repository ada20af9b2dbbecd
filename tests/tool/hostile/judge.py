"""What no command may do, whatever the machine is like."""

from __future__ import annotations

from ecsdeploy.errors import ExitCode

DOCUMENTED = {int(code) for code in ExitCode} - {int(ExitCode.UNEXPECTED)}
FINE = {ExitCode.DONE, ExitCode.CHANGES}
NEVER = ("Traceback", "This is a bug", "Exception ignored", "Something unexpected")


def fault(code: int, err: str, *, told: bool = True) -> str:
    """Return what is wrong with how a command ended, "" if nothing is; `told`: its words can be seen."""
    if code not in DOCUMENTED:
        return f"exit code {code}: {err[-500:]}"
    if any(word in err for word in NEVER):
        return f"{code}, a traceback or a bug: {err[-500:]}"
    if told and code not in FINE and len(err.strip().splitlines()) < 2:
        return f"{code} does not say why and what to do: {err!r}"
    return ""

"""Why a sandbox did not come up, or cannot be talked to or taken down: what happened, why, and what helps."""

from __future__ import annotations


class SandboxError(Exception):
    """The sandbox cannot do what was asked: `what` happened, `why`, and how to `fix` it."""

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix


class CannotStartError(SandboxError):
    """Nothing was started."""


class NotUpError(SandboxError):
    """No sandbox of that name runs."""

    def __init__(self, name: str) -> None:
        fix = f"Start one: ecsdeploy sandbox up --detach{name_option(name)}"
        super().__init__(f"No sandbox named {name} is up.", fix=fix)


class LeftBehindError(SandboxError):
    """The sandbox has ended, and what it made in the Docker Engine could not be removed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The sandbox {name} is down, but its containers may still be in the Docker Engine.",
            why="The Docker Engine does not answer.",
            fix=f"When it does again: ecsdeploy sandbox down{name_option(name)}",
        )


def name_option(name: str) -> str:
    """Return what a command line needs to mean the sandbox of that name."""
    return "" if name == "default" else f" --name {name}"

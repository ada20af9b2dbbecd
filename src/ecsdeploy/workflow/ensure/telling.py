"""What was done to a resource, told to the reporter and to the journal in one breath."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.events import Change, Resource
from ecsdeploy.runtime import Run


def created(run: Run, kind: str, name: str, detail: str = "") -> None:
    """Say that a resource was made."""
    run.report(Resource(kind, name, "created", detail=detail))
    run.journal.done.append(f"created {kind} {name}")


def updated(run: Run, kind: str, name: str, changes: tuple[Change, ...]) -> None:
    """Say that a resource was changed, and how."""
    run.report(Resource(kind, name, "updated", changes))
    run.journal.done.append(f"updated {kind} {name}")


def unchanged(run: Run, upkeep: Upkeep, kind: str, name: str, detail: str = "") -> None:
    """Say that a resource is as it should be; `deploy` has no news in that."""
    if upkeep.reconcile:
        run.report(Resource(kind, name, "unchanged", detail=detail))


@contextmanager
def doing(run: Run, what: str) -> Iterator[None]:
    """Note what an interruption would leave unfinished."""
    before, run.journal.doing = run.journal.doing, what
    yield
    run.journal.doing = before


@contextmanager
def making(run: Run, upkeep: Upkeep, kind: str, name: str) -> Iterator[None]:
    """Note what is being made; a `deploy` that may not make it says who can, and how."""
    with doing(run, f"setting up {kind} {name}"):
        try:
            yield
        except PermissionDenied as error:
            if upkeep.reconcile:
                raise
            environment = run.loaded.environment
            raise PermissionDenied(
                f"The {kind} {name} is missing, and these credentials may not make it: they lack {error.action}.",
                action=error.action,
                resource=error.resource,
                why=error.why,
                fix="Let an admin run this once: ecsdeploy setup" + (f" --env {environment}" if environment else ""),
            ) from error

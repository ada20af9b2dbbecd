"""What can be said of a service's settings only once ECS has been asked to take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ecsdeploy.errors import AwsError, ConfigError
from ecsdeploy.events import Change, Note
from ecsdeploy.runtime import Run

_NOT_TAKEN = ("ClientException", "InvalidParameterException")
_OF_NEW_TASKS = frozenset({"enableECSManagedTags", "enableExecuteCommand", "propagateTags"})
"""Settings that a task has from its start and that start no deployment when they change (ECS API, UpdateService)."""


@contextmanager
def taken(run: Run) -> Iterator[None]:
    """Raise `ConfigError` where ECS refuses what [service.raw] says: its model allows more than Fargate has."""
    try:
        yield
    except AwsError as error:
        if error.code not in _NOT_TAKEN or not run.config.service.raw:
            raise
        raise ConfigError(
            "ECS does not take these settings of the service.",
            why=error.message,
            fix="Correct [service.raw] in the config.",
        ) from error


def notes(changes: Iterable[Change]) -> Iterator[Note]:
    """Yield what is worth knowing of changed settings where no deployment brings them to the tasks."""
    late = sorted({change.path for change in changes} & _OF_NEW_TASKS)
    if late:
        yield Note(
            f"Tasks that run already keep {' and '.join(late)} as it was: `ecsdeploy deploy --force-new-deployment` "
            "replaces them."
        )

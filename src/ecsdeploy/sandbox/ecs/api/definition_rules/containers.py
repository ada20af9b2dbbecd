"""Containers: their names and images, what they load and mount, how they start, stop and restart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecsdeploy.sandbox.ecs.api.definition_rules.health import check_health
from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form, check_arn
from ecsdeploy.sandbox.ecs.api.lookup import client_error

_IMAGE = re.compile(r"[a-zA-Z0-9\-_:./#@]{1,255}")
"""The characters of an image's name (API reference, ContainerDefinition)."""
_MOST_FILES = 10


def check_list(containers: Sequence[Form]) -> None:
    """Raise ClientException unless there are 1 to 10 containers with names and images, one of them essential."""
    if not containers:
        raise client_error("Container list cannot be empty.")
    if len(containers) > 10:
        raise client_error("Task definition can have at most 10 containers.")
    for container in containers:
        _check_name(container)
    names = [container["name"] for container in containers]
    if len(set(names)) != len(names):
        raise client_error("Container names must be unique within a task definition")
    if not any(container["essential"] for container in containers):
        raise client_error("Task definition doesn't have any essential container")


def _check_name(container: Form) -> None:
    name, image = container.get("name"), container.get("image")
    if not name:
        raise client_error("Container.name should not be null or empty.")
    if len(name) > 255 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
        raise client_error("Container.name contains invalid characters.")
    if not image:
        raise client_error("Container.image should not be null or empty.")
    if not _IMAGE.fullmatch(image):
        raise client_error("Container.image contains invalid characters.")


def check_container(container: Form, containers: Sequence[Form]) -> None:
    """Raise ClientException for what is wrong within one container; `containers` are all of the definition.

    The text of the timeouts is the sandbox's own.
    """
    name = container["name"]
    check_health(name, container.get("healthCheck"))
    for key in ("stopTimeout", "startTimeout"):
        if key in container and not 2 <= container[key] <= 120:
            raise client_error(f"Container '{name}': {key} must be between 2 and 120 seconds.")
    _check_restart(name, container.get("restartPolicy") or {})
    for limit in container.get("ulimits", ()):
        if limit["softLimit"] > limit["hardLimit"]:
            raise client_error(f"Soft limit exceeds hard limit for ulimit {limit['name']}")
    known = {other["name"] for other in containers}
    for source in container["volumesFrom"]:
        if source.get("sourceContainer") not in known:
            raise client_error(f"Invalid 'volumesFrom' setting. Unknown container: '{source.get('sourceContainer')}'.")
    _check_files(container.get("environmentFiles", ()))


def _check_restart(name: str, policy: Form) -> None:
    if not 60 <= policy.get("restartAttemptPeriod", 60) <= 1800:
        raise client_error(f"The 'restartAttemptPeriod' setting for container '{name}' must be between 60 and 1800.")


def _check_files(files: Sequence[Form]) -> None:
    if len(files) > _MOST_FILES:
        raise client_error("The maximum number of environment files was exceeded. Specify ten or less and try again.")
    for file in files:
        check_arn(file["value"])

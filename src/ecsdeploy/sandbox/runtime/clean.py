"""Removes what a sandbox made in the Docker Engine, found by its labels: whoever made it may be dead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ecsdeploy.sandbox.settings import LABEL

if TYPE_CHECKING:
    from docker import APIClient

_SIDE_BY_SIDE = 16
_ROUNDS = 3


def remove_leftovers(name: str, registry: str | None = None) -> int | None:
    """Remove every container, volume, network and image of the sandbox `name`; return how many there were.

    With `registry` (host and port), image references of that registry are removed too: those pulled or pushed
    through it can't carry a label. Where no Engine answers, nobody can tell what is left, and None is returned.
    """
    from docker.errors import DockerException

    from ecsdeploy.sandbox.runtime.engine import connect

    try:
        client = connect()
    except (OSError, DockerException):
        return None
    with contextlib.closing(client), contextlib.suppress(OSError):
        number = remove(client, f"{LABEL}={name}")
        number += _each(_networks(client, name), client.remove_network)
        references = [*_images(client, f"{LABEL}={name}"), *(_of_registry(client, registry) if registry else ())]
        return number + _each(references, client.remove_image)
    return None


def remove(client: APIClient, label: str) -> int:
    """Remove every container with `label` (`key=value`), running or not, then every volume; return how many."""
    number = 0
    for _ in range(_ROUNDS):  # what was being created at the first look is there at the second
        containers = client.containers(all=True, quiet=True, filters={"label": label})
        if not containers:
            break
        number += _each(
            [container["Id"] for container in containers],
            lambda found: client.remove_container(found, v=True, force=True),
        )
    volumes = client.volumes(filters={"label": label})["Volumes"] or []
    return number + _each([volume["Name"] for volume in volumes], client.remove_volume)


def ensure_network(client: APIClient, name: str, labels: Mapping[str, str]) -> None:
    """Make the sandbox's network where it is missing. Raises `docker.errors.APIError`."""
    if not client.networks(names=[f"^{name}$"]):
        client.create_network(name, driver="bridge", labels=dict(labels))


def _networks(client: APIClient, name: str) -> list[str]:
    return [network["Id"] for network in client.networks(filters={"label": f"{LABEL}={name}"})]


def _images(client: APIClient, label: str) -> list[str]:
    return [image["Id"] for image in client.images(filters={"label": label})]


def _of_registry(client: APIClient, registry: str) -> list[str]:
    found: list[str] = []
    for image in client.images():
        known = [*(image.get("RepoTags") or []), *(image.get("RepoDigests") or [])]
        found += [reference for reference in known if reference.startswith(f"{registry}/")]
    return found


def _each(things: Iterable[str], action: Callable[[str], Any]) -> int:
    def quietly(thing: str) -> None:
        # Gone already, or being removed by someone else: either way it goes.
        with contextlib.suppress(OSError):
            action(thing)

    everything = list(things)
    if everything:
        with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(everything))) as pool:
            list(pool.map(quietly, everything))
    return len(everything)

"""Can this machine run tasks as real containers?"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docker import APIClient

_OLDEST_API = (1, 41)
_INTERFACES = Path("/sys/class/net")


def usable_engine() -> str | None:
    """Return None where a native Linux Docker Engine answers, otherwise why real containers can't be used."""
    unreachable = _unreachable()
    if unreachable is not None:
        return unreachable
    from docker.errors import DockerException

    from ecsdeploy.sandbox.runtime.engine import connect, socket_path

    try:
        client = connect()
    except (OSError, DockerException):
        return f"no Docker Engine answers on {socket_path()}"
    try:
        return judge(client.info(), client.version(), foreign_network=_foreign_network(client))
    except OSError as error:
        return f"the Docker Engine on {socket_path()} does not answer as it should: {error}"
    finally:
        client.close()


def _unreachable() -> str | None:
    from ecsdeploy.sandbox.runtime.engine import socket_path

    host = os.environ.get("DOCKER_HOST", "")
    path = socket_path()
    if sys.platform != "linux":
        return "tasks as real containers need a native Linux Docker Engine, and this is not Linux"
    if host and not host.startswith("unix://"):
        return f"DOCKER_HOST is {host}: a remote Docker Engine cannot publish ports on this machine"
    if not Path(path).exists():
        return f"no Docker Engine is running: {path} does not exist"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"permission denied on {path}: add yourself to the docker group or become root"
    return None


def judge(info: Mapping[str, Any], version: Mapping[str, Any], *, foreign_network: bool) -> str | None:
    """Return why an Engine with these answers of `/info` and `/version` can't be used, or None.

    `foreign_network`: the Engine's bridge is not among this machine's interfaces.
    """
    if info.get("OSType") != "linux":
        return "the Docker Engine does not run Linux containers"
    if "Docker Desktop" in str(info.get("OperatingSystem")):
        return "Docker Desktop runs containers in a virtual machine: its loopback addresses are not this machine's"
    if any("rootless" in option for option in info.get("SecurityOptions") or []):
        return "a rootless Docker Engine cannot publish ports on loopback addresses of this machine"
    if tuple(map(int, str(version["ApiVersion"]).split("."))) < _OLDEST_API:
        return f"Docker Engine {version.get('Version')} is too old: 20.10 or newer is needed"
    if foreign_network:
        return "the Docker Engine runs outside of this container or machine: its ports are not published here"
    return None


def _foreign_network(client: APIClient) -> bool:
    from docker.errors import NotFound

    try:
        network = client.inspect_network("bridge")
    except NotFound:  # an Engine without a default bridge: nothing can be told
        return False
    bridge = (network.get("Options") or {}).get("com.docker.network.bridge.name", "docker0")
    return not (_INTERFACES / bridge).exists()

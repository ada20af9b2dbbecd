"""What this machine can give to containers."""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

from ecsdeploy.sandbox.runtime.options import Host

if TYPE_CHECKING:
    from docker import APIClient


def host_of(client: APIClient) -> Host:
    """Return what the Engine's machine can give. Raises `OSError`."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return Host(
        cores=client.info()["NCPU"],
        open_files=sys.maxsize if most == resource.RLIM_INFINITY else most,
        start_interval=tuple(map(int, client.api_version.split("."))) >= (1, 44),
    )

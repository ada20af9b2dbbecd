"""The task metadata endpoint: HTTP on the gateway of the tasks' own network, which is this machine's own address there.

On Fargate it is 169.254.170.2, here it is another address: programs take it from `ECS_CONTAINER_METADATA_URI_V4`.
Nobody but the containers of that network is answered, and each knows the path of its own metadata only.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any

from ecsdeploy.sandbox.runtime.crew import spawn

VARIABLE = "ECS_CONTAINER_METADATA_URI_V4"

Answer = Callable[[str, str, str], Mapping[str, Any] | None]
"""Task ARN, container and what is asked ("", "task", "stats", "task/stats") -> the answer, or None if there is none."""

_PREFIX = "/v4/"
_SECONDS = 30

_log = logging.getLogger(__name__)


class MetadataServer:
    """Serves nothing until it is told on which network; safe to use from any thread."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._owners: dict[str, tuple[str, str]] = {}
        self._server: _Server | None = None

    def listen(self, gateway: str, subnet: str) -> None:
        """Listen on the address `gateway`, to the addresses in `subnet`; once is enough."""
        with self._lock:
            if self._server is not None and self._server.server_address[0] == gateway:
                return
            self._stop()
            try:
                self._server = _Server(gateway, IPv4Network(subnet), self._look_up)
            except OSError as error:
                # An Engine whose network this machine has no address in: then the variable is not set.
                _log.warning("no task metadata: cannot listen on %s: %s", gateway, error)
                return
            spawn("metadata", self._server.serve_forever)

    def address_for(self, task: str, container: str) -> str | None:
        """Return the address at which a container finds its metadata, or None where nothing listens."""
        with self._lock:
            if self._server is None:
                return None
            key = next(
                (key for key, owner in self._owners.items() if owner == (task, container)), secrets.token_hex(16)
            )
            self._owners[key] = (task, container)
            host, port = self._server.server_address[:2]
            return f"http://{host!s}:{port}{_PREFIX}{key}"

    def forget(self, task: str) -> None:
        """Answer the containers of a task no longer."""
        with self._lock:
            self._owners = {key: owner for key, owner in self._owners.items() if owner[0] != task}

    def close(self) -> None:
        """Stop."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _look_up(self, path: str) -> Mapping[str, Any] | None:
        key, _, asked = path.removeprefix(_PREFIX).rstrip("/").partition("/")
        with self._lock:
            owner = self._owners.get(key)
        return self._answer(*owner, asked) if owner and path.startswith(_PREFIX) else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, gateway: str, subnet: IPv4Network, look_up: Callable[[str], Mapping[str, Any] | None]) -> None:
        self._subnet = subnet
        self.look_up = look_up
        super().__init__((gateway, 0), _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        # Its own subnet, and not the gateway itself: that is what the rest of this machine would come from.
        client = ip_address(client_address[0])
        return client in self._subnet and str(client) != self.server_address[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("a container went away", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer as the ECS agent does, which has nothing to say of others' paths."""
        try:
            found = self.server.look_up(self.path.partition("?")[0])
        except OSError:
            self._send(500, "the Docker Engine does not answer")
        else:
            self._send(404 if found is None else 200, "404 page not found" if found is None else found)

    def _send(self, status: int, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the sandbox's log is not for what containers ask."""


def gateway_of(network: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return gateway and subnet of one of the Engine's networks (NetworkInspect), or None if it has none."""
    for config in (network.get("IPAM") or {}).get("Config") or []:
        if config.get("Gateway") and ip_network(config["Subnet"]).version == 4:
            return config["Gateway"], config["Subnet"]
    return None

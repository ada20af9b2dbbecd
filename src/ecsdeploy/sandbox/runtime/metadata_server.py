"""The task metadata endpoint: HTTP on the loopback interface of each task's own network namespace.

On Fargate it is 169.254.170.2, here it is another address: programs take it from `ECS_CONTAINER_METADATA_URI_V4`.
Nobody but the containers of the task reaches it. To listen there takes root; without, containers are told of none.
"""

from __future__ import annotations

import json
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ecsdeploy.sandbox.runtime.crew import spawn
from ecsdeploy.sandbox.runtime.namespaces import inside

VARIABLE = "ECS_CONTAINER_METADATA_URI_V4"
PORT = 51679
"""The ECS agent has it on an EC2 instance (amazon-ecs-agent: AgentCredentialsPort): programs for ECS leave it alone."""

Answer = Callable[[str, str, str], Mapping[str, Any] | None]
"""Task ARN, container and what is asked ("", "task", "stats", "task/stats") -> the answer, or None if there is none."""

_PREFIX = "/v4/"
_SECONDS = 30

_log = logging.getLogger(__name__)


def listener_in(namespace: str) -> socket.socket:
    """Return a socket that listens on `PORT` in the network namespace that the file `namespace` is.

    Raises `OSError` where the sandbox may not enter it.
    """
    return inside(namespace, lambda: socket.create_server(("127.0.0.1", PORT)))


class MetadataServer:
    """Serves the tasks that it is told of; safe to use from any thread."""

    def __init__(self, answer: Answer, listener: Callable[[str], socket.socket] = listener_in) -> None:
        self._answer = answer
        self._listener = listener
        self._lock = threading.Lock()
        self._servers: dict[str, _Server] = {}

    def serve(self, task: str, namespace: str) -> None:
        """Answer the containers of a task, whose network namespace is the file `namespace`."""
        try:
            listener = self._listener(namespace)
        except OSError as error:
            _log.info("no task metadata: cannot listen in %s: %s", namespace, error)
            return
        server = _Server(listener, lambda container, asked: self._answer(task, container, asked))
        with self._lock:
            self._servers[task] = server
        spawn("metadata", server.serve_forever)

    def address_for(self, task: str, container: str) -> str | None:
        """Return the address at which a container finds its metadata, or None where nothing listens."""
        with self._lock:
            server = self._servers.get(task)
            return server.address_for(container) if server is not None else None

    def forget(self, task: str) -> None:
        """Answer the containers of a task no longer."""
        with self._lock:
            server = self._servers.pop(task, None)
        if server is not None:
            spawn("metadata-end", server.end)

    def close(self) -> None:
        """Answer nobody any more."""
        with self._lock:
            servers = [self._servers.popitem()[1] for _ in list(self._servers)]
        for thread in [spawn("metadata-end", server.end) for server in servers]:
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, answer: Callable[[str, str], Mapping[str, Any] | None]) -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self._answer = answer
        self._containers: dict[str, str] = {}

    def address_for(self, container: str) -> str:
        """Return the address of a container: the same one whenever it is started."""
        key = next((key for key, one in self._containers.items() if one == container), secrets.token_hex(16))
        self._containers = {**self._containers, key: container}
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}{_PREFIX}{key}"

    def look_up(self, path: str) -> Mapping[str, Any] | None:
        """Return what is found at `path`, None if there is nothing. Raises `OSError` without an Engine."""
        key, _, asked = path.removeprefix(_PREFIX).rstrip("/").partition("/")
        container = self._containers.get(key)
        return self._answer(container, asked) if container and path.startswith(_PREFIX) else None

    def end(self) -> None:
        """Return when nothing is answered any more."""
        self.shutdown()
        self.server_close()

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

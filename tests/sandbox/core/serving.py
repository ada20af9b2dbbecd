"""Servers for tests: the real HTTP server on a free port, in front of whatever a test gives it."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ecsdeploy.sandbox.aws_front import AwsFront
from ecsdeploy.sandbox.clock import SystemClock
from ecsdeploy.sandbox.control import Control
from ecsdeploy.sandbox.dispatch import JsonService
from ecsdeploy.sandbox.faults import Faults
from ecsdeploy.sandbox.front import Front
from ecsdeploy.sandbox.github.issuer import Issuer
from ecsdeploy.sandbox.http import Environ, HttpAnswer, StartResponse, WsgiApp
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.server import Server
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.wire import AwsError, Operations

TOKEN = "secret-token"
USER = "arn:aws:iam::123456789012:user/sandbox"


@contextmanager
def served(app: WsgiApp) -> Iterator[int]:
    """Serve `app` on a free port and give the port."""
    server = Server()
    port = server.bind(0)
    server.serve(app)
    try:
        yield port
    finally:
        server.close()


def talk(port: int, text: bytes) -> bytes:
    """Send raw bytes and return everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes


def send(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Answered:
    """Send one request; header names are given with underscores."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Answered(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def signed(service: str, region: str = "us-east-1") -> str:
    """Return an Authorization header with a credential scope."""
    return f"AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/{region}/{service}/aws4_request, Signature=0"


class FakeParts:
    """A front door whose rooms are fakes that remember who knocked."""

    def __init__(self, operations: Operations, settings: Settings) -> None:
        self.faults = Faults()
        self.closing = threading.Event()
        self.stopped = threading.Event()
        self.others: list[AwsRequest] = []
        self.registry: list[tuple[str, bytes]] = []
        aws = AwsFront(
            settings=settings,
            services={"ecs": JsonService("ecs", operations)},
            others=self._other,
            admit=lambda environ, request: None,
            identify=lambda access_key, region: USER,
            faults=self.faults,
            closing=self.closing,
        )
        github = Issuer(SystemClock(), settings.endpoint)
        control = Control(TOKEN, self.faults, lambda: {"name": settings.name}, self.stopped.set, github)
        self.app = Front(
            aws=aws,
            registry=self._registry,
            control=control,
            github=github,
            faults=self.faults,
            closing=self.closing,
        )

    def _other(self, environ: Environ, request: AwsRequest) -> HttpAnswer:
        self.others.append(request)
        if request.operation == "Explode":
            raise KeyError("boom")
        if request.operation == "Refuse":
            raise AwsError("NoSuchEntity", "not <here>", status=404)
        return HttpAnswer(200, b"<ok/>", "text/xml")

    def _registry(self, environ: Environ, start_response: StartResponse) -> Any:
        self.registry.append((environ["REQUEST_METHOD"], environ["wsgi.input"].read()))
        return HttpAnswer(200, b"{}").send(start_response)

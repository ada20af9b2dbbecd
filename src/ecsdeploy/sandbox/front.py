"""The front door: only requests that name this machine come in, and each finds its part of the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ecsdeploy.sandbox.control import PREFIX
from ecsdeploy.sandbox.faults import Faults
from ecsdeploy.sandbox.github.issuer import PREFIX as GITHUB
from ecsdeploy.sandbox.http import DropConnection, Environ, StartResponse, WsgiApp, is_local, json_answer
from ecsdeploy.sandbox.refusals import broken_registry, registry_operation


class Front:
    """A WSGI application: `/v2/` is the registry, `/_sandbox/` the control API, `/_github/` GitHub's
    issuer of tokens, everything else is AWS."""

    def __init__(
        self,
        *,
        aws: WsgiApp,
        registry: WsgiApp,
        control: WsgiApp,
        github: WsgiApp,
        faults: Faults,
        closing: threading.Event,
    ) -> None:
        self._aws = aws
        self._registry = registry
        self._control = control
        self._github = github
        self._faults = faults
        self._closing = closing

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not is_local(environ):
            refusal = {"error": "this is a sandbox on the loopback interface: it answers no other host's name"}
            return json_answer(403, refusal).send(start_response)
        path = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            return self._control(environ, start_response)
        if path.startswith(GITHUB):
            return self._github(environ, start_response)
        if path == "/v2" or path.startswith("/v2/"):
            return self._registry_request(path, environ, start_response)
        return self._aws(environ, start_response)

    def _registry_request(self, path: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        fault = self._faults.take_api("registry", registry_operation(environ["REQUEST_METHOD"], path))
        if fault is None:
            return self._registry(environ, start_response)
        if fault.kind == "slow":
            self._closing.wait(fault.seconds)
            return self._registry(environ, start_response)
        if fault.kind == "lost-answer":
            for _ in self._registry(environ, lambda *args: None):
                pass
        if fault.kind in ("drop", "lost-answer"):
            raise DropConnection
        return broken_registry(fault.kind).send(start_response)

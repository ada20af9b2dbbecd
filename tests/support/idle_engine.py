"""A Docker Engine that answers and builds nothing: whoever asks it to build came too far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class IdleEngine(ThreadingHTTPServer):
    """The Engine; `asked` are the paths of what it was to do."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def env(self) -> Mapping[str, str]:
        """Return what leads to it, and keeps the docker CLI out."""
        return {"DOCKER_HOST": f"tcp://127.0.0.1:{self.server_port}", "DOCKER_BUILDKIT": "0"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(200, {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": "27.0.0"})

    def do_POST(self) -> None:
        assert isinstance(self.server, IdleEngine)
        self.server.asked.append(self.path)
        self._answer(500, {"message": "It is idle."})

    def _answer(self, code: int, document: Mapping[str, str]) -> None:
        body = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def idle_engine() -> Iterator[IdleEngine]:
    """Give one that listens."""
    with IdleEngine() as engine:
        serving = Thread(target=engine.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            yield engine
        finally:
            engine.shutdown()
            serving.join()

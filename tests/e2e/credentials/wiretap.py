"""What stands between a job and AWS, and remembers every secret that it is given; and programs that tell on it."""

from __future__ import annotations

import base64
import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

SECRETS = {
    "secret key": re.compile(r"<SecretAccessKey>([^<]+)<"),
    "session token": re.compile(r"<SessionToken>([^<]+)<"),
    "id token": re.compile(r'"value": ?"(eyJ[\w-]+\.[\w-]+\.[\w-]+)"'),
    "registry login": re.compile(r'"authorizationToken": ?"([^"]+)"'),
}


@dataclass
class Wiretap:
    """Passes everything on to `behind`, and keeps the secrets in what is answered, by their kind."""

    behind: str
    address: str = ""
    heard: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in SECRETS})

    def listen(self, body: bytes) -> None:
        """Keep the secrets in an answer."""
        text = body.decode(errors="replace")
        for kind, pattern in SECRETS.items():
            self.heard[kind].update(pattern.findall(text))

    def secrets(self) -> set[str]:
        """Return every secret, and the password in each login of the registry."""
        logins = self.heard["registry login"]
        passwords = {base64.b64decode(login).decode().partition(":")[2] for login in logins}
        return set().union(*self.heard.values(), passwords)


@contextmanager
def wiretap(behind: str) -> Iterator[Wiretap]:
    """Listen in front of `behind`, on this machine."""
    tap = Wiretap(behind)

    class Handler(_Passing):
        """Passes on what comes to this tap."""

        wire: ClassVar[Wiretap] = tap

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    tap.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield tap
    finally:
        server.shutdown()
        server.server_close()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wire: ClassVar[Wiretap]

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        behind = http.client.HTTPConnection(urlsplit(self.wire.behind).netloc, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}}
        behind.request(self.command, self.path, body, headers)
        answer = behind.getresponse()
        told = answer.read()
        behind.close()
        self.wire.listen(told)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection", "content-length", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_HEAD = do_PUT = _pass_on

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def informer(folder: Path, name: str, real: str, told: Path) -> None:
    """Put a program into `folder` that writes its arguments and environment down, then becomes the `real` one."""
    program = folder / name
    program.write_text(
        f'#!/bin/sh\n{{ printf "%s\\n" "$0" "$@"; env; }} > "{told}/{name}.$$"\nexec {real} "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)


def leaks(secrets: set[str], *folders: Path) -> list[str]:
    """Return each file below `folders` with a secret in it, also spelled as JSON or base64 would."""
    found = []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        body = path.read_bytes()
        found += [str(path) for secret in secrets if any(form in body for form in _forms(secret))]
    return sorted(set(found))


def _forms(secret: str) -> set[bytes]:
    plain = secret.encode()
    return {plain, json.dumps(secret)[1:-1].encode(), base64.b64encode(plain)}

"""A container registry in memory, just enough for the Engine to pull from, and images made of bytes."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox.runtime import pause

APPLETS = [
    "sh",
    "sleep",
    "httpd",
    "wget",
    "id",
    "cat",
    "echo",
    "touch",
    "seq",
    "yes",
    "tail",
    "dd",
    "true",
    "false",
    "env",
    "head",
    "tr",
    "nc",
    "rm",
    "mkdir",
    "kill",
]
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"


@functools.cache
def busybox() -> bytes:
    """The static busybox of Debian and Ubuntu: the one that is installed, or the package's own, unpacked aside."""
    installed = Path("/bin/busybox")
    if installed.exists() and b"ld-linux" not in (program := installed.read_bytes()):
        return program
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "busybox-static"], cwd=folder, check=True, capture_output=True)
        [package] = Path(folder).glob("*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True)
        found = [path for path in Path(folder).rglob("busybox") if path.is_file() and path.stat().st_mode & 0o111]
        return found[0].read_bytes()


def layer(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            tar.addfile(entry, io.BytesIO(data))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return buffer.getvalue()


def busybox_layer(mark: str = "") -> bytes:
    """With a `mark` of its own, the Engine does not have it yet."""
    files = {"bin/busybox": busybox(), "www/index.html": b"hello\n", "mark": mark.encode()}
    return layer(files, {f"bin/{applet}": "busybox" for applet in APPLETS})


def pause_layer() -> bytes:
    return layer({"pause": pause.program("x86_64")})


@dataclass
class TinyRegistry:
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    credentials: tuple[str, str] | None = None
    hold: threading.Event | None = None
    """Blobs are held back until it is set."""

    def __post_init__(self) -> None:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                registry.answer(self)

            do_HEAD = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a pull that was cut short closes its connections

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.host = f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        if self.hold is not None:
            self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add(self, name: str, data: bytes, *, architecture: str = "amd64", **config: Any) -> str:
        """Add an image and return its reference by digest."""
        diff = _digest(data)
        description = json.dumps(
            {
                "architecture": architecture,
                "os": "linux",
                "config": config,
                "rootfs": {"type": "layers", "diff_ids": [diff]},
                "history": [{"created_by": "test"}],
            }
        ).encode()
        self.blobs |= {diff: data, _digest(description): description}
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": _descriptor("application/vnd.docker.container.image.v1+json", description),
                "layers": [_descriptor("application/vnd.docker.image.rootfs.diff.tar", data)],
            }
        ).encode()
        return self._publish(name, _MANIFEST, manifest)

    def add_index(self, name: str, reference: str, architecture: str) -> str:
        """Add an index whose only image is `reference`; return its reference by digest."""
        kind, manifest = self.manifests[name, reference.partition("@")[2]]
        platform = {"architecture": architecture, "os": "linux"}
        index = {
            "schemaVersion": 2,
            "mediaType": _INDEX,
            "manifests": [_descriptor(kind, manifest) | {"platform": platform}],
        }
        return self._publish(name, _INDEX, json.dumps(index).encode())

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.strip("/").split("/")
        if self.credentials and request.headers.get("Authorization") != _basic(*self.credentials):
            self._send(request, 401, "application/json", b"{}", {"WWW-Authenticate": 'Basic realm="tiny"'})
        elif path == ["v2"]:
            self._send(request, 200, "application/json", b"{}")
        elif path[2] == "blobs" and path[3] in self.blobs:
            self.asked[path[3]] += 1
            if self.hold is not None:
                self.hold.wait(60)
            self._send(request, 200, "application/octet-stream", self.blobs[path[3]])
        elif path[2] == "manifests" and (path[1], path[3]) in self.manifests:
            kind, manifest = self.manifests[path[1], path[3]]
            self._send(request, 200, kind, manifest, {"Docker-Content-Digest": _digest(manifest)})
        else:
            error = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            self._send(request, 404, "application/json", json.dumps(error).encode())

    def _publish(self, name: str, kind: str, manifest: bytes) -> str:
        digest = _digest(manifest)
        self.manifests[name, digest] = self.manifests[name, "latest"] = (kind, manifest)
        return f"{self.host}/{name}@{digest}"

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        kind: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        request.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            request.send_header(name, value)
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(body)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _descriptor(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(data), "digest": _digest(data)}


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from cheroot.wsgi import Server

from ecsdeploy.sandbox.ecr.api import operations
from ecsdeploy.sandbox.ecr.registry import registry_app
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import Caller
from tests.support.clocks import FakeSandboxClock

Call = Callable[..., Any]

CALLER = Caller(account="123456789012", region="us-east-1", access_key="AKIA")
MODEL = botocore.session.get_session().get_service_model("ecr")


@pytest.fixture
def clock() -> FakeSandboxClock:
    return FakeSandboxClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeSandboxClock) -> Iterator[EcrStore]:
    store = EcrStore(tmp_path, "123456789012", "us-east-1", lambda: "127.0.0.1:4510", clock=clock)
    yield store
    store.close()


@pytest.fixture
def call(store: EcrStore) -> Call:
    """Call an operation; what goes in and what comes out must fit botocore's model of it."""
    table = operations(store)

    def run(operation: str, **params: Any) -> Any:
        model = MODEL.operation_model(operation)
        _check(params, model.input_shape)
        answer = table[operation](params, CALLER)
        _check(answer, model.output_shape)
        return answer

    return run


def _check(value: Any, shape: Any) -> None:
    assert set(value) <= set(shape.members)
    report = ParamValidator().validate(value, shape).generate_report()
    # AWS gives empty lists in answers whose shape, shared with a request, asks for one entry.
    assert [line for line in report.splitlines() if "value: 0, valid min length: 1" not in line] == []


class Pusher:
    """Pushes small images through the API."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def blob(self, repository: str, content: bytes) -> dict[str, Any]:
        """Upload a blob unless it is there; return its descriptor."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        where = {"repositoryName": repository}
        layer = self._call("BatchCheckLayerAvailability", layerDigests=[digest], **where)["layers"][0]
        if layer["layerAvailability"] == "UNAVAILABLE":
            where["uploadId"] = self._call("InitiateLayerUpload", **where)["uploadId"]
            self._call(
                "UploadLayerPart", partFirstByte=0, partLastByte=len(content) - 1, layerPartBlob=content, **where
            )
            assert self._call("CompleteLayerUpload", layerDigests=[digest], **where)["layerDigest"] == digest
        return {"mediaType": "application/octet-stream", "digest": digest, "size": len(content)}

    def manifest(self, repository: str, content: str, **extra: Any) -> str:
        """Return the manifest of an image with one layer, its blobs uploaded."""
        config = self.blob(repository, b'{"architecture": "amd64"}') | {
            "mediaType": "application/vnd.oci.image.config.v1+json"
        }
        kind = "application/vnd.oci.image.manifest.v1+json"
        layers = [self.blob(repository, content.encode())]
        return json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers, **extra})

    def image(self, repository: str, content: str, tag: str | None = None, **extra: Any) -> str:
        """Push an image; return its digest."""
        return self.put(repository, self.manifest(repository, content, **extra), tag)

    def index(self, repository: str, digests: list[str], tag: str | None = None) -> str:
        """Push an index; return its digest."""
        kind = "application/vnd.oci.image.index.v1+json"
        manifests = [{"mediaType": "x", "digest": digest, "size": 1} for digest in digests]
        return self.put(repository, json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": manifests}), tag)

    def put(self, repository: str, manifest: str, tag: str | None = None) -> str:
        """Put a manifest; return its digest."""
        named = {"imageTag": tag} if tag else {}
        answer = self._call("PutImage", repositoryName=repository, imageManifest=manifest, **named)
        return str(answer["image"]["imageId"]["imageDigest"])


@pytest.fixture
def push(call: Call) -> Pusher:
    return Pusher(call)


class Served:
    """A registry on a real port, with the system's clock."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.store = EcrStore(home, "123456789012", "us-east-1", lambda: self.host)
        self.call = operations(self.store)
        self.app = registry_app(self.store, smallest_part=4)

    def create(self, name: str, **params: Any) -> None:
        self.call["CreateRepository"]({"repositoryName": name, **params}, CALLER)


class Port:
    """One server for all tests, since stopping one takes half a second; each test puts its own registry behind it."""

    def __init__(self) -> None:
        self.app: Callable[..., Any] | None = None
        self._server = Server(("127.0.0.1", 0), self._answer, numthreads=10)
        self._server.prepare()
        self.number: int = self._server.bind_addr[1]
        self._thread = threading.Thread(target=self._server.serve)
        self._thread.start()

    def _answer(self, *request: Any) -> Any:
        assert self.app
        return self.app(*request)

    def close(self) -> None:
        self._server.stop()
        self._thread.join()


@pytest.fixture(scope="session")
def port() -> Iterator[Port]:
    port = Port()
    yield port
    port.close()


@pytest.fixture
def served(tmp_path: Path, port: Port) -> Iterator[Served]:
    served = Served(tmp_path, port.number)
    port.app = served.app
    yield served
    served.store.close()

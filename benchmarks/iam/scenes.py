"""The states that together ask for everything a deploy role can have, and two clients that are not ours."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from botocore.exceptions import ClientError

from benchmarks.iam.extra import EXTRA
from ecsdeploy.aws.errors import DENIED
from tests.support.world import Ran, aws_session
from tests.tool.states.bench import Bench
from tests.tool.states.rows import TABLE
from tests.tool.states.table import Row, Steps

ROWS = (
    "service-inactive",
    "giving-up-at-once",
    "release-another",
    "release-too-long",
    "image-of-an-earlier-commit-built",
    "revision-equal",
    "scale-without-capacity",
    "scale-restored-from-nonsense",
    "rollback-to-the-last",
    "restart-well",
    "watch-what-succeeds",
    "status-of-a-flight",
    "history-of-a-flight",
    "explain-what-was-given-up",
    "log-group-empty",
    "chaos-with-tasks",
    "run-well",
    "run-too-long",
    "prune-images",
)


def scenes() -> Iterator[Row]:
    """Yield them: rows of docs/states.md, a push through the registry, and a shell into a task."""
    rows = {row.id: row for row in TABLE.rows}
    yield from (rows[name] for name in ROWS)
    yield from EXTRA
    yield from CLIENTS


def _set_up(bench: Bench) -> Steps:
    bench.require("setup")
    yield


def _running(bench: Bench) -> Steps:
    bench.deployed("[service.raw]\nenableExecuteCommand = true")
    yield


CLIENTS = tuple(
    Row(id=f"client-{name}", area="", state="", command=command, does="", code=0, play=play)
    for name, command, play in (("push", "build-push", _set_up), ("exec", "exec", _running))
)
"""What has no row, since the engine or the AWS CLI makes the calls."""


def client(row: Row, bench: Bench, keys: Mapping[str, str]) -> Ran:
    """Do what the row's program does, with a session's keys; return 3 and AWS's words where it is denied."""
    made = {
        name: aws_session().create_client(
            name,
            region_name="us-east-1",
            endpoint_url=bench.sandbox.settings.endpoint(),
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
        )
        for name in ("ecr", "ecs")
    }
    try:
        {"client-push": _push, "client-exec": _exec}[row.id](bench, made)
    except ClientError as error:
        return Ran(3 if error.response["Error"]["Code"] in DENIED else 0, "", str(error))
    except urllib.error.HTTPError as error:
        return Ran(3, "", error.read().decode())
    return Ran(0, "", "")


def _exec(bench: Bench, clients: Mapping[str, Any]) -> None:
    """Open a shell as `aws ecs execute-command` does; the sandbox has nothing that would connect."""
    ecs, app = clients["ecs"], bench.app
    ecs.describe_services(cluster=app, services=[app])
    tasks = ecs.list_tasks(cluster=app, serviceName=app)["taskArns"]
    ecs.describe_tasks(cluster=app, tasks=tasks)
    ecs.execute_command(cluster=app, task=tasks[0], interactive=True, command="sh")


def _push(bench: Bench, clients: Mapping[str, Any]) -> None:
    """Push an image of one layer as `docker push` does (OCI distribution)."""
    found = clients["ecr"].get_authorization_token()["authorizationData"][0]
    blobs = [json.dumps({"architecture": "amd64", "os": "linux"}).encode(), b"layer"]
    types = ("application/vnd.docker.container.image.v1+json", "application/vnd.docker.image.rootfs.diff.tar.gzip")
    described = [
        {"mediaType": kind, "size": len(blob), "digest": _digest(blob)} for kind, blob in zip(types, blobs, strict=True)
    ]
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": described[0], "layers": described[1:]}
    registry = Registry(bench.sandbox.settings.endpoint(), bench.app, found["authorizationToken"])
    for blob in blobs:
        registry.upload(blob)
    registry.ask("PUT", "manifests/pushed", json.dumps(manifest).encode(), kind)
    registry.ask("HEAD", "manifests/pushed")


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


class Registry:
    """One repository, as a client of the registry sees it."""

    def __init__(self, endpoint: str, repository: str, token: str) -> None:
        self._root = f"{endpoint}/v2/{repository}/"
        self._token = token
        assert re.fullmatch(r"AWS:.+", base64.b64decode(token).decode())

    def upload(self, blob: bytes) -> None:
        """Upload a blob that the registry lacks: ask for it, begin, send it, end."""
        try:
            self.ask("HEAD", f"blobs/{_digest(blob)}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        where = self.ask("POST", "blobs/uploads/")
        where = self.ask("PATCH", where, blob, "application/octet-stream")
        self.ask("PUT", f"{where}?digest={_digest(blob)}")

    def ask(self, method: str, where: str, body: bytes | None = None, kind: str = "") -> str:
        """Send a request; return where it says to go on. Raises `HTTPError`."""
        headers = {"Authorization": f"Basic {self._token}", **({"Content-Type": kind} if kind else {})}
        address = where if "://" in where else urljoin(self._root, where)
        asked = urllib.request.Request(address, body, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return str(answer.headers.get("Location", ""))

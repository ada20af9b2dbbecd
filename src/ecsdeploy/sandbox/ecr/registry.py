"""The registry: Docker Registry HTTP API v2 and OCI distribution, as ECR speaks them.

Passwords come from GetAuthorizationToken; there is no anonymous access but for signed download links. Repositories
are made through the API: a push into one that does not exist is refused. Bytes are streamed in both directions.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ecsdeploy.sandbox.ecr.blobs import SMALLEST_PART
from ecsdeploy.sandbox.ecr.http import Refusal, Request, Response, as_refusal
from ecsdeploy.sandbox.ecr.registry_blobs import BlobRoutes
from ecsdeploy.sandbox.ecr.registry_manifests import ManifestRoutes
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import AwsError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Handler = Callable[..., Response]

MayDo = Callable[[str, str, str], str]
"""(access key, ECR's operation, repository) -> why whoever holds the key may not do it, or ""."""

_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
_NAME = r"(?P<name>[a-z0-9._/-]+?)"
_DIGEST = r"(?P<digest>[A-Za-z0-9_+.-]+:[A-Fa-f0-9]+)"


def registry_app(store: EcrStore, smallest_part: int = SMALLEST_PART, refusal: MayDo | None = None) -> WSGIApplication:
    """Return the WSGI application that answers everything under `/v2/`.

    An upload in several requests has parts of at least `smallest_part` bytes, but for the last one. `refusal` is asked
    for the permission of the API's operation that a request stands for; without it, everybody may do everything.
    """
    registry = _Registry(store, smallest_part, refusal)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        response = registry.answer(request)
        request.drain()
        headers = {**_VERSION, **response.headers}
        body = [response.body] if isinstance(response.body, bytes) else response.body
        if isinstance(response.body, bytes) and response.status != 204:
            headers.setdefault("Content-Length", str(len(response.body)))
        start_response(response.reason, list(headers.items()))
        return [] if request.method == "HEAD" else body

    return app


class _Registry:
    def __init__(self, store: EcrStore, smallest_part: int, refusal: MayDo | None) -> None:
        self._store = store
        self._refusal = refusal
        blobs, manifests = BlobRoutes(store, smallest_part), ManifestRoutes(store)
        self._routes: list[tuple[str, re.Pattern[str], dict[str, Handler]]] = [
            ("", re.compile(r"/v2/?"), {"GET": _ping}),
            ("catalog", re.compile(r"/v2/_catalog"), {"GET": manifests.catalog}),
            ("tags", re.compile(f"/v2/{_NAME}/tags/list"), {"GET": manifests.tags}),
            ("referrers", re.compile(f"/v2/{_NAME}/referrers/{_DIGEST}"), {"GET": manifests.referrers}),
            (
                "manifest",
                re.compile(f"/v2/{_NAME}/manifests/(?P<reference>[^/]+)"),
                {"GET": manifests.get, "PUT": manifests.put, "DELETE": manifests.delete},
            ),
            ("upload", re.compile(f"/v2/{_NAME}/blobs/uploads/?"), {"POST": blobs.start}),
            (
                "upload",
                re.compile(f"/v2/{_NAME}/blobs/uploads/(?P<upload>[0-9a-f-]+)"),
                {"GET": blobs.status, "PATCH": blobs.append, "PUT": blobs.finish, "DELETE": blobs.cancel},
            ),
            ("blob", re.compile(f"/v2/{_NAME}/blobs/{_DIGEST}"), {"GET": blobs.get}),
        ]

    def answer(self, request: Request) -> Response:
        try:
            if (challenge := self._challenge(request)) is not None:
                return challenge
            return self._route(request)
        except Refusal as refusal:
            return Response.of(refusal)
        except AwsError as error:
            return Response.of(as_refusal(error))

    def _route(self, request: Request) -> Response:
        for kind, pattern, handlers in self._routes:
            found = pattern.fullmatch(request.path)
            if found:
                handler = handlers.get("GET" if request.method == "HEAD" else request.method)
                if handler is None:
                    raise Refusal(405, "UNSUPPORTED", "The operation is unsupported.")
                self._check(request, kind, found.groupdict().get("name", "*"))
                return handler(request, **found.groupdict())
        raise Refusal(404, "NAME_INVALID", "Invalid repository name or path")

    def _check(self, request: Request, kind: str, name: str) -> None:
        """Ask for the permission of a request; one with a signed link has it. Raises `Refusal`."""
        _, _, value = (request.header("Authorization") or "").partition(" ")
        if self._refusal is None or not kind or not value:
            return
        key = self._store.tokens.holder(_pair(value)[1])
        if why := self._refusal(key, operation_of(request.method, kind), name):
            raise Refusal(403, "DENIED", why)
        source = request.query.get("from")
        if source and self._refusal(key, "GetDownloadUrlForLayer", source):
            # What may not be read is not shared either: the client uploads it.
            request.query.pop("mount", None)

    def _challenge(self, request: Request) -> Response | None:
        """Return the refusal of a request that does not show a good password, or None for one that may go on."""
        if request.method in ("GET", "HEAD") and {"Expires", "Signature"} <= request.query.keys():
            if self._store.tokens.opens(request.path, request.query["Expires"], request.query["Signature"]):
                return None
            raise Refusal(403, "DENIED", "Access Denied")
        kind, _, value = (request.header("Authorization") or "").partition(" ")
        if kind.lower() != "basic":
            realm = f'Basic realm="http://{self._store.registry()}/",service="ecr.amazonaws.com"'
            headers = {"Www-Authenticate": realm, "Content-Type": "text/plain; charset=utf-8"}
            return Response(401, headers, b"Not Authorized\n")
        verdict = self._store.tokens.judge(*_pair(value))
        if verdict == "expired":
            raise Refusal(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
        if verdict == "invalid":
            raise Refusal(400, "DENIED", "Your Authorization Token is invalid.")
        return None


_OPERATIONS = {
    ("GET", "manifest"): "BatchGetImage",
    ("HEAD", "manifest"): "BatchGetImage",
    ("PUT", "manifest"): "PutImage",
    ("DELETE", "manifest"): "BatchDeleteImage",
    ("HEAD", "blob"): "BatchCheckLayerAvailability",
    ("GET", "blob"): "GetDownloadUrlForLayer",
    ("POST", "upload"): "InitiateLayerUpload",
    ("PUT", "upload"): "CompleteLayerUpload",
    ("GET", "tags"): "ListImages",
    ("GET", "referrers"): "ListImageReferrers",
    ("GET", "catalog"): "DescribeRepositories",
}


def operation_of(method: str, kind: str) -> str:
    """Return the operation of ECR's API whose permission a request asks (ECR User Guide, "Identity-based policies")."""
    return _OPERATIONS.get((method, kind)) or _OPERATIONS.get(("GET", kind), "UploadLayerPart")


def _ping(request: Request) -> Response:
    del request
    return Response(200, {"Content-Type": "text/plain; charset=utf-8"})


def _pair(value: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(value.strip()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password

"""Requests and responses of the registry, over WSGI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from ecsdeploy.sandbox.wire import AwsError

CHUNK = 256 * 1024
_READ = 64 * 1024


class Refusal(Exception):
    """An answer that ends a request: the registry's error code, a message and a status."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class Response:
    """What is answered. A stream of bytes has its length in `headers`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""

    @classmethod
    def of_json(cls, content: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Return a JSON answer."""
        return cls(200, {"Content-Type": "application/json", **(headers or {})}, json.dumps(content).encode())

    @classmethod
    def of(cls, refusal: Refusal) -> Response:
        """Return the registry's form of an error."""
        errors = {"errors": [{"code": refusal.code, "message": refusal.message}]}
        headers = {"Content-Type": "application/json; charset=utf-8", **refusal.headers}
        return cls(refusal.status, headers, json.dumps(errors).encode())

    @property
    def reason(self) -> str:
        """Return the status line."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


class Request:
    """What is asked. The body is read once, piece by piece."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO", "/")
        self.query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        self._left = None if environ.get("wsgi.input_terminated") else int(environ.get("CONTENT_LENGTH") or 0)
        self._over = False

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        if name == "Content-Type":
            return self._environ.get("CONTENT_TYPE") or None
        return self._environ.get("HTTP_" + name.upper().replace("-", "_"))

    def chunks(self) -> Iterator[bytes]:
        """Yield the body. Raises `Refusal` where it ends before it should."""
        source = self._environ["wsgi.input"]
        while not self._over and self._left != 0:
            try:
                chunk = source.read(_READ if self._left is None else min(_READ, self._left))
            except (OSError, ValueError) as error:
                self._over = True
                raise Refusal(400, "BLOB_UPLOAD_INVALID", f"the request's body broke off: {error}") from error
            if self._left is not None:
                self._left -= len(chunk)
            if not chunk:
                self._over = True
                if self._left:
                    raise Refusal(400, "SIZE_INVALID", "the request's body is shorter than its Content-Length")
                return
            yield chunk

    def body(self, most: int) -> bytes:
        """Return the whole body. Raises `Refusal` for more than `most` bytes."""
        parts: list[bytes] = []
        for chunk in self.chunks():
            parts.append(chunk)
            most -= len(chunk)
            if most < 0:
                raise Refusal(413, "SIZE_INVALID", "the request's body is too large")
        return b"".join(parts)

    def drain(self) -> None:
        """Read what nobody wanted, so that the connection can be used again."""
        try:
            for _ in self.chunks():
                pass
        except Refusal:
            return


_CODES = {
    "RepositoryNotFoundException": (404, "NAME_UNKNOWN"),
    "ImageNotFoundException": (404, "MANIFEST_UNKNOWN"),
    "LayersNotFoundException": (400, "MANIFEST_BLOB_UNKNOWN"),
    "ReferencedImagesNotFoundException": (400, "MANIFEST_BLOB_UNKNOWN"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
    "ImageDigestDoesNotMatchException": (400, "DIGEST_INVALID"),
    "EmptyUploadException": (400, "BLOB_UPLOAD_INVALID"),
    "InvalidLayerException": (400, "BLOB_UPLOAD_INVALID"),
    "LayerPartTooSmallException": (400, "BLOB_UPLOAD_INVALID"),
    "InvalidParameterException": (405, "UNSUPPORTED"),
    "UploadNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
}


def as_refusal(error: AwsError) -> Refusal:
    """Return the registry's form of an error of the API: ECR's registry speaks in the API's words.

    Which codes and statuses it has for them is from users' reports.
    """
    status, code = _CODES.get(error.code, (500, "UNKNOWN"))
    return Refusal(status, code, error.message)

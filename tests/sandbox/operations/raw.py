"""AWS JSON 1.1 without a client library: what no library would send can be sent too."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ecsdeploy.sandbox.dispatch import TARGETS, service_model

PREFIX = {service: target for target, service in TARGETS.items()}
CONTENT_TYPE = "application/x-amz-json-1.1"

# "Common errors" of the API references, and what AWS's JSON front end answers before a service sees the request.
COMMON = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InternalFailure",
    "MissingAuthenticationTokenException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
    "SerializationException",
}


@dataclass(frozen=True)
class Answered:
    """What came back: the HTTP status, the headers with lower-case names, the body as JSON."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """Return the error's code; empty for an answer that is none."""
        return str(self.body.get("__type", ""))

    @property
    def error(self) -> tuple[str, str]:
        """Return the error's code and message."""
        return self.code, str(self.body.get("message", ""))


def authorization(service: str, region: str = "us-east-1") -> str:
    """Return a header with a credential scope; the sandbox checks no signature."""
    return f"AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/{region}/{service}/aws4_request, Signature=0"


def send(endpoint: str, method: str, body: bytes, headers: dict[str, str], path: str = "/") -> Answered:
    """Send one request."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answered(response.status, names, json.loads(text) if text[:1] == b"{" else {})
    finally:
        connection.close()


def call(endpoint: str, service: str, operation: str, params: object) -> Answered:
    """Call an operation with any JSON value for its parameters."""
    headers = {
        "Content-Type": CONTENT_TYPE,
        "X-Amz-Target": f"{PREFIX[service]}.{operation}",
        "Authorization": authorization(service),
    }
    return send(endpoint, "POST", json.dumps(params).encode(), headers)


def known_errors(service: str, operation: str) -> set[str]:
    """Return the codes that AWS's model lists for an operation, and those that every operation may give."""
    model = service_model(service).operation_model(operation)
    return {shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes} | COMMON

"""What an AWS request asks for, read off its headers: service, operation, Region, access key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from ecsdeploy.sandbox.http import Environ, read_body
from ecsdeploy.sandbox.wire import AwsError

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([A-Za-z0-9._-]+)/aws4_request")
UNSIGNED = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})
"""The operations of STS that come without a signature; one that is there counts for nothing."""
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")
_REGION = re.compile(r"(?:us|eu|ap|sa|ca|me|af|il|mx|cn|eusc)(?:-(?:gov|iso[a-z]?|de))?-[a-z]+-\d+")
_JSON_TYPES = ("application/x-amz-json-", "application/json")
LARGEST = 64 * 1024 * 1024
"""Bytes; the largest request that any client has need of is a layer's part of 20 MB in base64 (UploadLayerPart)."""

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class AwsRequest:
    """One AWS request. `target` is the prefix of `X-Amz-Target`, `service` the name it was signed for.

    `operation` is empty where it stands in the path alone (REST services); `form` are the parameters of the query
    protocol. `signed` says whether there was a credential scope to read.
    """

    service: str
    operation: str
    region: str
    access_key: str
    target: str
    form: dict[str, str]
    signed: bool


def read_request_line(environ: Environ, default_region: str) -> AwsRequest:
    """Return what `environ` asks for; its body stays readable."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    target, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")
    form: dict[str, str] = {}
    if not target:
        form = _form(environ)
        cbor = _CBOR_PATH.fullmatch(environ.get("PATH_INFO", ""))
        operation = cbor.group(1) if cbor else form.get("Action", "")
    service = scope.group(3) if scope else ("sts" if operation in UNSIGNED else "")
    return AwsRequest(
        service=service,
        operation=operation,
        region=scope.group(2) if scope else default_region,
        access_key=scope.group(1) if scope else "",
        target=target,
        form=form,
        signed=scope is not None,
    )


def too_large(environ: Environ) -> bool:
    """Say whether a request's body is more than anything that AWS would read."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    return length.isdigit() and int(length) > LARGEST


def check_json_request(environ: Environ, request: AwsRequest, home_region: str) -> None:
    """Raise `AwsError` for a request with a target that AWS's front end would not let through to the service.

    In its words; what it says to a content type that is not JSON is a known curiosity, a 404.
    """
    if not environ.get("CONTENT_TYPE", "").startswith(_JSON_TYPES):
        raise AwsError("UnknownOperationException", "", status=404)
    if not environ.get("HTTP_AUTHORIZATION"):
        raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if not request.signed:
        raise AwsError("IncompleteSignatureException", "Authorization header requires 'Credential' parameter.")
    if request.region != home_region and not _REGION.fullmatch(request.region):
        raise AwsError("InvalidSignatureException", "Credential should be scoped to a valid region.")


def _form(environ: Environ) -> dict[str, str]:
    text = environ.get("QUERY_STRING", "")
    if environ.get("CONTENT_TYPE", "").startswith(_FORM):
        text += "&" + read_body(environ).decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}

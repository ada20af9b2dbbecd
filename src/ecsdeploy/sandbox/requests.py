"""What an AWS request asks for, read off its headers: service, operation, Region, access key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from ecsdeploy.sandbox.http import Environ, read_body

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([A-Za-z0-9._-]+)/aws4_request")
_UNSIGNED_STS = {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"}
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")
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
    service = scope.group(3) if scope else ("sts" if operation in _UNSIGNED_STS else "")
    return AwsRequest(
        service=service,
        operation=operation,
        region=scope.group(2) if scope else default_region,
        access_key=scope.group(1) if scope else "",
        target=target,
        form=form,
        signed=scope is not None,
    )


def _form(environ: Environ) -> dict[str, str]:
    text = environ.get("QUERY_STRING", "")
    if environ.get("CONTENT_TYPE", "").startswith(_FORM):
        text += "&" + read_body(environ).decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}

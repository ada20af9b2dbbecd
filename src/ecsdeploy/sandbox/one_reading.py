"""A request as the sandbox has read it, for moto, which might read something else out of the same bytes.

Given a parameter twice, moto takes the first and we take the last; it finds a form also behind other content types, and
a Region and a service in other places of the Authorization header. What one of the two allows must be what the other
does, so moto gets nothing that was not read here.
"""

from __future__ import annotations

import io
from urllib.parse import urlencode

from ecsdeploy.sandbox.http import Environ
from ecsdeploy.sandbox.requests import AwsRequest

FORM_TYPE = "application/x-www-form-urlencoded"
_BY_PATH = {"route53", "s3"}
"""Services whose requests are paths: what stands in their query is no form."""


def authorization(access_key: str, region: str, service: str) -> str:
    """Return an Authorization header with this scope; its signature is nobody's."""
    scope = f"{access_key}/20260101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def as_read(environ: Environ, request: AwsRequest, nobody: str) -> Environ:
    """Return `environ` with nothing in it but what `request` says; `nobody` is the key of whoever signed nothing."""
    signed = authorization(request.access_key or nobody, request.region, request.service)
    found: Environ = {**environ, "HTTP_AUTHORIZATION": signed}
    if request.target:
        found["QUERY_STRING"] = ""
        return found
    found.pop("HTTP_X_AMZ_TARGET", None)
    if not request.form.get("Action") or request.service in _BY_PATH:
        return found
    body = urlencode({**request.form, "Action": request.operation}).encode()
    return {
        **found,
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "CONTENT_TYPE": FORM_TYPE,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }

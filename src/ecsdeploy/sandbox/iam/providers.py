"""AddClientIDToOpenIDConnectProvider, which moto lacks. It is idempotent: an audience that is there stays (IAM API)."""

from __future__ import annotations

from uuid import uuid4

from ecsdeploy.sandbox.http import HttpAnswer
from ecsdeploy.sandbox.moto_backend import MotoBackend
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.wire import AwsError

ADD = "AddClientIDToOpenIDConnectProvider"


def add_client_id(moto: MotoBackend, request: AwsRequest) -> HttpAnswer:
    """Add an audience to an OIDC provider. Raises `AwsError` if there is no such provider."""
    arn = request.form.get("OpenIDConnectProviderArn", "")
    if not moto.add_audience(arn, request.form.get("ClientID", "")):
        raise AwsError("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", status=404)
    number = str(uuid4())
    body = (
        f'<{ADD}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        f"<ResponseMetadata><RequestId>{number}</RequestId></ResponseMetadata></{ADD}Response>"
    )
    return HttpAnswer(200, body.encode(), "text/xml", (("x-amzn-RequestId", number),))

"""Errors in the form that each AWS protocol has for them, and the answers of broken API calls."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ecsdeploy.sandbox.dispatch import JSON_CONTENT_TYPE, error_body
from ecsdeploy.sandbox.faults import ApiFaultKind
from ecsdeploy.sandbox.http import HttpAnswer, json_answer
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.wire import AwsError, WireProtocol

_REST_XML = ("s3", "route53", "cloudfront", "")


def protocol_of(request: AwsRequest) -> WireProtocol:
    """Return the protocol in which a client of this request reads errors."""
    if request.target:
        return "json"
    if request.service == "ec2":
        return "ec2"
    if request.operation:
        return "query"
    return "rest-xml" if request.service in _REST_XML else "rest-json"


def refuse(request: AwsRequest, error: AwsError, request_id: str) -> HttpAnswer:
    """Return `error` as the request's protocol has it."""
    protocol = protocol_of(request)
    headers: tuple[tuple[str, str], ...] = (("x-amzn-RequestId", request_id),)
    if protocol == "json":
        return HttpAnswer(error.status, error_body(error), JSON_CONTENT_TYPE, headers)
    if protocol == "rest-json":
        headers = (*headers, ("x-amzn-ErrorType", error.code))
        return HttpAnswer(error.status, error_body(error), "application/json", headers)
    code, message = escape(error.code), escape(error.message)
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif protocol == "query":
        blamed = "Sender" if error.status < 500 else "Receiver"
        text = (
            f"<ErrorResponse><Error><Type>{blamed}</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    else:
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    return HttpAnswer(error.status, text.encode(), "text/xml", headers)


def broken(kind: ApiFaultKind, request: AwsRequest, arn: str) -> AwsError:
    """Return the error of an API call that suffers `kind`, as the service that was asked words it."""
    protocol = protocol_of(request)
    if kind == "throttle":
        codes = {
            "json": "ThrottlingException",
            "rest-json": "ThrottlingException",
            "ec2": "RequestLimitExceeded",
        }
        if request.service == "s3":
            return AwsError("SlowDown", "Please reduce your request rate.", status=503)
        status = 503 if protocol == "ec2" else 400
        message = "Request limit exceeded." if protocol == "ec2" else "Rate exceeded"
        return AwsError(codes.get(protocol, "Throttling"), message, status=status)
    if kind == "expired-token":
        return expired(request)
    if kind == "access-denied":
        action = f"{request.service}:{request.operation}"
        return denied(protocol, arn, action, why=f"because no identity-based policy allows the {action} action")
    if kind == "unavailable":
        codes = {"json": "ServiceUnavailableException", "ec2": "Unavailable"}
        return AwsError(codes.get(protocol, "ServiceUnavailable"), "Service is unavailable", status=503)
    server_errors = {"ecs": "ServerException", "ecr": "ServerException", "ec2": "InternalError", "s3": "InternalError"}
    code = server_errors.get(request.service, "InternalFailure")
    return AwsError(code, "Service Unavailable. Please try again later.", status=500)


def expired(request: AwsRequest) -> AwsError:
    """Return what a service says to the keys of a session that is over."""
    protocol = protocol_of(request)
    if request.service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.")
    codes = {"json": "ExpiredTokenException", "rest-json": "ExpiredTokenException", "ec2": "RequestExpired"}
    status = 400 if protocol in ("json", "ec2") else 403
    message = "The security token included in the request is expired"
    return AwsError(codes.get(protocol, "ExpiredToken"), message, status=status)


def unknown_key(request: AwsRequest) -> AwsError:
    """Return what a service says to a temporary key that nobody gave out, or to a session token that is not its."""
    if request.service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", message, status=403)
    return nobodys_key(protocol_of(request))


def denied(protocol: WireProtocol, arn: str, action: str, resource: str = "*", why: str = "") -> AwsError:
    """Return what whoever has `arn` is told where IAM does not allow `action` on `resource`; `why` is IAM's reason.

    EC2 names the resource only if the action has any.
    """
    on = "" if protocol == "ec2" and resource == "*" else f" on resource: {resource}"
    message = f"User: {arn} is not authorized to perform: {action}{on}{f' {why}' if why else ''}"
    if protocol == "ec2":
        return AwsError(
            "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", status=403
        )
    if protocol in ("json", "rest-json"):
        return AwsError("AccessDeniedException", message, status=400 if protocol == "json" else 403)
    return AwsError("AccessDenied", message, status=403)


def nobodys_key(protocol: WireProtocol) -> AwsError:
    """Return what is told to a request that was signed with an access key that nobody has."""
    if protocol == "ec2":
        message = "AWS was not able to validate the provided access credentials"
        return AwsError("AuthFailure", message, status=401)
    code = "UnrecognizedClientException" if protocol in ("json", "rest-json") else "InvalidClientTokenId"
    status = 400 if protocol == "json" else 403
    return AwsError(code, "The security token included in the request is invalid.", status=status)


_REGISTRY: dict[ApiFaultKind, tuple[int, str, str]] = {
    "throttle": (429, "TOOMANYREQUESTS", "Rate exceeded"),
    "unavailable": (503, "UNAVAILABLE", "Service is unavailable"),
    "expired-token": (403, "DENIED", "Your authorization token has expired. Reauthenticate and try again."),
    "access-denied": (403, "DENIED", "requested access to the resource is denied"),
}


def broken_registry(kind: ApiFaultKind) -> HttpAnswer:
    """Return the answer of a registry request that suffers `kind`."""
    status, code, message = _REGISTRY.get(kind, (500, "UNKNOWN", "Internal server error"))
    return json_answer(status, {"errors": [{"code": code, "message": message}]})


REGISTRY_OPERATIONS = frozenset(
    {
        *("GetManifest", "HeadManifest", "PutManifest", "DeleteManifest"),
        *("GetBlob", "HeadBlob", "DeleteBlob", "UploadBlob"),
        *("Ping", "Other"),
    }
)
"""The names by which faults know the requests that a container client makes of the registry."""


def registry_operation(method: str, path: str) -> str:
    """Return the name by which faults know a registry request: `PutManifest`, `GetBlob`, `UploadBlob`..."""
    verb = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "DELETE": "Delete"}.get(method, "Upload")
    if "/manifests/" in path:
        return f"{verb}Manifest"
    if "/blobs/uploads" in path:
        return "UploadBlob"
    if "/blobs/" in path:
        return f"{verb}Blob"
    return "Ping" if path.rstrip("/") == "/v2" else "Other"

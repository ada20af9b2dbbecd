"""What moto's IAM lacks of roles: those of AWS's services are AWS's to change, and AWS has policies of its own."""

from __future__ import annotations

from ecsdeploy.sandbox.iam import inputs, policies
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.wire import AwsError

_CHANGES = frozenset(
    {
        *("DeleteRole", "UpdateRole", "UpdateAssumeRolePolicy"),
        *("PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy"),
        *("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
    }
)
"""The operations with UnmodifiableEntityException in their models."""


def prepare(moto: MotoBackend, request: AwsRequest) -> None:
    """Let a request find AWS's own policies.

    Raises UnmodifiableEntity for a change of a service-linked role, NoSuchEntity for a boundary that is no policy, and
    `AwsError` for whatever else IAM refuses and moto takes.
    """
    inputs.check(request)
    if request.operation in _CHANGES:
        _check_modifiable(moto, request)
    named = (request.form.get("PolicyArn", ""), request.form.get("PermissionsBoundary", ""))
    if request.operation == "ListPolicies" or any("::aws:policy/" in arn for arn in named):
        moto.know_aws_policies()
    policies.check(moto, request)
    if boundary := request.form.get("PermissionsBoundary", ""):
        _check_boundary(moto, request, boundary)


def _check_boundary(moto: MotoBackend, request: AwsRequest, boundary: str) -> None:
    try:
        moto.query("iam", "GetPolicy", request.region, PolicyArn=boundary)
    except MotoError:
        message = f"Scope ARN: {boundary} does not exist or is not attachable."
        raise AwsError("NoSuchEntity", message, status=404) from None


def _check_modifiable(moto: MotoBackend, request: AwsRequest) -> None:
    name = request.form.get("RoleName", "")
    try:
        role = moto.query("iam", "GetRole", request.region, RoleName=name)
    except MotoError:
        return
    if role.findtext(".//Path", "").startswith("/aws-service-role/"):
        message = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        raise AwsError("UnmodifiableEntity", message)

"""What IAM refuses of a request's other parameters: names, paths, ARNs, addresses of identity providers.

The words are those that cdk-preflight's deployments were told.
"""

from __future__ import annotations

import re

from ecsdeploy.sandbox.regions import partition_of
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.wire import AwsError

_NAMES = {"RoleName": 64, "UserName": 64, "GroupName": 128, "PolicyName": 128}
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")
_POLICY_ARN = re.compile(r"arn:(aws[a-z-]*):iam::(?:aws|\d{12}):policy/.+")


def check(request: AwsRequest) -> None:
    """Raise `AwsError` for a parameter that IAM does not take."""
    form, operation = request.form, request.operation
    for parameter, longest in _NAMES.items():
        if parameter in form:
            _check_name(parameter[0].lower() + parameter[1:], form[parameter], longest)
    if operation.startswith("Create") and form.get("Path", "").startswith("/aws-service-role"):
        raise AwsError(
            "InvalidInput", "Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles"
        )
    for parameter in ("PermissionsBoundary", "PolicyArn"):
        if parameter in form:
            _check_policy_arn(form[parameter], partition_of(request.region))
    if operation == "CreateOpenIDConnectProvider" and not form.get("Url", "").startswith("https://"):
        # IAM was seen to say nothing more.
        raise AwsError("InvalidInput", "")
    if operation == "CreateServiceLinkedRole" and not _SERVICE.fullmatch(form.get("AWSServiceName", "")):
        message = f"{form.get('AWSServiceName', '')} is not a valid AWS service name (Service Principal)"
        raise AwsError("AccessDenied", message, status=403)


def _check_name(parameter: str, name: str, longest: int) -> None:
    if len(name) > longest:
        constraint = f"Member must have length less than or equal to {longest}"
        message = f"1 validation error detected: Value at '{parameter}' failed to satisfy constraint: {constraint}"
        raise AwsError("ValidationError", message)
    if not _NAME.fullmatch(name):
        allowed = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
        raise AwsError("ValidationError", f"The specified value for {parameter} is invalid. {allowed}")


def _check_policy_arn(arn: str, partition: str) -> None:
    found = _POLICY_ARN.fullmatch(arn)
    if found is None:
        raise AwsError("InvalidInput", f"ARN {arn} is not valid.")
    if found[1] != partition:
        raise AwsError("ValidationError", "Invalid ARN partition")

"""What AWS's refusals become."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ecsdeploy.aws.errors import from_client_error
from ecsdeploy.errors import AwsError, EcsdeployError, PermissionDenied, Unreachable

PASS_ROLE = (
    "User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: iam:PassRole on resource: "
    "arn:aws:iam::123456789012:role/hello-task because no identity-based policy allows the iam:PassRole action"
)


def error(code: str, message: str = "", status: int = 400) -> EcsdeployError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return from_client_error(ClientError(answer, "RegisterTaskDefinition"), "ecs")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ClientException"])
def test_a_missing_permission_is_named_whatever_code_it_comes_with(code: str) -> None:
    denied = error(code, PASS_ROLE)
    assert isinstance(denied, PermissionDenied)
    assert (denied.action, denied.resource) == ("iam:PassRole", "arn:aws:iam::123456789012:role/hello-task")


def test_a_role_that_lets_nobody_in_takes_more_than_a_permission() -> None:
    said = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole on resource: arn:x"
    assert error("AccessDenied", said).fix.startswith("The role's trust policy has to let this principal in, and")


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("ServerException", "", 400),
        ("ServerException", "", 500),
        ("503", "", 503),
        ("ThrottlingException", "Rate exceeded", 400),
        ("ThrottlingException", "", 400),
        ("LimitExceededException", "Rate exceeded", 400),
    ],
)
def test_what_passes_by_itself_is_no_answer(code: str, message: str, status: int) -> None:
    assert isinstance(error(code, message, status), Unreachable)


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("LimitExceededException", "You've reached the limit on the number of services", 400),
        ("InternalFailure", "The API action 'ListServiceDeployments' is not yet implemented", 501),
        ("InvalidParameterException", "", 400),
    ],
)
def test_what_stays_is_an_answer(code: str, message: str, status: int) -> None:
    answered = error(code, message, status)
    assert isinstance(answered, AwsError)
    assert not isinstance(answered, Unreachable)


def test_a_web_page_is_told_by_its_title() -> None:
    page = "<!doctype html>\n<html lang=en>\n<title>502 Bad Gateway</title>\n<h1>Bad Gateway</h1>"
    assert error("502", page, 502).why == "The answer is a web page, not AWS's: 502 Bad Gateway"


@pytest.mark.parametrize(
    ("message", "fix"),
    [
        ("Unable to Start a service that is still Draining.", "A service of that name is being deleted."),
        ("Long arn format must be used for tagging operations", "serviceLongArnFormat"),
        ("The new ARN and resource ID format must be enabled to add tags to the service.", "serviceLongArnFormat"),
    ],
)
def test_what_aws_says_under_a_vague_code_has_its_remedy(message: str, fix: str) -> None:
    refused = error("InvalidParameterException", message)
    assert fix in refused.fix
    assert refused.exit_code == 3

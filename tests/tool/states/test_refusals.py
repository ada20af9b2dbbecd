"""What AWS refuses for reasons that the sandbox has not: told in the same three sentences."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ecsdeploy.aws.errors import QUOTA, SIGN_IN, from_client_error
from ecsdeploy.core.diagnose import explain_event

LINKED_ROLE = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."


def refusal(code: str, message: str, operation: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidClientTokenId", "The security token included in the request is invalid."),
        ("UnrecognizedClientException", "The security token included in the request is invalid."),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided."),
        ("AuthFailure", "AWS was not able to validate the provided access credentials"),
    ],
)
def test_rejected_credentials(code: str, message: str) -> None:
    error = from_client_error(refusal(code, message, "GetCallerIdentity", 403), "sts")
    assert (error.what, error.why, error.fix, int(error.exit_code)) == (
        "AWS does not accept the credentials.",
        f"GetCallerIdentity: {message}",
        SIGN_IN,
        3,
    )


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ecr", "CreateRepository", "LimitExceededException"),
        ("logs", "CreateLogGroup", "LimitExceededException"),
        ("iam", "CreateRole", "LimitExceeded"),
        ("ec2", "CreateSecurityGroup", "SecurityGroupLimitExceeded"),
        ("ec2", "AuthorizeSecurityGroupIngress", "RulesPerSecurityGroupLimitExceeded"),
    ],
)
def test_a_quota_that_is_reached(service: str, operation: str, code: str) -> None:
    message = "The maximum number for your account is reached."
    error = from_client_error(refusal(code, message, operation), service)
    assert (error.what, error.why, error.fix, int(error.exit_code)) == (
        f"AWS refused {service}:{operation}: {code}.",
        message,
        QUOTA,
        3,
    )


def test_the_service_linked_role_is_missing() -> None:
    error = from_client_error(refusal("InvalidParameterException", LINKED_ROLE, "CreateService"), "ecs")
    assert error.fix.startswith("Run `ecsdeploy setup`, which creates ECS's service-linked role")
    assert int(error.exit_code) == 3


def test_what_nothing_explains_is_unexpected() -> None:
    error = from_client_error(refusal("InvalidParameterException", "Something new.", "CreateService"), "ecs")
    assert (error.what, error.why, error.fix, int(error.exit_code)) == (
        "AWS refused ecs:CreateService: InvalidParameterException.",
        "Something new.",
        "",
        1,
    )


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (
            "(service web) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can "
            "run concurrently.",
            "A Fargate quota of the account is reached: vCPUs.",
        ),
        (
            "(service web) was unable to place a task. Reason: Capacity is unavailable at this time.",
            "Fargate has no capacity in these zones at the moment.",
        ),
        (
            "(service web) failed to launch a task with (error ECS was unable to assume the role 'x').",
            "ECS could not assume the task's roles.",
        ),
    ],
)
def test_why_ecs_makes_no_task(event: str, cause: str) -> None:
    found = explain_event(event)
    assert found is not None
    assert found.cause == cause


@pytest.mark.parametrize(
    "event", ["(service web) has reached a steady state.", "(service web) has started 1 tasks: x."]
)
def test_events_that_are_no_refusals(event: str) -> None:
    assert explain_event(event) is None

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.policy import Document
from ecsdeploy.policy.evaluate import Decision, Request, evaluate
from ecsdeploy.policy.execution import execution_permissions
from ecsdeploy.policy.secrets import Secret
from tests.unit.policy.documents import EXECUTION, PLACE, may

PARAMETER = PLACE.regional("ssm", "parameter/hello/url")
SECRET = PLACE.regional("secretsmanager", "secret:db-a1B2c3")
KEY = PLACE.regional("kms", "key/1234")


def with_secrets(*secrets: Secret) -> Document:
    return execution_permissions(PLACE, repository="hello", log_group="/ecs/hello", secrets=secrets)


def test_a_task_starts_with_it() -> None:
    assert may(EXECUTION, "ecr:GetAuthorizationToken")
    assert may(EXECUTION, "ecr:BatchGetImage", PLACE.repository("hello"))
    assert may(EXECUTION, "logs:CreateLogStream", PLACE.log_group("/ecs/hello:log-stream:hello/hello/0123"))
    assert may(EXECUTION, "logs:PutLogEvents", PLACE.log_group("/ecs/hello:log-stream:hello/hello/0123"))
    assert may(EXECUTION, "ssm:GetParameters", PARAMETER)
    assert may(EXECUTION, "secretsmanager:GetSecretValue", SECRET)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ecr:BatchGetImage", PLACE.repository("other")),
        ("ecr:PutImage", PLACE.repository("hello")),
        ("logs:PutLogEvents", PLACE.log_group("/ecs/other:log-stream:x")),
        ("logs:PutLogEvents", PLACE.log_group("/ecs/hello-2:log-stream:x")),
        ("ssm:GetParameters", PLACE.regional("ssm", "parameter/hello/url2")),
        ("ssm:GetParametersByPath", PARAMETER),
        ("secretsmanager:GetSecretValue", PLACE.regional("secretsmanager", "secret:db-prod-a1B2c3")),
        ("kms:Decrypt", KEY),
        ("ecs:UpdateService", PLACE.of_service("service", "shop", "hello")),
    ],
)
def test_and_does_nothing_else(action: str, resource: str) -> None:
    assert not may(EXECUTION, action, resource)


SSM, MANAGER = "ssm.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("via", "name", "arn", "allowed"),
    [
        (SSM, "PARAMETER_ARN", PARAMETER, True),
        (MANAGER, "SecretARN", SECRET, True),
        (SSM, "PARAMETER_ARN", PARAMETER + "2", False),
        (MANAGER, "PARAMETER_ARN", PARAMETER, False),
        ("s3.us-east-1.amazonaws.com", "PARAMETER_ARN", PARAMETER, False),
        (SSM, "aws:s3:arn", PARAMETER, False),
    ],
)
def test_keys_decrypt_only_the_named_secrets_through_their_services(
    via: str, name: str, arn: str, allowed: bool
) -> None:
    context = {"kms:ViaService": via, f"kms:EncryptionContext:{name}": arn}

    assert (evaluate([EXECUTION], Request("kms:Decrypt", KEY, context)) is Decision.ALLOWED) == allowed


def test_without_secrets_there_is_nothing_to_decrypt() -> None:
    assert [statement["Sid"] for statement in with_secrets()["Statement"]] == ["Login", "Pull", "Logs"]


def test_a_full_arn_is_allowed_as_it_stands() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:999999999999:secret:shared-x1Y2z3"
    document = with_secrets(Secret("secretsmanager", "shared", arn))

    assert may(document, "secretsmanager:GetSecretValue", arn)
    decrypt_statement = document["Statement"][-1]
    assert decrypt_statement["Resource"] == ["arn:aws:kms:eu-west-1:999999999999:key/*"]
    assert decrypt_statement["Condition"]["StringEquals"] == {
        "kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]
    }


NAMES = st.text("ab-/", min_size=1, max_size=6)
SUFFIXES = st.text("ab1", min_size=6, max_size=6)


@given(NAMES, NAMES, SUFFIXES)
def test_a_secrets_name_allows_no_other_name(allowed: str, other: str, suffix: str) -> None:
    document = with_secrets(Secret("secretsmanager", allowed))
    arn = PLACE.regional("secretsmanager", f"secret:{other}-{suffix}")

    assert may(document, "secretsmanager:GetSecretValue", arn) == (allowed == other)

"""What a command reads of a parameter or a secret, and that no error quotes it."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.aws.secret_value import secret_value
from ecsdeploy.config.references import parse_address
from ecsdeploy.errors import AwsError, EcsdeployError, Failed, PermissionDenied
from tests.unit.aws.stubs import StubbedAws

URL = "https://hooks.example/T0123-canary"
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:team-a1B2c3"


@pytest.fixture(name="aws")
def stubbed() -> Any:
    return StubbedAws()


def read(aws: Any, text: str) -> str:
    reference = parse_address(text)
    assert not hasattr(reference, "variable")
    return secret_value(aws, reference)  # type: ignore[arg-type]


def test_a_parameter_is_read_decrypted(aws: Any) -> None:
    aws.answers("ssm", "get_parameter", {"Parameter": {"Value": URL}}, Name="/team/hook", WithDecryption=True)
    assert read(aws, "ssm:/team/hook") == URL


def test_a_secret_is_read_by_name_or_arn(aws: Any) -> None:
    aws.answers("secretsmanager", "get_secret_value", {"SecretString": URL}, SecretId="team")
    aws.answers("secretsmanager", "get_secret_value", {"SecretString": URL}, SecretId=ARN, VersionStage="AWSPREVIOUS")
    assert read(aws, "secretsmanager:team") == URL
    assert read(aws, f"{ARN}::AWSPREVIOUS:") == URL


def test_a_key_is_read_out_of_a_secret(aws: Any) -> None:
    aws.answers("secretsmanager", "get_secret_value", {"SecretString": f'{{"url": "{URL}"}}'}, SecretId="team")
    assert read(aws, "secretsmanager:team:url") == URL


@pytest.mark.parametrize("text", [URL, f'["{URL}"]', f'{{"other": "{URL}"}}', f'{{"url": ["{URL}"]}}', " "])
def test_without_that_key_the_error_tells_nothing_of_the_secret(aws: Any, text: str) -> None:
    aws.answers("secretsmanager", "get_secret_value", {"SecretString": text}, SecretId="team")
    with pytest.raises(Failed) as failed:
        read(aws, "secretsmanager:team:url")
    assert failed.value.what == "The secret team has no key url with a text."
    assert "canary" not in repr((failed.value, failed.value.__cause__, failed.value.__context__))


def test_bytes_are_no_address(aws: Any) -> None:
    aws.answers("secretsmanager", "get_secret_value", {"SecretBinary": b"canary"}, SecretId="team")
    with pytest.raises(Failed, match="The secret team is not a text"):
        read(aws, "secretsmanager:team")


@pytest.mark.parametrize(
    ("code", "kind", "what"),
    [
        ("ParameterNotFound", AwsError, "AWS refused ssm:GetParameter: ParameterNotFound."),
        ("AccessDeniedException", PermissionDenied, "These credentials lack permission for ssm:GetParameter."),
    ],
)
def test_what_aws_refuses_is_told(aws: Any, code: str, kind: type[EcsdeployError], what: str) -> None:
    aws.refuses("ssm", "get_parameter", code)
    with pytest.raises(kind) as refused:
        read(aws, "ssm:/team/hook")
    assert refused.value.what == what

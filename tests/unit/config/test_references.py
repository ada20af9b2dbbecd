from __future__ import annotations

import pytest

from ecsdeploy.config.references import BuildSecret, SecretReference, parse_build_secret, parse_task_secret

PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/url"
SECRET = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:hello/db-AbCdEf"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("ssm:/hello/url", SecretReference("ssm", "/hello/url")),
        ("ssm:plain", SecretReference("ssm", "plain")),
        ("secretsmanager:hello/db", SecretReference("secretsmanager", "hello/db")),
        ("secretsmanager:hello/db:password", SecretReference("secretsmanager", "hello/db", json_key="password")),
        (PARAMETER, SecretReference("ssm", "/hello/url", arn=PARAMETER)),
        (SECRET, SecretReference("secretsmanager", "hello/db-AbCdEf", arn=SECRET)),
        (
            f"{SECRET}:key:AWSCURRENT:",
            SecretReference("secretsmanager", "hello/db-AbCdEf", SECRET, "key", "AWSCURRENT"),
        ),
    ],
)
def test_references_to_secrets(text: str, reference: SecretReference) -> None:
    assert parse_task_secret(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        *("", "hunter2", "ssm:", "ssm:/a//b", "secretsmanager:", "secretsmanager:a:", "secretsmanager:a:b:c"),
        *("ssm:a b", "arn:aws:s3:::bucket", "arn:aws:ssm:eu-west-1:123456789012:document/x", f"{SECRET}:a:b:c:d"),
    ],
)
def test_anything_else_is_refused_and_not_repeated(text: str) -> None:
    words = r"^this is not (a reference to a secret|the ARN of a parameter or a secret)$"
    with pytest.raises(ValueError, match=words):
        parse_task_secret(text)


def test_value_from_is_the_arn_with_its_empty_colons() -> None:
    assert parse_task_secret("ssm:/hello/url").value_from(PARAMETER) == PARAMETER
    assert parse_task_secret("secretsmanager:db:key").value_from(SECRET) == f"{SECRET}:key::"
    assert parse_task_secret(f"{SECRET}:::v1").value_from(SECRET) == f"{SECRET}:::v1"


def test_build_secrets_come_from_a_variable_or_a_file() -> None:
    assert parse_build_secret("env:NPM_TOKEN") == BuildSecret("env", "NPM_TOKEN")
    assert parse_build_secret("file:~/.npmrc") == BuildSecret("file", "~/.npmrc")
    for wrong in ("hunter2", "env:", "env:A B", "file:", "vault:x"):
        with pytest.raises(ValueError, match=r"^this does not say where to read the secret$"):
            parse_build_secret(wrong)

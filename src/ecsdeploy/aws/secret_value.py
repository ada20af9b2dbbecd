"""The value of a parameter or a secret, for a command itself. No error of ours has it in it."""

from __future__ import annotations

import json
from contextlib import suppress

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.config.references import SecretReference
from ecsdeploy.errors import Failed


def secret_value(aws: Aws, reference: SecretReference) -> str:
    """Return what `reference` points at, decrypted and hidden; of a secret with a key, that key's text.

    Raises `Failed` if it is no text, or has not that key, and the errors of ssm:GetParameter or
    secretsmanager:GetSecretValue, whose messages never quote a value.
    """
    region = reference.arn.split(":")[3] if reference.arn else ""
    client = aws.client(reference.kind, region=region)
    if reference.kind == "ssm":
        with aws_errors("ssm"):
            answer = client.get_parameter(Name=reference.arn or reference.name, WithDecryption=True)
        return _hidden(aws, str(answer["Parameter"]["Value"]))
    version = {"VersionStage": reference.version_stage, "VersionId": reference.version_id}
    with aws_errors("secretsmanager"):
        answer = client.get_secret_value(
            SecretId=reference.arn or reference.name, **{name: value for name, value in version.items() if value}
        )
    if "SecretString" not in answer:
        raise Failed(f"The secret {reference.name} is not a text.")
    text = str(answer["SecretString"])
    return _hidden(aws, _key(text, reference) if reference.json_key else text)


def _hidden(aws: Aws, value: str) -> str:
    aws.hidden.add(value)
    return value


def _key(text: str, reference: SecretReference) -> str:
    found: object = None
    with suppress(ValueError):  # it would quote what could not be read
        found = json.loads(text)
    value = found.get(reference.json_key) if isinstance(found, dict) else None
    if not isinstance(value, str):
        raise Failed(f"The secret {reference.name} has no key {reference.json_key} with a text.")
    return value

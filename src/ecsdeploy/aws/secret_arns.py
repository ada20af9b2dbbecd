"""From the references in [task.secrets] to the `valueFrom` that ECS takes. Values are never read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ecsdeploy.asked import ask
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.config.references import SecretReference
from ecsdeploy.errors import AwsError, ConfigError, Refused


def secret_arns(aws: Aws, references: Mapping[str, SecretReference]) -> dict[str, str]:
    """Return `valueFrom` by the environment variable's name.

    A parameter of SSM may be given by name in its own Region; a secret of Secrets Manager needs its full ARN, which
    ends in six random characters and so has to be looked up (ECS API, Secret.valueFrom).
    Raises `Refused`, `ConfigError`.
    """
    asked = {name: ask(partial(_value_from, aws, name, reference)) for name, reference in sorted(references.items())}
    return {name: answer() for name, answer in asked.items()}


def require_parameters(aws: Aws, references: Mapping[str, SecretReference]) -> None:
    """Raise `Refused` for a parameter of SSM that does not exist: a task that names it cannot start.

    The tags are asked for, not the value, which is nobody's business here; and unlike DescribeParameters, this action
    can be allowed for one parameter (Service Authorization Reference). Parameters of other Regions are not looked up.
    Raises `PermissionDenied` where nothing may be asked.
    """
    asked = {
        name: ask(partial(_has_parameter, aws, reference))
        for name, reference in sorted(references.items())
        if reference.kind == "ssm" and reference.arn.split(":")[3:4] in ([], [aws.region])
    }
    for name, found in asked.items():
        if not found():
            raise Refused(
                f"There is no SSM parameter {references[name].name!r} in {aws.region}.",
                why=f"[task.secrets] {name} names it.",
                fix="Create it, or correct the name.",
            )


def _has_parameter(aws: Aws, reference: SecretReference) -> bool:
    """Return whether it exists; the parameters `a` and `/a` have the same ARN."""
    name = reference.name
    names = (name, name[1:]) if reference.arn and name.count("/") == 1 else (name,)
    for each in names:
        with Tolerate("InvalidResourceId"), aws_errors("ssm"):
            aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=each)
            return True
    return False


def _require_own_parameter(aws: Aws, variable: str, reference: SecretReference) -> None:
    """Raise `ConfigError` for an SSM parameter of another account: RegisterTaskDefinition would refuse it."""
    owner = reference.arn.split(":")[4]
    if reference.kind == "ssm" and owner != aws.identity.account:
        raise ConfigError(
            f"[task.secrets] {variable} names an SSM parameter of account {owner}.",
            why=f"ECS reads parameters of its own account only, which is {aws.identity.account}.",
            fix="Copy the parameter, or keep it in Secrets Manager, where a secret can be shared.",
        )


def _value_from(aws: Aws, variable: str, reference: SecretReference) -> str:
    if reference.arn:
        _require_own_parameter(aws, variable, reference)
        return reference.value_from(reference.arn)
    if reference.kind == "ssm":
        return reference.name
    try:
        with aws_errors("secretsmanager"):
            answer = aws.client("secretsmanager").describe_secret(SecretId=reference.name)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        raise Refused(
            f"There is no secret {reference.name!r} in Secrets Manager in {aws.region}.",
            why=f"[task.secrets] {variable} names it.",
            fix="Create it, or correct the name.",
        ) from error
    return reference.value_from(answer["ARN"])

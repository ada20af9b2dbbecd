"""From references to secrets to the `valueFrom` that ECS takes, and whether they exist. Values are never read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from ecsdeploy.asked import ask
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.config.references import SecretReference
from ecsdeploy.errors import ConfigError, PermissionDenied, Refused


def secret_arns(aws: Aws, references: Mapping[str, SecretReference]) -> dict[str, str]:
    """Return `valueFrom` by the environment variable's name.

    A parameter of SSM may be given by name in its own Region; a secret of Secrets Manager needs its full ARN, which
    ends in six random characters and so has to be looked up (ECS API, Secret.valueFrom).
    Raises `Refused`, `ConfigError`.
    """
    asked = {name: ask(partial(_value_from, aws, name, reference)) for name, reference in sorted(references.items())}
    return {name: answer() for name, answer in asked.items()}


def require_there(aws: Aws, named: Iterable[tuple[str, SecretReference]]) -> tuple[PermissionDenied, ...]:
    """Raise `Refused` for a parameter or a secret that does not exist: a task that names it cannot start.

    `named` has them with the setting that names each. Those of other Regions, and secrets of other accounts, are not
    looked up. Returns why others could not be: one error for each action that is not allowed.
    Raises `ConfigError` for a parameter of another account.
    """
    known: dict[SecretReference, str] = {}
    for where, reference in named:
        _require_own_parameter(aws, where, reference)
        known.setdefault(SecretReference(reference.kind, reference.name, reference.arn), where)
    asked = {reference: ask(partial(_is_there, aws, reference)) for reference in known if _is_here(aws, reference)}
    denied: dict[str, PermissionDenied] = {}
    for reference, found in asked.items():
        try:
            if not found():
                raise _missing(aws, known[reference], reference)
        except PermissionDenied as error:
            denied.setdefault(error.action, error)
    return tuple(denied.values())


def _is_here(aws: Aws, reference: SecretReference) -> bool:
    if not reference.arn:
        return True
    region, account = reference.arn.split(":")[3:5]
    return region == aws.region and account == aws.identity.account


def _is_there(aws: Aws, reference: SecretReference) -> bool:
    return _has_parameter(aws, reference) if reference.kind == "ssm" else _arn_of(aws, reference) is not None


def _missing(aws: Aws, where: str, reference: SecretReference) -> Refused:
    what = "SSM parameter" if reference.kind == "ssm" else "secret"
    manager = "" if reference.kind == "ssm" else " in Secrets Manager"
    return Refused(
        f"There is no {what} {reference.name!r}{manager} in {aws.region}.",
        why=f"{where} names it.",
        fix="Create it, or correct the name.",
    )


def _arn_of(aws: Aws, reference: SecretReference) -> str | None:
    """Return the full ARN of a secret; None if there is none."""
    with Tolerate("ResourceNotFoundException"), aws_errors("secretsmanager"):
        return str(aws.client("secretsmanager").describe_secret(SecretId=reference.arn or reference.name)["ARN"])
    return None


def _has_parameter(aws: Aws, reference: SecretReference) -> bool:
    """Return whether it exists; the parameters `a` and `/a` have the same ARN.

    The tags are asked for, not the value, which is nobody's business here; and unlike DescribeParameters, this action
    can be allowed for one parameter (Service Authorization Reference).
    """
    name = reference.name
    names = (name, name[1:]) if reference.arn and name.count("/") == 1 else (name,)
    for each in names:
        with Tolerate("InvalidResourceId"), aws_errors("ssm"):
            aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=each)
            return True
    return False


def _require_own_parameter(aws: Aws, where: str, reference: SecretReference) -> None:
    """Raise `ConfigError` for an SSM parameter of another account: RegisterTaskDefinition would refuse it."""
    if reference.kind != "ssm" or not reference.arn or reference.arn.split(":")[4] == aws.identity.account:
        return
    raise ConfigError(
        f"{where} names an SSM parameter of account {reference.arn.split(':')[4]}.",
        why=f"ECS reads parameters of its own account only, which is {aws.identity.account}.",
        fix="Copy the parameter, or keep it in Secrets Manager, where a secret can be shared.",
    )


def _value_from(aws: Aws, variable: str, reference: SecretReference) -> str:
    if reference.arn:
        return reference.value_from(reference.arn)
    if reference.kind == "ssm":
        return reference.name
    try:
        arn = _arn_of(aws, reference)
    except PermissionDenied as error:
        fix = f"{error.fix}\n`ecsdeploy setup` allows it to the deploy role of GitHub Actions."
        raise PermissionDenied(
            error.what, action=error.action, resource=error.resource, why=error.why, fix=fix
        ) from error
    if arn is None:
        raise _missing(aws, f"[task.secrets] {variable}", reference)
    return reference.value_from(arn)

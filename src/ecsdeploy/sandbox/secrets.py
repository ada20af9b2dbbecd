"""`valueFrom` of a container's secret, read as the ECS agent reads it."""

from __future__ import annotations

import json

from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.runtime.base import SecretError

_PREFIX = (
    "ResourceInitializationError: unable to pull secrets or registry auth: "
    "execution resource retrieval failed: unable to retrieve "
)


class Secrets:
    """Resolves references to SSM parameters and Secrets Manager secrets; a value is never logged."""

    def __init__(self, moto: MotoBackend, region: str) -> None:
        self._moto = moto
        self._region = region

    def resolve(self, value_from: str) -> str:
        """Return the value.

        `value_from` is a parameter's name or ARN, or `SECRET_ARN[:json-key[:version-stage[:version-id]]]`.
        Raises `SecretError` with the whole of the task's stoppedReason.
        """
        parts = value_from.split(":")
        if value_from.startswith("arn:") and len(parts) > 6 and parts[2] == "secretsmanager":
            return self._secret(parts)
        if value_from.startswith("arn:"):
            region, name = parts[3], value_from.partition(":parameter")[2]
            # The parameters /a and a have the same ARN.
            names = [name] if name.count("/") > 1 else [name, name[1:]]
            return self._parameter(names, region, value_from)
        return self._parameter([value_from], self._region, value_from)

    def _parameter(self, names: list[str], region: str, shown: str) -> str:
        params = {"Names": names, "WithDecryption": True}
        answer = self._moto.json("ssm", "AmazonSSM.GetParameters", region, params)
        if not answer["Parameters"]:
            raise SecretError(
                f"{_PREFIX}secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: {shown}"
            )
        return str(answer["Parameters"][0]["Value"])

    def _secret(self, parts: list[str]) -> str:
        arn = ":".join(parts[:7])
        key, stage, version = [*parts[7:], "", "", ""][:3]
        params = {"SecretId": arn}
        params |= {"VersionStage": stage} if stage else {}
        params |= {"VersionId": version} if version else {}
        try:
            answer = self._moto.json("secretsmanager", "secretsmanager.GetSecretValue", parts[3], params)
        except MotoError as error:
            raise SecretError(
                f"{_PREFIX}secret from asm: service call has been retried 1 time(s): failed to fetch secret {arn} "
                f"from secrets manager: {error.code}: {error.message}"
            ) from None
        value = str(answer.get("SecretString", ""))
        return _member(value, key, arn) if key else value


def _member(value: str, key: str, arn: str) -> str:
    try:
        members = json.loads(value)
    except ValueError:
        members = None
    if not isinstance(members, dict) or key not in members:
        raise SecretError(
            f"{_PREFIX}secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets "
            f"Manager did not contain json key {key}"
        )
    found = members[key]
    return found if isinstance(found, str) else json.dumps(found)

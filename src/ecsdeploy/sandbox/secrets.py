"""`valueFrom` of a container's secret, read as the ECS agent reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.runtime.base import SecretError

_PREFIX = (
    "ResourceInitializationError: unable to pull secrets or registry auth: "
    "execution resource retrieval failed: unable to retrieve "
)


@dataclass(frozen=True)
class Need:
    """What a role must be allowed in order to read a secret, and the words with which a refusal begins.

    `policies` are those of the secret itself. `hides` says that the service does not pass on what IAM said.
    """

    action: str
    resource: str
    words: str
    context: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    hides: str = ""


class Secrets:
    """Resolves references to SSM parameters and Secrets Manager secrets; a value is never logged."""

    def __init__(self, moto: MotoBackend, region: str, account: str) -> None:
        self._moto = moto
        self._region = region
        self._account = account

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

    def needs(self, value_from: str) -> Iterator[Need]:
        """Yield what the execution role must be allowed to read `value_from`; of a missing secret, as far as known.

        A key that AWS manages for the service lets in everybody who may read the secret (KMS Developer Guide, "AWS
        managed keys"); a customer's key asks for kms:Decrypt.
        """
        parts = value_from.split(":")
        if value_from.startswith("arn:") and len(parts) > 6 and parts[2] == "secretsmanager":
            yield from self._secret_needs(":".join(parts[:7]), parts[3])
        else:
            yield from self._parameter_needs(value_from)

    def _parameter_needs(self, value_from: str) -> Iterator[Need]:
        is_arn = value_from.startswith("arn:")
        region = value_from.split(":")[3] if is_arn else self._region
        name = value_from.partition(":parameter/")[2] if is_arn else value_from.removeprefix("/")
        arn = f"arn:aws:ssm:{region}:{self._account}:parameter/{name}"
        words = f"{_PREFIX}secrets from ssm: service call has been retried 1 time(s): "
        yield Need("ssm:GetParameters", arn, words)
        filters = [{"Key": "Name", "Option": "Equals", "Values": [name, f"/{name}"]}]
        params = {"ParameterFilters": filters}
        found = self._moto.json("ssm", "AmazonSSM.DescribeParameters", region, params)["Parameters"]
        key = next((each.get("KeyId", "") for each in found if each["Type"] == "SecureString"), "")
        if decrypt := self._key(key, region):
            yield Need("kms:Decrypt", decrypt, words, _through("ssm", region, {"PARAMETER_ARN": arn}))

    def _secret_needs(self, asked: str, region: str) -> Iterator[Need]:
        params = {"SecretId": asked}
        try:
            found = self._moto.json("secretsmanager", "secretsmanager.DescribeSecret", region, params)
            policy = self._moto.json("secretsmanager", "secretsmanager.GetResourcePolicy", region, params)
        except MotoError:
            found, policy = {}, {}
        arn = str(found.get("ARN", asked))
        words = (
            f"{_PREFIX}secret from asm: service call has been retried 1 time(s): failed to fetch secret {asked} "
            "from secrets manager: "
        )
        policies = (str(policy["ResourcePolicy"]),) if policy.get("ResourcePolicy") else ()
        yield Need("secretsmanager:GetSecretValue", arn, words, {"secretsmanager:SecretId": arn}, policies)
        if decrypt := self._key(str(found.get("KmsKeyId", "")), region):
            context = _through("secretsmanager", region, {"SecretARN": arn})
            hidden = "AccessDeniedException: Access to KMS is not allowed"
            yield Need("kms:Decrypt", decrypt, words, context, hides=hidden)

    def _key(self, key: str, region: str) -> str:
        """Return the ARN of a customer's key; "" for a key of AWS's own, and for one that is not there."""
        if not key or "alias/aws/" in key:
            return ""
        try:
            answer = self._moto.json("kms", "TrentService.DescribeKey", region, {"KeyId": key})
        except MotoError:
            return ""
        return str(answer["KeyMetadata"]["Arn"])

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


def _through(service: str, region: str, encryption: Mapping[str, str]) -> dict[str, str]:
    """Return the condition keys of a call that a service makes to KMS for somebody."""
    keys = {f"kms:EncryptionContext:{name}": value for name, value in encryption.items()}
    return {"kms:ViaService": f"{service}.{region}.amazonaws.com", **keys}


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

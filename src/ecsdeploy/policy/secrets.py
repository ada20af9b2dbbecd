"""What it takes to read the values of parameters and secrets: these very ones, and decryption of nothing else.

Decryption is bound to the secret by KMS's encryption context (SSM: PARAMETER_ARN, Secrets Manager: SecretARN), and to
the service that asks for it. Source: KMS Developer Guide, "Encryption context".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ecsdeploy.policy.arns import Place


@dataclass(frozen=True)
class Secret:
    """A parameter or a secret that is read: by its ARN, or (`arn` empty) by its name in this Region."""

    kind: Literal["ssm", "secretsmanager"]
    name: str
    arn: str = ""

    def resource(self, place: Place) -> str:
        """Return the ARN to allow.

        Secrets Manager adds a hyphen and six characters to a name; `-??????` matches those of this very name only.
        """
        if self.arn:
            return self.arn
        if self.kind == "ssm":
            return place.regional("ssm", f"parameter/{self.name.removeprefix('/')}")
        return place.regional("secretsmanager", f"secret:{self.name}-??????")


def reading(place: Place, secrets: Iterable[Secret], *, parameters: str) -> list[dict[str, Any]]:
    """Return the statements that allow to read `secrets`; `parameters` is the action by which a parameter is read.

    ECS asks for several at once (`ssm:GetParameters`), a command for one (`ssm:GetParameter`).
    """
    named = {kind: sorted({each.resource(place) for each in secrets if each.kind == kind}) for kind in _KINDS}
    return [
        *_statements(place, "ssm", named["ssm"], parameters),
        *_statements(place, "secretsmanager", named["secretsmanager"], "secretsmanager:GetSecretValue"),
    ]


_KINDS = {"ssm": ("Parameters", "PARAMETER_ARN"), "secretsmanager": ("Secrets", "SecretARN")}
"""By the service: the end of the statements' ids, and the key of KMS's encryption context."""


def _statements(place: Place, kind: str, arns: list[str], action: str) -> Iterator[dict[str, Any]]:
    if not arns:
        return
    label, encryption_context = _KINDS[kind]
    services = sorted({f"{kind}.{arn.split(':')[3]}.{place.dns_suffix}" for arn in arns})
    keys = sorted({":".join(["arn", place.partition, "kms", *arn.split(":")[3:5], "key/*"]) for arn in arns})
    yield {"Sid": label, "Effect": "Allow", "Action": action, "Resource": arns}
    yield {
        "Sid": f"Decrypt{label}",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": keys,
        "Condition": {
            "StringEquals": {"kms:ViaService": services},
            "StringLike": {f"kms:EncryptionContext:{encryption_context}": arns},
        },
    }

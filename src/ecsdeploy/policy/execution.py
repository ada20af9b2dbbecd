"""What ECS may do on behalf of a starting task: pull one repository, write one log group, read the named secrets.

Narrower than AWS's managed AmazonECSTaskExecutionRolePolicy, which reads every repository and writes every log group.
Decryption is bound to the secret by KMS's encryption context (SSM: PARAMETER_ARN, Secrets Manager: SecretARN).
Sources: ECS Developer Guide, "Amazon ECS task execution IAM role"; KMS Developer Guide, "Encryption context".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ecsdeploy.policy import VERSION, Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.size import require_inline_size

PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@dataclass(frozen=True)
class Secret:
    """A parameter or a secret that a task reads: by its ARN, or (`arn` empty) by its name in this Region."""

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


def execution_permissions(
    place: Place,
    *,
    repository: str,
    log_group: str,
    secrets: tuple[Secret, ...] = (),
    more: tuple[str, ...] = (),
    creates: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
) -> Document:
    """Return the execution role's inline policy. Raises `PolicyError` if it is too long for IAM.

    `more` are the ARNs of other repositories to pull from and of other log groups to write, for sidecars; `creates` of
    log groups that ECS makes if they are missing (ECS API, LogConfiguration, `awslogs-create-group`); `files` of the
    environment files in S3 (ECS Developer Guide, "Amazon ECS task execution IAM role").
    """
    pulled = {place.repository(repository), *(arn for arn in more if ":ecr:" in arn)}
    logged = {place.log_group(log_group), *(arn for arn in more if ":logs:" in arn)}
    statements = [
        {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Sid": "Pull", "Effect": "Allow", "Action": PULL, "Resource": _one_or_all(pulled)},
        {
            "Sid": "Logs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": _one_or_all({f"{arn}:*" for arn in logged}),
        },
        *_creation(creates),
        *_files(files),
        *_secrets(place, secrets, "ssm", "ssm:GetParameters", "PARAMETER_ARN"),
        *_secrets(place, secrets, "secretsmanager", "secretsmanager:GetSecretValue", "SecretARN"),
    ]
    document = {"Version": VERSION, "Statement": statements}
    require_inline_size(document)
    return document


def _creation(groups: tuple[str, ...]) -> list[dict[str, Any]]:
    if not groups:
        return []
    resources = sorted(resource for arn in groups for resource in (arn, f"{arn}:*"))
    return [{"Sid": "CreateLogs", "Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": resources}]


def _files(files: tuple[str, ...]) -> list[dict[str, Any]]:
    if not files:
        return []
    buckets = {arn.partition("/")[0] for arn in files}
    return [
        {"Sid": "Files", "Effect": "Allow", "Action": "s3:GetObject", "Resource": _one_or_all(set(files))},
        {"Sid": "Buckets", "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": _one_or_all(buckets)},
    ]


def _one_or_all(arns: Iterable[str]) -> str | list[str]:
    """Return the ARNs in order, and one without a list around it."""
    found = sorted(arns)
    return found[0] if len(found) == 1 else found


def _secrets(
    place: Place, secrets: tuple[Secret, ...], kind: str, action: str, encryption_context: str
) -> list[dict[str, Any]]:
    arns = sorted({secret.resource(place) for secret in secrets if secret.kind == kind})
    if not arns:
        return []
    label = "Parameters" if kind == "ssm" else "Secrets"
    services = sorted({f"{kind}.{arn.split(':')[3]}.{place.dns_suffix}" for arn in arns})
    keys = sorted({":".join(["arn", place.partition, "kms", *arn.split(":")[3:5], "key/*"]) for arn in arns})
    return [
        {"Sid": label, "Effect": "Allow", "Action": action, "Resource": arns},
        {
            "Sid": f"Decrypt{label}",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": keys,
            "Condition": {
                "StringEquals": {"kms:ViaService": services},
                "StringLike": {f"kms:EncryptionContext:{encryption_context}": arns},
            },
        },
    ]

"""What ECS may do on behalf of a starting task: pull one repository, write one log group, read the named secrets.

Narrower than AWS's managed AmazonECSTaskExecutionRolePolicy, which reads every repository and writes every log group.
Source: ECS Developer Guide, "Amazon ECS task execution IAM role".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ecsdeploy.policy import VERSION, Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.secrets import Secret, reading
from ecsdeploy.policy.size import require_inline_size

PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


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
        *reading(place, secrets, parameters="ssm:GetParameters"),
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

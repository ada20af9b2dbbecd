"""What no role that CI uses should be allowed: actions by which it could become somebody else, or reach other things.

Sources: Service Authorization Reference (actions and resource types); IAM User Guide, "Pass role permissions".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ecsdeploy.policy.audit.finding import Severity

IAM_WRITES: Final = (
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:AddRoleToInstanceProfile",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateSAMLProvider",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "iam:UpdateRole",
    "iam:UpdateSAMLProvider",
)
"""What changes who may do what."""
ADMIN: Final = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess", "AmazonECS_FullAccess")
"""Managed policies of AWS that hold more than any deployment needs."""


@dataclass(frozen=True)
class Danger:
    """Actions, and the resources on which they are harmless: `narrow` is a regular expression of exact ARNs.

    Where `needs` names a condition key, the statement has to bind it; an empty `narrow` means that no resource is.
    """

    rule: str
    severity: Severity
    actions: tuple[str, ...]
    narrow: str
    why: str
    fix: str
    needs: str = ""


_NAME = r"[^*?$/:]+"
_ARN = r"arn:[^*?$:]+:[^*?$:]+:[^*?$:]*:[^*?$:]*:"

DANGERS: Final = (
    Danger(
        "other-service",
        "problem",
        ("ecs:CreateService", "ecs:DeleteService", "ecs:UpdateService", "ecs:CreateTaskSet", "ecs:UpdateTaskSet"),
        rf"{_ARN}service(-[\w*]+)?/{_NAME}/{_NAME}(/\*)?",
        "The role can replace what other services run.",
        "Name the service's exact ARN.",
    ),
    Danger(
        "other-family",
        "problem",
        ("ecs:CreateService", "ecs:UpdateService"),
        r".*",
        "The service can be pointed at another family's revision, and so run code as that family's task role.",
        "Bind ecs:task-definition to the family: arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:*",
        needs="ecs:task-definition",
    ),
    Danger(
        "run-any",
        "problem",
        ("ecs:RunTask", "ecs:StartTask"),
        rf"{_ARN}task-definition/{_NAME}:(\*|[0-9]+)",
        "The role can run the revisions of other families, as their task roles.",
        "Name the family's exact ARN.",
    ),
    Danger(
        "register-any",
        "warning",
        ("ecs:RegisterTaskDefinition",),
        rf"{_ARN}task-definition/{_NAME}:\*",
        "The role can register revisions of other services' families, which they may deploy next.",
        "Name the family: arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:*",
    ),
    Danger(
        "shell-in-any",
        "problem",
        ("ecs:ExecuteCommand",),
        rf"{_ARN}(cluster/{_NAME}|task/{_NAME}/({_NAME}|\*))",
        "The role can open a shell in the containers of other services, and use their task roles.",
        "Name the cluster and its tasks exactly, or leave it out.",
    ),
    Danger(
        "stop-any",
        "problem",
        ("ecs:StopTask", "ecs:DeleteCluster", "ecs:UpdateCluster", "ecs:DeleteTaskDefinitions"),
        rf"{_ARN}(cluster/{_NAME}|task/{_NAME}/({_NAME}|\*)|task-definition/{_NAME}:\*)",
        "The role can end what other services run.",
        "Name exact ARNs.",
    ),
    Danger(
        "other-repository",
        "problem",
        ("ecr:PutImage", "ecr:BatchDeleteImage", "ecr:DeleteRepository", "ecr:CompleteLayerUpload"),
        rf"{_ARN}repository/[^*?$]+",
        "The role can change the images that other services run.",
        "Name the repository's exact ARN.",
    ),
    Danger(
        "repository-policy",
        "problem",
        ("ecr:SetRepositoryPolicy", "ecr:PutRegistryPolicy"),
        "",
        "The role can give other accounts access to the images.",
        "Leave it out: no deployment needs it.",
    ),
    Danger(
        "any-secret",
        "problem",
        ("secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
        rf"{_ARN}(secret:[^*?$]+(-\?{{6}}|-\*|[^*?$])|parameter/[^*?$]+)",
        "The role can read secrets of other services.",
        "Name exact ARNs.",
    ),
    Danger(
        "any-key",
        "problem",
        ("kms:Decrypt",),
        r".*",
        "The role can decrypt whatever it can read, with every key that trusts the account.",
        "Bind kms:ViaService, or name the key's exact ARN.",
        needs="kms:viaservice",
    ),
    Danger(
        "assumes-any",
        "problem",
        ("sts:AssumeRole",),
        rf"{_ARN}role/[^*?$]+",
        "The role can become every role that trusts the account.",
        "Name exact ARNs, or leave it out.",
    ),
)

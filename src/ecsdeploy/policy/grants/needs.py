"""What each command asks of AWS: actions that read, and grants that write, by their `sid`.

It is held against the calls that were recorded in every state of an account (`docs/permissions.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ecsdeploy.policy.grants import Grant

Who = Literal["deploy role", "by [iam] grants", "an admin"]

_SERVICE = frozenset({"ecs:DescribeServices"})
_DEPLOYMENTS = _SERVICE | {
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:ListServiceDeployments",
}
_REVISION = frozenset({"ecs:DescribeTaskDefinition"})
_TASKS = frozenset({"ecs:DescribeTasks", "ecs:ListTasks"})
_ADDRESSES = frozenset({"ec2:DescribeNetworkInterfaces"})
_NETWORK = frozenset(
    {"ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"}
)
_SCALING = frozenset({"application-autoscaling:DescribeScalableTargets"})
_FOUND = frozenset({"ecr:DescribeImages", "ecr:DescribeRepositories"})
_IMAGE = _FOUND | {"ecr:BatchGetImage"}
_REPOSITORY = frozenset({"ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"})
_CLUSTER = frozenset({"ecs:DescribeClusters"})
_ROLES = frozenset({"iam:GetRole", "iam:GetRolePolicy"})
_GROUP = frozenset({"logs:DescribeLogGroups", "logs:ListTagsForResource"})
_LINES = frozenset({"logs:GetLogEvents"})
_ALL_LINES = _LINES | {"logs:FilterLogEvents"}
_SECRETS = frozenset({"secretsmanager:DescribeSecret", "ssm:ListTagsForResource"})
_ADDRESS = frozenset({"kms:Decrypt", "secretsmanager:GetSecretValue", "ssm:GetParameter"})
_LOGIN = frozenset({"ecr:GetAuthorizationToken"})

_WATCHING = _DEPLOYMENTS | _REVISION | _TASKS | _ADDRESSES | _LINES | _ADDRESS
_PLANNING = (
    _CLUSTER | _NETWORK | _ROLES | _GROUP | _DEPLOYMENTS | _REVISION | _IMAGE | _REPOSITORY | _SCALING | _SECRETS
)
_REMOVING = _DEPLOYMENTS | _REVISION | _TASKS | _REPOSITORY - {"ecr:GetLifecyclePolicy"}
_REMOVING = _REMOVING | {"ecr:DescribeImages", "ecs:ListTaskDefinitions"}
_ADMIN = _CLUSTER | _NETWORK | _GROUP | _REPOSITORY


UPDATE = "Deploy ecs:UpdateService"


@dataclass(frozen=True, kw_only=True)
class Need:
    """What one command takes: who has it, its actions that read, its grants that write, and what it is in a line.

    A grant is its `sid`, or a `sid` and the one of its actions that the command calls.
    """

    who: Who
    reads: frozenset[str]
    writes: tuple[str, ...] = ()
    does: str

    def writes_with(self, grant: Grant) -> frozenset[str]:
        """Return the actions of a grant that the command calls."""
        named = [each.partition(" ") for each in self.writes]
        return frozenset(
            action for sid, _, one in named if sid == grant.sid for action in ((one,) if one else grant.actions)
        )


def _deploys(does: str, reads: frozenset[str], *writes: str) -> Need:
    return Need(who="deploy role", does=does, reads=reads, writes=writes)


def _beyond(does: str, reads: frozenset[str], *writes: str) -> Need:
    return Need(who="by [iam] grants", does=does, reads=reads, writes=writes)


def _admins(does: str, reads: frozenset[str], *writes: str) -> Need:
    return Need(who="an admin", does=does, reads=reads, writes=writes)


_RELEASE = ("Release", "TagRelease", "StopRelease", "RememberRelease")
_PROVIDER = ("ReadAllRoles", "CreateRoles", "WriteRoles", "Provider")

NEEDS: Mapping[str, Need] = {
    "bootstrap-oidc": _admins("make the roles and GitHub's OIDC provider", frozenset(), *_PROVIDER),
    "build-push": _deploys("build the image and push it", _DEPLOYMENTS | _REVISION | _IMAGE | _LOGIN, "Push", "Scan"),
    "chaos-stop": _beyond("stop a task on purpose", _SERVICE | _TASKS | _ADDRESSES, "ChaosStop"),
    "cost": _deploys("show what the service costs", _DEPLOYMENTS | _REVISION | _FOUND | {"logs:DescribeLogGroups"}),
    "create-repo": _admins("make the ECR repository", _REPOSITORY, "Repository"),
    "deploy": _deploys(
        "build, push, register and roll out",
        _PLANNING | _WATCHING | _ALL_LINES | _LOGIN,
        *("Push", "Scan", "Register", "TagRevision", "PassRoles", "Deploy", "TagService", "GiveUp", *_RELEASE),
    ),
    "destroy": _beyond(
        "delete everything of the app but its roles",
        _REMOVING | _GROUP | _CLUSTER | _ADDRESSES | _SCALING | {"ec2:DescribeSecurityGroups"},
        *("ListServices", "DeleteService", "DeleteRevisions", "Deregister", "DeleteCluster"),
        *("DeleteLogs", "DeleteRepository", "DeleteGroup"),
    ),
    "doctor": _admins(
        "find what keeps a deployment from working",
        _ADMIN,
        *("ReadAllRoles", "ListRoles", "Provider iam:GetOpenIDConnectProvider"),
    ),
    "exec": _beyond("open a shell in a task", _SERVICE | _TASKS, "ExecInCluster", "Exec"),
    "explain": _deploys("show why the last deployment failed", _DEPLOYMENTS | _REVISION | _TASKS | _ALL_LINES),
    "history": _deploys("show past deployments", _DEPLOYMENTS | _REVISION),
    "logs": _deploys("show the logs", _SERVICE | _REVISION | {"logs:FilterLogEvents"}),
    "plan": _deploys("show what `deploy` would do", _PLANNING | _LOGIN),
    "prune": _beyond("delete old revisions and images", _REMOVING, "DeleteImages", "Deregister", "DeleteRevisions"),
    "register-task": _deploys(
        "register the task definition",
        _DEPLOYMENTS | _REVISION | _FOUND | _SECRETS | {"iam:GetRole"},
        *("Register", "TagRevision", "PassRoles"),
    ),
    "restart": _deploys("replace every task", _WATCHING, UPDATE, "GiveUp"),
    "rollback": _deploys(
        "go back to a revision that worked",
        _WATCHING | _FOUND | {"ecs:ListTaskDefinitions"},
        *(UPDATE, "PassRoles", "GiveUp"),
    ),
    "run": _beyond(
        "run a command in a task of its own",
        _SERVICE | _REVISION | _ALL_LINES | {"ecs:DescribeTasks"},
        *("Run", "TagRun", "StopRun", "PassRoles"),
    ),
    "scale": _deploys("change the number of tasks", _WATCHING | _SCALING, UPDATE, "RememberCount"),
    "setup": _admins(
        "make everything that a service needs",
        _ADMIN,
        *(*_PROVIDER, "ListRoles", "LinkedRole", "Repository", "Cluster", "TagCluster", "LogGroup"),
        *("CreateGroup", "TagGroup", "OpenPort"),
    ),
    "status": _deploys(
        "show the state of the service",
        _NETWORK | _ROLES | _DEPLOYMENTS | _REVISION | _TASKS | _ADDRESSES | _SCALING | {"logs:DescribeLogGroups"},
    ),
    "watch": _deploys("follow a deployment", _WATCHING),
}
"""By command. `exec` is `aws ecs execute-command`, as long as it is no command of ours."""
ADMIN_DESTROYS = ("ReadAllRoles", "DeleteRoles", "Provider", "DeleteProvider", "ListRoles")
"""What `destroy` takes besides, to delete the roles too: no role may have that of itself."""

"""What a command may ask for that the deploy role lacks, each with its reason: everything else has to be allowed.

Each entry is shown by a row of docs/states.md, whose test fails if it makes that call no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

By = Literal["setup", "destroy", "nobody"]


@dataclass(frozen=True)
class Beyond:
    """An action on what has `on` in its ARN, that `verb` asks for and the deploy role lacks.

    `row` is a state that shows it, and `by` the command whose policy (`ecsdeploy iam --for`) an administrator has for
    it; "nobody" has what no policy of one config can name.
    """

    verb: str
    action: str
    on: str
    row: str
    by: By
    why: str

    def __str__(self) -> str:
        """Return it in a line."""
        return f"{self.verb}: {self.action} on {self.on or '*'}"


_MAKES = "`deploy` makes what is missing, where an administrator runs it; the deploy role makes nothing but revisions"
_DELETES = "`destroy` deletes the roles too, where an administrator runs it; no role may delete itself"
_NO_SECRET = "a secret that is not there has no ARN that a policy could name"
_NEIGHBOURS = "what other environments run, which keeps its images: each has a role of its own"
_ROW, _DESTROYED = "service-missing", "destroy-everything"


def _made(action: str, on: str, row: str = _ROW) -> Beyond:
    return Beyond("deploy", action, on, row, "setup", _MAKES)


def _destroyed(action: str, on: str, row: str = _DESTROYED) -> Beyond:
    return Beyond("destroy", action, on, row, "destroy", _DELETES)


BEYOND: tuple[Beyond, ...] = (
    _made("iam:CreateRole", ":role/"),
    _made("iam:TagRole", ":role/"),
    _made("iam:PutRolePolicy", ":role/"),
    _made("iam:CreateServiceLinkedRole", ":role/aws-service-role/", "linked-role-missing-deploy"),
    _made("ecs:CreateCluster", ":cluster/"),
    _made("ecs:TagResource", ":cluster/"),
    _made("logs:CreateLogGroup", ":log-group:"),
    _made("logs:TagResource", ":log-group:"),
    _made("logs:PutRetentionPolicy", ":log-group:"),
    _made("ec2:CreateSecurityGroup", ":security-group/"),
    _made("ec2:CreateSecurityGroup", ":vpc/"),
    _made("ec2:CreateTags", ":security-group/"),
    _made("ec2:AuthorizeSecurityGroupIngress", ":security-group/"),
    Beyond("deploy", "iam:ListRoles", "", _ROW, "setup", "looks for ECS's own role before it would make a cluster"),
    Beyond("plan", "iam:ListRoles", "", _ROW, "setup", "shows whether `deploy` would make ECS's own role"),
    Beyond("deploy", "ecs:TagResource", ":service/", "service-adopted", "nobody", "--adopt claims what is another's"),
    Beyond("deploy", "secretsmanager:DescribeSecret", ":secret:", "secret-missing", "nobody", _NO_SECRET),
    Beyond("plan", "secretsmanager:DescribeSecret", ":secret:", "secret-missing", "nobody", _NO_SECRET),
    Beyond(
        "destroy",
        "ecs:DescribeServices",
        ":service/",
        "destroy-one-environment",
        "nobody",
        _NEIGHBOURS,
    ),
    Beyond("prune", "ecs:DescribeServices", ":service/", "prune-one-environment", "nobody", _NEIGHBOURS),
    Beyond("prune", "ecs:ListServiceDeployments", ":service/", "prune-one-environment", "nobody", _NEIGHBOURS),
    *(_destroyed(f"iam:{name}", ":role/") for name in ("GetRole", "GetRolePolicy", "DeleteRole", "DeleteRolePolicy")),
    *(_destroyed(f"iam:{name}", ":role/") for name in ("ListRolePolicies", "ListAttachedRolePolicies")),
    _destroyed("iam:ListRoles", "", "destroy-the-provider"),
    _destroyed("iam:GetOpenIDConnectProvider", ":oidc-provider/", "destroy-the-provider"),
    _destroyed("iam:DeleteOpenIDConnectProvider", ":oidc-provider/", "destroy-the-provider"),
)

"""What each command's policy allows is what was recorded of that command, in every state of an account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecsdeploy.policy.grants.needs import NEEDS
from ecsdeploy.policy.grants.policies import BY_DEFAULT, deploy_grants, grants_for
from tests.tool.states.permissions import IMPLIED, documented
from tests.unit.policy.documents import EVERYTHING, PLACE

SCOPE = replace(EVERYTHING, subnets=())
FREE = {"sts:GetCallerIdentity"}
"""Nobody needs a permission for it."""
PUSHED = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:GetAuthorizationToken",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
}
"""What the registry asks for, which no row records."""
IN_FLIGHT = {"ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"}
BY_SITUATION = {
    "bootstrap-oidc": {"iam:PutRolePermissionsBoundary", "iam:UpdateRole"},  # a role that exists and differs
    "build-push": IN_FLIGHT,
    "prune": {"ecs:DeleteTaskDefinitions"},  # with --delete
    "doctor": {"ec2:DescribeRouteTables"},  # a default VPC with private subnets
    "explain": {"logs:FilterLogEvents"},  # a failure that ECS shows no more
    "logs": {"ecs:DescribeTaskDefinition"},  # a container that logs elsewhere
    "register-task": IN_FLIGHT | {"secretsmanager:DescribeSecret", "ssm:ListTagsForResource"},  # with [task.secrets]
    "scale": {"ecs:DescribeTaskDefinition"},  # a task that fails
    "setup": {"ec2:DescribeRouteTables", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability"},
    "status": {"ec2:DescribeRouteTables"},  # a default VPC with private subnets
}
"""What a command does call, in a situation that no row is about."""
ADDRESS = {"kms:Decrypt", "secretsmanager:GetSecretValue", "ssm:GetParameter"}
SCAN = {"ecr:DescribeImageScanFindings", "ecr:StartImageScan"}
PROVIDER = {"iam:AddClientIDToOpenIDConnectProvider", "iam:CreateOpenIDConnectProvider"}
NOT_RECORDED = ADDRESS | SCAN | PROVIDER | PUSHED
LOOKED_AT_ONCE = {"iam:ListRoles"}
"""What `deploy` and `plan` ask before they would make a cluster, and do without if they may not."""


CALLING = sorted(command for command, calls in documented().items() if calls - FREE)


def allowed(command: str) -> set[str]:
    return {action for each in grants_for(command, PLACE, SCOPE) for action in each.actions}


@pytest.mark.parametrize("command", CALLING)
def test_every_call_of_a_command_is_in_its_policy(command: str) -> None:
    missing = documented()[command] - allowed(command) - FREE
    if command in ("deploy", "plan"):
        admin = allowed("setup")
        assert missing <= admin | LOOKED_AT_ONCE, "what deploy lacks is what an admin makes"
        return
    assert missing == set()


@pytest.mark.parametrize("command", [each for each in CALLING if each != "deploy"])
def test_its_policy_has_nothing_that_it_never_calls(command: str) -> None:
    implied = {each for call, more in IMPLIED.items() if call in allowed(command) for each in more.split(" and ")}
    assert allowed(command) - documented()[command] - implied - NOT_RECORDED == BY_SITUATION.get(command, set())


def test_the_deploy_role_has_nothing_that_none_of_its_commands_call() -> None:
    scope = replace(SCOPE, grants=())
    granted = {action for each in deploy_grants(PLACE, scope) for action in each.actions}
    called = {action for command in BY_DEFAULT if command in documented() for action in documented()[command]}
    assert granted - called - NOT_RECORDED == {"iam:PassRole"}


@pytest.mark.parametrize("command", [name for name, need in NEEDS.items() if need.who == "by [iam] grants"])
def test_what_goes_beyond_deploying_is_granted_by_name_alone(command: str) -> None:
    without = {each.sid for each in deploy_grants(PLACE, replace(SCOPE, grants=()))}
    given = {each.sid for each in deploy_grants(PLACE, replace(SCOPE, grants=(command,)))}
    assert given - without == set(NEEDS[command].writes) - without
    assert given > without

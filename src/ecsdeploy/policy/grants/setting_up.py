"""What an administrator does once, and undoes: roles, the OIDC provider, and what a service needs around it.

Taking over what somebody else made (`--adopt`) may need more, on what that is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.grants import ANY, Grant
from ecsdeploy.policy.grants.deploying import OUR_TAGS, of_this_app, tagging
from ecsdeploy.policy.grants.reading import by_name, of_group
from ecsdeploy.policy.grants.scope import DeployScope

BOUNDARY = "iam:PermissionsBoundary"


def setting_up(place: Place, scope: DeployScope) -> Iterator[Grant]:
    """Yield what `setup`, `bootstrap-oidc`, `create-repo` and `destroy` take besides the rest."""
    yield from _roles(place, scope)
    yield from _account(place, scope)
    yield from _repository(place, scope)
    yield from _cluster_and_logs(place, scope)
    yield from _security_group(place, scope)


def _roles(place: Place, scope: DeployScope) -> Iterator[Grant]:
    limited = {"StringEquals": {BOUNDARY: scope.boundary}} if scope.boundary else {}
    yield Grant(
        sid="ReadAllRoles",
        actions=("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
        resources=by_name(place, scope.roles),
        why="Compares this service's three roles with the config.",
    )
    yield Grant(
        sid="CreateRoles",
        actions=("iam:CreateRole", *(("iam:PutRolePermissionsBoundary",) if scope.boundary else ())),
        resources=scope.roles,
        condition=limited,
        why="Makes the three roles" + (", with no other permissions boundary than the config's." if limited else "."),
    )
    yield Grant(
        sid="WriteRoles",
        actions=("iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"),
        resources=scope.roles,
        why="Writes who may assume the roles and what they may do: whoever has this decides over both.",
    )
    yield Grant(
        sid="DeleteRoles",
        actions=("iam:DeleteRole", "iam:DeleteRolePolicy"),
        resources=scope.roles,
        why="Deletes the three roles.",
    )


def _account(place: Place, scope: DeployScope) -> Iterator[Grant]:
    providers = scope.providers or (place.github_provider(),)
    yield Grant(
        sid="Provider",
        actions=(
            "iam:AddClientIDToOpenIDConnectProvider",
            "iam:CreateOpenIDConnectProvider",
            "iam:GetOpenIDConnectProvider",
        ),
        resources=providers,
        why="Lets the account know the id tokens of the CI, once; other repositories share it.",
    )
    yield Grant(
        sid="DeleteProvider",
        actions=("iam:DeleteOpenIDConnectProvider",),
        resources=providers,
        why="Deletes the provider with --oidc-provider, if no other role trusts it.",
    )
    yield Grant(
        sid="ListRoles",
        actions=("iam:ListRoles",),
        resources=(ANY,),
        why="Finds ECS's service-linked role, and what trusts the provider; IAM can limit this to nothing.",
    )
    yield Grant(
        sid="LinkedRole",
        actions=("iam:CreateServiceLinkedRole",),
        resources=(place.iam("role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),),
        condition={"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}},
        why="Makes the role with which ECS attaches network interfaces, once per account.",
    )


def _repository(place: Place, scope: DeployScope) -> Iterator[Grant]:
    yield Grant(
        sid="Repository",
        actions=(
            "ecr:CreateRepository",
            "ecr:PutImageScanningConfiguration",
            "ecr:PutImageTagMutability",
            "ecr:PutLifecyclePolicy",
            "ecr:TagResource",
        ),
        resources=(place.repository(scope.repository),),
        why="Makes the repository: immutable tags, a scan on push, a lifecycle policy.",
    )


def _cluster_and_logs(place: Place, scope: DeployScope) -> Iterator[Grant]:
    cluster = place.cluster(scope.cluster)
    yield Grant(
        sid="Cluster",
        actions=("ecs:CreateCluster", "ecs:PutClusterCapacityProviders"),
        resources=(cluster,),
        why="Makes the cluster, with Fargate and Fargate Spot.",
    )
    yield tagging("TagCluster", cluster, "CreateCluster")
    yield Grant(
        sid="LogGroup",
        actions=("logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"),
        resources=of_group(place, scope),
        why="Makes the log group and says how long it keeps events.",
    )


def _security_group(place: Place, scope: DeployScope) -> Iterator[Grant]:
    groups = place.regional("ec2", "security-group/*")
    yield Grant(
        sid="CreateGroup",
        actions=("ec2:CreateSecurityGroup",),
        resources=(groups, place.regional("ec2", "vpc/*")),
        why="Makes the security group; its id, and that of the default VPC, are not known before.",
    )
    yield Grant(
        sid="TagGroup",
        actions=("ec2:CreateTags",),
        resources=(groups,),
        condition={"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}, **OUR_TAGS},
        why="CreateSecurityGroup gives its tags to what it creates; nothing that exists gets others.",
    )
    yield Grant(
        sid="OpenPort",
        actions=("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"),
        resources=(groups,),
        condition={"StringEquals": of_this_app(scope)},
        why="Opens the task's port, and closes others, in the group that has this app's tags.",
    )

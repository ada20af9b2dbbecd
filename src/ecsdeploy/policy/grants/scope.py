"""The names of everything that the policies of one service are about."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.policy.secrets import Secret

PUBLIC_IP = "ecs:auto-assign-public-ip"
EXEC = "ecs:enable-execute-command"
FEATURES = (
    PUBLIC_IP,
    "ecs:enable-ebs-volumes",
    EXEC,
    "ecs:enable-service-connect",
    "ecs:enable-vpc-lattice",
)
"""Condition keys of CreateService and UpdateService that are `true` or `false`, as text (ECS Developer Guide)."""


@dataclass(frozen=True)
class DeployScope:
    """What one service has: its names, its tags, and what its config turns on."""

    repository: str
    cluster: str
    service: str
    family: str
    log_group: str
    passed_roles: tuple[str, ...]
    """ARNs of the roles that its task definitions name, as IAM gives them: a role may have a path."""
    secrets: tuple[str, ...] = ()
    """ARNs of the Secrets Manager secrets of this account and Region that the config names: each is looked up."""
    other_logs: tuple[str, ...] = ()
    """ARNs of other log groups that containers log to: they are read, not looked after."""
    parameters: tuple[str, ...] = ()
    """ARNs of the SSM parameters that the config names: whether they exist is looked up, by their tags."""
    reads: tuple[Secret, ...] = ()
    """What the command itself reads: where a team is told how a deployment ended."""
    releases: bool = False
    """Whether the config has a release command, which runs as a task of its own."""
    tags: tuple[tuple[str, str], ...] = ()
    """The tags of what belongs to this app and environment, which ECS hands on to the service's tasks."""
    features: tuple[str, ...] = ()
    """Those of `FEATURES` that the config turns on: no deployment may turn on another."""
    subnets: tuple[str, ...] = ()
    """The subnets that the config names; without any, those of the default VPC are looked up."""
    scans: bool = False
    """Whether the config lets no image pass without ECR's scan of it."""
    gives_up: bool = True
    """Whether a deployment that cannot succeed is stopped by the command that watches it."""
    grants: tuple[str, ...] = ()
    """What the deploy role may do besides deploying: names of commands."""
    roles: tuple[str, ...] = ()
    """ARNs of all the roles that `setup` makes."""
    providers: tuple[str, ...] = ()
    """ARNs of the OIDC providers of its CI."""
    boundary: str = ""
    """The ARN of the permissions boundary that those roles get; "" for none."""

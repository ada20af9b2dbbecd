"""The policies of one made-up service, and requests that its roles see."""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import GITHUB_ISSUER, Place
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.policy.execution import execution_permissions
from ecsdeploy.policy.grants.policies import deploy_permissions
from ecsdeploy.policy.grants.scope import DeployScope
from ecsdeploy.policy.secrets import Secret
from ecsdeploy.policy.trust import GitHubSource, github_trust

PLACE = Place("aws", "us-east-1", "123456789012")
SOURCE = GitHubSource("acme/hello", "1234", "99", branches=("main",), environments=("production",))
SCOPE = DeployScope(
    repository="hello",
    cluster="shop",
    service="hello",
    family="hello",
    log_group="/ecs/hello",
    passed_roles=(PLACE.role("hello-execution"), PLACE.role("hello-task")),
    secrets=("arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????",),
    parameters=(PLACE.regional("ssm", "parameter/hello/url"),),
    tags=(("ecsdeploy:app", "hello"), ("ecsdeploy:env", "default")),
    features=("ecs:auto-assign-public-ip",),
    roles=(PLACE.role("hello-execution"), PLACE.role("hello-task"), PLACE.role("hello-github-deploy")),
)
SECRETS = (Secret("ssm", "/hello/url"), Secret("secretsmanager", "db"))

TRUST = github_trust(PLACE, SOURCE)
DEPLOY = deploy_permissions(PLACE, SCOPE)
TELLING = deploy_permissions(
    PLACE, replace(SCOPE, reads=(Secret("ssm", "/team/hook"), Secret("secretsmanager", "team")))
)
RELEASING = deploy_permissions(PLACE, replace(SCOPE, releases=True))
EVERYTHING = replace(
    SCOPE,
    releases=True,
    scans=True,
    reads=(Secret("ssm", "/team/hook"), Secret("secretsmanager", "team")),
    other_logs=(PLACE.log_group("/side"),),
    subnets=("subnet-0123456789abcdef0",),
    grants=("chaos-stop", "destroy", "exec", "prune", "run"),
    boundary=PLACE.iam("policy/developers"),
)
"""A config that turns on whatever a policy can have."""
EXECUTION = execution_permissions(PLACE, repository="hello", log_group="/ecs/hello", secrets=SECRETS)

CLAIMS = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:acme/hello:ref:refs/heads/main",
    "repository_id": "1234",
    "repository_owner_id": "99",
}


def may(document: Document, action: str, resource: str = "*", **context: str) -> bool:
    """Return whether `document` allows the request; keyword arguments are condition keys with `__` for the colon."""
    keys = {"aws:RequestedRegion": PLACE.region} | {
        key.replace("__", ":").replace("_", "-"): value for key, value in context.items()
    }
    return evaluate([document], Request(action, resource, keys)) is Decision.ALLOWED


def trusts(document: Document, claims: dict[str, str], provider: str = PLACE.github_provider()) -> bool:
    """Return whether a token with `claims` may assume the role."""
    context = {f"{GITHUB_ISSUER}:{key}": value for key, value in claims.items()}
    request = Request("sts:AssumeRoleWithWebIdentity", "*", context, Principal("Federated", provider))
    return evaluate([document], request) is Decision.ALLOWED

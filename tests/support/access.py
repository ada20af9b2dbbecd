"""What IAM has, and what a refusal leaves as it was: for the tests of `bootstrap-oidc`."""

from __future__ import annotations

import json
from typing import Any

from tests.support.world import World

GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'
ROLE = "hello-github-deploy"
ARN = f"arn:aws:iam::123456789012:role/{ROLE}"
ISSUER = "token.actions.githubusercontent.com"
SUB = f"trust.GitHubActions.Condition.StringEquals.{ISSUER}:sub"
COMPARED = ("Path", "Description", "AssumeRolePolicyDocument", "Tags", "MaxSessionDuration", "PermissionsBoundary")
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def account(world: World) -> dict[str, Any]:
    """Return all that IAM has: what a command has changed is seen here."""
    iam = world.client("iam")
    providers = [each["Arn"] for each in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    found: dict[str, Any] = {
        arn: sorted(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]) for arn in providers
    }
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
        whole = iam.get_role(RoleName=name)["Role"]
        found[name] = {key: whole.get(key) for key in COMPARED} | {
            each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in policies
        }
    return found


def refused(world: World, *arguments: str) -> str:
    """Run the command, which has to refuse and to change nothing; return what it says."""
    before = account(world)
    ran = world.run(*arguments)
    assert (ran.code, ran.out) == (3, ""), ran.err
    assert account(world) == before
    return ran.err


def trust_of(world: World, role: str = ROLE) -> dict[str, Any]:
    found: dict[str, Any] = world.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    return found


def set_trust(world: World, document: dict[str, Any], role: str = ROLE) -> None:
    world.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))


def loosen(world: World) -> None:
    """Let in whoever registers the repository's name again."""
    document = trust_of(world)
    document["Statement"][0]["Condition"] = {"StringLike": {f"{ISSUER}:sub": "repo:acme@*/hello@*:*"}}
    set_trust(world, document)

"""What STS makes of a workflow's token: the trust policy that the tool writes, and what it keeps out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.trust import GitHubSource, github_trust
from tests.sandbox.conftest import RunningSandbox, running_sandbox

PLACE = Place("aws", "us-east-1", "123456789012")
ISSUER = "https://token.actions.githubusercontent.com"
SOURCE = GitHubSource("acme/hello", "1234", "99", branches=("main",))
CLAIMS = {
    "iss": ISSUER,
    "aud": "sts.amazonaws.com",
    "sub": "repo:acme/hello:ref:refs/heads/main",
    "repository_id": "1234",
    "repository_owner_id": "99",
    "exp": 4_000_000_000,
}
DENIED = ("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(**claims: Any) -> str:
    return ".".join((part({"alg": "RS256"}), part({**CLAIMS, **claims}), "c2lnbmF0dXJl"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        iam = running.client("iam")
        iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"])
        trust = json.dumps(github_trust(PLACE, SOURCE))
        iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust)
        yield running


def assume(sandbox: RunningSandbox, given: str, role: str = "deployer") -> Any:
    arn = f"arn:aws:iam::123456789012:role/{role}"
    sts = sandbox.client("sts")
    return sts.assume_role_with_web_identity(RoleArn=arn, RoleSessionName="ci", WebIdentityToken=given)


def refused(sandbox: RunningSandbox, given: str, role: str = "deployer") -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        assume(sandbox, given, role)
    answer = caught.value.response
    error = answer["Error"]
    return error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def test_a_workflow_of_the_branch_gets_in(sandbox: RunningSandbox) -> None:
    given = assume(sandbox, token())
    session = "arn:aws:sts::123456789012:assumed-role/deployer/ci"
    assert given["AssumedRoleUser"]["Arn"] == session
    keys = given["Credentials"]
    client = sandbox.client(
        "sts", access_key=keys["AccessKeyId"], secret_key=keys["SecretAccessKey"], token=keys["SessionToken"]
    )
    assert client.get_caller_identity()["Arn"] == session


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "repo:acme/hello:ref:refs/heads/other"},
        {"sub": "repo:acme/hello:pull_request"},
        {"sub": "repo:evil/hello:ref:refs/heads/main"},
        {"repository_id": "1235"},
        {"repository_owner_id": None},
    ],
)
def test_any_other_workflow_stays_out(sandbox: RunningSandbox, claims: dict[str, Any]) -> None:
    assert refused(sandbox, token(**claims)) == DENIED


def test_a_role_that_is_not_there_or_trusts_somebody_else(sandbox: RunningSandbox) -> None:
    service = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    sandbox.client("iam").create_role(
        RoleName="tasks", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [service]})
    )
    assert refused(sandbox, token(), "none") == DENIED
    assert refused(sandbox, token(), "tasks") == DENIED


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (
            token(iss="https://gitlab.com"),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for",
        ),
        (token(aud="https://github.com/acme"), "InvalidIdentityToken", "Incorrect token audience"),
        (token(exp=1_700_000_000), "ExpiredTokenException", "Token expired"),
        (f"{part({})}.{part([])}.x", "InvalidIdentityToken", "The ID Token provided is not a valid JWT."),
        ("not a token", "InvalidIdentityToken", "The ID Token provided is not a valid JWT."),
    ],
)
def test_a_token_that_is_not_for_this_account(sandbox: RunningSandbox, given: str, code: str, said: str) -> None:
    answer = refused(sandbox, given)
    assert (answer[0], answer[1], said in answer[2]) == (code, 400, True)

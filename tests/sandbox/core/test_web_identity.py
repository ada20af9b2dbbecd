"""What STS makes of a workflow's token: the trust policy that the tool writes, and what it keeps out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.trust import GitHubSource, github_trust
from ecsdeploy.sandbox.github.job import Job
from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.support.world import aws_session

PLACE = Place("aws", "us-east-1", "123456789012")
ISSUER = "https://token.actions.githubusercontent.com"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
SOURCE = GitHubSource("acme/hello", "1234", "99", branches=("main",))
DENIED = ("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
NO_KEY = (
    "InvalidIdentityToken",
    400,
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity "
    "documentation for requirements",
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        iam = running.client("iam")
        iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"])
        trust = json.dumps(github_trust(PLACE, SOURCE))
        iam.create_role(RoleName="deployer", Path="/ci/", AssumeRolePolicyDocument=trust)
        yield running


def job(**given: Any) -> Job:
    return Job(**{"repository": "acme/hello", "repository_id": "1234", "owner_id": "99", **given})


def token(sandbox: RunningSandbox, audience: str = "sts.amazonaws.com", **given: Any) -> str:
    return sandbox.sandbox.github.token(job(**given), audience)


def assume(sandbox: RunningSandbox, given: str, role: str = "ci/deployer", **more: Any) -> Any:
    arn = f"arn:aws:iam::123456789012:role/{role}"
    # As on a runner: there is no key that could sign.
    config = Config(signature_version=UNSIGNED, parameter_validation=False)
    sts: Any = aws_session().create_client("sts", region_name="us-east-1", endpoint_url=sandbox.endpoint, config=config)
    return sts.assume_role_with_web_identity(
        **{"RoleArn": arn, "RoleSessionName": "ci", "WebIdentityToken": given, **more}
    )


def refused(sandbox: RunningSandbox, given: str, role: str = "ci/deployer", **more: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        assume(sandbox, given, role, **more)
    answer = caught.value.response
    error = answer["Error"]
    return error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


@pytest.mark.parametrize("immutable", [True, False])
def test_a_workflow_of_the_branch_gets_in(sandbox: RunningSandbox, immutable: bool) -> None:
    given = assume(sandbox, token(sandbox, immutable=immutable))
    session = "arn:aws:sts::123456789012:assumed-role/deployer/ci"
    role = sandbox.client("iam").get_role(RoleName="deployer")["Role"]
    assert given["AssumedRoleUser"] == {"Arn": session, "AssumedRoleId": f"{role['RoleId']}:ci"}
    assert (given["Provider"], given["Audience"]) == (PROVIDER, "sts.amazonaws.com")
    prefix = "repo:acme@99/hello@1234" if immutable else "repo:acme/hello"
    assert given["SubjectFromWebIdentityToken"] == f"{prefix}:ref:refs/heads/main"
    keys = given["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA")
    client = sandbox.client(
        "sts", access_key=keys["AccessKeyId"], secret_key=keys["SecretAccessKey"], token=keys["SessionToken"]
    )
    told = client.get_caller_identity()
    assert (told["Arn"], told["UserId"], told["Account"]) == (session, f"{role['RoleId']}:ci", "123456789012")


@pytest.mark.parametrize(
    "given",
    [
        {"ref": "refs/heads/other"},
        {"ref": "refs/tags/main"},
        {"event": "pull_request", "ref": "refs/heads/main"},
        {"environment": "production"},
        {"repository": "evil/hello"},
        {"repository": "acme/hello-2"},
        {"repository": "Acme/hello"},
        {"repository_id": "1235"},
        {"owner_id": "98"},
        {"immutable": False, "owner_id": "98"},
        {"subject_claims": ("repo",)},
    ],
)
def test_any_other_workflow_stays_out(sandbox: RunningSandbox, given: dict[str, Any]) -> None:
    assert refused(sandbox, token(sandbox, **given)) == DENIED


def test_a_role_that_is_not_there_or_trusts_somebody_else(sandbox: RunningSandbox) -> None:
    service = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    sandbox.client("iam").create_role(
        RoleName="tasks", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [service]})
    )
    assert refused(sandbox, token(sandbox), "none") == DENIED
    assert refused(sandbox, token(sandbox), "tasks") == DENIED
    assert refused(sandbox, token(sandbox), "deployer") == DENIED


@pytest.mark.parametrize(
    ("audience", "given", "code", "said"),
    [
        (
            "sts.amazonaws.com",
            {"issuer": "https://gitlab.com"},
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://gitlab.com",
        ),
        ("", {}, "InvalidIdentityToken", "Incorrect token audience"),
        ("sts.amazonaws.com.cn", {}, "InvalidIdentityToken", "Incorrect token audience"),
        ("sts.amazonaws.com", {"seconds": 0}, "ExpiredTokenException", "Token expired: current date/time "),
        (
            "sts.amazonaws.com",
            {"claims": {"nbf": "4000000000"}},
            "InvalidIdentityToken",
            "Token is not valid yet: current date/time ",
        ),
        ("sts.amazonaws.com", {"forged": True}, NO_KEY[0], NO_KEY[2]),
    ],
)
def test_a_token_that_is_not_for_this_account(
    sandbox: RunningSandbox, audience: str, given: dict[str, Any], code: str, said: str
) -> None:
    answer = refused(sandbox, token(sandbox, audience, **given))
    assert (answer[0], answer[1], answer[2][: len(said)]) == (code, 400, said)


def test_what_is_no_token(sandbox: RunningSandbox) -> None:
    no_jwt = (
        "InvalidIdentityToken",
        400,
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    )
    empty = jwt.encode({}, "", "none").split(".")
    for wrong in ("not a token", f"{empty[0]}.W10.x", f"{empty[0]}.%%.x", "aaa.b", "a.b.c.d"):
        assert refused(sandbox, wrong) == no_jwt, wrong
    claims = jwt.decode(token(sandbox), options={"verify_signature": False})
    for name in ("iss", "aud", "exp", "sub"):
        lacking = {key: value for key, value in claims.items() if key != name}
        answer = refused(sandbox, jwt.encode(lacking, "", "none"))
        assert answer == ("InvalidIdentityToken", 400, f"Missing a required claim: {name}")


def test_nobody_else_signs_for_github(sandbox: RunningSandbox) -> None:
    good = token(sandbox)
    claims = jwt.decode(good, options={"verify_signature": False})
    kid = jwt.get_unverified_header(good)["kid"]
    assert refused(sandbox, jwt.encode(claims, "", "none")) == NO_KEY
    assert refused(sandbox, jwt.encode(claims, "s" * 32, "HS256")) == NO_KEY
    broken = ("InvalidIdentityToken", 400, "The signature of the ID Token is not valid")
    assert refused(sandbox, jwt.encode(claims, "s" * 32, "HS256", headers={"kid": kid})) == broken
    assert refused(sandbox, f"{good.rpartition('.')[0]}.") == broken
    other = token(sandbox, repository="evil/hello")
    assert refused(sandbox, ".".join((*good.split(".")[:2], other.split(".")[2]))) == broken
    asking = sandbox.sandbox.github.request(job())[1]
    assert refused(sandbox, asking)[0] == "InvalidIdentityToken"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"RoleSessionName": "c"},
            "1 validation error detected: Value 'c' at 'roleSessionName' failed to satisfy constraint: Member must "
            "have length greater than or equal to 2",
        ),
        (
            {"RoleSessionName": "two words"},
            "1 validation error detected: Value 'two words' at 'roleSessionName' failed to satisfy constraint: Member "
            "must satisfy regular expression pattern: [\\w+=,.@-]*",
        ),
        (
            {"DurationSeconds": 899},
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must "
            "have value greater than or equal to 900",
        ),
        (
            {"DurationSeconds": 43201},
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member "
            "must have value less than or equal to 43200",
        ),
        (
            {"DurationSeconds": 3601},
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        (
            {"PolicyArns": [{"arn": f"arn:aws:iam::123456789012:policy/p{n}"} for n in range(11)]},
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length "
            "less than or equal to 10",
        ),
    ],
)
def test_a_session_that_nobody_may_have(sandbox: RunningSandbox, more: dict[str, Any], said: str) -> None:
    assert refused(sandbox, token(sandbox), **more) == ("ValidationError", 400, said)


def test_what_a_session_is_asked_to_be(sandbox: RunningSandbox) -> None:
    sandbox.client("iam").update_role(RoleName="deployer", MaxSessionDuration=7200)
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]}
    )
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    given = assume(sandbox, token(sandbox), DurationSeconds=7200, Policy=policy, PolicyArns=[{"arn": managed}])
    session = sandbox.sandbox.sessions.find(given["Credentials"]["AccessKeyId"])
    assert session is not None
    assert session.expires_at == given["Credentials"]["Expiration"].timestamp() == int(session.issued_at) + 7200
    assert (session.session_policy, session.policy_arns) == (policy, (managed,))
    assert session.role_arn == "arn:aws:iam::123456789012:role/ci/deployer"
    assert session.identity == {
        "token.actions.githubusercontent.com:aud": ("sts.amazonaws.com",),
        "token.actions.githubusercontent.com:sub": ("repo:acme@99/hello@1234:ref:refs/heads/main",),
    }
    assert 0 < given["PackedPolicySize"] <= 100
    assert "PackedPolicySize" not in assume(sandbox, token(sandbox))
    malformed = refused(sandbox, token(sandbox), Policy='{"Statement": []')
    assert malformed[:2] == ("MalformedPolicyDocument", 400)

"""AssumeRole: a role's trust policy decides, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import RunningSandbox, running_sandbox

ACCOUNT = "123456789012"
SANDBOX = f"arn:aws:iam::{ACCOUNT}:user/sandbox"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        yield running


def statement(principal: Any, effect: str = "Allow", action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, **more}


def role(sandbox: RunningSandbox, name: str, *statements: dict[str, Any], **more: Any) -> str:
    trust = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    made = sandbox.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
    return str(made["Role"]["Arn"])


def assume(client: Any, arn: str, **more: Any) -> Any:
    return client.assume_role(**{"RoleArn": arn, "RoleSessionName": "ci", **more})


def session(sandbox: RunningSandbox, given: Any) -> Any:
    keys = given["Credentials"]
    return sandbox.client(
        "sts", access_key=keys["AccessKeyId"], secret_key=keys["SecretAccessKey"], token=keys["SessionToken"]
    )


def refused(call: Callable[[], object]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def denied(caller: str, arn: str, action: str = "sts:AssumeRole") -> tuple[str, int, str]:
    return "AccessDenied", 403, f"User: {caller} is not authorized to perform: {action} on resource: {arn}"


@pytest.mark.parametrize(
    ("name", "principal", "let_in"),
    [
        ("root", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, True),
        ("account", {"AWS": ACCOUNT}, True),
        ("user", {"AWS": SANDBOX}, True),
        ("everybody", {"AWS": "*"}, True),
        ("another-user", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, False),
        ("tasks", {"Service": "ecs-tasks.amazonaws.com"}, False),
        ("another-account", {"AWS": "arn:aws:iam::210987654321:root"}, False),
    ],
)
def test_the_trust_policy_decides(sandbox: RunningSandbox, name: str, principal: Any, let_in: bool) -> None:
    if name == "another-user":
        sandbox.client("iam").create_user(UserName="ann")
    arn = role(sandbox, name, statement(principal))
    sts = sandbox.client("sts")
    if let_in:
        given = assume(sts, arn)
        assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/ci"
        assert given["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA")
    else:
        assert refused(lambda: assume(sts, arn)) == denied(SANDBOX, arn)


def test_a_role_that_is_not_there(sandbox: RunningSandbox) -> None:
    sts = sandbox.client("sts")
    role(sandbox, "with-a-path", statement({"AWS": ACCOUNT}), Path="/ci/")
    for arn in (
        f"arn:aws:iam::{ACCOUNT}:role/none",
        f"arn:aws:iam::{ACCOUNT}:role/with-a-path",
        "arn:aws:iam::210987654321:role/ci/with-a-path",
    ):
        assert refused(lambda: assume(sts, arn)) == denied(SANDBOX, arn)  # noqa: B023
    nothing = "not-an-arn-but-long-enough"
    assert refused(lambda: assume(sts, nothing)) == ("ValidationError", 400, f"{nothing} is invalid")
    assume(sts, f"arn:aws:iam::{ACCOUNT}:role/ci/with-a-path")


def test_an_explicit_deny_outweighs(sandbox: RunningSandbox) -> None:
    arn = role(sandbox, "denying", statement({"AWS": ACCOUNT}), statement({"AWS": SANDBOX}, "Deny"))
    assert refused(lambda: assume(sandbox.client("sts"), arn)) == denied(SANDBOX, arn)


def test_a_deny_for_the_session_outweighs_what_its_role_may(sandbox: RunningSandbox) -> None:
    first = role(sandbox, "one", statement({"AWS": ACCOUNT}))
    named = {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/one/ci"}
    arn = role(sandbox, "two", statement({"AWS": first}), statement(named, "Deny"))
    sts = sandbox.client("sts")
    assert refused(lambda: assume(session(sandbox, assume(sts, first)), arn)) == denied(named["AWS"], arn)
    assume(session(sandbox, assume(sts, first, RoleSessionName="another")), arn)


def test_an_external_id_is_asked_for(sandbox: RunningSandbox) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "secret-word"}}
    arn = role(sandbox, "external", statement({"AWS": ACCOUNT}, Condition=condition))
    sts = sandbox.client("sts")
    assert refused(lambda: assume(sts, arn)) == denied(SANDBOX, arn)
    assert refused(lambda: assume(sts, arn, ExternalId="another")) == denied(SANDBOX, arn)
    assume(sts, arn, ExternalId="secret-word")


def test_tags_and_a_source_identity_need_permissions_of_their_own(sandbox: RunningSandbox) -> None:
    plain = role(sandbox, "plain", statement({"AWS": ACCOUNT}))
    allowed = role(
        sandbox,
        "tagging",
        statement({"AWS": ACCOUNT}, action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
    )
    sts = sandbox.client("sts")
    tags = [{"Key": "Repository", "Value": "acme/hello"}]
    assert refused(lambda: assume(sts, plain, Tags=tags)) == denied(SANDBOX, plain, "sts:TagSession")
    wanted = denied(SANDBOX, plain, "sts:SetSourceIdentity")
    assert refused(lambda: assume(sts, plain, SourceIdentity="ann")) == wanted
    given = assume(sts, allowed, Tags=tags, SourceIdentity="ann")
    assert given["SourceIdentity"] == "ann"
    kept = sandbox.sandbox.sessions.find(given["Credentials"]["AccessKeyId"])
    assert kept is not None
    assert (dict(kept.tags), kept.source_identity) == ({"Repository": "acme/hello"}, "ann")


def test_a_session_of_a_session_lasts_an_hour_at_most(sandbox: RunningSandbox) -> None:
    first = role(sandbox, "first", statement({"AWS": ACCOUNT}), MaxSessionDuration=43200)
    named = {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/first/ci"}
    by_session = role(sandbox, "by-session", statement(named), MaxSessionDuration=43200)
    by_role = role(sandbox, "by-role", statement({"AWS": first}))
    closed = role(sandbox, "closed", statement({"AWS": SANDBOX}))
    one = session(sandbox, assume(sandbox.client("sts"), first, DurationSeconds=43200))
    assert session(sandbox, assume(one, by_role)).get_caller_identity()["Arn"].endswith("assumed-role/by-role/ci")
    assume(one, by_session, DurationSeconds=3600)
    assert refused(lambda: assume(one, by_session, DurationSeconds=3601)) == (
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )
    assert refused(lambda: assume(one, closed)) == denied(named["AWS"], closed)
    assert refused(lambda: assume(sandbox.client("sts"), by_role)) == denied(SANDBOX, by_role)


def test_a_role_says_how_long_its_sessions_may_last(sandbox: RunningSandbox) -> None:
    arn = role(sandbox, "short", statement({"AWS": ACCOUNT}))
    sts = sandbox.client("sts")
    assert refused(lambda: assume(sts, arn, DurationSeconds=3601)) == (
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )
    sandbox.client("iam").update_role(RoleName="short", MaxSessionDuration=3601)
    assume(sts, arn, DurationSeconds=3601)

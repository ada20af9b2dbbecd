"""Sessions: whose they are, how long they last, and what is said to who comes with one that is over."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from ecsdeploy.sandbox.app import Sandbox
from ecsdeploy.sandbox.settings import Settings
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.core.serving import send
from tests.support.clocks import SteppedClock

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deployer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/ci"


Keys = dict[str, Any]


class Timed(RunningSandbox):
    """A sandbox whose time passes when the test says so."""

    def __init__(self, sandbox: Sandbox, clock: SteppedClock) -> None:
        super().__init__(sandbox)
        self.pass_time = clock.pass_time

    def keys(self, seconds: int = 900, **more: Any) -> Keys:
        given = self.client("sts").assume_role(
            **{"RoleArn": ROLE, "RoleSessionName": "ci", "DurationSeconds": seconds, **more}
        )["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
        }


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timed]:
    """As fast as this are AWS's waits; sessions do not care."""
    clock, home = SteppedClock(), tmp_path_factory.mktemp("home")
    sandbox = Sandbox(Settings(name="t", home=home, runtime="simulated", speed=1000.0), clock=clock, warm=False)
    try:
        running = Timed(sandbox, clock)
        trusting(running, "deployer", {"AWS": ACCOUNT})
        yield running
    finally:
        sandbox.close()


def trusting(sandbox: RunningSandbox, name: str, principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role: dict[str, Any] = sandbox.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    return str(role["Role"]["Arn"])


def refused(call: Callable[[], object]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


CALLS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "json": ("ecs", lambda client: client.list_clusters()),
    "json-ecr": ("ecr", lambda client: client.get_authorization_token()),
    "json-moto": ("ssm", lambda client: client.describe_parameters()),
    "query": ("sts", lambda client: client.get_caller_identity()),
    "query-iam": ("iam", lambda client: client.list_roles()),
    "ec2": ("ec2", lambda client: client.describe_vpcs()),
    "s3": ("s3", lambda client: client.list_buckets()),
}
EXPIRED = "The security token included in the request is expired"
INVALID = "The security token included in the request is invalid."
NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
NO_RECORD = "The AWS Access Key Id you provided does not exist in our records."
OVER = {
    "json": ("ExpiredTokenException", 400, EXPIRED),
    "json-ecr": ("ExpiredTokenException", 400, EXPIRED),
    "json-moto": ("ExpiredTokenException", 400, EXPIRED),
    "query": ("ExpiredToken", 403, EXPIRED),
    "query-iam": ("ExpiredToken", 403, EXPIRED),
    "ec2": ("RequestExpired", 400, EXPIRED),
    "s3": ("ExpiredToken", 400, "The provided token has expired."),
}
UNKNOWN = {
    "json": ("UnrecognizedClientException", 400, INVALID),
    "json-ecr": ("UnrecognizedClientException", 400, INVALID),
    "json-moto": ("UnrecognizedClientException", 400, INVALID),
    "query": ("InvalidClientTokenId", 403, INVALID),
    "query-iam": ("InvalidClientTokenId", 403, INVALID),
    "ec2": ("AuthFailure", 401, NOT_VALIDATED),
    "s3": ("InvalidAccessKeyId", 403, NO_RECORD),
}


def test_a_session_lasts_as_long_as_was_asked_and_not_a_second_longer(sandbox: Timed) -> None:
    keys = sandbox.keys(900)
    clients = {kind: sandbox.client(service, **keys) for kind, (service, _) in CALLS.items()}
    sandbox.pass_time(890)
    for kind, (_, call) in CALLS.items():
        call(clients[kind])
    sandbox.pass_time(10)
    assert {kind: refused(lambda: call(clients[kind])) for kind, (_, call) in CALLS.items()} == OVER  # noqa: B023


@pytest.mark.parametrize("kind", CALLS)
def test_a_key_that_nobody_gave_out(sandbox: Timed, kind: str) -> None:
    service, call = CALLS[kind]
    keys = sandbox.keys()
    for wrong in (
        {"access_key": "ASIAABCDEFGHIJKLMNOP", "secret_key": "x", "token": "y"},
        {**keys, "token": "of another session"},
        {name: value for name, value in keys.items() if name != "token"},
    ):
        client = sandbox.client(service, **wrong)
        assert refused(lambda: call(client)) == UNKNOWN[kind]  # noqa: B023


def test_a_new_session_goes_on_where_the_old_one_ended(sandbox: Timed) -> None:
    first = sandbox.keys(900)
    sandbox.pass_time(900)
    assert refused(sandbox.client("ecs", **first).list_clusters)[0] == "ExpiredTokenException"
    assert sandbox.client("sts", **sandbox.keys(900)).get_caller_identity()["Arn"] == SESSION


def test_the_registry_login_outlives_the_session(sandbox: Timed) -> None:
    login = sandbox.client("ecr", **sandbox.keys(900)).get_authorization_token()["authorizationData"][0]
    sandbox.pass_time(900)
    connection = http.client.HTTPConnection(sandbox.registry, timeout=10)
    connection.request("GET", "/v2/", headers={"Authorization": f"Basic {login['authorizationToken']}"})
    assert connection.getresponse().status == 200
    connection.close()


def test_a_token_in_the_address_counts_as_one_in_a_header(sandbox: Timed) -> None:
    keys = sandbox.keys()
    scope = f"{keys['access_key']}/20260101/us-east-1/sts/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0"}
    statuses = []
    for token in (keys["token"], "another"):
        query = {"Action": "GetCallerIdentity", "Version": "2011-06-15", "X-Amz-Security-Token": token}
        connection = http.client.HTTPConnection(sandbox.registry, timeout=10)
        connection.request("GET", f"/?{urlencode(query)}", headers=headers)
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [200, 403]


def test_a_web_identity_needs_no_key_and_a_bad_one_does_no_harm(sandbox: Timed) -> None:
    scope = "ASIAABCDEFGHIJKLMNOP/20260101/us-east-1/sts/aws4_request"
    form = {"RoleArn": ROLE, "RoleSessionName": "ci", "WebIdentityToken": "a.b.c", "Version": "2011-06-15"}
    answer = send(
        int(sandbox.registry.partition(":")[2]),
        "POST",
        "/",
        urlencode({"Action": "AssumeRoleWithWebIdentity", **form}).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Authorization=f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
    )
    assert (answer.status, b"<Code>InvalidIdentityToken</Code>" in answer.body) == (400, True)


def test_users_and_unknown_lasting_keys_stay_who_they_are(sandbox: Timed) -> None:
    iam = sandbox.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = sandbox.client("sts", access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    assert ann.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert sandbox.client("sts", access_key="testing").get_caller_identity()["Arn"].endswith(":user/sandbox")

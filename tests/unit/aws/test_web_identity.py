"""Sessions by id token: how often they are renewed, and what a refusal says."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from ecsdeploy.aws.web_identity import SETTLE, Renewing, WebIdentity
from ecsdeploy.aws.web_identity_errors import Trust
from ecsdeploy.errors import CredentialsError, EcsdeployError, Refused, Unreachable
from ecsdeploy.github.id_token import NoIdToken
from ecsdeploy.hidden import Hidden
from tests.support.clocks import FakeClock

ROLE = "arn:aws:iam::123456789012:role/platform/hello-github-deploy"
TRUST = Trust(ROLE, "eu-central-1", "sts.amazonaws.com", "acme/hello, refs/heads/main")
DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


@dataclass
class FakeSts:
    """Gives sessions that end by its own clock, which is `ahead` of the tool's; refuses what is lined up."""

    clock: FakeClock
    ahead: float = 0.0
    trouble: list[Exception | None] = field(default_factory=list)
    always: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    ends: dict[str, datetime] = field(default_factory=dict)

    def assume_role_with_web_identity(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        trouble = self.trouble.pop(0) if self.trouble else self.always
        if trouble is not None:
            raise trouble
        key = f"ASIA{len(self.asked):016}"
        self.ends[key] = self._now() + timedelta(seconds=asked["DurationSeconds"])
        secret = {"SecretAccessKey": f"secret of {key}" * 2, "SessionToken": f"token of {key}" * 9}
        return {"Credentials": {"AccessKeyId": key, **secret, "Expiration": self.ends[key]}}

    def call(self, credentials: Renewing) -> str:
        """Take a call as AWS does; return the key that signed it."""
        key = str(credentials.get_frozen_credentials().access_key)
        assert self._now() < self.ends[key], "the credentials have expired"
        return key

    def _now(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.ahead)


@dataclass
class Job:
    """A job whose id tokens are good for five minutes and used once."""

    clock: FakeClock = field(default_factory=FakeClock)
    hidden: Hidden = field(default_factory=Hidden)
    seconds: int = 900
    settle: tuple[float, ...] = SETTLE
    ahead: float = 0.0
    tokens: int = 0
    broken: EcsdeployError | None = None
    flaw: CredentialsError | None = None

    def __post_init__(self) -> None:
        self.sts = FakeSts(self.clock, self.ahead)

    def token(self, audience: str) -> str:
        assert audience == "sts.amazonaws.com"
        if self.broken is not None:
            raise self.broken
        self.tokens += 1
        return f"token {self.tokens}"

    def signs_in(self) -> Renewing:
        return WebIdentity(
            trust=TRUST,
            token=self.token,
            sts=cast(Any, self.sts),
            session_name="ecsdeploy-99",
            clock=self.clock,
            hidden=self.hidden,
            flaw=lambda token, _audience: self.flaw,
            seconds=self.seconds,
            settle=self.settle,
        ).credentials()


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "AssumeRoleWithWebIdentity")


@pytest.mark.parametrize("ahead", [-240.0, 0.0, 240.0])
@pytest.mark.parametrize(("seconds", "most"), [(900, 18), (3600, 4), (43_200, 1)])
def test_three_hours_see_no_expired_credential_and_one_renewal_a_session(seconds: int, most: int, ahead: float) -> None:
    job = Job(seconds=seconds, ahead=ahead)
    credentials = job.signs_in()
    used: list[str] = []

    while job.clock.seconds < 3 * 3600:
        used.append(job.sts.call(credentials))
        assert len(job.sts.asked) <= most
        job.clock.sleep(1.5)

    sessions = list(dict.fromkeys(used))
    assert used == sorted(used)
    assert len(job.sts.asked) == len(sessions)
    assert [each["WebIdentityToken"] for each in job.sts.asked] == [f"token {n + 1}" for n in range(len(sessions))]
    assert {each["DurationSeconds"] for each in job.sts.asked} == {seconds}


def test_a_pause_of_hours_is_no_problem() -> None:
    job = Job()
    credentials = job.signs_in()
    job.sts.call(credentials)
    job.clock.sleep(7200)

    job.sts.call(credentials)

    assert len(job.sts.asked) == 2


def test_nobody_waits_while_one_call_renews() -> None:
    job = Job(seconds=3600)
    credentials = job.signs_in()
    first = job.sts.call(credentials)
    job.clock.sleep(3000)
    renewing, go_on, others = threading.Event(), threading.Event(), list[str]()
    ask = job.sts.assume_role_with_web_identity

    def slowly(**asked: Any) -> dict[str, Any]:
        renewing.set()
        assert go_on.wait(10)
        return ask(**asked)

    job.sts.assume_role_with_web_identity = slowly  # type: ignore[method-assign]
    one = threading.Thread(target=lambda: job.sts.call(credentials))
    one.start()
    assert renewing.wait(10)
    others += [job.sts.call(credentials) for _ in range(5)]
    go_on.set()
    one.join(10)

    assert others == [first] * 5
    assert len(job.sts.asked) == 2


def test_what_is_asked_for_names_the_run_and_is_hidden() -> None:
    job, told = Job(), list[str]()
    job.hidden.announce_to(told.append)

    keys = job.signs_in().get_frozen_credentials()

    assert job.sts.asked == [
        {
            "RoleArn": ROLE,
            "RoleSessionName": "ecsdeploy-99",
            "WebIdentityToken": "token 1",
            "DurationSeconds": 900,
        }
    ]
    assert told == [keys.secret_key, keys.token]


def test_a_role_that_is_too_new_gets_a_few_seconds() -> None:
    job = Job()
    job.sts.trouble = [refusal(*DENIED), refusal("InvalidIdentityToken", "No OpenIDConnect provider found in your ...")]

    job.sts.call(job.signs_in())

    assert job.clock.slept == [1.0, 2.0]


def test_a_denial_names_what_is_trusted_after_a_few_seconds() -> None:
    job = Job()
    job.sts.always = refusal(*DENIED)

    with pytest.raises(CredentialsError) as caught:
        job.sts.call(job.signs_in())

    said = caught.value
    assert said.what == "The role hello-github-deploy does not let this job (acme/hello, refs/heads/main) in."
    assert "repository, branch, tag or environment" in said.why
    assert "`ecsdeploy doctor --oidc`" in said.fix
    assert sum(job.clock.slept) == 3
    assert job.tokens == 1


def test_where_a_role_is_known_at_once_a_denial_is_told_at_once() -> None:
    job = Job(settle=())
    job.sts.always = refusal(*DENIED)

    with pytest.raises(CredentialsError, match="does not let this job"):
        job.sts.call(job.signs_in())

    assert (len(job.sts.asked), job.clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("code", "message", "kind", "what", "fix"),
    [
        (
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://x",
            CredentialsError,
            "Account 123456789012 has no identity provider",
            "ecsdeploy setup",
        ),
        (
            "InvalidIdentityToken",
            "Incorrect token audience",
            CredentialsError,
            "does not accept tokens for sts.amazonaws.com",
            "bootstrap-oidc",
        ),
        (
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT.",
            CredentialsError,
            "AWS does not accept the id token",
            "doctor --oidc",
        ),
        (
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider",
            CredentialsError,
            "AWS cannot tell that the issuer signed the id token",
            "the runner's own",
        ),
        (
            "ExpiredTokenException",
            "Token expired: it is past its expiration",
            CredentialsError,
            "The id token had expired",
            "clock",
        ),
        ("IDPCommunicationError", "could not be reached", Unreachable, "could not reach the service", "again"),
        ("IDPRejectedClaim", "rejected", CredentialsError, "does not let this job", "doctor --oidc"),
        ("RegionDisabledException", "STS is not activated", Refused, "STS is not active in eu-central-1", "IAM"),
        (
            "ValidationError",
            "DurationSeconds exceeds the MaxSessionDuration",
            Refused,
            "does not accept the request for a session of",
            "DurationSeconds",
        ),
        ("Throttling", "Rate exceeded", Unreachable, "AWS keeps throttling sts", "later"),
        ("InternalFailure", "x", Unreachable, "could not answer sts:AssumeRoleWithWebIdentity", "again"),
    ],
)
def test_each_refusal_has_its_own_words(
    code: str, message: str, kind: type[EcsdeployError], what: str, fix: str
) -> None:
    job = Job()
    job.sts.always = refusal(code, message)

    with pytest.raises(kind, match=what) as caught:
        job.sts.call(job.signs_in())

    assert fix in caught.value.fix
    assert message in caught.value.why


def test_what_a_token_says_against_itself_comes_before_what_aws_guesses() -> None:
    job = Job(flaw=CredentialsError("The token is for the audience x.", why="It was asked for y.", fix="Ask again."))
    job.sts.always = refusal("InvalidIdentityToken", "Incorrect token audience")

    with pytest.raises(CredentialsError, match="The token is for the audience x") as caught:
        job.sts.call(job.signs_in())

    assert caught.value.why == "It was asked for y. AWS says: Incorrect token audience"
    assert caught.value.fix == "Ask again."


def test_a_token_that_was_too_old_is_replaced_once() -> None:
    job = Job()
    job.sts.trouble = [refusal("ExpiredTokenException", "Token expired")]

    job.sts.call(job.signs_in())

    assert job.tokens == 2


@pytest.mark.parametrize(
    "error", [ConnectTimeoutError(endpoint_url="https://sts"), EndpointConnectionError(endpoint_url="https://sts")]
)
def test_an_sts_that_does_not_answer_is_not_a_refusal(error: Exception) -> None:
    job = Job()
    job.sts.always = error

    with pytest.raises(Unreachable, match="AWS does not answer"):
        job.sts.call(job.signs_in())


def test_a_renewal_that_fails_disturbs_nobody_while_the_session_lasts() -> None:
    job = Job(seconds=3600)
    credentials = job.signs_in()
    first = job.sts.call(credentials)
    job.clock.sleep(2701)
    job.sts.always = refusal(*DENIED)

    for _ in range(100):
        assert job.sts.call(credentials) == first
        job.clock.sleep(1.5)
    tried = len(job.sts.asked) - 1
    job.sts.always = None
    for _ in range(100):
        job.sts.call(credentials)
        job.clock.sleep(1.5)

    assert tried == 3  # once a minute
    assert job.sts.call(credentials) != first
    assert job.clock.slept.count(1.0) == 0


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (refusal(*DENIED), "The role hello-github-deploy does not let this job"),
        (NoIdToken("GitHub gives this job no id token.", why="HTTP 503."), "no id token. HTTP 503."),
    ],
)
def test_a_renewal_that_is_refused_to_the_end_says_so(trouble: Exception, why: str) -> None:
    job = Job()
    credentials = job.signs_in()
    job.sts.call(credentials)
    if isinstance(trouble, EcsdeployError):
        job.broken = trouble
    else:
        job.sts.always = trouble
    job.clock.sleep(850)

    with pytest.raises(CredentialsError) as caught:
        job.sts.call(credentials)

    assert caught.value.what == (
        "The session of the role hello-github-deploy could not be renewed; it ends at 09:15:00 UTC."
    )
    assert why in caught.value.why


def test_a_renewal_that_nobody_answers_may_pass() -> None:
    job = Job()
    credentials = job.signs_in()
    job.sts.call(credentials)
    job.sts.always = ConnectTimeoutError(endpoint_url="https://sts")
    job.clock.sleep(850)
    with pytest.raises(Unreachable):
        job.sts.call(credentials)
    job.sts.always = None

    job.sts.call(credentials)

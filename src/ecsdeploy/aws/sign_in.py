"""How a run signs in: with what the machine has, as botocore finds it, or as a role.

A role is assumed by an id token where there is one, else with the machine's own credentials. Keys stay in memory.
"""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from getpass import GetPassWarning
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ecsdeploy import __version__
from ecsdeploy.clock import Clock, SystemClock
from ecsdeploy.errors import CredentialsError, UsageError
from ecsdeploy.hidden import Hidden
from ecsdeploy.policy.arns import Place

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config as BotoConfig
    from botocore.credentials import Credentials
    from botocore.loaders import Loader
    from botocore.session import Session as BotoSession

CONNECT_SECONDS = 5
READ_SECONDS = 20
CONNECTIONS = 32
"""How many questions one service may be asked in parallel, each over a kept connection."""
QUICK_ATTEMPTS = 3
"""For the first question, whose credentials these are: without a network, the user should know soon."""
SESSION_SECONDS = 3600
"""How long a session lasts: every role allows that long, and a chain of roles no longer (STS API reference)."""
SESSION_NAME = "ecsdeploy"

_ROLE = re.compile(
    r"arn:(?P<partition>aws[\w-]*):iam::(?P<account>\d{12}):role(?P<path>/(?:[!-~]+/)?)(?P<name>[\w+=,.@-]{1,64})"
)


@dataclass(frozen=True)
class Role:
    """The role to assume; without a partition, that of the Region."""

    account: str
    name: str
    path: str = "/"
    partition: str = ""

    @classmethod
    def of_arn(cls, arn: str, said_by: str) -> Role:
        """Return the role of an ARN, which `said_by` names. Raises `UsageError`."""
        found = _ROLE.fullmatch(arn)
        if found is None:
            raise UsageError(
                f"{said_by} {arn!r} is not the ARN of a role.",
                fix=f"For example: {said_by} arn:aws:iam::123456789012:role/hello-github-deploy",
            )
        return cls(found["account"], found["name"], found["path"], found["partition"])


def _none_seen(_token: str, _audience: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """What a run signs in with.

    `token` returns a new id token for an audience; where it is None, `role` is assumed with the machine's credentials,
    those of `profile` if one is named. `flaw` says what is wrong with a token and its audience, None for nothing that
    is seen. `otherwise` says more than that there are none; `job` says who asks. `at_once` says that IAM knows a new
    role everywhere at once, so that a denial needs no second attempt.
    """

    profile: str | None = None
    role: Role | None = None
    token: Callable[[str], str] | None = None
    flaw: Callable[[str, str], CredentialsError | None] = _none_seen
    otherwise: CredentialsError | None = None
    session_name: str = SESSION_NAME
    job: str = ""
    at_once: bool = False
    clock: Clock = field(default_factory=SystemClock)
    hidden: Hidden = field(default_factory=Hidden)


def open_session(region: str, sign_in: SignIn, count: Callable[..., None]) -> boto3.Session:
    """Return a session that has signed in; `count` hears of each request that this takes.

    Raises `CredentialsError`, and botocore's errors.
    """
    import boto3
    from botocore.session import Session as BotoSession

    core = BotoSession(profile=sign_in.profile)
    core.register_component("data_loader", _models(core.get_config_variable("data_path")))
    session = boto3.Session(botocore_session=core, region_name=region)
    _require_known(region, session)
    if sign_in.role is not None:
        assumed = _by_token if sign_in.token is not None else _by_keys
        _give(core, assumed(core, region, sign_in, sign_in.role, count))
    if _loaded(session.get_credentials) is None and sign_in.otherwise is not None:
        raise sign_in.otherwise
    return session


def settings(attempts: int, **more: Any) -> BotoConfig:
    """Return how every client talks to AWS: its retries, time-outs and user agent."""
    from botocore.config import Config as BotoConfig

    return BotoConfig(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        user_agent_extra=f"ecsdeploy/{__version__}",
        **more,
    )


def _by_token(core: BotoSession, region: str, sign_in: SignIn, role: Role, count: Callable[..., None]) -> Credentials:
    """Return credentials of the role by id tokens, from the Region's own STS."""
    from botocore import UNSIGNED

    from ecsdeploy.aws.web_identity import SETTLE, WebIdentity
    from ecsdeploy.aws.web_identity_errors import Trust

    place = _place(core, region, role)
    assert sign_in.token is not None
    sts = _sts(core, region, count, config=settings(QUICK_ATTEMPTS, signature_version=UNSIGNED))
    return WebIdentity(
        trust=Trust(_arn(place, role), region, place.sts_audience, sign_in.job),
        token=sign_in.token,
        sts=sts,
        session_name=sign_in.session_name,
        clock=sign_in.clock,
        hidden=sign_in.hidden,
        flaw=sign_in.flaw,
        seconds=SESSION_SECONDS,
        settle=() if sign_in.at_once else SETTLE,
    ).credentials()


def _by_keys(core: BotoSession, region: str, sign_in: SignIn, role: Role, count: Callable[..., None]) -> Credentials:
    """Return credentials of the role by the machine's own; botocore renews both."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.exceptions import NoCredentialsError

    own = _loaded(core.get_component("credential_provider").load_credentials)
    if own is None:
        raise sign_in.otherwise or NoCredentialsError

    def client(_service: str, **keys: Any) -> Any:
        return _sts(core, region, count, config=settings(QUICK_ATTEMPTS), **keys)

    fetcher = AssumeRoleCredentialFetcher(
        client,
        own,
        _arn(_place(core, region, role), role),
        extra_args={"RoleSessionName": sign_in.session_name, "DurationSeconds": SESSION_SECONDS},
    )
    return DeferredRefreshableCredentials(
        refresh_using=fetcher.fetch_credentials, method="assume-role", time_fetcher=sign_in.clock.now
    )


def _sts(core: BotoSession, region: str, count: Callable[..., None], **more: Any) -> Any:
    """Return a client of the Region's own STS. Raises `UsageError` for an address that is none."""
    core.set_config_variable("sts_regional_endpoints", "regional")
    with checked_endpoint():
        client = core.create_client("sts", region_name=region, **more)
        _ = urlsplit(client.meta.endpoint_url).port  # botocore looks at it with the first request
    client.meta.events.register("before-send", count)
    return client


def _place(core: BotoSession, region: str, role: Role) -> Place:
    return Place(role.partition or core.get_partition_for_region(region), region, role.account)


def _arn(place: Place, role: Role) -> str:
    return place.role(role.name, role.path)


def _give(core: BotoSession, credentials: Credentials | None) -> None:
    """Let `core` use these credentials, and look for no others."""
    from botocore.credentials import CredentialProvider, CredentialResolver

    class Given(CredentialProvider):
        METHOD = "ecsdeploy"

        def load(self) -> Credentials | None:
            return credentials

    core.register_component("credential_provider", CredentialResolver([Given()]))


def _loaded(load: Callable[[], Credentials | None]) -> Credentials | None:
    """Load the credentials now, where what botocore trips over can only be in them.

    It takes apart the user's files and what a `credential_process` prints without looking: raises `CredentialsError`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)  # else a code would be shown, or asked of nobody
            if (found := load()) is not None:
                found.get_frozen_credentials()
            return found
    except (EOFError, GetPassWarning) as error:
        raise CredentialsError(
            "The profile asks for an MFA code, and nobody can type one here.",
            why="Its mfa_serial in the AWS configuration says so.",
            fix="Run the command in a terminal, or sign in before (`aws sts get-session-token`) and use those keys.",
        ) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise CredentialsError(
            "The AWS credentials could not be loaded.",
            why=f"botocore cannot read them: {type(error).__name__}: {error}.",
            fix="Check the profile in the AWS configuration and what its credential_process prints; "
            "`aws sts get-caller-identity` shows the same.",
        ) from error


def _require_known(region: str, session: boto3.Session) -> None:
    known: list[str] = []
    for partition in session.get_available_partitions():
        regions = session.get_available_regions("ecs", partition_name=partition)
        if region in regions:
            return
        known += regions
    near = difflib.get_close_matches(region.lower(), known, n=1)
    raise UsageError(
        f"There is no AWS Region {region!r} with ECS.",
        why="botocore does not know it.",
        fix=f"Did you mean {near[0]!r}?" if near else "Choose a Region such as 'us-east-1' or 'eu-central-1'.",
    )


@contextmanager
def checked_endpoint() -> Iterator[None]:
    """Turn what botocore raises for an invalid address into a `UsageError`."""
    try:
        yield
    except ValueError as error:
        raise UsageError(
            f"The address of AWS is not valid: {error}.",
            why="It comes from AWS_ENDPOINT_URL, or endpoint_url in the AWS configuration.",
            fix="Unset it to call AWS, or give it as http://HOST:PORT.",
        ) from error


@cache
def _models(path: str | None) -> Loader:
    """Return what reads AWS's API models: megabytes of JSON, read once however many runs a process makes."""
    from botocore.loaders import create_loader

    return create_loader(path)

"""The only place that makes boto3 clients.

Retries, time-outs and the user agent are set once, here. Botocore's `standard` mode retries what passes by itself
(throttles, 5xx, dropped connections); a write without a client token goes through `once=True`, since a lost answer
and a retry would do it twice. boto3 is loaded with the first client: other work may go on beside.
"""

from __future__ import annotations

import difflib
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from getpass import GetPassWarning
from typing import TYPE_CHECKING, Any, Literal, overload
from urllib.parse import urlsplit

from ecsdeploy import __version__
from ecsdeploy.aws.errors import aws_errors, aws_settings
from ecsdeploy.errors import CredentialsError, UsageError, WrongAccount

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config as BotoConfig
    from botocore.loaders import Loader
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sts import STSClient

ATTEMPTS = 8
QUICK_ATTEMPTS = 3
"""For the first question, whose credentials these are: without a network, the user should know soon."""
CONNECT_SECONDS = 5
READ_SECONDS = 20
CONNECTIONS = 32
"""How many questions one service may be asked in parallel, each over a kept connection."""


@dataclass(frozen=True)
class Identity:
    """Who the credentials are: sts:GetCallerIdentity."""

    account: str
    arn: str
    partition: str


class Aws:
    """The clients of one run, made when they are first needed; `calls` counts requests, as `ecs:DescribeServices`."""

    def __init__(self, region: str, *, profile: str | None = None) -> None:
        self.region = region
        self.calls: Counter[str] = Counter()
        self._profile = profile
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, bool, str], Any] = {}
        self._lock, self._counting, self._identifying = threading.Lock(), threading.Lock(), threading.Lock()
        self._identity: Identity | None = None

    @overload
    def client(
        self, service: Literal["application-autoscaling"], *, once: bool = ...
    ) -> ApplicationAutoScalingClient: ...
    @overload
    def client(self, service: Literal["ec2"], *, once: bool = ...) -> EC2Client: ...
    @overload
    def client(self, service: Literal["ecr"], *, once: bool = ...) -> ECRClient: ...
    @overload
    def client(self, service: Literal["ecs"], *, once: bool = ...) -> ECSClient: ...
    @overload
    def client(self, service: Literal["iam"], *, once: bool = ...) -> IAMClient: ...
    @overload
    def client(self, service: Literal["logs"], *, once: bool = ..., region: str = ...) -> CloudWatchLogsClient: ...
    @overload
    def client(self, service: Literal["sts"], *, once: bool = ...) -> STSClient: ...
    @overload
    def client(self, service: str, *, once: bool = ..., region: str = ...) -> Any: ...
    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Return the client of `service`; with `once`, a request is sent one time and never retried.

        `region` is another Region than the run's.
        Raises `UsageError` if the Region does not exist, `CredentialsError` if the profile does not.
        """
        key = (service, once, region or self.region)
        with self._lock:  # a session makes one client at a time (boto3, "Multithreading or multiprocessing")
            if key not in self._clients:
                attempts = 1 if once else QUICK_ATTEMPTS if service == "sts" else ATTEMPTS
                session = self._opened()
                with aws_settings(service), _checked_endpoint():
                    client = session.client(service, region_name=region or None, config=_boto_config(attempts))
                    _ = urlsplit(client.meta.endpoint_url).port  # botocore looks at it with the first request
                client.meta.events.register("before-send", self._count)
                self._clients[key] = client
        return self._clients[key]

    @property
    def identity(self) -> Identity:
        """Return whose credentials these are, asked once per run. Raises `CredentialsError`."""
        with self._identifying:
            if self._identity is None:
                with aws_errors("sts"):
                    answer = self.client("sts").get_caller_identity()
                self._identity = Identity(answer["Account"], answer["Arn"], answer["Arn"].split(":")[1])
            return self._identity

    def require_account(self, account: str | None) -> None:
        """Raise `WrongAccount` unless the credentials belong to `account`; None makes no call."""
        who = self.identity
        if account is not None and who.account != account:
            raise WrongAccount(
                f"These credentials belong to account {who.account}, the config says {account}.",
                why=f"Signed in as {who.arn}.",
                fix="Use credentials of the right account (--profile), or correct `account` in the config.",
            )

    def requests(self, service: str) -> int:
        """Return how many requests this run has sent to a service so far, retries included."""
        with self._counting:
            return sum(count for call, count in self.calls.items() if call.startswith(f"{service}:"))

    def _count(self, event_name: str, **_context: object) -> None:
        service, operation = event_name.split(".")[1:]
        with self._counting:
            self.calls[f"{service}:{operation}"] += 1

    def _opened(self) -> boto3.Session:
        if self._session is None:
            with aws_settings("sts"):
                session = _open_session(self.region, self._profile)
                _load_credentials(session)
            _require_known(self.region, session)
            self._session = session
        return self._session


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
def _checked_endpoint() -> Iterator[None]:
    """Turn what botocore raises for an invalid address into a `UsageError`."""
    try:
        yield
    except ValueError as error:
        raise UsageError(
            f"The address of AWS is not valid: {error}.",
            why="It comes from AWS_ENDPOINT_URL, or endpoint_url in the AWS configuration.",
            fix="Unset it to call AWS, or give it as http://HOST:PORT.",
        ) from error


def _open_session(region: str, profile: str | None) -> boto3.Session:
    import boto3
    from botocore.session import Session as BotoSession

    core = BotoSession(profile=profile)
    core.register_component("data_loader", _models(core.get_config_variable("data_path")))
    return boto3.Session(botocore_session=core, region_name=region)


def _load_credentials(session: boto3.Session) -> None:
    """Load the credentials now, where what botocore trips over can only be in them.

    It takes apart the user's files and what a `credential_process` prints without looking: raises `CredentialsError`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)  # else a code would be shown, or asked of nobody
            if (found := session.get_credentials()) is not None:
                found.get_frozen_credentials()
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


@cache
def _models(path: str | None) -> Loader:
    """Return what reads AWS's API models: megabytes of JSON, read once however many runs a process makes."""
    from botocore.loaders import create_loader

    return create_loader(path)


def _boto_config(attempts: int) -> BotoConfig:
    from botocore.config import Config as BotoConfig

    return BotoConfig(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        user_agent_extra=f"ecsdeploy/{__version__}",
    )

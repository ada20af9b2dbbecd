"""The only place that makes boto3 clients.

Retries, time-outs and the user agent are set once, here. Botocore's `standard` mode retries what passes by itself
(throttles, 5xx, dropped connections); a write without a client token goes through `once=True`, since a lost answer
and a retry would do it twice. boto3 is loaded with the first client: other work may go on beside.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload
from urllib.parse import urlsplit

from ecsdeploy.aws.errors import aws_errors, aws_settings
from ecsdeploy.aws.sign_in import QUICK_ATTEMPTS, SignIn, checked_endpoint, open_session, settings
from ecsdeploy.errors import EcsdeployError, Unreachable, WrongAccount
from ecsdeploy.hidden import Hidden

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sts import STSClient

ATTEMPTS = 8


@dataclass(frozen=True)
class Identity:
    """Who the credentials are: sts:GetCallerIdentity."""

    account: str
    arn: str
    partition: str


class Aws:
    """The clients of one run, made when they are first needed; `calls` counts requests, as `ecs:DescribeServices`."""

    def __init__(self, region: str, sign_in: SignIn | None = None) -> None:
        self.region = region
        self.calls: Counter[str] = Counter()
        self.sign_in = sign_in or SignIn()
        self._session: boto3.Session | None = None
        self._refused: EcsdeployError | None = None
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
        Raises `UsageError` if the Region does not exist, `CredentialsError` if nobody can sign in.
        """
        key = (service, once, region or self.region)
        with self._lock:  # a session makes one client at a time (boto3, "Multithreading or multiprocessing")
            if key not in self._clients:
                attempts = 1 if once else QUICK_ATTEMPTS if service == "sts" else ATTEMPTS
                session = self._opened()
                with aws_settings(service), checked_endpoint():
                    client = session.client(service, region_name=region or None, config=settings(attempts))
                    _ = urlsplit(client.meta.endpoint_url).port  # botocore looks at it with the first request
                client.meta.events.register("before-send", self._count)
                client.meta.events.register("before-send", self._hide)
                self._clients[key] = client
        return self._clients[key]

    @property
    def hidden(self) -> Hidden:
        """Return what keeps the secrets of this run out of its output."""
        return self.sign_in.hidden

    def elsewhere(self, region: str) -> Aws:
        """Return the way to AWS in another Region, with the same credentials; calls are counted apart."""
        return self if region == self.region else Aws(region, self.sign_in)

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

    def _hide(self, **_context: object) -> None:
        """Hide the keys of each request: whatever renews them, the ones in use are known here."""
        found = self._session.get_credentials() if self._session is not None else None
        if found is not None:
            keys = found.get_frozen_credentials()
            self.hidden.add(*filter(None, (keys.secret_key, keys.token)))

    def _opened(self) -> boto3.Session:
        if self._refused is not None:  # several ask at once, and AWS has answered
            raise self._refused
        if self._session is None:
            try:
                self._session = self._signed_in()
            except Unreachable:
                raise
            except EcsdeployError as error:
                self._refused = error
                raise
        return self._session

    def _signed_in(self) -> boto3.Session:
        with aws_settings("sts"):
            return open_session(self.region, self.sign_in, self._count)

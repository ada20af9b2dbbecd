"""The sessions that STS gave out: which one a request's key belongs to, and whether its time is over.

A session ends by the sandbox's clock, after as many of its seconds as were asked for: `--speed` does not shorten it. A
request's signature is not checked; with a session, its session token is.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.http import Environ
from ecsdeploy.sandbox.refusals import expired, unknown_key
from ecsdeploy.sandbox.requests import UNSIGNED, AwsRequest

TEMPORARY = "ASIA"
"""What the keys of sessions begin with (IAM User Guide, "IAM identifiers"); those of users begin with AKIA."""

_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What signs a session's requests."""

    access_key: str
    secret_key: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Session:
    """A role that somebody has assumed. Times are seconds since the epoch, by the sandbox's clock.

    `session_policy` is the inline session policy, empty for none; `policy_arns` are the managed ones. `identity` are
    the condition keys that stay in the session of a web identity (`ISSUER:aud`, `ISSUER:sub`, `ISSUER:amr`), and
    `provider` the ARN of its identity provider, empty where an AWS principal assumed the role.
    """

    keys: Keys
    role_arn: str
    role_id: str
    name: str
    issued_at: float
    expires_at: float
    session_policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str = ""
    provider: str = ""
    identity: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Return the ARN that GetCallerIdentity tells; it has the role's name, without its path."""
        partition, account = self.role_arn.split(":")[1], self.role_arn.split(":")[4]
        return f"arn:{partition}:sts::{account}:assumed-role/{self.role_arn.rpartition('/')[2]}/{self.name}"

    @property
    def user_id(self) -> str:
        """Return the role's id and the session's name."""
        return f"{self.role_id}:{self.name}"


class Sessions:
    """Every session of one sandbox, also those that are over: AWS tells them from keys that never were."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        """Keep a session."""
        with self._lock:
            self._sessions[session.keys.access_key] = session

    def find(self, access_key: str) -> Session | None:
        """Return the session that a key belongs to, whether or not it is over."""
        with self._lock:
            return self._sessions.get(access_key)

    def check(self, environ: Environ, request: AwsRequest, *, known_elsewhere: Callable[[AwsRequest], bool]) -> None:
        """Raise `AwsError` for a request with the key of a session that is over, or that never was.

        `known_elsewhere` says of a temporary key that is not here whether moto gave it out. A key that does not look
        like a session's is not judged: the sandbox has no list of those.
        """
        key = request.access_key
        if not key.startswith(TEMPORARY) or request.operation in UNSIGNED:
            return
        session = self.find(key)
        if session is None:
            if not known_elsewhere(request):
                raise unknown_key(request)
        elif not secrets.compare_digest(session.keys.token.encode(), _token(environ).encode()):
            raise unknown_key(request)
        elif session.expires_at <= self._clock.now():
            raise expired(request)


def new_keys() -> Keys:
    """Return keys such as STS makes."""
    return Keys(
        access_key=TEMPORARY + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16)),
        secret_key=base64.b64encode(secrets.token_bytes(30)).decode(),
        token=base64.b64encode(secrets.token_bytes(240)).decode(),
    )


def _token(environ: Environ) -> str:
    header = str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""))
    return header or parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Security-Token", [""])[-1]

"""A session for an id token: AssumeRoleWithWebIdentity, again with a new token before the session ends.

botocore's own provider reads the token from a file, and GitHub's lives about five minutes: what was read at the start
is of no use an hour later. Botocore also renews what has less than 15 minutes left, which is all of a session of 15
minutes: it would renew with every call. So both windows are fitted to the session.
Source: STS API reference, AssumeRoleWithWebIdentity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import ClientError

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.web_identity_errors import Trust, refused
from ecsdeploy.clock import Clock
from ecsdeploy.errors import CredentialsError, EcsdeployError, Unreachable
from ecsdeploy.hidden import Hidden

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import AssumeRoleWithWebIdentityResponseTypeDef

METHOD = "ecsdeploy-web-identity"
SETTLE = (1.0, 2.0)
"""Seconds before a denied sign-in is tried again: a role that was just created is not known everywhere at once.

No more: `setup` has waited for that before it ended, and a job that is not meant to get in learns it soon.
"""
PAUSE = timedelta(seconds=60)
"""How long a renewal that failed is not tried again, while the session still lasts."""
EARLY, EARLIEST = 3, 900
"""In the last third of a session, and not more than 15 minutes before its end, one call renews it; others go on."""
LATE, LATEST = 15, 300
"""In the last fifteenth, and not more than 5 minutes before the end, every call waits for the renewal."""

_UNSETTLED = re.compile(r"not authorized to perform|no openidconnect provider found", re.IGNORECASE)
_STALE = {"ExpiredTokenException", "ExpiredToken"}


class Renewing(DeferredRefreshableCredentials):
    """botocore's credentials, with windows that fit a session of `seconds`."""

    def __init__(self, renew: Callable[[], Mapping[str, str]], *, seconds: int, clock: Clock) -> None:
        super().__init__(refresh_using=renew, method=METHOD, time_fetcher=clock.now)
        self._advisory_refresh_timeout = min(EARLIEST, seconds // EARLY)
        self._mandatory_refresh_timeout = min(LATEST, seconds // LATE)


@dataclass(kw_only=True)
class WebIdentity:
    """Sessions of the role that `trust` is about, one after the other; `token` asks for a new id token each time.

    `flaw` looks into a token that STS does not take, for what is wrong with it.
    `sts` is an STS client of the Region that signs nothing. A session lasts `seconds`, from 900 to the role's maximum.
    `settle` are the seconds before each further attempt of a first sign-in that is denied.
    """

    trust: Trust
    token: Callable[[str], str]
    sts: STSClient
    session_name: str
    clock: Clock
    hidden: Hidden
    flaw: Callable[[str, str], CredentialsError | None]
    seconds: int = 3600
    settle: tuple[float, ...] = SETTLE
    _ends: datetime | None = field(default=None, init=False)
    _failed: tuple[datetime, EcsdeployError] | None = field(default=None, init=False)

    def credentials(self) -> Renewing:
        """Return botocore's credentials; the first call that needs them signs in."""
        return Renewing(self.renew, seconds=self.seconds, clock=self.clock)

    def renew(self) -> Mapping[str, str]:
        """Return a new session in botocore's form.

        Raises `CredentialsError` and `Unreachable`; a renewal that failed is not tried again at once.
        """
        if self._ends is None:
            return self._kept(self._first)
        now = self.clock.now()
        if self._failed is not None and now < self._failed[0] and self._lasts(now):
            raise self._failed[1]
        try:
            return self._kept(self._again)
        except Unreachable as error:
            self._failed = (self.clock.now() + PAUSE, error)
            raise
        except EcsdeployError as error:
            found = self._not_renewed(error, self._ends)
            self._failed = (self.clock.now() + PAUSE, found)
            raise found from error

    def _lasts(self, now: datetime) -> bool:
        return self._ends is not None and now < self._ends - timedelta(seconds=min(LATEST, self.seconds // LATE))

    def _kept(self, sign_in: Callable[[], AssumeRoleWithWebIdentityResponseTypeDef]) -> Mapping[str, str]:
        """Return a session in botocore's form; hide it, and remember when it ends.

        By our own clock, from before it was asked for: one that is wrong must not outlive the session.
        """
        began = self.clock.now()
        found = sign_in()["Credentials"]
        self.hidden.add(found["SecretAccessKey"], found["SessionToken"])
        self._ends, self._failed = began + timedelta(seconds=self.seconds), None
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": self._ends.isoformat(),
            "account_id": self.trust.role.split(":")[4],
        }

    def _first(self) -> AssumeRoleWithWebIdentityResponseTypeDef:
        """Sign in; a new role or provider gets some seconds until AWS knows it everywhere.

        With one token: what it says of the job does not change, and it outlives them.
        """
        token = self.token(self.trust.audience)
        for wait in self.settle:
            try:
                return self._assume(token)
            except ClientError as error:
                if not _UNSETTLED.search(str(error)):
                    raise self._refused(error, token) from error
            self.clock.sleep(wait)
        return self._explained(token)

    def _again(self) -> AssumeRoleWithWebIdentityResponseTypeDef:
        return self._explained(self.token(self.trust.audience))

    def _explained(self, token: str) -> AssumeRoleWithWebIdentityResponseTypeDef:
        try:
            return self._assume(token)
        except ClientError as error:
            raise self._refused(error, token) from error

    def _refused(self, error: ClientError, token: str) -> EcsdeployError:
        return refused(error, self.trust, self.flaw(token, self.trust.audience))

    def _assume(self, token: str) -> AssumeRoleWithWebIdentityResponseTypeDef:
        """Raise botocore's `ClientError` for what STS refuses; a token that was too old is replaced once."""
        try:
            return self._asked(token)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _STALE:
                raise
            return self._asked(self.token(self.trust.audience))

    def _asked(self, token: str) -> AssumeRoleWithWebIdentityResponseTypeDef:
        try:
            return self.sts.assume_role_with_web_identity(
                RoleArn=self.trust.role,
                RoleSessionName=self.session_name,
                WebIdentityToken=token,
                DurationSeconds=self.seconds,
            )
        except ClientError:
            raise
        except Exception:
            with aws_errors("sts"):
                raise

    def _not_renewed(self, error: EcsdeployError, ends: datetime) -> CredentialsError:
        return CredentialsError(
            f"The session of the role {self.trust.name} could not be renewed; it ends at {ends:%H:%M:%S} UTC.",
            why=" ".join(part for part in (error.what, error.why) if part),
            fix=error.fix,
        )

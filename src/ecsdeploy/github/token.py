"""What an id token says: its claims, read without verifying the signature, and whether STS would look at them at all.

It is for a message to the job's own owner and decides nothing. The token itself is never part of a message.
Sources: RFC 7519 (JSON Web Token); GitHub, "OpenID Connect reference".
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LARGEST = 100_000
SHOWN = 200


class NotAToken(ValueError):
    """The text is not a JSON Web Token; the message does not quote it."""


@dataclass(frozen=True)
class Token:
    """The claims of a token as texts; `audience` may be several. A time is None if the token does not say it."""

    issuer: str
    audience: tuple[str, ...]
    issued_at: datetime | None
    not_before: datetime | None
    expires_at: datetime | None
    claims: Mapping[str, str | tuple[str, ...]] = field(repr=False)

    def claim(self, name: str) -> str:
        """Return a claim of one value, "" if there is none."""
        value = self.claims.get(name, "")
        return value if isinstance(value, str) else ", ".join(value)


@dataclass(frozen=True)
class Unusable:
    """Why STS refuses a token before it looks at a trust policy, and what to do."""

    what: str
    why: str
    fix: str


def decode(token: str) -> Token:
    """Return what `token` says. Raises `NotAToken`."""
    parts = token.strip().split(".")
    if len(parts) != 3 or len(token) > LARGEST:
        raise NotAToken("it does not have the three parts of a JSON Web Token")
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        body = json.loads(payload)
    except (binascii.Error, ValueError, RecursionError):
        raise NotAToken("its middle part is not JSON in base64url") from None
    if not isinstance(body, Mapping):
        raise NotAToken("its claims are not an object")
    claims = {str(name): _text(value) for name, value in body.items()}
    audience = claims.get("aud", ())
    return Token(
        issuer=str(body.get("iss", "")),
        audience=(audience,) if isinstance(audience, str) else audience,
        issued_at=_moment(body.get("iat")),
        not_before=_moment(body.get("nbf")),
        expires_at=_moment(body.get("exp")),
        claims=claims,
    )


def unusable(token: Token, *, now: datetime, issuer: str, audience: str) -> Unusable | None:
    """Return why STS would refuse `token` whatever the trust policy says; None if it would not.

    `issuer` is the URL of the provider that is trusted ("" for any), `audience` the one that it accepts.
    """
    if issuer and token.issuer.removesuffix("/") != issuer.removesuffix("/"):
        return Unusable(
            f"The token is from {_brief(token.issuer) or 'nobody'}, and the config trusts {issuer}.",
            "STS looks for an OIDC provider of exactly this address.",
            "Set [github] server or enterprise to where the job runs, then run `ecsdeploy bootstrap-oidc`.",
        )
    if audience not in token.audience:
        found = ", ".join(map(_brief, token.audience)) or "none"
        return Unusable(
            f"The token is for the audience {found}, and STS takes {audience}.",
            f"The runner was asked for one for {audience}, and something answers in its place.",
            "ACTIONS_ID_TOKEN_REQUEST_URL has to be the runner's own: find out what changed it in this job.",
        )
    if token.expires_at is None or token.expires_at <= now:
        when = f"at {_time(token.expires_at)}" if token.expires_at is not None else "without saying when"
        return Unusable(
            f"The token expired {when}; it is {_time(now)}.",
            "GitHub's tokens live about five minutes.",
            "Ask for a new one right before it is used; if it is new, correct this machine's clock.",
        )
    if token.not_before is not None and token.not_before > now:
        return Unusable(
            f"The token is not valid before {_time(token.not_before)}; it is {_time(now)}.",
            "This machine's clock is behind GitHub's.",
            "Correct the clock of this runner.",
        )
    return None


def _brief(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def _text(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

"""An id token as STS judges it: by the account's identity provider, the token's audience, its times and its signature.

Codes are those of the STS API reference; the words those of users' reports, but for a token that is not valid yet and
for a broken signature, of which none was found.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.policy.issuers import issuer_named
from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.github.keys import BadSignatureError, NotOurKeyError, SigningKey
from ecsdeploy.sandbox.moto_backend import MotoBackend
from ecsdeploy.sandbox.wire import AwsError

IN_SESSION = ("amr", "aud", "sub")
"""The claims that requests of the session are still judged by (IAM, "Available keys for AWS OIDC federation")."""
Claims = Mapping[str, Any]
Keys = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class WebIdentity:
    """Who a token says somebody is: `provider` is an ARN, `context` the condition keys, `kept` those of the session."""

    provider: str
    subject: str
    audience: str
    context: Keys
    kept: Keys


class WebIdentities:
    """Reads id tokens. Only the sandbox's own issuer is asked for its keys: nothing but loopback is ever called."""

    def __init__(self, moto: MotoBackend, clock: Clock, key: SigningKey) -> None:
        self._moto = moto
        self._clock = clock
        self._key = key

    def read(self, token: str, region: str) -> WebIdentity:
        """Return who a token says somebody is. Raises `AwsError` unless the account may believe it."""
        claims = _claims(token)
        issuer = str(claims.get("iss", ""))
        found = self._provider(issuer, region)
        if found is None:
            raise _invalid(f"No OpenIDConnect provider found in your account for {issuer}")
        provider, clients = found
        audiences = _texts(claims.get("aud"))
        if not clients.intersection(audiences):
            raise _invalid("Incorrect token audience")
        self._check_times(claims)
        self._check_signature(token)
        context = dict(_context(issuer, claims))
        name = issuer.removeprefix("https://")
        return WebIdentity(
            provider=provider,
            subject=str(claims.get("sub", "")),
            audience=audiences[0],
            context=context,
            kept={key: value for key, value in context.items() if key.removeprefix(f"{name}:") in IN_SESSION},
        )

    def _provider(self, issuer: str, region: str) -> tuple[str, set[str]] | None:
        """Return the ARN and the audiences of the account's provider for an issuer."""
        name = issuer.removeprefix("https://")
        listed = self._moto.query("iam", "ListOpenIDConnectProviders", region)
        for each in listed.iter("Arn"):
            arn = each.text or ""
            if arn.partition(":oidc-provider/")[2] == name and name:
                found = self._moto.query("iam", "GetOpenIDConnectProvider", region, OpenIDConnectProviderArn=arn)
                return arn, {one.text or "" for one in found.findall(".//ClientIDList/member")}
        return None

    def _check_times(self, claims: Claims) -> None:
        now, ends, begins = int(self._clock.now()), int(claims["exp"]), int(claims.get("nbf", 0))
        if ends <= now:
            message = f"Token expired: current date/time {now} must be before the expiration date/time {ends}"
            raise AwsError("ExpiredTokenException", message)
        if begins > now:
            raise _invalid(f"Token is not valid yet: current date/time {now} must be after the date/time {begins}")

    def _check_signature(self, token: str) -> None:
        try:
            self._key.verify(token)
        except NotOurKeyError:
            raise _invalid(
                "Couldn't retrieve verification key from your identity provider, please reference "
                "AssumeRoleWithWebIdentity documentation for requirements"
            ) from None
        except BadSignatureError:
            raise _invalid("The signature of the ID Token is not valid") from None


def _claims(token: str) -> Claims:
    parts = token.split(".")
    try:
        if len(parts) != 3:
            raise ValueError(token)
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        if not isinstance(claims, dict):
            raise TypeError(claims)
        for name in ("exp", "nbf"):
            int(claims.get(name, 0))
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise _invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        ) from None
    for name in ("iss", "aud", "exp", "sub"):
        if name not in claims:
            raise _invalid(f"Missing a required claim: {name}")
    return claims


def _context(issuer: str, claims: Claims) -> Iterator[tuple[str, tuple[str, ...]]]:
    name = issuer.removeprefix("https://")
    for key in issuer_named(name).keys:
        if key in claims:
            yield f"{name}:{key}", tuple(_texts(claims[key]))


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidIdentityToken", message)

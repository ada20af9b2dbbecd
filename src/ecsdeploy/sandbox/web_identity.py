"""AssumeRoleWithWebIdentity as STS judges it: by the identity provider, the token's claims and the role's trust.

Only what needs the issuer's keys is left out: the token's signature is believed. Codes are those of the STS API
reference; condition keys those of IAM, "Available keys for AWS OIDC federation".
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.wire import AwsError

OPERATION = "AssumeRoleWithWebIdentity"
EVERY_PROVIDER = ("amr", "aud", "email", "oaud", "sub")
GITHUB = "token.actions.githubusercontent.com"
OF_GITHUB = (
    "actor",
    "actor_id",
    "enterprise_id",
    "environment",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner_id",
    "workflow",
)

Claims = Mapping[str, Any]


class WebIdentity:
    """Lets a token in or refuses it; the credentials are moto's."""

    def __init__(self, moto: MotoBackend, clock: Clock) -> None:
        self._moto = moto
        self._clock = clock

    def check(self, form: Mapping[str, str], region: str) -> None:
        """Raise `AwsError` unless the role of a request trusts its token."""
        claims = _claims(form.get("WebIdentityToken", ""))
        issuer = str(claims.get("iss", ""))
        provider = self._provider(issuer, region)
        if provider is None:
            raise _invalid(f"No OpenIDConnect provider found in your account for {issuer}")
        arn, clients = provider
        if not clients.intersection(_texts(claims.get("aud"))):
            raise _invalid("Incorrect token audience")
        if float(claims.get("exp", 0)) <= self._clock.now():
            raise AwsError("ExpiredTokenException", "Token expired: it is past its expiration date/time")
        asked = Request(f"sts:{OPERATION}", "*", dict(_context(issuer, claims)), Principal("Federated", arn))
        if not self._trusts(form.get("RoleArn", ""), asked, region):
            raise AwsError("AccessDenied", f"Not authorized to perform sts:{OPERATION}", status=403)

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

    def _trusts(self, role: str, asked: Request, region: str) -> bool:
        try:
            found = self._moto.query("iam", "GetRole", region, RoleName=role.rpartition("/")[2])
            trust = json.loads(unquote(found.findtext(".//AssumeRolePolicyDocument", "")))
            return found.findtext(".//Arn", "") == role and evaluate([trust], asked) is Decision.ALLOWED
        except (MotoError, PolicyError, ValueError):
            return False


def _claims(token: str) -> Claims:
    parts = token.split(".")
    try:
        if len(parts) != 3:
            raise ValueError(token)
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        if not isinstance(claims, dict):
            raise TypeError(claims)
        float(claims.get("exp", 0))
    except (ValueError, TypeError, binascii.Error):
        raise _invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        ) from None
    return claims


def _context(issuer: str, claims: Claims) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    name = issuer.removeprefix("https://")
    known = EVERY_PROVIDER + (OF_GITHUB if name == GITHUB or name.startswith(f"{GITHUB}/") else ())
    for key in known:
        if key in claims:
            yield f"{name}:{key}", tuple(_texts(claims[key]))


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidIdentityToken", message)

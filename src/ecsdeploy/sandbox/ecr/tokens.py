"""The registry's passwords and download links: signed, so that nothing has to be remembered."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Literal

from ecsdeploy.sandbox.clock import Clock

USER = "AWS"
LIFETIME = 12 * 3600
"""Seconds that a password is good for (GetAuthorizationToken)."""

LINK_LIFETIME = 3600

Verdict = Literal["good", "expired", "invalid"]


class Tokens:
    """What this registry has signed. `key` is the secret; by default a new one for each sandbox."""

    def __init__(self, clock: Clock, key: bytes | None = None) -> None:
        self._clock = clock
        self._key = key or secrets.token_bytes(32)

    def password(self, access_key: str) -> tuple[str, float]:
        """Return a password for whoever holds `access_key`, and when it expires (seconds since the epoch).

        Like ECR's it is base64 of JSON that names its expiration; the key id is there to judge the caller by.
        """
        expires = self._clock.now() + LIFETIME
        claims = {"payload": secrets.token_hex(24), "accessKey": access_key, "expiration": int(expires)}
        signed = {**claims, "datakey": self._sign(json.dumps(claims)), "version": "2", "type": "DATA_KEY"}
        return base64.b64encode(json.dumps(signed).encode()).decode(), expires

    def judge(self, user: str, password: str) -> Verdict:
        """Return what a user name and password are worth."""
        try:
            signed = json.loads(base64.b64decode(password, validate=True))
            claims = {name: signed[name] for name in ("payload", "accessKey", "expiration")}
            genuine = hmac.compare_digest(signed["datakey"].encode(), self._sign(json.dumps(claims)).encode())
        except (ValueError, KeyError, TypeError, AttributeError):
            return "invalid"
        if user != USER or not genuine:
            return "invalid"
        return "good" if claims["expiration"] > self._clock.now() else "expired"

    @staticmethod
    def holder(password: str) -> str:
        """Return the access key of whoever asked for a good password."""
        return str(json.loads(base64.b64decode(password))["accessKey"])

    def link(self, path: str) -> str:
        """Return the query that lets anybody fetch `path` for an hour."""
        expires = int(self._clock.now() + LINK_LIFETIME)
        return f"Expires={expires}&Signature={self._sign(f'{path} {expires}')}"

    def opens(self, path: str, expires: str, signature: str) -> bool:
        """Return whether a link's query lets its bearer fetch `path`."""
        wanted = self._sign(f"{path} {expires}")
        genuine = hmac.compare_digest(signature.encode(), wanted.encode())
        return genuine and float(expires) > self._clock.now()

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

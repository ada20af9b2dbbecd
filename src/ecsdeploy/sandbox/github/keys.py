"""The issuer's key, and whether it signed a token.

RSA of 2048 bits takes a tenth of a second to make, and its libraries as long to import: both wait for the first token.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS256"


class NotOurKeyError(Exception):
    """A token names a key that the issuer does not publish, or none."""


class BadSignatureError(Exception):
    """A token names the issuer's key, and that key did not sign it as it is."""


class SigningKey:
    """A key pair for as long as the sandbox is up; made when it is first needed, from any thread."""

    def __init__(self) -> None:
        self.id = str(uuid4())
        self._making = threading.Lock()
        self._private: RSAPrivateKey | None = None

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return `claims` as a signed token."""
        import jwt

        return jwt.encode(dict(claims), self._key(), algorithm=ALGORITHM, headers={"kid": self.id})

    def published(self) -> dict[str, Any]:
        """Return the public half as a JSON Web Key Set has it (RFC 7517)."""
        from jwt.algorithms import RSAAlgorithm

        written: dict[str, Any] = RSAAlgorithm.to_jwk(self._key().public_key(), as_dict=True)
        written.pop("key_ops", None)
        return {**written, "kid": self.id, "use": "sig", "alg": ALGORITHM}

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that this key signed; whether its time has come or is over is not looked at.

        Raises `NotOurKeyError` or `BadSignatureError`.
        """
        import jwt

        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise NotOurKeyError(str(error)) from None
        if header.get("kid") != self.id or self._private is None:
            raise NotOurKeyError(str(header.get("kid")))
        times = ("exp", "nbf", "iat", "aud", "sub", "jti")
        options = {f"verify_{name}": False for name in times}
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key().public_key(),
                algorithms=[ALGORITHM],
                options=options,  # type: ignore[arg-type]
            )
        except jwt.PyJWTError as error:
            raise BadSignatureError(str(error)) from None
        return claims

    def _key(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.asymmetric import rsa

        with self._making:
            if self._private is None:
                self._private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
            return self._private

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.github.token import NotAToken, Token, decode, unusable

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "repo:acme@99/hello@1234:ref:refs/heads/main",
    "repository_id": "1234",
    "runner_environment": "github-hosted",
    "iat": int(NOW.timestamp()) - 10,
    "nbf": int(NOW.timestamp()) - 600,
    "exp": int(NOW.timestamp()) + 290,
}


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def jwt(**claims: Any) -> str:
    return f"{encoded({'alg': 'RS256'})}.{encoded(CLAIMS | claims)}.c2lnbmF0dXJl"


def refusal(token: Token) -> str:
    found = unusable(token, now=NOW, issuer=ISSUER, audience=AUDIENCE)
    return found.what if found is not None else ""


def test_the_claims_are_read() -> None:
    token = decode(jwt())
    assert token.claim("sub") == "repo:acme@99/hello@1234:ref:refs/heads/main"
    assert token.audience == (AUDIENCE,)
    assert token.expires_at == NOW + timedelta(seconds=290)
    assert refusal(token) == ""


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"aud": "https://github.com/acme"}, "for the audience https://github.com/acme, and STS takes sts.amazonaws"),
        ({"aud": []}, "for the audience none"),
        ({"iss": "https://github.example.com/_services/token"}, "from https://github.example.com/_services/token"),
        ({"exp": int(NOW.timestamp())}, "expired at 2026-11-29 12:00:00 UTC"),
        ({"exp": None}, "expired without saying when"),
        ({"nbf": int(NOW.timestamp()) + 60}, "not valid before 2026-11-29 12:01:00 UTC; it is 2026-11-29 12:00:00"),
    ],
)
def test_what_sts_refuses_whatever_the_trust_policy_says_has_its_own_message(claims: dict[str, Any], said: str) -> None:
    assert said in refusal(decode(jwt(**claims)))


def test_one_of_several_audiences_is_enough() -> None:
    assert refusal(decode(jwt(aud=["other", AUDIENCE]))) == ""


@pytest.mark.parametrize("text", ["", "garbage", "a.b", "a.b.c", "a.b.c.d", f"x.{encoded([1])}.y", f"x.{encoded(1)}.y"])
def test_what_is_no_token_is_not_quoted(text: str) -> None:
    with pytest.raises(NotAToken) as told:
        decode(text)
    assert not text or text not in str(told.value)


@given(
    st.text()
    | st.builds(
        lambda claims: f"x.{encoded(claims)}.y",
        st.dictionaries(st.text(), st.integers() | st.floats() | st.none() | st.text() | st.lists(st.text())),
    )
)
def test_any_text_is_a_token_or_is_not(text: str) -> None:
    try:
        token = decode(text)
    except NotAToken:
        return
    assert refusal(token)


def test_a_token_is_not_part_of_its_own_repr() -> None:
    assert "hello" not in repr(decode(jwt()))

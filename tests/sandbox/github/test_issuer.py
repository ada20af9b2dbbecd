"""The issuer over HTTP: what a job asks it, and what a verifier does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from ecsdeploy.sandbox.github.issuer import JOB_SECONDS, Issuer
from ecsdeploy.sandbox.github.job import Job
from ecsdeploy.sandbox.github.keys import BadSignatureError, NotOurKeyError
from tests.sandbox.core.serving import Answered, send, served
from tests.support.clocks import FakeSandboxClock

JOB = Job(repository="acme/hello", environment="prod")


@dataclass
class Served:
    issuer: Issuer
    clock: FakeSandboxClock
    port: int

    def get(self, path: str, token: str = "", method: str = "GET") -> Answered:
        return send(self.port, method, path, b"", Authorization=f"bearer {token}")

    def ask(self, job: Job, audience: str) -> Answered:
        url, token = self.issuer.request(job)
        return self.get(f"{url.removeprefix('http://sandbox')}&audience={audience}", token)

    def json(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status == 200
        return json.loads(answer.body)


@pytest.fixture(scope="module")
def github() -> Iterator[Served]:
    clock = FakeSandboxClock()
    issuer = Issuer(clock, lambda: "http://sandbox")
    with served(issuer) as port:
        yield Served(issuer, clock, port)


def verified(github: Served, token: str, audience: str) -> dict[str, Any]:
    """Verify a token as a relying party does: by the published key, found by its id."""
    address = urlsplit(github.json("/_github/.well-known/openid-configuration")["jwks_uri"]).path
    keys = jwt.PyJWKSet.from_dict(github.json(address))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=audience,
        options={"verify_nbf": False, "verify_iat": False, "verify_exp": False},
    )
    return claims


def test_a_job_gets_a_token_that_the_published_key_verifies(github: Served) -> None:
    answer = github.ask(JOB, "sts.amazonaws.com")
    given = json.loads(answer.body)
    assert (answer.status, given["count"]) == (200, len(given["value"]))
    claims = verified(github, given["value"], "sts.amazonaws.com")
    assert (claims["environment"], claims["aud"]) == ("prod", "sts.amazonaws.com")
    assert claims["iat"] == int(github.clock.now())
    assert jwt.get_unverified_header(given["value"])["typ"] == "JWT"


def test_each_token_is_another_one_and_without_an_audience_it_is_for_the_owner(github: Served) -> None:
    first, second = (json.loads(github.ask(JOB, "").body)["value"] for _ in range(2))
    claims = [verified(github, token, "https://github.com/acme") for token in (first, second)]
    assert claims[0]["jti"] != claims[1]["jti"]


def test_an_audience_that_belongs_to_somebody_else_on_github(github: Served) -> None:
    answer = github.ask(JOB, "https://github.com/evil")
    assert (answer.status, json.loads(answer.body)) == (
        400,
        {
            "source": "actions-run-service",
            "statusCode": 400,
            "errorMessage": "Can't issue ID_TOKEN for audience 'https://github.com/evil'",
        },
    )


def test_who_is_not_a_job_gets_nothing(github: Served) -> None:
    url, token = github.issuer.request(JOB)
    path = url.removeprefix("http://sandbox")
    id_token = github.issuer.token(Job(repository="acme/hello", claims={"job": "{}"}))
    for wrong in (
        "",
        "x",
        f"{token}x",
        id_token,
        token.rpartition(".")[0] + ".",
        Issuer(github.clock, str).request(JOB)[1],
    ):
        assert github.get(path, wrong).status == 401, wrong
    assert github.get(path, token).status == 200
    assert github.get(path, token, method="POST").status == 405
    assert github.get("/_github/elsewhere", token).status == 404


def test_a_job_is_over_after_six_hours() -> None:
    clock = FakeSandboxClock()
    with served(issuer := Issuer(clock, lambda: "http://sandbox")) as port:
        github = Served(issuer, clock, port)
        url, token = issuer.request(JOB)
        path = url.removeprefix("http://sandbox")
        clock.seconds += JOB_SECONDS - 1
        assert github.get(path, token).status == 200
        clock.seconds += 1
        assert github.get(path, token).status == 401


def test_each_issuer_has_a_configuration(github: Served) -> None:
    assert github.json("/_github/.well-known/openid-configuration")["issuer"] == (
        "https://token.actions.githubusercontent.com"
    )
    name = "git.example.com/_services/token"
    configuration = github.json(f"/_github/{name}/.well-known/openid-configuration")
    assert configuration["issuer"] == f"https://{name}"
    assert github.json(urlsplit(configuration["jwks_uri"]).path) == github.json("/_github/.well-known/jwks")
    claims = jwt.decode(github.issuer.token(JOB), options={"verify_signature": False})
    assert set(claims) <= set(configuration["claims_supported"])


def test_no_private_half_is_published(github: Served) -> None:
    assert set(github.json("/_github/.well-known/jwks")["keys"][0]) == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_key_knows_its_own_tokens(github: Served) -> None:
    key, token = github.issuer.key, github.issuer.token(JOB)
    assert key.verify(token)["repository"] == "acme/hello"
    header, _, signature = token.split(".")
    other = github.issuer.token(Job(repository="evil/hello")).split(".")[1]
    with pytest.raises(BadSignatureError):
        key.verify(f"{header}.{other}.{signature}")
    for foreign in (github.issuer.token(Job(repository="a/b", forged=True)), "x.y.z", "", jwt.encode({}, "", "none")):
        with pytest.raises(NotOurKeyError):
            key.verify(foreign)
    same_id = jwt.encode({"a": 1}, "a" * 32, algorithm="HS256", headers={"kid": key.id})
    with pytest.raises(BadSignatureError):
        key.verify(same_id)

"""GitHub's token issuer: it makes id tokens, publishes its keys, and answers a job that asks for a token.

One key serves every issuer that jobs are given: GitHub's own, an enterprise's, a server's, and those of other CIs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.sandbox.ci.claims import claims_of as ci_claims
from ecsdeploy.sandbox.ci.job import CiJob
from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.github.audience import allowed
from ecsdeploy.sandbox.github.claims import claims_of
from ecsdeploy.sandbox.github.job import BadJobError, Job, as_json, complete, job_of
from ecsdeploy.sandbox.github.keys import BadSignatureError, NotOurKeyError, SigningKey
from ecsdeploy.sandbox.http import Environ, HttpAnswer, StartResponse, json_answer

PREFIX = "/_github/"
JOB_SECONDS = 6 * 3600
"""How long a job may ask for tokens: the longest that a job runs on GitHub's own runners."""

_REQUESTS = "https://runner.sandbox.invalid"
"""The issuer of the tokens with which jobs ask for tokens: no provider in IAM can have it."""
_WELL_KNOWN = ".well-known/"


class Issuer:
    """A WSGI application below `/_github/`, and what makes tokens without it."""

    def __init__(self, clock: Clock, endpoint: Callable[[], str]) -> None:
        self._clock = clock
        self._endpoint = endpoint
        self.key = SigningKey()
        self._other = SigningKey()

    def token(self, job: Job, audience: str = "") -> str:
        """Return an id token of a job. Raises `BadJobError`."""
        return self._key(job).sign(claims_of(job, audience, int(self._clock.now()), str(uuid4())))

    def ci_token(self, job: CiJob) -> str:
        """Return an id token of another CI's job. Raises `BadCiJobError`."""
        return self._key(job).sign(ci_claims(job, int(self._clock.now()), str(uuid4())))

    def _key(self, job: Job | CiJob) -> SigningKey:
        return self._other if job.forged else self.key

    def request(self, job: Job) -> tuple[str, str]:
        """Return the address and the token with which a job asks for id tokens. Raises `BadJobError`.

        The token carries the job: nothing about it is kept.
        """
        now = int(self._clock.now())
        claims_of(job, "", now, "")
        claims = {"iss": _REQUESTS, "exp": now + JOB_SECONDS, "job": as_json(job)}
        return f"{self._endpoint()}{PREFIX}token?api-version=2.0", self.key.sign(claims)

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        return self._answer(environ).send(start_response)

    def _answer(self, environ: Environ) -> HttpAnswer:
        path = environ["PATH_INFO"].removeprefix(PREFIX)
        issuer, found, document = path.rpartition(_WELL_KNOWN)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _failed(405, "Method Not Allowed")
        if path == "token":
            return self._id_token(environ)
        if found and document == "openid-configuration":
            return json_answer(200, self._configuration(issuer.strip("/")))
        if found and document == "jwks":
            return json_answer(200, {"keys": [self.key.published()]})
        return _failed(404, "Not Found")

    def _id_token(self, environ: Environ) -> HttpAnswer:
        scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        job = self._job(given.strip()) if scheme.lower() == "bearer" else None
        if job is None:
            return _failed(401, "Unauthorized")
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        audience = query.get("audience", [""])[-1]
        if not allowed(audience, job):
            return _failed(400, f"Can't issue ID_TOKEN for audience '{audience}'")
        token = self.token(job, audience)
        return json_answer(200, {"value": token, "count": len(token)})

    def _job(self, token: str) -> Job | None:
        try:
            claims = self.key.verify(token)
            if claims.get("iss") != _REQUESTS or float(claims["exp"]) <= self._clock.now():
                return None
            return complete(job_of(claims["job"]))
        except (NotOurKeyError, BadSignatureError, BadJobError, LookupError, ValueError):
            return None

    def _configuration(self, issuer: str) -> dict[str, Any]:
        here = f"{self._endpoint()}{PREFIX}{issuer + '/' if issuer else ''}{_WELL_KNOWN}"
        return {
            "issuer": f"https://{issuer or GITHUB_ISSUER}",
            "jwks_uri": f"{here}jwks",
            "subject_types_supported": ["public", "pairwise"],
            "response_types_supported": ["id_token"],
            "claims_supported": list(_CLAIMS),
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }


_CLAIMS = (
    *("sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "sha", "repository", "repository_id"),
    *("repository_owner", "repository_owner_id", "enterprise", "run_id", "run_number", "run_attempt", "actor"),
    *("actor_id", "workflow", "workflow_ref", "workflow_sha", "head_ref", "base_ref", "event_name", "ref_type"),
    *("ref_protected", "environment", "job_workflow_ref", "job_workflow_sha", "repository_visibility"),
    *("runner_environment", "check_run_id"),
)


def _failed(status: int, message: str) -> HttpAnswer:
    return json_answer(status, {"source": "actions-run-service", "statusCode": status, "errorMessage": message})

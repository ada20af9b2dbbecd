"""The sandbox's own little API under `/_sandbox/`, for the commands of `ecsdeploy sandbox`."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ecsdeploy.sandbox.ci.job import BadCiJobError
from ecsdeploy.sandbox.ci.job import job_of as ci_job_of
from ecsdeploy.sandbox.faults import API_FAULTS, SCAN_FAULTS, Faults, UnknownFaultError
from ecsdeploy.sandbox.github.issuer import Issuer
from ecsdeploy.sandbox.github.job import BadJobError, job_of
from ecsdeploy.sandbox.http import Environ, HttpAnswer, StartResponse, json_answer, read_body
from ecsdeploy.sandbox.operation_names import known_operation

PREFIX = "/_sandbox/"
TOKEN_HEADER = "X-Sandbox-Token"


class Control:
    """A WSGI application; every request needs the token that stands in the state file."""

    def __init__(
        self,
        token: str,
        faults: Faults,
        status: Callable[[], dict[str, Any]],
        shutdown: Callable[[], None],
        github: Issuer,
    ) -> None:
        self._token = token
        self._faults = faults
        self._actions: Mapping[tuple[str, str], Callable[[dict[str, Any]], HttpAnswer]] = {
            ("GET", "status"): lambda _: json_answer(200, {**status(), "faults": faults.list()}),
            ("GET", "faults"): lambda _: json_answer(200, {"faults": faults.list()}),
            ("POST", "break"): self._break,
            ("POST", "heal"): lambda _: json_answer(200, {"healed": faults.heal()}),
            ("POST", "shutdown"): lambda _: self._shutdown(shutdown),
            ("POST", "github-token"): partial(_github_token, github),
            ("POST", "github-job"): partial(_github_job, github),
            ("POST", "ci-token"): partial(_ci_token, github),
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """Answer one request."""
        return self._answer(environ).send(start_response)

    def _answer(self, environ: Environ) -> HttpAnswer:
        given = environ.get("HTTP_X_SANDBOX_TOKEN", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return json_answer(403, {"error": "the token is missing or wrong"})
        action = environ["PATH_INFO"].removeprefix(PREFIX)
        found = self._actions.get((environ["REQUEST_METHOD"], action))
        if found is None:
            return json_answer(404, {"error": f"there is no {action!r} here"})
        try:
            params = json.loads(read_body(environ) or b"{}")
        except ValueError:
            return json_answer(400, {"error": "the request is not JSON"})
        return found(params)

    def _break(self, params: dict[str, Any]) -> HttpAnswer:
        """Arrange for a fault: `fault`, and `tag`, `operation`, `times` where given."""
        fault, tag, operation = str(params.get("fault")), params.get("tag"), params.get("operation")
        times: int | None = params.get("times")
        try:
            if fault in API_FAULTS:
                if tag:
                    raise UnknownFaultError(f"{fault} is a fault of API calls: it goes with an operation, not a tag")
                self._faults.break_api(fault, known_operation(operation) if operation else None, times or 1)
            else:
                if operation:
                    raise UnknownFaultError(f"{fault} is no fault of API calls: it goes with a tag, not an operation")
                arrange = self._faults.break_scan if fault in SCAN_FAULTS else self._faults.break_next_deployment
                arrange(fault, tag=tag, count=times)
        except UnknownFaultError as error:
            return json_answer(400, {"error": str(error)})
        return json_answer(200, {"faults": self._faults.list()})

    @staticmethod
    def _shutdown(shutdown: Callable[[], None]) -> HttpAnswer:
        shutdown()
        return json_answer(202, {"stopping": True})


def _github_token(github: Issuer, params: dict[str, Any]) -> HttpAnswer:
    """Make an id token of `job` for `audience`."""
    try:
        token = github.token(job_of(params.get("job", {})), str(params.get("audience", "")))
    except BadJobError as error:
        return json_answer(400, {"error": str(error)})
    return json_answer(200, {"token": token})


def _ci_token(github: Issuer, params: dict[str, Any]) -> HttpAnswer:
    """Make an id token of another CI's `job`."""
    try:
        token = github.ci_token(ci_job_of(params.get("job", {})))
    except BadCiJobError as error:
        return json_answer(400, {"error": str(error)})
    return json_answer(200, {"token": token})


def _github_job(github: Issuer, params: dict[str, Any]) -> HttpAnswer:
    """Make what `job` asks for id tokens with."""
    try:
        url, token = github.request(job_of(params.get("job", {})))
    except BadJobError as error:
        return json_answer(400, {"error": str(error)})
    return json_answer(200, {"url": url, "token": token})

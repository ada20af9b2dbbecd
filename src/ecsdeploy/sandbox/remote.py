"""How the commands of `ecsdeploy sandbox` talk to a running one."""

from __future__ import annotations

import http.client
import json
from typing import Any

from ecsdeploy.sandbox.control import PREFIX, TOKEN_HEADER
from ecsdeploy.sandbox.state import State

_SECONDS = 10


class RefusedByControlError(Exception):
    """The sandbox refused what was asked; the text is its reason."""


def ask(state: State, action: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the control API's answer; with `params` it is a POST. Raises `OSError`, `RefusedByControlError`."""
    # http.client knows no proxies: a request to 127.0.0.1 must not go through one.
    connection = http.client.HTTPConnection("127.0.0.1", state.port, timeout=_SECONDS)
    try:
        body = None if params is None else json.dumps(params)
        connection.request("GET" if body is None else "POST", PREFIX + action, body, {TOKEN_HEADER: state.token})
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read() or b"{}")
    except http.client.HTTPException as error:
        raise ConnectionError(f"the sandbox did not answer: {error!r}") from error
    finally:
        connection.close()
    if response.status >= 400:
        raise RefusedByControlError(str(answer.get("error", response.status)))
    return answer

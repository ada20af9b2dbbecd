"""Gateways on botocore's Stubber: what is sent and what comes back are both held against the service's model."""

from __future__ import annotations

from typing import Any

from botocore.session import get_session
from botocore.stub import Stubber

from ecsdeploy.hidden import Hidden


class StubbedAws:
    """Stands in for `Aws`: one stubbed client per service, whose answers a test lines up."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.hidden = Hidden()
        self._clients: dict[str, Any] = {}
        self._stubs: dict[str, Stubber] = {}

    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Return the stubbed client of `service`."""
        if service not in self._clients:
            client = get_session().create_client(
                service, region_name=self.region, aws_access_key_id="testing", aws_secret_access_key="testing"
            )
            self._clients[service] = client
            self._stubs[service] = Stubber(client)
            self._stubs[service].activate()
        return self._clients[service]

    def answers(self, service: str, operation: str, answer: dict[str, Any], /, **expected: Any) -> None:
        """Line up an answer; `expected` are the parameters that must be sent."""
        self.client(service)
        self._stubs[service].add_response(operation, answer, expected)

    def refuses(self, service: str, operation: str, code: str, message: str = "", status: int = 400) -> None:
        """Line up an error."""
        self.client(service)
        self._stubs[service].add_client_error(operation, code, message, status)

    def nothing_is_left(self) -> None:
        """Raise unless every answer was asked for."""
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()

"""AWS JSON 1.1 on the wire: who asked for what, what was answered, what was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

WireProtocol = Literal["json", "query", "ec2", "rest-json", "rest-xml"]
"""The forms in which AWS's services are asked, and in which they answer errors."""


class AwsError(Exception):
    """An error as AWS gives it: a code from the operation's botocore model (or a common one), a message, a status."""

    def __init__(self, code: str, message: str, *, status: int = 400, **fields: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


@dataclass(frozen=True)
class Caller:
    """Who signed the request."""

    account: str
    region: str
    access_key: str = ""
    arn: str = ""


@dataclass(frozen=True)
class StreamingAnswer:
    """An answer that goes on: sent chunk by chunk as it comes, until `chunks` ends or the client goes away.

    `chunks` should yield at least every few seconds (an empty chunk will do): only then is a client that has gone
    away noticed. It is closed when the connection is.
    """

    content_type: str
    chunks: Iterator[bytes]


Answer = Mapping[str, Any] | StreamingAnswer

Operation = Callable[[dict[str, Any], Caller], Answer]
"""Validated parameters in (timestamps as datetime, blobs as bytes), the answer out (same forms)."""

Operations = Mapping[str, Operation]
"""AWS's operation names, as in the `X-Amz-Target` header -> what answers them."""


def followed_by(operation: Operation, then: Callable[[str], None]) -> Operation:
    """Return an operation that, when it succeeded, does `then` in its caller's Region."""

    def both(params: dict[str, Any], caller: Caller) -> Answer:
        answer = operation(params, caller)
        then(caller.region)
        return answer

    return both

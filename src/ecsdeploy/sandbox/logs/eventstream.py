"""AWS's binary event stream (`application/vnd.amazon.eventstream`): length, headers, payload, each with its CRC-32.

Source: "Event stream encoding" in the Amazon Transcribe developer guide, the format that every SDK shares.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_STRING = 7


def event(kind: str, payload: Mapping[str, Any]) -> bytes:
    """Return one event of a stream, such as `sessionUpdate`."""
    return message({":message-type": "event", ":event-type": kind}, payload)


def exception(kind: str, text: str) -> bytes:
    """Return the exception that ends a stream, such as `SessionTimeoutException`."""
    return message({":message-type": "exception", ":exception-type": kind}, {"message": text})


def message(headers: Mapping[str, str], payload: Mapping[str, Any]) -> bytes:
    """Return one framed message with a JSON payload."""
    head = b"".join(map(_header, {":content-type": "application/json", **headers}.items()))
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(head) + len(body), len(head))
    framed = prelude + struct.pack("!I", zlib.crc32(prelude)) + head + body
    return framed + struct.pack("!I", zlib.crc32(framed))


def _header(item: tuple[str, str]) -> bytes:
    name, value = item[0].encode(), item[1].encode()
    return struct.pack("!B", len(name)) + name + struct.pack("!BH", _STRING, len(value)) + value

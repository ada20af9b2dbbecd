"""A runner's token endpoint on the loopback interface: it gives out tokens that nobody has signed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

REQUEST_TOKEN = "canary-request-token-0123456789"


def unsigned(claims: Mapping[str, Any]) -> str:
    """Return a JSON Web Token with these claims."""
    parts = (json.dumps({"alg": "RS256"}), json.dumps(dict(claims)), "no signature")
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


@contextmanager
def token_endpoint(claims: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Give the variables of a job whose tokens have these claims; `aud` is what is asked for, unless it is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            audience = parse_qs(urlsplit(self.path).query).get("audience", [""])[0]
            known = self.headers.get("Authorization") == f"bearer {REQUEST_TOKEN}"
            body = json.dumps({"value": unsigned({"aud": audience, **claims}), "count": 1}).encode() if known else b"{}"
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield {
                "GITHUB_ACTIONS": "true",
                "GITHUB_REPOSITORY": "acme/hello",
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{server.server_port}/token?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
            }
        finally:
            server.shutdown()

"""Sends a body to an address that is a secret: no error of ours names it, and nothing follows it elsewhere."""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from ecsdeploy import __version__

READ = 1_000


class NotTold(Exception):
    """The address did not take it. The text says why, and never what the address is."""


def post(url: str, body: Mapping[str, object], seconds: float) -> None:
    """POST `body` as JSON to `url`; each wait for the network lasts at most `seconds`. Raises `NotTold`."""
    _check(url)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"ecsdeploy/{__version__}"}
    data = json.dumps(body, ensure_ascii=True).encode()
    try:
        request = urllib.request.Request(url, data=data, headers=headers, method="POST")
        with _opener(url).open(request, timeout=seconds) as answer:
            answer.read(READ)
    except urllib.error.HTTPError as error:
        error.close()
        redirects = ", and redirects are not followed" if 300 <= error.code < 400 else ""
        raise NotTold(f"it answered HTTP {error.code}{redirects}") from None
    except Exception as error:
        # Whatever it is (an invalid port, say): its own text may quote the address.
        raise NotTold(_reason(error)) from None


def _check(url: str) -> None:
    """Raise `NotTold` unless `url` is one that a secret may be sent to: over TLS, or not over a network."""
    try:
        parts = urlsplit(url)
        good = _may_be_sent_to(parts) and url.isascii() and url.isprintable() and " " not in url and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise NotTold("it is not an https:// URL")


def _may_be_sent_to(parts: SplitResult) -> bool:
    if parts.username is not None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow no redirect: what is sent is for this address alone."""


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Return what sends the request: through the machine's proxy (`HTTPS_PROXY`), but never what stays on it."""
    verified = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    proxy = urllib.request.ProxyHandler() if url.startswith("https:") else urllib.request.ProxyHandler({})
    return urllib.request.build_opener(_Stay, verified, proxy)


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate is not valid"),
    (ssl.SSLError, "no TLS connection could be made"),
    (TimeoutError, "it did not answer in time"),
    (ConnectionResetError, "it closed the connection"),
    (http.client.HTTPException, "it does not speak HTTP"),
)


def _reason(error: Exception) -> str:
    """Return why it failed: the first that fits, without a word of the error's own but the system's."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    known = next((words for kind, words in _REASONS if isinstance(inner, kind)), "")
    system = inner.strerror if isinstance(inner, OSError) else ""
    return known or f"it cannot be reached ({system or type(inner).__name__})"

"""HTTP for what nobody else may see: over TLS or not over a network, and never where a redirect leads."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from ecsdeploy.asked import ask

T = TypeVar("T")


def may_be_sent_to(url: str) -> bool:
    """Return whether `url` is one that a secret may be sent to: over TLS, or not over a network."""
    try:
        parts = urlsplit(url)
        return _is_private(parts) and url.isascii() and url.isprintable() and " " not in url and parts.port != 0
    except ValueError:
        return False


def opener(url: str) -> urllib.request.OpenerDirector:
    """Return what sends the request: through the machine's proxy (`HTTPS_PROXY`), but never what stays on it."""
    verified = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    proxy = urllib.request.ProxyHandler() if url.startswith("https:") else urllib.request.ProxyHandler({})
    return urllib.request.build_opener(_Stay, verified, proxy)


def within(seconds: float, question: Callable[[], T]) -> T:
    """Return the answer to `question`, which asks somebody over HTTP. Raises `TimeoutError` after `seconds`.

    A socket's own time-out begins anew with every byte: whoever sends one after the other could keep a run for days.
    """
    asked = ask(question)
    asked.wait(seconds)
    if not asked.is_over:
        raise TimeoutError
    return asked()


def reason(error: Exception) -> str:
    """Return why it failed: the first that fits, without a word of the error's own but the system's."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    known = next((words for kind, words in _REASONS if isinstance(inner, kind)), "")
    system = inner.strerror if isinstance(inner, OSError) else ""
    return known or f"it cannot be reached ({system or type(inner).__name__})"


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate is not valid"),
    (ssl.SSLError, "no TLS connection could be made"),
    (TimeoutError, "it did not answer in time"),
    (ConnectionResetError, "it closed the connection"),
    (http.client.HTTPException, "it does not speak HTTP"),
)


def _is_private(parts: SplitResult) -> bool:
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

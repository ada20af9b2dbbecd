"""Sends a body to an address that is a secret: no error of ours names it, and nothing follows it elsewhere."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from ecsdeploy import __version__
from ecsdeploy.secret_http import may_be_sent_to, opener, reason

READ = 1_000


class NotTold(Exception):
    """The address did not take it. The text says why, and never what the address is."""


def post(url: str, body: Mapping[str, object], seconds: float) -> None:
    """POST `body` as JSON to `url`; each wait for the network lasts at most `seconds`. Raises `NotTold`."""
    if not may_be_sent_to(url):
        raise NotTold("it is not an https:// URL")
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"ecsdeploy/{__version__}"}
    data = json.dumps(body, ensure_ascii=True).encode()
    try:
        request = urllib.request.Request(url, data=data, headers=headers, method="POST")
        with opener(url).open(request, timeout=seconds) as answer:
            answer.read(READ)
    except urllib.error.HTTPError as error:
        error.close()
        redirects = ", and redirects are not followed" if 300 <= error.code < 400 else ""
        raise NotTold(f"it answered HTTP {error.code}{redirects}") from None
    except Exception as error:
        # Whatever it is (an invalid port, say): its own text may quote the address.
        raise NotTold(reason(error)) from None

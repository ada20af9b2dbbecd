"""The environment in which every AWS client talks to the sandbox, and to nothing else.

What could lead a client elsewhere is unset: service endpoints, profiles, config files, tokens of roles.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from ecsdeploy.sandbox.other_services import SANDBOX_KEY

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "127.0.0.0/8")
"""What `NO_PROXY` must hold. Tasks have addresses of their own in 127.64.0.0/10; not every client reads the network
form, but none is harmed by it."""

_UNSET = (
    # A profile or a token would go with other credentials than the sandbox's.
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    # Set, these would have clients ignore AWS_ENDPOINT_URL, or put another host before it.
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)


def sandbox_environment(endpoint: str, region: str, environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return what must be set and what must be unset in `environ`, both in order of their names."""
    no_proxy = _no_proxy(environ)
    exports = {
        "AWS_ACCESS_KEY_ID": SANDBOX_KEY,
        # An empty file: a user's own could name endpoints, profiles and credentials.
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_DEFAULT_REGION": region,
        # Live tail's host name is `stream-` + the endpoint's, which is nobody's.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        # The sandbox's IAM is consistent at once: nobody has to wait for what it was told.
        "ECSDEPLOY_IAM_SETTLE": "0s",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
    # The names go into a script: one that no shell could have set stays out of it.
    unset = {name for name in environ if re.fullmatch(r"AWS_ENDPOINT_URL_\w+", name, re.ASCII)}
    return exports, sorted(unset.union(_UNSET))


def shell_lines(exports: Mapping[str, str], unset: list[str]) -> str:
    """Return lines for `eval` in any POSIX shell."""
    lines = [f"unset {' '.join(unset)}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    return "\n".join(lines)


def applied(exports: Mapping[str, str], unset: list[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with everything set and unset, for a process to start."""
    kept = {name: value for name, value in environ.items() if name not in unset}
    return {**kept, **exports}


def _no_proxy(environ: Mapping[str, str]) -> str:
    there = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    hosts = [host.strip() for host in there.split(",") if host.strip()]
    return ",".join([*hosts, *(host for host in LOOPBACK_HOSTS if host not in hosts)])

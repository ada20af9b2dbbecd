"""Where the Docker Engine is, and docker's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from tests.tool.hostile.environment import NOT_TEXT, VARIABLES, Place, Variables

_add = VARIABLES.add


def _docker_config(content: str | bytes, mode: int = 0o644) -> Callable[[Place], Variables]:
    def make(place: Place) -> Variables:
        return {"DOCKER_HOST": None, "DOCKER_CONFIG": str(Path(place.file("docker/config.json", content, mode)).parent)}

    return make


def _docker_context(meta: str) -> Callable[[Place], Variables]:
    # The docker CLI keeps a context in a folder that is called after its name's SHA-256.
    folder = f"ctx/contexts/meta/{hashlib.sha256(b'x').hexdigest()}"

    def make(place: Place) -> Variables:
        config = Path(place.file(f"{folder}/meta.json", meta)).parents[3]
        return {"DOCKER_HOST": None, "DOCKER_CONTEXT": "x", "DOCKER_CONFIG": str(config)}

    return make


for _id, _host in {
    "host-socket": "unix:///nowhere/docker.sock",
    "host-socket-folder": "unix:///tmp",
    "host-no-socket": "unix:///etc/passwd",
    "host-long-socket": "unix:///" + "long/" * 60 + "docker.sock",
    "host-tcp": "tcp://127.0.0.1:1",
    "host-tcp-bare": "127.0.0.1:1",
    "host-ssh": "ssh://me@builder.invalid",
    "host-fd": "fd://",
    "host-npipe": "npipe:////./pipe/docker_engine",
    "host-nonsense": "nonsense",
    "host-scheme": "gopher://x",
    "host-port": "tcp://127.0.0.1:port",
    "host-port-high": "tcp://127.0.0.1:99999",
    "host-brackets": "tcp://[::1",
    "host-label": "tcp://" + "a" * 70 + ".invalid:1",
    "host-dots": "tcp://a..b:1",
    "host-letters": "tcp://bücher.invalid:1",
    "host-zero": "unix://",
    "host-http": "http://127.0.0.1:1",
}.items():
    _add("docker", f"docker-{_id}", f"DOCKER_HOST={_host[:50]!r}", {"DOCKER_HOST": _host})
_add("docker", "docker-context", "DOCKER_CONTEXT names none", {"DOCKER_HOST": None, "DOCKER_CONTEXT": "missing"})
_add("docker", "docker-context-odd", "DOCKER_CONTEXT is nonsense", {"DOCKER_HOST": None, "DOCKER_CONTEXT": "../\n"})
_add("docker", "docker-config-text", "docker's config.json is not JSON", _docker_config("{nonsense"))
_add("docker", "docker-config-list", "docker's config.json is a list", _docker_config("[]"))
_add("docker", "docker-config-null", "docker's config.json is null", _docker_config("null"))
_add(
    "docker",
    "docker-config-types",
    "docker's config.json has other types",
    _docker_config(
        '{"auths": [], "credsStore": 7, "credHelpers": "x", "currentContext": 5, "HttpHeaders": 3, "proxies": "x"}'
    ),
)
_add(
    "docker",
    "docker-config-auths",
    "docker's config.json has broken logins",
    _docker_config('{"auths": {"x": {"auth": "%%%"}, "y": 7}, "currentContext": "missing"}'),
)
_add("docker", "docker-config-binary", "docker's config.json is binary", _docker_config(NOT_TEXT))
_add(
    "docker",
    "docker-config-bom",
    "docker's config.json begins with a byte order mark",
    _docker_config(b"\xef\xbb\xbf{}"),
)
_add(
    "docker",
    "docker-config-folder",
    "docker's config.json is a folder",
    lambda p: {
        "DOCKER_HOST": None,
        "DOCKER_CONTEXT": "missing",
        "DOCKER_CONFIG": str(Path(p.folder_of("dc/config.json")).parent),
    },
)
_add("docker", "docker-config-nowhere", "DOCKER_CONFIG names nothing", lambda p: {"DOCKER_CONFIG": p.nowhere()})
_add(
    "docker",
    "docker-config-is-a-file",
    "DOCKER_CONFIG is a file",
    lambda p: {"DOCKER_HOST": None, "DOCKER_CONTEXT": "missing", "DOCKER_CONFIG": p.file("dc-file")},
)
_add(
    "docker",
    "docker-contexts-broken",
    "a docker context's file is broken",
    _docker_context("{nonsense"),
)
_add(
    "docker",
    "docker-context-hostless",
    "a docker context without an address",
    _docker_context('{"Name": "x", "Metadata": {}, "Endpoints": {"docker": {}}}'),
)
_add(
    "docker",
    "docker-context-list",
    "a docker context's file is a list",
    _docker_context("[]"),
)
_add(
    "docker",
    "docker-tls",
    "DOCKER_TLS_VERIFY without certificates",
    lambda p: {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "HOME": p.folder_of("no-certs")},
)
_add(
    "docker",
    "docker-certs-nowhere",
    "DOCKER_CERT_PATH names nothing",
    lambda p: {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": p.nowhere()},
)
_add(
    "docker",
    "docker-certs-broken",
    "DOCKER_CERT_PATH has files that are none",
    lambda p: {
        "DOCKER_HOST": "tcp://127.0.0.1:1",
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": str(Path(p.file("certs/ca.pem", "x")).parent),
    },
)
_add(
    "docker",
    "docker-tls-socket",
    "DOCKER_TLS_VERIFY with a socket",
    lambda p: {"DOCKER_HOST": "unix:///nowhere", "DOCKER_TLS_VERIFY": "yes", "DOCKER_CERT_PATH": p.nowhere()},
)
_add("docker", "docker-api-version", "DOCKER_API_VERSION is odd", {"DOCKER_API_VERSION": "nonsense"})
_add(
    "docker",
    "docker-builder",
    "DOCKER_BUILDKIT, BUILDX_BUILDER and DOCKER_DEFAULT_PLATFORM are odd",
    {"DOCKER_BUILDKIT": "perhaps", "BUILDX_BUILDER": "missing", "DOCKER_DEFAULT_PLATFORM": "vax/vms"},
)

"""Files that should not be in an image: history, settings with passwords, private keys.

A name alone says little about a `.pem` (most are public certificates) or an `.npmrc`, so those are read: what has no
secret raises no alarm.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

_READ_BYTES = 64 * 1024
_TEMPLATES = (".example", ".sample", ".template", ".dist", ".defaults", ".schema")

_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|^PuTTY-User-Key-File", re.MULTILINE)
_NPM_TOKEN = re.compile(rb"^\s*(?![#;\s]).*(?:_authToken|_auth|_password)\s*=\s*(?![\s\"']*\$\{)\S", re.MULTILINE)
_DOCKER_AUTH = re.compile(rb'"(?:auth|identitytoken|registrytoken)"\s*:\s*"[^"]')
_SERVICE_ACCOUNT = re.compile(rb'"private_key"\s*:\s*"')

# A pattern for the end of the path, what such a file is, and the content that makes it one (None: any).
_RULES: tuple[tuple[str, str, re.Pattern[bytes] | None], ...] = (
    ("id_rsa", "an SSH private key", None),
    ("id_dsa", "an SSH private key", None),
    ("id_ecdsa", "an SSH private key", None),
    ("id_ed25519", "an SSH private key", None),
    ("*.pem", "a private key", _PRIVATE_KEY),
    ("*.key", "a private key", _PRIVATE_KEY),
    ("*.ppk", "a private key", _PRIVATE_KEY),
    ("*.p12", "a key store", None),
    ("*.pfx", "a key store", None),
    ("*.jks", "a key store", None),
    ("*.keystore", "a key store", None),
    (".aws/credentials", "AWS credentials", None),
    (".aws/config", "AWS settings", None),
    (".docker/config.json", "registry credentials", _DOCKER_AUTH),
    (".kube/config", "cluster credentials", None),
    ("gha-creds-*.json", "cloud credentials of a CI job", None),
    ("*service-account*.json", "a service account's key", _SERVICE_ACCOUNT),
    (".npmrc", "a registry token", _NPM_TOKEN),
    (".yarnrc.yml", "a registry token", re.compile(rb"npmAuth\w+:\s*[\"']?(?!\$\{)\w")),
    (".pypirc", "a registry password", re.compile(rb"^\s*password\s*[=:]", re.MULTILINE)),
    (".netrc", "passwords", None),
    (".git-credentials", "passwords", None),
    (".htpasswd", "passwords", None),
    ("*.tfstate", "Terraform state, which holds secrets in plain text", None),
    ("*.tfvars", "Terraform variables", re.compile(rb"(?i)(password|secret|token)\w*\s*=\s*\"[^\"]")),
)


def sensitive(path: str, entry: os.DirEntry[str]) -> str:
    """Return what makes the file or folder at `path` (`/` between names) sensitive, or "" if nothing does."""
    if entry.is_symlink():
        return ""  # a builder gets the link; what it points to is judged by its own path
    if entry.is_dir(follow_symlinks=False):
        return "the git history, with everything that was ever committed" if entry.name == ".git" else ""
    return sensitive_file(path, lambda: _beginning(entry.path))


def sensitive_file(path: str, read: Callable[[], bytes]) -> str:
    """Return what makes a file at `path` sensitive, or ""; `read` gives the beginning of its content."""
    name = path.rsplit("/", 1)[-1].lower()
    if _is_env_file(name):
        return "environment settings, which usually hold secrets"
    for pattern, meaning, content in _RULES:
        if _ends_with(path.lower(), pattern) and (content is None or content.search(read())):
            return meaning
    return ""


def allowed(path: str, patterns: Sequence[str]) -> bool:
    """Return whether one of `patterns` names `path` or a folder that it lies in."""
    parts = path.split("/")
    parents = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return any(fnmatchcase(parent, pattern.rstrip("/")) for pattern in patterns for parent in parents)


def _is_env_file(name: str) -> bool:
    return name in {".env", ".envrc"} or (name.startswith(".env.") and not name.endswith(_TEMPLATES))


def _ends_with(path: str, pattern: str) -> bool:
    """Return whether the last names of `path` match `pattern`, which has as many."""
    count = pattern.count("/") + 1
    return fnmatchcase("/".join(path.split("/")[-count:]), pattern)


def _beginning(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_READ_BYTES)
    except OSError:
        return b""  # the builder will say that it cannot read it

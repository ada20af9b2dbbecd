"""Why a build failed, from what the builder printed: the step, its last lines, and the fix if known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ecsdeploy.errors import Failed

SHOWN_LINES = 12

# What a builder says, what it means, what helps. Wordings of BuildKit and of the classic builder, from running both.
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"resolve image config for .*docker/dockerfile",
        "The Dockerfile's `# syntax=` line needs an image that could not be pulled.",
        "Remove the `# syntax=` line (today's BuildKit brings its own), or make that registry reachable.",
    ),
    (
        r"exec format error",
        "A step runs a program for another processor than this machine's.",
        "Let the kernel emulate it (`docker run --privileged --rm tonistiigi/binfmt --install all`), build on a "
        "machine of that architecture, or change `architecture` in [task].",
    ),
    (
        r"does not match the specified platform|no match for platform|no matching manifest for",
        "The base image does not exist for the task's platform.",
        "Use a base image that does, or change `architecture` in [task].",
    ),
    (
        r"error getting credentials|docker-credential-\S+",
        "Docker's config names a credential helper that is not installed, or that fails.",
        "Remove `credsStore` or `credHelpers` from {docker_config}, or install the `docker-credential-...` "
        "program that it names.",
    ),
    (
        r"toomanyrequests|pull rate limit",
        "The registry limits how often the base image may be pulled.",
        "Sign in to it with `docker login`, or use a mirror (Amazon ECR Public has the official images).",
    ),
    (
        r"pull access denied|insufficient_scope|unauthorized: |denied: requested access|no basic auth credentials",
        "The base image does not exist, or its registry requires a login.",
        "Check its name in the FROM line; if it is private, sign in with `docker login` first.",
    ),
    (
        r"manifest (?:for \S+ not found|unknown)|/manifests/\S+: not found|load metadata for [\s\S]*: not found",
        "The base image has no such tag.",
        "Check the tag in the FROM line.",
    ),
    (
        r"no such host|dial tcp|i/o timeout|TLS handshake|failed to do request|Client\.Timeout exceeded|proxyconnect",
        "The base image's registry can't be reached from the Docker Engine.",
        "Check the network and the engine's proxy settings, or pull the image once where there is a network.",
    ),
    (
        r"no space left on device",
        "The Docker Engine's disk is full.",
        "Free some: `docker system prune`, `docker builder prune`.",
    ),
    (
        r"dockerfile parse error|unknown instruction|unknown flag|Dockerfile cannot be empty|no build stage",
        "The Dockerfile has a mistake.",
        "Correct the line that is named.",
    ),
    (
        r"target stage \S+ could not be found|failed to reach build target",
        "The Dockerfile has no such stage.",
        "Correct `target` in [image], or name the stage with `FROM ... AS NAME`.",
    ),
    (
        r"^\"/[^\"]+\"(?:: | )not found|COPY failed|ADD failed|"
        r"failed to compute cache key|not found in build context|lstat .*no such file",
        "A file that the Dockerfile copies is not in the build context.",
        "Check its path (relative to `context` in [image]) and that .dockerignore lets it through.",
    ),
    (
        r"secret \S+ not found|failed to .*secret|\S+: secret not found",
        "A step mounts a build secret that was not given.",
        'Name it in [image.secrets], such as: NAME = "env:VARIABLE".',
    ),
    (
        r"the --mount option requires BuildKit|the --chmod option requires BuildKit|Unknown flag: (?:mount|link)",
        "The Dockerfile needs BuildKit.",
        "Install Docker's buildx plugin (Debian, Ubuntu: `docker-buildx` or `docker-buildx-plugin`).",
    ),
)
_FIX = "Correct the Dockerfile or the source, then run the same command: what was built already is kept."
_NOTHING_PUSHED = "Nothing was pushed."


def build_failed(error: str, *, env: Mapping[str, str], step: str = "", output: Sequence[str] = ()) -> Failed:
    """Return the error for a build that failed at `step` with `error`, after its `output`; `env` was the builder's."""
    lines = [line for line in output if line.strip()][-SHOWN_LINES:]
    if error and error not in lines:
        lines.append(error)
    whole = "\n".join([step, *lines])
    for pattern, meaning, fix in _KNOWN:
        if re.search(pattern, whole, re.IGNORECASE | re.MULTILINE):
            fix = fix.replace("{docker_config}", _docker_config(env))
            return Failed(_what(step), why="\n".join([meaning, *lines]), fix=f"{fix} {_NOTHING_PUSHED}")
    return Failed(_what(step), why="\n".join(lines), fix=f"{_FIX} {_NOTHING_PUSHED}")


def _docker_config(env: Mapping[str, str]) -> str:
    """Return the config file of the docker CLI (Docker's CLI reference, "Change the .docker directory")."""
    return str(Path(env.get("DOCKER_CONFIG") or Path(env.get("HOME", "~"), ".docker"), "config.json"))


def _what(step: str) -> str:
    return f"The image build failed at: {step}" if step else "The image build failed."

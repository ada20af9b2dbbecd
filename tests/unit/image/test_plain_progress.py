from __future__ import annotations

import pytest

from ecsdeploy.image.build_failure import build_failed
from ecsdeploy.image.plain_progress import PlainProgress

FAILING = """\
#1 [internal] load build definition from Dockerfile
#1 sha256:53d3856dc1a2357d344314527dfda7c04585f5aacd6c577c08faef8a7047ad00
#1 transferring dockerfile: 211B done
#1 DONE 0.0s

#4 [1/3] FROM docker.io/library/node:22
#4 resolve docker.io/library/node:22 0.0s done
#4 CACHED

#6 [3/3] RUN npm ci
#6 0.162 npm error code ENOENT
#6 0.163
#6 0.163 npm error path /app/package.json
#6 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 254
------
 > [3/3] RUN npm ci:
0.162 npm error code ENOENT
------
Dockerfile:3
--------------------
   1 |     FROM node:22
   3 | >>> RUN npm ci
--------------------
ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 254
"""


def test_what_is_shown_is_the_build_and_not_the_machinery() -> None:
    progress = PlainProgress()

    shown = [text for line in FAILING.splitlines() if (text := progress.read(line))]

    assert shown == [
        "#1 [internal] load build definition from Dockerfile",
        "#1 DONE 0.0s",
        "#4 [1/3] FROM docker.io/library/node:22",
        "#4 CACHED",
        "#6 [3/3] RUN npm ci",
        "#6 0.162 npm error code ENOENT",
        "#6 0.163",
        "#6 0.163 npm error path /app/package.json",
        '#6 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 254',
    ]


def test_a_failed_step_is_told_with_its_last_lines() -> None:
    progress = PlainProgress()
    for line in FAILING.splitlines():
        progress.read(line)

    error = build_failed(progress.error, env={}, step=progress.step, output=progress.last_lines)

    assert error.exit_code == 5
    assert error.what == "The image build failed at: [3/3] RUN npm ci"
    assert error.why.splitlines() == [
        "npm error code ENOENT",
        "npm error path /app/package.json",
        'process "/bin/sh -c npm ci" did not complete successfully: exit code: 254',
    ]
    assert error.fix.endswith("Nothing was pushed.")


def test_a_client_that_fails_before_any_step_is_told_in_its_own_words() -> None:
    progress = PlainProgress()
    assert progress.read("ERROR: Cannot connect to the Docker daemon.") == "ERROR: Cannot connect to the Docker daemon."

    error = build_failed(progress.error, env={}, step=progress.step, output=progress.last_lines)

    assert (error.what, error.why) == ("The image build failed.", "ERROR: Cannot connect to the Docker daemon.")


def test_of_a_long_output_the_end_is_kept() -> None:
    progress = PlainProgress()
    progress.read("#2 [2/2] RUN make")
    for number in range(10_000):
        progress.read(f"#2 1.0 line {number}")
    progress.read("#2 ERROR: exit code: 2")

    assert progress.last_lines[0] == "line 9988"
    assert progress.last_lines[-1] == "line 9999"


# What real builders said, and the beginning of what we make of it.
SAID = [
    (
        'failed to do request: Head "https://registry-1.docker.io/v2/": dial tcp: lookup x: no such host',
        "The base image's registry",
    ),
    ('Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout', "The base image's registry"),
    (
        'error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH',
        "Docker's config names a credential helper that is not installed, or that fails.",
    ),
    (
        "pull access denied for nosuch, repository does not exist or may require 'docker login'",
        "The base image does not exist, or",
    ),
    ("manifest for node:999 not found: manifest unknown: manifest unknown", "The base image has no such tag"),
    ("docker.io/library/node:999: not found", ""),
    ("toomanyrequests: You have reached your pull rate limit.", "The registry limits"),
    ("exec /bin/sh: exec format error", "A step runs a program for another processor"),
    ("no match for platform in manifest: not found", "The base image does not exist for the task's platform"),
    ("write /var/lib/docker/tmp/x: no space left on device", "The Docker Engine's disk is full"),
    ("dockerfile parse error line 2: unknown instruction: FOO", "The Dockerfile has a mistake"),
    ("target stage zz could not be found", "The Dockerfile has no such stage"),
    ('"/nope" not found: not found', "A file that the Dockerfile copies"),
    ("COPY failed: file not found in build context or excluded by .dockerignore", "A file that the Dockerfile copies"),
    ("the --mount option requires BuildKit.", "The Dockerfile needs BuildKit"),
    ("executor failed running [/bin/sh -c false]: exit code: 1", ""),
]


@pytest.mark.parametrize(("said", "meaning"), SAID)
def test_known_failures_are_explained(said: str, meaning: str) -> None:
    error = build_failed(said, env={})

    assert error.why.startswith(meaning or said)
    assert error.why.endswith(said)


@pytest.mark.parametrize(
    ("env", "file"),
    [
        ({"HOME": "/home/ada"}, "/home/ada/.docker/config.json"),
        ({"HOME": "/home/ada", "DOCKER_CONFIG": "/etc/docker-of-ci"}, "/etc/docker-of-ci/config.json"),
        ({}, "~/.docker/config.json"),
    ],
)
def test_the_file_that_names_a_missing_credential_helper_is_named(env: dict[str, str], file: str) -> None:
    error = build_failed('exec: "docker-credential-desktop": executable file not found in $PATH', env=env)

    assert error.fix.startswith(f"Remove `credsStore` or `credHelpers` from {file}, or install")


def test_a_syntax_line_that_cannot_be_pulled_is_told_from_a_missing_base_image() -> None:
    error = build_failed(
        "failed to do request: no such host", env={}, step="resolve image config for docker.io/docker/dockerfile:1"
    )

    assert "# syntax=" in error.why
    assert error.fix.startswith("Remove the `# syntax=` line")


def test_a_missing_tag_is_known_by_its_step() -> None:
    step = "[internal] load metadata for docker.io/library/node:999"

    assert build_failed("docker.io/library/node:999: not found", env={}, step=step).why.startswith(
        "The base image has no such tag"
    )

"""Versions that cannot work, in real containers: each is explained, and the old version answers all the while.

Broken twice: by the name of the sandbox's fault, and by an image or a config that really is.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest

from tests.e2e.service.fragile import Broken, Outcome, Service, check
from tests.e2e.service.project import open_sandbox

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

T = TypeVar("T")
RUN = uuid.uuid4().hex[:6]
FOR_ARM = b"\x7fELF\2\1\1" + bytes(9) + (2).to_bytes(2, "little") + (183).to_bytes(2, "little") + bytes(100)
"""A program as the kernel sees it first: 64 bits, little endian, e_type EXEC, e_machine AARCH64 (elf(5))."""


def script(text: str) -> str:
    """Return a program for the image."""
    return f"#!/bin/sh\n{text}\n"


CRASHES = Broken(
    app=script("echo 'Error: no database' >&2; exit 1"),
    cause=r"The container NAME ended with an error \(exit code 1\): Error: no database",
    shows=(r"  container NAME: exit code 1", r"    \| Error: no database"),
)
UNHEALTHY = Broken(
    app=script("exec httpd -f -p 3000 -h /bin"),
    cause=r"The health check of the container NAME failed: it was answered with HTTP 404\.",
    shows=(r"  health check: wget -q -O- http://127\.0\.0\.1:3000/",),
)
PAIRS = {
    "crash": (
        CRASHES,
        Broken(
            fault="crash",
            cause=r"The container NAME ended with an error \(exit code 1\)\.",
            shows=(r"  container NAME: exit code 1",),
        ),
    ),
    "out of memory": (
        Broken(
            app=script("exec dd if=/dev/zero of=/dev/null bs=700M"),
            cause=r"The container NAME used up its memory and was killed\.",
            shows=(
                r"  container NAME: exit code 137 \(SIGKILL\), OutOfMemoryError: .*",
                r"  fix: .* \[task\] memory is 512 now\.",
            ),
        ),
        Broken(
            fault="oom",
            cause=r"The container NAME used up its memory and was killed\.",
            shows=(r"  container NAME: exit code 137 \(SIGKILL\), OutOfMemoryError: .*",),
        ),
    ),
    "failed health check": (
        UNHEALTHY,
        Broken(
            fault="unhealthy",
            cause=r"The health check of the container NAME failed.*",
            shows=(r"  health check: wget -q -O- http://127\.0\.0\.1:3000/",),
        ),
    ),
    "image missing": (
        Broken(
            raw=f"[[task.raw.containerDefinitions]]\nname = 'proxy'\nimage = 'IMAGE@sha256:{'0' * 64}'\n",
            cause=r"The image \S+@sha256:0+ of the container proxy is not in the repository: .*",
        ),
        Broken(fault="pull-error", cause=r"The image .*NAME.* is not in the repository: .*"),
    ),
    "secret missing": (
        Broken(
            unsecret=True,
            cause=r"A secret that the task needs does not exist: /NAME/token\.",
        ),
        Broken(fault="secret-missing", cause=r"A secret that the task needs does not exist.*"),
    ),
    "command missing": (
        Broken(
            task=check() + "command = ['servre']\n",
            cause=r"The container NAME ended with exit code 127: its log says that the command servre is not in the "
            r"image\.",
        ),
        Broken(
            fault="start-error",
            cause=r"The container NAME ended with exit code 127: its log says that the command \S+ is not in the "
            r"image\.",
        ),
    ),
    "another architecture": (
        Broken(
            app=FOR_ARM,
            cause=r"The container NAME ended with exit code \d+: its log says that a program in its image is built for "
            r"another CPU architecture than the task's\.",
        ),
        Broken(fault="exec-format", cause=r".* built for another CPU architecture than the task's.*"),
    ),
    "where nobody gets in": (
        Broken(
            app=script("exec httpd -f -p 127.0.0.1:3000 -h /www"),
            task=check("http://$(hostname -i):3000/"),
            cause=r"The health check of the container NAME failed: nothing listens on port 3000 of the task's "
            r"address\.",
            shows=(r"  fix: If the service listens on 127\.0\.0\.1 only, let it listen on 0\.0\.0\.0:3000\..*",),
        ),
        Broken(
            app=script("echo listening on port 8080; exec httpd -f -p 8080 -h /www"),
            cause=r"The health check of the container NAME failed: nothing listens on port 3000, and its log says that "
            r"it listens on 8080\.",
        ),
    ),
    "two ends": (
        Broken(
            app=script(
                "(echo \"ModuleNotFoundError: No module named 'flask'\"; exit 3) & wait $!\n"
                "echo '[ERROR] Worker (pid:7) exited with code 3.'\n"
                "case $(hostname -i) in *[02468]) exit 1;; *) exit 3;; esac"
            ),
            cause=r"The container NAME ended with .*\(?exit codes? [13].*",
            shows=(r"    \| ModuleNotFoundError: No module named 'flask'",),
        ),
        Broken(
            app=script("echo 'Error: no database' >&2; exit 1"),
            raw="[[task.raw.containerDefinitions]]\nname = 'proxy'\nimage = 'IMAGE'\nstopTimeout = 30\n"
            "command = ['sh', '-c', \"trap '' TERM; while :; do sleep 1; done\"]\n",
            cause=r"The container NAME ended with an error \(exit code 1\): Error: no database",
            shows=(r"  container proxy: still running", r"    \| Error: no database"),
        ),
    ),
}
BREAKER_OFF = "raw.deploymentConfiguration.deploymentCircuitBreaker = { enable = false, rollback = false }\n"
# One that ECS trips first ends with a new deployment of what ran before: with new tasks, at other addresses.
PATIENT = "thresholdConfiguration = { type = 'COUNT', value = 50 }"
ROLLBACK_OFF = (
    f"raw.deploymentConfiguration.deploymentCircuitBreaker = {{ enable = true, rollback = false, {PATIENT} }}\n"
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Service]]:
    """Give services by their names; each has a folder of its own, and is there at the next test too."""
    made: dict[str, Service] = {}

    def service(name: str, settings: str = "") -> Service:
        if name not in made:
            made[name] = Service(sandbox, home / name, f"{name}-{RUN}", settings)
        return made[name]

    home = tmp_path_factory.mktemp("faults")
    with open_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield service


def side_by_side(*stories: Callable[[], T]) -> list[T]:
    """Return what each of them returns, in their order."""
    with ThreadPoolExecutor() as pool:
        return [each.result() for each in [pool.submit(story) for story in stories]]


def is_told(stderr: str, broken: Broken, name: str) -> None:
    """Assert that the cause is told while it happens, and once more, whole, as the last thing of the run."""
    cause, *shows = (text.replace("NAME", name) for text in (broken.cause, *broken.shows))
    headline = re.compile(rf"^(?:Task \w{{8}} failed|\d+ tasks failed, among them \w{{8}}): {cause}$", re.MULTILINE)
    told = list(headline.finditer(stderr))
    verdict = re.search(rf"^{name}:\d+ failed", stderr, re.MULTILINE)
    assert verdict, stderr
    assert [each.start() < verdict.start() for each in told] == [True, False], stderr
    card = stderr[told[-1].end() + 1 :].removesuffix("\n").split("\n")
    assert all(line.startswith("  ") for line in card), stderr
    assert card[-1].startswith("  fix: "), stderr
    for shown in shows:
        assert any(re.fullmatch(shown, line) for line in card), (shown, stderr)


def goes_back(service: Service, broken: Broken, outcome: Outcome) -> None:
    """Assert that nobody noticed, and that the user knows."""
    stderr = outcome.ran.stderr
    assert outcome.ran.returncode == 4, stderr
    assert not outcome.answers.unanswered, f"{outcome.answers}\n{stderr}"
    assert list(outcome.answers.said) == ["old"], stderr
    assert outcome.runs == {f"{service.name}:1"}, stderr
    assert f"  now in service: {service.name}:1, 2 of 2 tasks run\n" in stderr
    is_told(stderr, broken, service.name)


@pytest.mark.parametrize("kind", PAIRS)
def test_it_is_explained_while_the_old_version_answers(services: Callable[..., Service], kind: str) -> None:
    tried = list(zip((services("one"), services("two")), PAIRS[kind], strict=True))

    outcomes = side_by_side(*(partial(service.suffer, broken) for service, broken in tried))

    for (service, broken), outcome in zip(tried, outcomes, strict=True):
        goes_back(service, broken, outcome)


@pytest.mark.parametrize("broken", [CRASHES, UNHEALTHY], ids=["crash", "failed health check"])
def test_no_circuit_breaker_and_no_rollback_of_its_is_needed(services: Callable[..., Service], broken: Broken) -> None:
    off = [services("unbroken", BREAKER_OFF), services("forward", ROLLBACK_OFF)]

    outcomes = side_by_side(*(partial(service.suffer, broken) for service in off))

    for service, outcome in zip(off, outcomes, strict=True):
        goes_back(service, broken, outcome)


def test_a_first_version_that_cannot_work_has_nothing_to_go_back_to(services: Callable[..., Service]) -> None:
    first = [services("first"), services("alone", BREAKER_OFF)]

    attempts = side_by_side(*(partial(service.attempt, CRASHES) for service in first))

    for service, ran in zip(first, attempts, strict=True):
        assert (ran.returncode, ran.stdout) == (5, ""), ran.stderr
        is_told(ran.stderr, CRASHES, service.name)

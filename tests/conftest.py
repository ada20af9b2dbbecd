"""What every test stands on: no credentials, settings or CI of the machine's own, and the rule for real containers."""

from __future__ import annotations

import functools
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

IN_CI = os.environ.get("CI", "") not in {"", "0", "false"}
DOCKER_REQUIRED = IN_CI or os.environ.get("ECSDEPLOY_REQUIRE_DOCKER", "") not in {"", "0"}

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "here")

# What would make a test behave differently here than there: credentials above all, then what commands look at to
# find out whether they run in CI or on a terminal.
FOREIGN = re.compile(
    r"(AWS|GITHUB|ACTIONS|RUNNER|ECSDEPLOY)_.*|BOTO_CONFIG|CI|NO_COLOR|FORCE_COLOR|CLICOLOR.*|COLUMNS|LINES"
    r"|(HTTPS?|ALL|NO)_PROXY",
    re.IGNORECASE,
)


def _clean_environment(nowhere: Path) -> None:
    for name in [name for name in os.environ if FOREIGN.fullmatch(name)]:
        del os.environ[name]
    os.environ |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(nowhere / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(nowhere / "credentials"),
        "TERM": "dumb",
    }


@pytest.fixture(scope="session", autouse=True)
def _environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = dict(os.environ)
    _clean_environment(tmp_path_factory.mktemp("no-aws"))
    yield
    os.environ.clear()
    os.environ.update(before)


@functools.cache
def _why_no_engine() -> str | None:
    """Return why real containers cannot run here, in one line, or None when they can."""
    from ecsdeploy.errors import Refused
    from ecsdeploy.image.engine import connect

    try:
        client = connect(os.environ).client
    except Refused as refused:
        return f"{refused.what} {refused.why}"
    try:
        system = client.version()["Os"]
    finally:
        client.close()
    return None if system == "linux" else f"the Docker Engine runs {system} containers"


@functools.cache
def _why_no_second_engine() -> str | None:
    """Return why no other policy engine can judge here, or None when one can."""
    if shutil.which("node") is None:
        return "there is no Node"
    packages = Path(__file__).parent / "support" / "second_engine" / "node_modules"
    return None if packages.is_dir() else "it is not installed (make setup, with npm)"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an Engine, or Node, where there is none; in CI that is a failure, so that it cannot go unseen.

    Raised from one place, so that pytest sums all of them up in one line.
    """
    if item.get_closest_marker("docker") and (reason := _why_no_engine()):
        if DOCKER_REQUIRED:
            pytest.fail(f"real containers are required here: {reason}", pytrace=False)
        pytest.skip(f"tests with real containers did not run: {reason}")
    if item.get_closest_marker("second_engine") and (reason := _why_no_second_engine()):
        if IN_CI:
            pytest.fail(f"the second policy engine is required here: {reason}", pytrace=False)
        pytest.skip(f"tests with a second policy engine did not run: {reason}")


@pytest.fixture(scope="session")
def node_base_image() -> str:
    """The reference of an image with Node, to build the example on; made here where none can be pulled."""
    from base_image import base_image, one_at_a_time
    from machine import this_machine

    with one_at_a_time():
        return base_image(this_machine())


@pytest.fixture(scope="session")
def clients() -> Path:
    """The folder with other people's clients (`aws`, `ecs`): programs with a botocore of their own."""
    return Path(__file__).parent.parent / ".venv-clients" / "bin"

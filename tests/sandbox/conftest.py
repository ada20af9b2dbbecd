"""A whole sandbox in this process, with simulated tasks, and clients that know nothing but its address."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from ecsdeploy.sandbox.app import Sandbox
from ecsdeploy.sandbox.env import sandbox_environment
from ecsdeploy.sandbox.settings import Settings
from tests.support.clocks import SteppedClock, running
from tests.support.world import aws_session

SPEED = 10.0
"""So many times as fast as AWS are its own waits, in simulated time: a stopped task is kept for six minutes."""
REAL_SPEED = 25.0
"""The same with real containers: a stopped task is kept for longer than a test may last."""
QUICK = {"Delay": 0.1, "MaxAttempts": 1000}
"""How botocore's waiters wait: until it is so, or the test's own time is over."""
RATE = 20.0
"""How fast simulated time passes."""


class RunningSandbox:
    """A sandbox that answers, and clients for it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.faults = sandbox.faults
        self.endpoint = sandbox.settings.endpoint()
        self.registry = sandbox.settings.registry()
        self.region = sandbox.settings.region

    def client(self, service: str, *, attempts: int = 1, **credentials: str) -> Any:
        """Return a botocore client; by default it tries once, so that a test sees the first answer."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            inject_host_prefix=False,
            proxies={},
            connect_timeout=10,
            read_timeout=30,
        )
        exports, _ = sandbox_environment(self.endpoint, self.region, {})
        return aws_session().create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=credentials.get("access_key", exports["AWS_ACCESS_KEY_ID"]),
            aws_secret_access_key=credentials.get("secret_key", exports["AWS_SECRET_ACCESS_KEY"]),
            aws_session_token=credentials.get("token"),
            config=config,
        )

    def resolve(self, value_from: str) -> str:
        """Resolve a container's secret as its runtime would."""
        return self.sandbox.secrets.resolve(value_from)

    def environ(self) -> dict[str, str]:
        """Return what a process needs to talk to this sandbox."""
        exports, _ = sandbox_environment(self.endpoint, self.region, {})
        return {**exports, "PATH": os.environ["PATH"], "HOME": "/nonexistent"}


@contextmanager
def running_sandbox(home: Path, **settings: Any) -> Iterator[RunningSandbox]:
    """Run a sandbox on a free port, with simulated tasks unless `settings` say otherwise.

    A simulated second passes in a twentieth of one, and whatever is due is done in its order, also where the machine
    does not keep up: clients come and go here that know nothing of the clock.
    """
    wanted = {"runtime": "simulated", "speed": SPEED, "name": f"test-{uuid.uuid4().hex[:8]}", **settings}
    clock = SteppedClock() if wanted["runtime"] == "simulated" else None
    sandbox = Sandbox(Settings(home=home, **wanted), clock=clock, warm=False)
    try:
        with running(clock, RATE) if clock else nullcontext():
            yield RunningSandbox(sandbox)
    finally:
        sandbox.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A fresh sandbox with simulated tasks. moto's state is the process's: use one at a time."""
    with running_sandbox(tmp_path) as running:
        yield running

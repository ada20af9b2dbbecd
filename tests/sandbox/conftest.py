"""A whole sandbox in this process, with simulated tasks, and clients that know nothing but its address."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from ecsdeploy.sandbox.app import Sandbox
from ecsdeploy.sandbox.env import sandbox_environment
from ecsdeploy.sandbox.settings import Settings


class RunningSandbox:
    """A sandbox that answers, and clients for it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.faults = sandbox.faults
        self.endpoint = sandbox.settings.endpoint()
        self.registry = sandbox.settings.registry()
        self.region = sandbox.settings.region
        # One session for all clients: it reads each service's model once.
        self._session = Session()

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
        return self._session.create_client(
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
    """Run a sandbox on a free port, a thousand times as fast as AWS unless `settings` say otherwise."""
    wanted = {"runtime": "simulated", "speed": 1000.0, "name": f"test-{uuid.uuid4().hex[:8]}", **settings}
    sandbox = Sandbox(Settings(home=home, **wanted), warm=False)
    try:
        yield RunningSandbox(sandbox)
    finally:
        sandbox.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A fresh sandbox with simulated tasks. moto's state is the process's: use one at a time."""
    with running_sandbox(tmp_path) as running:
        yield running

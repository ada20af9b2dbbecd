"""What one running sandbox was asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

RuntimeName = Literal["docker", "simulated"]

LABEL = "ecsdeploy.sandbox"
"""Every container, network and image that a sandbox makes carries `LABEL=<sandbox name>`."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One sandbox: its name, where it listens, whom it pretends to be, and how fast AWS's own waits pass.

    `port` is 0 until the listening socket is bound; `speed` divides AWS's waits, never the containers'.
    `home` is the folder that holds this sandbox's state file, log and registry blobs. `enforce_iam` says whether IAM is
    asked before each request is answered.
    """

    name: str
    home: Path
    port: int = 0
    account: str = "123456789012"
    region: str = "us-east-1"
    speed: float = 1.0
    runtime: RuntimeName = "docker"
    enforce_iam: bool = False

    def endpoint(self) -> str:
        """Return the address that AWS clients are pointed at."""
        return f"http://127.0.0.1:{self.port}"

    def registry(self) -> str:
        """Return the registry's host and port as it stands in image references."""
        return f"127.0.0.1:{self.port}"

    def keeps(self, image: str) -> bool:
        """Return whether an image reference names the sandbox's own registry."""
        return image.startswith(f"{self.registry()}/")

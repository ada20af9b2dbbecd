"""What `sandbox up` is asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ecsdeploy.sandbox.settings import RuntimeName
from ecsdeploy.sandbox.state import State


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What `sandbox up` was asked for; `port` 0 is any free one."""

    name: str = "default"
    port: int = 4566
    runtime: RuntimeName = "docker"
    speed: float = 1.0
    region: str = "us-east-1"
    account: str = "123456789012"
    enforce_iam: bool = False

    def differences(self, state: State) -> list[str]:
        """Return in which of its settings a running sandbox is not what is wished."""
        wished, running = asdict(self), asdict(state)
        if self.port == 0:
            wished["port"] = state.port
        return [
            f"{name.replace('_', '-')} {_plain(running[name])}, not {_plain(value)}"
            for name, value in wished.items()
            if running[name] != value
        ]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)

"""The command line as a process of its own, whose clock is in as much of a hurry as that of the other tests."""

from __future__ import annotations

from ecsdeploy.cli import app
from tests.cli.world import TOOL_RATE
from tests.hard.quick import QuickClock

if __name__ == "__main__":
    app(obj=QuickClock(TOOL_RATE))

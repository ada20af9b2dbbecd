"""The command line as a process of its own, on the clock of the test that started it."""

from __future__ import annotations

import os

from ecsdeploy.cli import app
from tests.support.clocks import FarTime, ToolClock

DOOR = "CLOCK_DOOR"
"""Names the port of the door to the clock."""

if __name__ == "__main__":
    app(obj=ToolClock(FarTime(int(os.environ[DOOR])).pass_time))

"""The process of a detached sandbox: `python -m ecsdeploy.sandbox.daemon WISH FD`.

It says once on the descriptor whether it came up, as JSON, and then closes it; its log goes to standard error.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict

from ecsdeploy.sandbox.lifecycle import run_here
from ecsdeploy.sandbox.lifecycle_errors import LeftBehindError, SandboxError
from ecsdeploy.sandbox.state import State
from ecsdeploy.sandbox.wish import Wish


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run until told to stop; return the exit code."""
    wish, descriptor = Wish(**json.loads(arguments[0])), int(arguments[1])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    os.chdir("/")

    def say(said: Mapping[str, object]) -> None:
        with os.fdopen(descriptor, "w") as pipe:
            json.dump(said, pipe)

    def announce(state: State) -> None:
        say({"state": asdict(state)})

    try:
        run_here(wish, environ, announce, stop)
    except LeftBehindError as error:  # it came up, and said so; whoever takes it down finds out
        logging.getLogger(__name__).error("%s %s", error.what, error.why)
        return 1
    except SandboxError as error:
        say({"what": error.what, "why": error.why, "fix": error.fix})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))

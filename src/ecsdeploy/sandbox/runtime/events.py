"""What happens to the sandbox's containers, as the Engine tells it: one stream for all of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.runtime.crew import spawn
from ecsdeploy.sandbox.runtime.engine import EngineError, Stream
from ecsdeploy.sandbox.settings import LABEL

_RETRY_SECONDS = 0.5

_log = logging.getLogger(__name__)


class EventWatch:
    """Tells of containers that died, ran out of memory or changed their health.

    When the Engine went away and is back (a restart), `reconnected` is called: what happened meanwhile was not told.
    """

    def __init__(
        self,
        version: str,
        sandbox: str,
        clock: Clock,
        *,
        told: Callable[[str, dict[str, str]], None],
        reconnected: Callable[[], None],
    ) -> None:
        """`told` gets the action (`die`, `oom`, `health_status: healthy`) and the container's labels."""
        self._version = version
        self._filters = f'{{"type":["container"],"label":["{LABEL}={sandbox}"],"event":["die","oom","health_status"]}}'
        self._clock = clock
        self._told = told
        self._reconnected = reconnected
        self._closed = threading.Event()
        self._stream = self._open()
        self._thread = spawn(f"events-{sandbox}", self._work)

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        self._stream.cut()
        self._thread.join()

    def _open(self) -> Stream:
        return Stream(self._version, "GET", "/events", {"filters": self._filters})

    def _work(self) -> None:
        while True:
            self._listen()
            if not self._closed.is_set():
                _log.warning("the Docker Engine went away")
            if not self._reopen():
                return
            _log.warning("the Docker Engine is back")
            self._reconnected()

    def _listen(self) -> None:
        try:
            for message in self._stream.messages():
                self._tell(message)
        except (OSError, ValueError):
            return  # the Engine went away, perhaps in the middle of a line

    def _tell(self, message: dict[str, Any]) -> None:
        if not self._closed.is_set():
            self._told(message["Action"], message["Actor"]["Attributes"])

    def _reopen(self) -> bool:
        while not self._clock.wait(self._closed, _RETRY_SECONDS):
            try:
                self._stream = self._open()
            except (OSError, EngineError):
                continue
            if self._closed.is_set():
                self._stream.close()
                return False
            return True
        return False

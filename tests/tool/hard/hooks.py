"""What is done to a run at one of its calls: below botocore's retry loop, so that its retries are the real ones.

A call is a request to AWS, a request to the Docker Engine, or the start of the docker CLI. Each is written to a log
before it is made, so that what a killed run did is known. Several threads may make calls at once: each call has one
number, and no call is written to the log between the line that tells of a signal and the signal.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import botocore.endpoint
import requests.sessions
from botocore.endpoint import Endpoint

from tests.support.clocks import ToolClock
from tests.tool.hard.porter import Porter

SIGNALS = {"kill": signal.SIGKILL, "int": signal.SIGINT, "term": signal.SIGTERM}


@dataclass
class Hooks:
    """One run's calls, counted; `plan` says what happens at which of them (`aws_only`: only AWS's are counted)."""

    plan: Mapping[str, Any] = field(default_factory=dict)
    log: int = -1
    clock: ToolClock = field(default_factory=lambda: ToolClock(lambda seconds: seconds))
    calls: int = 0
    porter: Porter | None = None
    _turn: threading.Condition = field(default_factory=threading.Condition)
    _under_way: int = 0
    _alone: bool = False
    """Whether a call is being made beside which there must be no other."""

    def begin(self, plan: Mapping[str, Any], log: int, clock: ToolClock) -> None:
        """Be the hooks of one run: `log` is a file descriptor."""
        self.plan, self.log, self.clock = plan, log, clock

    def install(self) -> None:
        """Come between this process and everything that it calls."""
        self._boto()
        self._docker()
        hurried = ModuleType("time")
        vars(hurried).update(vars(time), sleep=lambda seconds: self.clock.sleep(seconds))
        replace(botocore.endpoint, "time", hurried)

    def tell(self, text: str) -> None:
        """Write a line that survives the process."""
        os.write(self.log, f"{text}\n".encode())

    def call(self, name: str, make: Callable[[], Any]) -> Any:
        """Make a call; return what `make` does. From any thread."""
        if self.plan.get("kind") == "gate":
            return self._gate().let_through(name, lambda: self._noted(name, make))
        with self._turn:
            self._turn.wait_for(lambda: not self._alone)
            hit = self._count(name)
            self._before(name, hit)
            self._under_way += 1
        try:
            answer = make()
        finally:
            with self._turn:
                self._under_way -= 1
                self._alone = self._alone and not hit
                self._turn.notify_all()
        if hit and self.plan["kind"] in SIGNALS and self.plan["when"] == "after":
            self.fire(name)
        return answer

    def fire(self, name: str) -> None:
        """Send this process the signal that is planned; from another thread than the main one, return."""
        with self._turn:
            self.tell(f"fired {name}")
            os.kill(os.getpid(), SIGNALS[self.plan["kind"]])

    def _count(self, name: str) -> bool:
        """Give this call its number; return whether it is the planned one."""
        counts = not (self.plan.get("aws_only") and name.startswith(("docker:", "cli:")))
        self.calls += counts
        self.tell(f"call {name}")
        if self.calls % self.plan.get("weigh", sys.maxsize) == 0:
            self.tell(f"weighs {self.clock.monotonic():.0f} {_resident()}")
        return counts and self.plan.get("at") == self.calls

    def _before(self, name: str, hit: bool) -> None:
        """Do what is planned before this call is made."""
        if hit and self.plan["kind"] == "break":
            self._alone = True  # else a call that is under way could meet what is meant for this one
            self._turn.wait_for(lambda: not self._under_way)
            self._break(name)
        elif hit and self.plan["kind"] in SIGNALS and self.plan["when"] == "before":
            self.fire(name)

    def _noted(self, name: str, make: Callable[[], Any]) -> Any:
        self.tell(f"call {name}")
        return make()

    def _boto(self) -> None:
        get_response, send = Endpoint._do_get_response, Endpoint._send  # type: ignore[attr-defined]
        current = threading.local()

        def named(endpoint: Any, request: Any, operation: Any, context: Any) -> Any:
            current.name = f"{operation.service_model.service_id.hyphenize()}:{operation.name}"
            return get_response(endpoint, request, operation, context)

        replace(Endpoint, "_do_get_response", named)
        replace(Endpoint, "_send", lambda endpoint, sent: self.call(current.name, lambda: send(endpoint, sent)))

    def _docker(self) -> None:
        send, start = requests.sessions.Session.send, subprocess.Popen.__init__

        def sent(session: Any, request: Any, **options: Any) -> Any:
            name = f"docker:{request.method} {request.path_url.partition('?')[0]}"
            return self.call(name, lambda: send(session, request, **options))

        def started(process: Any, argv: Any, *args: Any, **options: Any) -> None:
            if os.path.basename(str(argv[0])) != "docker":
                start(process, argv, *args, **options)
                return
            words = [word for word in argv[1:4] if not word.startswith("-")]
            self.call(f"cli:{' '.join(words)}", lambda: start(process, argv, *args, **options))

        replace(requests.sessions.Session, "send", sent)
        replace(subprocess.Popen, "__init__", started)

    def _break(self, name: str) -> None:
        """Ask the sandbox to break this call, or what else the plan says."""
        service, _, operation = name.partition(":")
        wanted: dict[str, Any] = {"fault": self.plan["fault"], "times": self.plan.get("times", 1)}
        if self.plan.get("scope") == "operation":
            wanted["operation"] = f"{_prefix(service)}:{operation}"
        connection = http.client.HTTPConnection("127.0.0.1", self.plan["port"])
        connection.request("POST", "/_sandbox/break", json.dumps(wanted), {"X-Sandbox-Token": self.plan["token"]})
        assert connection.getresponse().status == 200
        connection.close()
        self.tell(f"fired {name}")

    def _gate(self) -> Porter:
        with self._turn:
            if self.porter is None:
                self.porter = Porter(socket.create_connection(("127.0.0.1", self.plan["door"])))
            return self.porter


class Waking:
    """The run's clock; a plan that says `asleep` is carried out while the run waits for that time."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._waits = itertools.count(1)
        self.now = hooks.clock.now
        self.monotonic = hooks.clock.monotonic

    def sleep(self, seconds: float) -> None:
        if next(self._waits) == self._hooks.plan.get("asleep"):
            self._hooks.fire("clock:Sleep")
        self._hooks.clock.sleep(seconds)


def replace(owner: Any, name: str, value: Any) -> None:
    """Put `value` in the place of what `owner` has: this process is made for one case, and ends with it."""
    setattr(owner, name, value)


def _resident() -> int:
    """Return how many bytes of memory this process holds."""
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _prefix(service: str) -> str:
    """Return the name by which the sandbox knows a service of botocore's."""
    return {"application-auto-scaling": "application-autoscaling", "cloudwatch-logs": "logs"}.get(service, service)

"""What is done to a run at one of its calls: below botocore's retry loop, so that its retries are the real ones.

A call is a request to AWS, a request to the Docker Engine, or the start of the docker CLI. Each is written to a log
before it is made, so that what a killed run did is known.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import botocore.endpoint
import botocore.session
import requests.sessions
from botocore.httpsession import URLLib3Session

from tests.hard.quick import QuickClock

SIGNALS = {"kill": signal.SIGKILL, "int": signal.SIGINT, "term": signal.SIGTERM}


@dataclass
class Hooks:
    """One run's calls, counted; `plan` says what happens at which of them (`aws_only`: only AWS's are counted)."""

    plan: Mapping[str, Any] = field(default_factory=dict)
    log: int = -1
    clock: QuickClock = field(default_factory=lambda: QuickClock(1))
    calls: int = 0
    gate: socket.socket | None = None

    def begin(self, plan: Mapping[str, Any], log: int, clock: QuickClock) -> None:
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

    def call(self, name: str, make: Callable[[], Any] | None) -> Any:
        """Be at a call. `make` makes it; what it returns is returned, None where the caller shall make it."""
        counts = not (self.plan.get("aws_only") and name.startswith(("docker:", "cli:")))
        self.calls += counts
        self.tell(f"call {name}")
        if self.calls % self.plan.get("weigh", sys.maxsize) == 0:
            self.tell(f"weighs {self.clock.elapsed:.0f} {_resident()}")
        kind, hit = self.plan.get("kind"), counts and self.plan.get("at") == self.calls
        if kind == "gate":
            self._wait_at_gate(name)
        if not hit:
            return None
        if kind == "break":
            self._break(name)
        elif kind in SIGNALS:
            if self.plan["when"] == "after" and make is not None:
                make()
            self.tell(f"fired {name}")
            os.kill(os.getpid(), SIGNALS[kind])
        return None

    def _boto(self) -> None:
        make_session = botocore.session.Session.__init__
        wire = URLLib3Session()

        def before_send(**sent: Any) -> Any:
            _, service, operation = sent["event_name"].split(".")
            return self.call(f"{service}:{operation}", lambda: wire.send(sent["request"]))

        def init(session: botocore.session.Session, *args: Any, **kwargs: Any) -> None:
            make_session(session, *args, **kwargs)
            session.register("before-send.*.*", before_send)

        replace(botocore.session.Session, "__init__", init)

    def _docker(self) -> None:
        send, start = requests.sessions.Session.send, subprocess.Popen.__init__

        def sent(session: Any, request: Any, **options: Any) -> Any:
            name = f"docker:{request.method} {request.path_url.partition('?')[0]}"
            answer: list[Any] = []
            self.call(name, lambda: answer.append(send(session, request, **options)))
            return answer[0] if answer else send(session, request, **options)

        def started(process: Any, argv: Any, *args: Any, **options: Any) -> None:
            if os.path.basename(str(argv[0])) != "docker":
                start(process, argv, *args, **options)
                return
            made: list[None] = []
            words = [word for word in argv[1:4] if not word.startswith("-")]
            self.call(f"cli:{' '.join(words)}", lambda: made.append(start(process, argv, *args, **options)))
            if not made:
                start(process, argv, *args, **options)

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

    def _wait_at_gate(self, name: str) -> None:
        if self.gate is None:
            self.gate = socket.create_connection(("127.0.0.1", self.plan["door"]))
        self.gate.sendall(f"{self.plan['who']} {name}\n".encode())
        assert self.gate.recv(1) == b"g"


class Waking:
    """The run's clock; a plan that says `asleep` is carried out while the run waits for that time."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._waits = 0
        self.now = hooks.clock.now
        self.monotonic = hooks.clock.monotonic

    def sleep(self, seconds: float) -> None:
        self._waits += 1
        if self._hooks.plan.get("asleep") == self._waits:
            self._hooks.tell("fired clock:Sleep")
            os.kill(os.getpid(), SIGNALS[self._hooks.plan["kind"]])
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

"""The way into a task of real containers: a filter in its network namespace, and one on the Engine's proxy.

Nothing of the host's own firewall is touched. What comes from other tasks arrives in the task's namespace. What comes
from the host arrives at the Engine's proxy (`docker-proxy`), which would take each connection before it asks the task:
so its listening sockets are made deaf. An Engine without that proxy sends it into the namespace too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from ecsdeploy.sandbox.firewall.groups import INTERNET, Opening, admits_internet
from ecsdeploy.sandbox.firewall.sockets import deafen, drops, hear, proxies
from ecsdeploy.sandbox.firewall.tables import Dropped, Port, dropped, restore_text
from ecsdeploy.sandbox.runtime.namespaces import inside

PROGRAMS = ("iptables-restore", "iptables-save")
_PATH = f"{os.defpath}:/usr/local/sbin:/usr/sbin:/sbin"
_SECONDS = 20


def why_not() -> str:
    """Return why nothing can be filtered on this machine, "" if it can."""
    if os.geteuid() != 0:
        return "that takes root, and the sandbox does not run as root"
    missing = [program for program in PROGRAMS if shutil.which(program, path=_PATH) is None]
    return f"there is no {missing[0]} on this machine" if missing else ""


def run_inside(namespace: str, command: tuple[str, ...], text: str) -> str:
    """Return what a program of iptables says in a network namespace. Raises `OSError`."""

    def run() -> subprocess.CompletedProcess[str]:
        environ = {"PATH": _PATH, "LC_ALL": "C"}
        program = shutil.which(command[0], path=_PATH) or command[0]
        return subprocess.run(
            [program, *command[1:]],
            input=text,
            capture_output=True,
            text=True,
            env=environ,
            timeout=_SECONDS,
            check=False,
        )

    try:
        done = inside(namespace, run)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"{command[0]} did not end within {_SECONDS} s") from None
    if done.returncode != 0:
        raise OSError(f"{command[0]}: {done.stderr.strip() or f'it ended with {done.returncode}'}")
    return done.stdout


class NamespaceDoor:
    """A `Door` of a task whose network namespace is the file `namespace`.

    `ports` are published at `address`; the host's own packets come from `gateway`.
    """

    def __init__(
        self,
        namespace: str,
        *,
        address: str,
        gateway: str,
        ports: Iterable[Port],
        run: Callable[[str, tuple[str, ...], str], str] = run_inside,
    ) -> None:
        self._namespace = namespace
        self._address = address
        self._gateway = gateway
        self._ports = tuple(ports)
        self._run = run
        self._counted: Dropped = Counter()
        self._guarded = False
        self._deaf: dict[Port, int] = {}

    def admit(self, found: frozenset[Opening]) -> None:
        """Let in what `found` says from now on. Raises `OSError`."""
        if self._guarded:
            self._counted += self._in_the_table()  # which begins again at nothing
        text = restore_text(found, self._ports, self._gateway)
        self._run(self._namespace, ("iptables-restore", "-w"), text)
        self._guarded = True
        for port, proxy in proxies(self._address, self._ports):
            if admits_internet(found, *port):
                self._counted += _since(port, drops(proxy), self._deaf)
                self._deaf.pop(port, None)
                hear(proxy)
            else:
                before = drops(proxy)
                deafen(proxy)
                if before < self._deaf.get(
                    port, before + 1
                ):  # not deaf yet, or the proxy of an Engine that was restarted
                    self._deaf[port] = before

    def dropped(self) -> Dropped:
        """Return what was dropped so far. Raises `OSError`."""
        found = self._counted + self._in_the_table()
        for port, proxy in proxies(self._address, list(self._deaf)):
            found += _since(port, drops(proxy), self._deaf)
        return found

    def _in_the_table(self) -> Dropped:
        return dropped(self._run(self._namespace, ("iptables-save", "-c", "-t", "filter"), ""))


def _since(port: Port, now: int, deaf: Mapping[Port, int]) -> Dropped:
    return Counter({(port, INTERNET): now - deaf[port]}) if port in deaf else Counter()

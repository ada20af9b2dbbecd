"""A Docker Engine of a test's own, which may be killed: nothing but its containers notice."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from docker import APIClient

START_SECONDS = 30


class SecondEngine:
    """A `dockerd` beside the machine's: own data, own containerd, own addresses, and no firewall rules."""

    def __init__(self, *options: str) -> None:
        # A test's own folder has too long a name for the sockets in it.
        self.folder = Path(tempfile.mkdtemp(prefix="engine-"))
        self.socket = self.folder / "engine.sock"
        # A bridge of its own: without one, or with an address pool of its own, it takes the first one's docker0 away.
        self._bridge = f"engine{os.getpid()}"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"unix://{self.socket}"

    def client(self) -> APIClient:
        return APIClient(base_url=self.host, version="1.41", timeout=60)

    def start(self) -> None:
        """Start it and wait until it answers; skip the test where this machine cannot have a second one."""
        self._make_bridge()
        command = [
            *("dockerd", "--host", self.host, "--data-root", str(self.folder / "data")),
            *("--exec-root", str(self.folder / "exec"), "--pidfile", str(self.folder / "pid")),
            # The rules of the first Engine would be flushed by a second one that makes its own.
            *("--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false"),
            *("--bridge", self._bridge),
            *self._options,
        ]
        # Where process 1 reaps nobody (in a container, say) the killed containerd is a zombie, and passes for alive.
        (self.folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                pytest.skip(f"no second Docker Engine starts here: {self._last_words()}")
            threading.Event().wait(0.1)

    def kill(self) -> None:
        """Kill it; its containerd goes with it, its containers do not."""
        self._end(signal.SIGKILL)

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """Let it hang: it takes connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Let it shut down, its containers first."""
        self._end(signal.SIGTERM)

    def close(self) -> None:
        """Stop it, and take away whatever it left."""
        self.stop()
        for process in self.processes():
            # What a shim of containerd runs is its child.
            subprocess.run(["pkill", "-KILL", "-P", str(process)], check=False)
            os.kill(process, signal.SIGKILL)
        subprocess.run(["ip", "link", "delete", self._bridge], check=False, capture_output=True)
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in reversed([mount for mount in mounts if mount.startswith(f"{self.folder}/")]):
            subprocess.run(["umount", "--lazy", mount], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[int]:
        """Return the ids of what still runs for it: itself, its containerd, and a shim for each container."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and str(self.folder).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def _make_bridge(self) -> None:
        if Path("/sys/class/net", self._bridge).exists():
            return
        try:
            for words in (
                ["link", "add", "name", self._bridge, "type", "bridge"],
                ["address", "add", f"10.{200 + os.getpid() % 50}.255.1/24", "dev", self._bridge],
                ["link", "set", self._bridge, "up"],
            ):
                subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
        except FileNotFoundError:
            pytest.skip("no ip command to make a bridge for a second Docker Engine")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no second Docker Engine starts here: {error.stderr.strip()}")

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(30)

    def _answers(self) -> bool:
        try:
            with closing(self.client()) as client:
                return bool(client.ping())
        except OSError:
            return False

    def _last_words(self) -> str:
        return " ".join((self.folder / "log").read_text(errors="replace").splitlines()[-1:])

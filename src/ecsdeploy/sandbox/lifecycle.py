"""A sandbox's life: up in this process or a detached one, down, and clean again whatever happened before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox.clock import Clock, SystemClock
from ecsdeploy.sandbox.lifecycle_errors import CannotStartError, LeftBehindError, NotUpError, SandboxError, name_option
from ecsdeploy.sandbox.remote import RefusedByControlError, ask
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.state import Hold, State, StillUpError, home_of, is_up, read_state, remove_remains
from ecsdeploy.sandbox.wish import Wish

LOG = "sandbox.log"
_LAST_LINES = 15
_POLL_SECONDS = 0.05
_DOWN_SECONDS = 60.0
_KILL_SECONDS = 10.0


def running(name: str, environ: Mapping[str, str]) -> State:
    """Return the sandbox of that name. Raises `NotUpError`, `BadNameError`."""
    state = read_state(home_of(name, environ))
    if state is None:
        raise NotUpError(name)
    return state


def already_up(wish: Wish, environ: Mapping[str, str]) -> State | None:
    """Return the running sandbox of that name if it is what is wished, or None if none runs.

    Raises `CannotStartError` where one runs that is something else.
    """
    state = read_state(home_of(wish.name, environ))
    if state is None:
        return None
    if others := wish.differences(state):
        raise CannotStartError(
            f"A sandbox named {wish.name} is up already at {state.endpoint()}, and it is not what you ask for.",
            why=f"It has {'; '.join(others)}.",
            fix=f"Take it down first (ecsdeploy sandbox down{name_option(wish.name)}), "
            "or give the new one another --name.",
        )
    return state


def run_here(wish: Wish, environ: Mapping[str, str], announce: Callable[[State], None], stop: threading.Event) -> None:
    """Bring a sandbox up in this process, tell where it is, and take it down when `stop` is set or it is asked to.

    Raises `CannotStartError`, `LeftBehindError`.
    """
    home = home_of(wish.name, environ)
    try:
        with _own_folder(home):
            hold = Hold(home)
    except StillUpError:
        raise CannotStartError(f"A sandbox named {wish.name} is just coming up or going down.") from None
    try:
        _clean(wish, home, hold)
        cleaned = _serve(wish, home, hold, announce, stop)
    except CannotStartError:
        # What an earlier sandbox wrote of itself is needed by whoever cleans up after it.
        hold.release(remove=_left_behind(home) is None)
        raise
    except BaseException:
        # The folder stays, with the log in it; the next `up` or `down` of this name cleans it.
        hold.release()
        raise
    hold.release(remove=cleaned)
    if not cleaned:
        raise LeftBehindError(wish.name)


def start_detached(wish: Wish, environ: Mapping[str, str]) -> State:
    """Bring a sandbox up in a process of its own; return when it answers. Raises `CannotStartError`."""
    home = home_of(wish.name, environ)
    log = home / LOG
    with _own_folder(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.touch(0o600)
    reading, writing = os.pipe()
    # -P: the folder that `up` was called in must not be searched for modules.
    command = [sys.executable, "-P", "-m", "ecsdeploy.sandbox.daemon", json.dumps(asdict(wish)), str(writing)]
    # Appended to, and emptied by whoever holds the sandbox: one that comes up at the same time writes there too.
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(writing,),
            start_new_session=True,
            env={name: value for name, value in environ.items() if not name.startswith("AWS_")},
        )
    os.close(writing)
    # Somebody must hear of its end while this process lives: otherwise the child stays as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    with os.fdopen(reading) as pipe:
        try:
            # The child's end closes when it has spoken, and also when it dies.
            said = pipe.read()
        except BaseException:
            process.terminate()
            raise
    if said:
        return _understood(json.loads(said))
    code = process.wait()
    raise CannotStartError("The sandbox did not come up.", why=_last_lines(log, f"It ended with {code}."))


def take_down(name: str, environ: Mapping[str, str], clock: Clock | None = None) -> bool:
    """End the sandbox of that name and remove what it left; return whether it was up.

    Raises `SandboxError` where it does not end, `LeftBehindError` where its containers cannot be removed.
    """
    home = home_of(name, environ)
    if not is_up(home):
        left = _left_behind(home)
        if left is not None and left.runtime == "docker" and not _remove_leftovers(name, left):
            raise LeftBehindError(name)
        if home.exists():
            Hold(home).release(remove=True)
        remove_remains(home)
        return False
    state = read_state(home)
    if state is None:
        raise SandboxError(f"The sandbox {name} is just coming up or going down.", fix="Try again in a moment.")
    clock = clock or SystemClock()
    try:
        ask(state, "shutdown", {})
        gone = _gone(home, clock, _DOWN_SECONDS)
    except (OSError, RefusedByControlError):
        gone = False
    if not gone:
        _kill(state, home, clock)
    if _left_behind(home) == state:
        # It ended, and could not clean up: it was killed, or the Docker Engine did not answer.
        take_down(name, environ, clock)
    remove_remains(home)
    return True


def _serve(wish: Wish, home: Path, hold: Hold, announce: Callable[[State], None], stop: threading.Event) -> bool:
    """Serve until the end; return whether nothing is left of it."""
    from ecsdeploy.sandbox.app import Sandbox

    settings = Settings(
        name=wish.name,
        home=home,
        port=wish.port,
        account=wish.account,
        region=wish.region,
        speed=wish.speed,
        runtime=wish.runtime,
        enforce_iam=wish.enforce_iam,
    )
    try:
        sandbox = Sandbox(settings)
    except OSError as error:
        raise _port_taken(wish.port, error) from error
    try:
        _publish(hold, sandbox.state(), home)
        announce(sandbox.state())
        while not stop.is_set() and not sandbox.asked_to_stop.is_set():
            # Signals set `stop`, the control API sets the other: one wait cannot be for both.
            sandbox.asked_to_stop.wait(0.25)
    finally:
        sandbox.close()
        cleaned = wish.runtime != "docker" or _remove_leftovers(wish.name, sandbox.state())
    return cleaned


@contextmanager
def _own_folder(home: Path) -> Iterator[None]:
    """Say of a folder that cannot be made or written how to choose another. Raises `CannotStartError`."""
    try:
        yield
    except OSError as error:
        raise CannotStartError(
            "The sandbox cannot use the folder that it keeps its state in.",
            why=f"{home}: {error.strerror}.",
            fix="Set XDG_STATE_HOME, or HOME, to a folder that this user can write.",
        ) from error


def _publish(hold: Hold, state: State, home: Path) -> None:
    try:
        hold.publish(state)
    except OSError as error:
        # A full disk, most of all: then its log is empty too, so that it must be said here.
        raise CannotStartError(
            "The sandbox cannot write what others need to find it.",
            why=f"{home}: {error.strerror or error}.",
            fix="Make room there, or set XDG_STATE_HOME to a folder that has some.",
        ) from error


def _clean(wish: Wish, home: Path, hold: Hold) -> None:
    left = _left_behind(home)
    if (home / LOG).exists():
        os.truncate(home / LOG, 0)
    if wish.runtime == "docker":
        from ecsdeploy.sandbox.runtime.probe import usable_engine

        if reason := usable_engine():
            raise CannotStartError(
                "The sandbox cannot run tasks as real containers here.",
                why=f"{reason[:1].upper()}{reason[1:]}.",
                fix="Use simulated tasks: ecsdeploy sandbox up --runtime simulated",
            )
        _remove_leftovers(wish.name, left)
    elif left is not None and left.runtime == "docker":
        _remove_leftovers(wish.name, left)
    hold.clear()


def _left_behind(home: Path) -> State | None:
    """Return what a sandbox that was killed wrote of itself."""
    try:
        return State(**json.loads((home / "state.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _remove_leftovers(name: str, left: State | None) -> bool:
    """Return whether the Docker Engine was there to remove from."""
    from ecsdeploy.sandbox.runtime.clean import remove_leftovers

    return remove_leftovers(name, f"127.0.0.1:{left.port}" if left else None) is not None


def _port_taken(port: int, error: OSError) -> CannotStartError:
    from ecsdeploy.sandbox.ports import holder_of

    holder = holder_of(port) if port else None
    return CannotStartError(
        f"The sandbox cannot listen on 127.0.0.1:{port}.",
        why=f"{holder} listens there." if holder else f"{error}.",
        fix="Take that one down, or use another port: --port 0 picks a free one.",
    )


def _understood(said: dict[str, Any]) -> State:
    if "state" in said:
        return State(**said["state"])
    raise CannotStartError(said["what"], why=said["why"], fix=said["fix"])


def _last_lines(log: Path, otherwise: str) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    except OSError:
        lines = []
    return "\n".join(["The last lines of its log:", *lines]) if lines else otherwise


def _gone(home: Path, clock: Clock, seconds: float) -> bool:
    deadline = clock.now() + seconds
    never = threading.Event()
    while is_up(home):
        if clock.now() > deadline:
            return False
        clock.wait(never, _POLL_SECONDS)
    return True


def _kill(state: State, home: Path, clock: Clock) -> None:
    # The lock is held, so the process that wrote the state file lives: its id has not been given to another.
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(state.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise SandboxError(f"The sandbox {state.name} (pid {state.pid}) cannot be ended.", why=str(error)) from None
        if _gone(home, clock, _KILL_SECONDS):
            return
    raise SandboxError(f"The sandbox {state.name} (pid {state.pid}) does not end.")

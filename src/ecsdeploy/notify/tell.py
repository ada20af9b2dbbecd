"""At the end of a command: tell who wants to know. It takes a few seconds at most, and changes nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from ecsdeploy.config.notify import Notify
from ecsdeploy.config.references import SecretReference, Variable
from ecsdeploy.core.record import Record
from ecsdeploy.core.word import Actor, Word, word
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.events import Report, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.notify.post import NotTold, post
from ecsdeploy.notify.shapes import SHAPES, Body

SECONDS = 5.0
INTERRUPTED_SECONDS = 0.6
"""Somebody waits for the end: an interrupted command is over within 1.5 s (`cli.signals`)."""
_INTERRUPTED = (ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED)
Post = Callable[[str, Body, float], None]
Secret = Callable[[SecretReference], str]


def tell_team(
    record: Record,
    notify: Notify,
    environ: Mapping[str, str],
    report: Report,
    *,
    secret: Secret,
    send: Post = post,
) -> None:
    """Tell of a run, if it deployed anything and `notify` wants to know; what goes wrong is one line.

    `secret` reads a parameter or a secret in AWS: it is asked only where there is something to send.
    """
    runner = read_runner(environ)
    told = word(record, Actor(commit=runner.commit, name=runner.actor, run_url=runner.run_url))
    if told is None or not _wanted(told, notify):
        return
    address = notify.address
    if nobody(notify, environ):
        return
    seconds = INTERRUPTED_SECONDS if record.exit_code in _INTERRUPTED else SECONDS
    body = SHAPES[notify.format](told)
    problem = _sent(lambda: send(_url(address, environ, secret), body, seconds), seconds)
    if problem:
        report(Warn(f"The address in {address.name} was not told of this: {problem}."))


def nobody(notify: Notify, environ: Mapping[str, str]) -> str:
    """Return why nobody will be told, "" if somebody can be. Said at the start: the end belongs to the verdict."""
    address = notify.address
    missing = isinstance(address, Variable) and not environ.get(address.name, "").strip()
    return f"[notify] tells nobody: {address.name} is not set." if missing else ""


def _url(address: Variable | SecretReference, environ: Mapping[str, str], secret: Secret) -> str:
    """Return the address itself. Raises `NotTold` where it cannot be read."""
    if isinstance(address, Variable):
        return environ[address.name].strip()
    try:
        found = secret(address).strip()
    except EcsdeployError as error:
        raise NotTold(f"it could not be read ({error.what.rstrip('.')})") from None
    if not found:
        raise NotTold("it is empty")
    return found


def _wanted(told: Word, notify: Notify) -> bool:
    return ("success" if told.succeeded else "failure") in notify.on


def _sent(send: Callable[[], None], seconds: float) -> str:
    """Do it in `seconds` at most, whatever it waits for (a name server has no time limit); return what went wrong.

    A second thread, which is not waited for longer: a signal ends the waiting too.
    """
    over, problems = threading.Event(), ["it did not answer in time"]

    def run() -> None:
        try:
            send()
            problems.clear()
        except NotTold as error:
            problems[:] = [str(error)]
        except Exception as error:  # its text may quote the address
            problems[:] = [f"{type(error).__name__} while it was sent"]
        finally:
            over.set()

    with suppress(RuntimeError):  # the machine allows no further thread
        threading.Thread(target=run, name="notify", daemon=True).start()
        over.wait(seconds)
    return problems[0] if problems else ""

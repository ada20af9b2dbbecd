"""`[smoke]`: asks the tasks of a deployment, and judges what they answer; runs the user's command.

Whatever cannot be asked from here proves nothing, neither good nor bad: only a wrong answer, or none from somebody who
is there, counts against a deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from ecsdeploy.asked import ask
from ecsdeploy.core.serving import asked_port
from ecsdeploy.core.smoke import (
    Answer,
    Check,
    NoAnswer,
    Origin,
    Smoked,
    checks,
    require_variables,
    unknown,
    wrong,
)
from ecsdeploy.core.target import Target
from ecsdeploy.errors import ConfigError, Refused
from ecsdeploy.events import Note, Step
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.probe import command
from ecsdeploy.probe.exchange import exchange
from ecsdeploy.runtime import Run

EVERY_SECONDS = 1.0
ADDRESSES = 3
"""How many tasks are asked: they all run the same image."""
LEAST_SECONDS = 1.0
"""What a command gets at least, when the requests took nearly all of the time."""

Exchange = Callable[[Check, str], Answer | NoAnswer]


class RunCommand(Protocol):
    """Runs a command: `probe.command.run`."""

    def __call__(
        self, argv: Sequence[str], *, env: Mapping[str, str], folder: Path, seconds: float, say: Callable[[str], None]
    ) -> int:
        """Return its exit code."""
        ...


@dataclass(frozen=True)
class Hands:
    """What does the asking."""

    exchange: Exchange = exchange
    run: RunCommand = command.run


def require_ready(run: Run, target: Target) -> None:
    """Raise `ConfigError` or `Refused` if what `[smoke]` says cannot be done on this machine: before anything is."""
    smoke = target.config.smoke
    if smoke is None:
        return
    if smoke.requests and smoke.url is None and asked_port(target) is None:
        raise ConfigError(
            "smoke.requests: there is no port to ask at",
            fix="Set task.port, or say where the service answers: smoke.url.",
        )
    require_variables(smoke, run.environ)
    if smoke.command is not None and (why := command.missing(smoke.command, _folder(run), run.environ)):
        raise Refused(
            f"The smoke test cannot run {smoke.command[0]}.",
            why=f"{why[:1].upper()}{why[1:]}.",
            fix="Correct smoke.command; it runs in the folder of the config.",
        )


def smoke_test(run: Run, target: Target, urls: Sequence[str], origin: Origin, hands: Hands = Hands()) -> Smoked:
    """Return how `[smoke]` went at `urls`, where the new tasks answer; `smoke.url` takes their place.

    `origin` is what was deployed. Raises `Refused` if a variable is gone that `require_ready` has seen.
    """
    smoke = target.config.smoke
    if smoke is None:
        return Smoked()
    if text := unknown(smoke, origin):
        return Smoked(unasked=(f"{text} asks for the image's tag, which only deploy knows",))
    bases = (origin.expanded(smoke.url),) if smoke.url else tuple(urls[:ADDRESSES])
    until = run.clock.monotonic() + smoke.timeout
    smoked = _requests(run, bases, checks(smoke, origin, run.environ), until, hands.exchange)
    if smoked.passed and smoke.command is not None:
        argv = [origin.expanded(word) for word in smoke.command]
        return _command(run, argv, bases, max(LEAST_SECONDS, until - run.clock.monotonic()), hands.run)
    return smoked


def _requests(run: Run, bases: Sequence[str], every: Sequence[Check], until: float, exchange: Exchange) -> Smoked:
    if not every:
        return Smoked()
    if not bases:
        return Smoked(unasked=("its tasks have no address that can be asked from here: set smoke.url",))
    asking = _Asking(run, every, exchange, {base: dict.fromkeys(range(len(every)), Smoked()) for base in bases})
    count = f"{len(every)} requests" if len(every) > 1 else every[0].at("").strip()
    run.report(Step(f"Smoke test: {count} to {', '.join(bases)}"))
    with suppress(DeadlineReached):
        poll(asking.look, lambda _: asking.is_over, clock=run.clock, every=EVERY_SECONDS, deadline=until)
    return asking.smoked


@dataclass
class _Asking:
    """Requests that are repeated until they are answered as expected; `left` are those that were not yet, by base."""

    run: Run
    every: Sequence[Check]
    exchange: Exchange
    left: dict[str, dict[int, Smoked]]
    told: set[tuple[str, int]] = field(default_factory=set)

    @property
    def is_over(self) -> bool | None:
        """Return True if nothing is left, else None."""
        return None if any(self.left.values()) else True

    @property
    def smoked(self) -> Smoked:
        """Return what is wrong with what is left."""
        found = [each for by_number in self.left.values() for each in by_number.values()]
        return Smoked(
            wrong=tuple(text for each in found for text in each.wrong),
            unasked=tuple(text for each in found for text in each.unasked),
        )

    def look(self) -> None:
        """Send what is left: to all addresses side by side, to each in order."""
        answers = {base: ask(partial(self._at, base, tuple(numbers))) for base, numbers in self.left.items()}
        for base, answer in answers.items():
            self.left[base] = {number: found for number, found in answer().items() if not found.passed}
            for number, found in self.left[base].items():
                if (base, number) not in self.told:
                    self.told.add((base, number))
                    self.run.report(Note(f"Not yet: {(*found.wrong, *found.unasked)[0]}"))

    def _at(self, base: str, numbers: Sequence[int]) -> dict[int, Smoked]:
        return {number: self._one(self.every[number], base) for number in numbers}

    def _one(self, check: Check, base: str) -> Smoked:
        answer = self.exchange(check, base)
        if isinstance(answer, Answer):
            return Smoked(wrong=wrong(check, base, answer))
        text = f"{check.at(base)} {answer.problem}"
        return Smoked(wrong=(text,)) if answer.reached else Smoked(unasked=(text,))


def _command(run: Run, argv: Sequence[str], bases: Sequence[str], seconds: float, start: RunCommand) -> Smoked:
    """Return how the command went; each line that it prints is reported."""
    name = argv[0]
    run.report(Step(f"Smoke test: {' '.join(argv)}"))
    last: list[str] = []

    def say(line: str) -> None:
        run.report(Note(f"  | {line}"))
        if line.strip():
            last[:] = [line.strip()]

    where = {"ECSDEPLOY_URL": bases[0], "ECSDEPLOY_URLS": " ".join(bases)} if bases else {}
    env = command.safe_environment(run.environ, where)
    try:
        code = start(argv, env=env, folder=_folder(run), seconds=seconds, say=say)
    except TimeoutError:
        return Smoked(wrong=(f"{name} did not end within {seconds:.0f} s{_said(last)}",))
    except OSError as error:
        return Smoked(unasked=(f"{name} could not be started: {error.strerror}",))
    if code == 0:
        return Smoked()
    ended = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
    return Smoked(wrong=(f"{name} {ended}{_said(last)}",))


def _said(last: Sequence[str]) -> str:
    return f": {last[0][:200]}" if last else ""


def _folder(run: Run) -> Path:
    return run.loaded.path.absolute().parent

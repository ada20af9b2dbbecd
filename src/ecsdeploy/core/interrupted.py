"""What AWS goes on with when a run ends early, in words, and the commands that watch it or take it back.

ECS does not know that anybody watches: what was begun goes on. A command stands on a line of its own, to be copied.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ecsdeploy.core.service import Service
from ecsdeploy.events import RolloutState

_WATCH, _UNDO = "Watch it", "Roll it back"
_ONGOING = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
"""Statuses in which ECS has not finished with a deployment (ECS API, ServiceDeployment.status)."""


@dataclass(frozen=True)
class Offer:
    """Something that can be done now: `command` does it, in a shell in the same folder."""

    does: str
    command: str


@dataclass(frozen=True)
class InAws:
    """What AWS goes on with, in a sentence without its full stop, and what can be done about it.

    Of a `deployment`, the counts that were last seen are told too; `back` is how it is told once ECS rolls it back, and
    `given_up` while that has been asked for, and not been seen yet.
    """

    what: str
    offers: tuple[Offer, ...] = ()
    kind: Literal["deployment", "other"] = "other"
    back: str = ""
    given_up: str = ""

    def seen(self, state: RolloutState | None, *, gave_up: bool = False) -> InAws:
        """Return it as far as it was seen last, None if nothing was; `gave_up` says that this run gave it up."""
        if self.kind != "deployment":
            return self
        tasks = f": {state.running} of {state.desired} tasks run" if state is not None else ""
        if state is not None and state.status not in _ONGOING:
            return replace(self, what=f"ECS has finished with it ({state.status}){tasks}")
        backwards = state is not None and "ROLLBACK" in state.status
        if backwards or gave_up:
            watching = tuple(each for each in self.offers if each.does == _WATCH)
            return replace(self, what=f"{self.back if backwards else self.given_up}{tasks}", offers=watching)
        return replace(self, what=f"{self.what}{tasks}")


def deployment(revision: str, *, watch: str, undo: str = "") -> InAws:
    """Return what goes on while a deployment of `revision` (`family:number`) is watched.

    `watch` and `undo` are commands; without the second there is nothing to go back to.
    """
    return InAws(
        f"ECS goes on with the deployment of {revision}",
        _offers(watch, undo),
        "deployment",
        f"ECS goes on rolling back {revision}",
        f"{revision} was given up, and ECS may have begun to take it back, or not",
    )


def perhaps(service: str, revision: str, *, watch: str) -> InAws:
    """Return what may go on while a write is under way that starts a deployment of `revision`: AWS may have it."""
    what = f"ECS may have begun to deploy {revision} to the service {service}, or not: its answer had not come"
    return InAws(what, _offers(watch, ""))


def at_work(service: Service) -> InAws:
    """Return what goes on once a write has been answered; `service` is the answer."""
    return InAws(f"ECS goes on with the service {service.name}: {service.running} of {service.desired} tasks run")


def smoke(service: str, *, undo: str = "") -> InAws:
    """Return what stands while a deployment that succeeded is tested; without `undo`, nothing is to go back to."""
    what = (
        f"What was deployed to {service} serves, and its smoke test was not finished: nothing takes it back by itself"
    )
    return InAws(what, (Offer(_UNDO, undo),) if undo else ())


def one_off(task: str, of: str, *, stop: str, logs: str, again: str = "") -> InAws:
    """Return what goes on while a one-off task (`task` is its id) of `of` runs: such as `the release task of hello:8`.

    `stop` and `logs` are the commands that stop it and show what it writes; `again`, if there is one, waits for it and
    goes on from there.
    """
    offers = (Offer("See its log", logs), Offer("Wait for it, and go on", again), Offer("Stop it", stop))
    return InAws(f"ECS goes on with task {task[:12]}, {of}", tuple(each for each in offers if each.command))


def untouched(service: str) -> InAws:
    """Return what stands before anything is done to a service: it runs what it ran before."""
    return InAws(f"Nothing of it goes on in AWS: the service {service} was not touched")


def in_words(in_aws: InAws, state: RolloutState | None, *, gave_up: bool = False) -> tuple[str, str]:
    """Return what goes on, a sentence, and what can be done: each command on a line of its own ("" for none)."""
    now = in_aws.seen(state, gave_up=gave_up)
    return f"{now.what}.", "\n".join(f"{each.does}:\n    {each.command}" for each in now.offers)


def _offers(watch: str, undo: str) -> tuple[Offer, ...]:
    return (Offer(_WATCH, watch), Offer(_UNDO, undo)) if undo else (Offer(_WATCH, watch),)

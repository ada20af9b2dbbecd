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

    Of a `deployment`, the counts that were last seen are told too; `back` is how it is told once ECS rolls it back.
    """

    what: str
    offers: tuple[Offer, ...] = ()
    kind: Literal["deployment", "other"] = "other"
    back: str = ""

    def seen(self, state: RolloutState | None) -> InAws:
        """Return it as far as it was seen last, None if nothing was."""
        if self.kind != "deployment" or state is None:
            return self
        tasks = f"{state.running} of {state.desired} tasks run"
        if state.status not in _ONGOING:
            return replace(self, what=f"ECS has finished with it ({state.status}): {tasks}")
        if "ROLLBACK" in state.status:
            watching = tuple(each for each in self.offers if each.does == _WATCH)
            return replace(self, what=f"{self.back}: {tasks}", offers=watching)
        return replace(self, what=f"{self.what}: {tasks}")


def deployment(revision: str, *, watch: str, undo: str = "") -> InAws:
    """Return what goes on while a deployment of `revision` (`family:number`) is watched.

    `watch` and `undo` are commands; without the second there is nothing to go back to.
    """
    return InAws(
        f"ECS goes on with the deployment of {revision}",
        _offers(watch, undo),
        "deployment",
        f"ECS goes on rolling back {revision}",
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


def one_off(task: str, of: str, *, stop: str, logs: str) -> InAws:
    """Return what goes on while a one-off task (`task` is its id) of `of` runs: such as `the release task of hello:8`.

    `stop` and `logs` are the commands that stop it and show what it writes.
    """
    return InAws(f"ECS goes on with task {task[:12]}, {of}", (Offer("See its log", logs), Offer("Stop it", stop)))


def untouched(service: str) -> InAws:
    """Return what stands before anything is done to a service: it runs what it ran before."""
    return InAws(f"Nothing of it goes on in AWS: the service {service} was not touched")


def in_words(in_aws: InAws, state: RolloutState | None) -> tuple[str, str]:
    """Return what goes on, a sentence, and what can be done: each command on a line of its own ("" for none)."""
    now = in_aws.seen(state)
    return f"{now.what}.", "\n".join(f"{each.does}:\n    {each.command}" for each in now.offers)


def _offers(watch: str, undo: str) -> tuple[Offer, ...]:
    return (Offer(_WATCH, watch), Offer(_UNDO, undo)) if undo else (Offer(_WATCH, watch),)

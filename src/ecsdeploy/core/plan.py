"""The fewest writes from what was seen to what is wanted.

One value has everything that a command is about to do, before it does any of it: `plan` prints it, `apply` carries it
out, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ecsdeploy.core.account import Account
from ecsdeploy.core.step import Step
from ecsdeploy.core.things import (
    cluster,
    image,
    linked_role,
    log_group,
    network,
    provider,
    release,
    repository,
    roles,
    service,
)
from ecsdeploy.core.things import task_definition as task_definitions
from ecsdeploy.core.things.foresight import held_back, without_way_back
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Part, Wanted

Decide = Callable[[Wanted, Account, Upkeep], Decision | None]

THINGS: dict[Part, tuple[Decide, ...]] = {
    "repository": (repository.decide,),
    "task roles": (roles.decide_execution_role, roles.decide_task_role),
    "github": (provider.decide, roles.decide_deploy_role),
    "service-linked role": (linked_role.decide,),
    "cluster": (cluster.decide,),
    "log group": (log_group.decide,),
    "security group": (network.decide,),
    "image": (image.decide,),
    "task definition": (task_definitions.decide,),
}
"""Decides about each part; the service, which also says what to wait for, comes last."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be done about each resource, in the order in which it can be, and what is waited for afterwards."""

    decisions: tuple[Decision, ...]
    awaited: Awaited

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the writes."""
        return tuple(step for each in self.decisions for step in each.steps)

    @property
    def before_the_build(self) -> Plan:
        """Return what is done before an image is built.

        The first writes are those that these credentials may be refused, so that it is known before anything was done:
        what the task's roles may do, and the port. Then comes the repository to push to.
        """
        first = [each for each in self.decisions if each.steps and each.ref.kind in ("execution role", "task role")]
        groups = [each for each in self.decisions if each.steps and each.ref.kind == "security group"]
        first += [each for each in groups if each.steps[0].action == "updated"]
        first += [each for each in self.decisions if each.ref.kind == "repository"]
        return Plan(decisions=tuple(first), awaited=Awaited(until="nothing"))

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return what is asked before the first of them."""
        return tuple(question for each in self.decisions for question in each.questions)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the warnings."""
        return tuple(text for each in self.decisions for text in each.warnings)

    @property
    def unchecked(self) -> tuple[Decision, ...]:
        """Return the resources that could not be read."""
        return tuple(each for each in self.decisions if each.hidden is not None)


def make_plan(wanted: Wanted, account: Account, upkeep: Upkeep) -> Plan:
    """Return the fewest writes that take what was seen to what is wanted.

    Raises `Refused`, `Busy`, `ConfigError`, and the `PermissionDenied` of what could not be read and is needed.
    """
    if "service" not in wanted.parts:
        return Plan(decisions=tuple(_decided(wanted, account, upkeep)), awaited=Awaited(until="nothing"))
    ours, awaited = service.decide(wanted, account, upkeep)
    if awaited.until == "flight":
        return Plan(decisions=(ours,), awaited=awaited)
    foreseen = (*network.nobody_gets_in(wanted, account), *network.lets_in_more(wanted, account))
    if awaited.until == "rollout":
        foreseen = (
            *foreseen,
            *without_way_back(account, awaited.task_definition),
            *held_back(wanted, account, awaited.task_definition),
        )
    ours = replace(ours, warnings=(*foreseen, *ours.warnings))
    first = release.decide(wanted, account, awaited.task_definition) if awaited.until == "rollout" else None
    gate = (first,) if first is not None else ()
    return Plan(decisions=(*_decided(wanted, account, upkeep), *gate, ours), awaited=awaited)


def _decided(wanted: Wanted, account: Account, upkeep: Upkeep) -> Iterator[Decision]:
    deciders: Iterable[Decide] = (decide for part in wanted.parts for decide in THINGS.get(part, ()))
    yield from (each for decide in deciders if (each := decide(wanted, account, upkeep)) is not None)

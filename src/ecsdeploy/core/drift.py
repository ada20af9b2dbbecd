"""How what runs differs from the config: the plan of a deployment with the running image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ecsdeploy.changes import Planned
from ecsdeploy.config.placeholders import expand, used
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image, Unbuilt, is_digest
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.planned import planned
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition, short_name
from ecsdeploy.core.things.network import lets_in_more
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import DEPLOY, Wanted
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.facts import Drift

_UNKNOWN = "\0"
"""Stands for the value of a placeholder if it is not known."""


def drift(target: Target, account: Account) -> tuple[Drift, tuple[Planned, ...]]:
    """Return whether the service matches the config, and what differs or could not be read, each resource once.

    If `deploy` would refuse, its refusal is the answer.
    """
    running = account.running
    if running is None:
        return Drift(differs=None, why="The revision that it is set to could not be read."), ()
    wanted = as_it_runs(target, running)
    try:
        plan = make_plan(wanted, account, FILL)
    except EcsdeployError as error:
        return unknown(error), ()
    found = tuple(_differences(plan, running))
    differs = any(each.action != "unchecked" for each in found)
    return Drift(differs=differs, warnings=tuple(lets_in_more(wanted, account))), found


def unknown(error: EcsdeployError) -> Drift:
    """Return that it is not known, and why."""
    return Drift(differs=None, why=f"{error.what} {error.why}".strip())


def as_it_runs(target: Target, running: TaskDefinition) -> Wanted:
    """Return what the config wants, of the image and the commit that run.

    An image without a digest is a difference by itself: its replacement has one. A placeholder with an unknown value
    stands for itself.
    """
    repository, _, digest = image_of(running, target.names.container).partition("@")
    image = Image(repository, digest, "{tag}") if is_digest(digest) else Unbuilt(target.names.repository, "{tag}")
    return Wanted(
        target=_with_known_words(target, running),
        parts=DEPLOY,
        image=image,
        commit=running.commit or "{commit}",
        count=target.config.service.count,
    )


def image_of(running: TaskDefinition, container: str) -> str:
    """Return the image of a container; "" if the revision has no such container."""
    containers = running.document.get("containerDefinitions", [])
    return next((str(each.get("image", "")) for each in containers if each.get("name") == container), "")


def _with_known_words(target: Target, running: TaskDefinition) -> Target:
    """Return the target; a variable with an unknown placeholder gets its running value, if that fits.

    An image may have several tags or none by now, and a revision may not say its commit: neither is a difference.
    """
    environment = target.config.task.environment
    unfilled = {"tag"} if running.commit else {"tag", "commit"}
    runs = _environment_of(running, target.names.container)
    literal = {
        name: runs[name]
        for name, template in environment.items()
        if used(template) & unfilled and name in runs and _fits(template, runs[name], target, running.commit)
    }
    if not literal:
        return target
    task = target.config.task.model_copy(update={"environment": {**environment, **literal}})
    return replace(target, config=target.config.model_copy(update={"task": task}))


def _environment_of(running: TaskDefinition, container: str) -> dict[str, str]:
    containers = running.document.get("containerDefinitions", [])
    pairs = (pair for each in containers if each.get("name") == container for pair in each.get("environment", []))
    return {str(pair["name"]): str(pair.get("value", "")) for pair in pairs}


def _fits(template: str, value: str, target: Target, commit: str) -> bool:
    """Return whether `template` could have become `value`."""
    env = target.names.environment or NO_ENVIRONMENT
    text = expand(template, commit=commit or _UNKNOWN, tag=_UNKNOWN, env=env)
    return re.fullmatch(".+".join(map(re.escape, text.split(_UNKNOWN))), value, re.DOTALL) is not None


def _differences(plan: Plan, running: TaskDefinition) -> Iterator[Planned]:
    found = [each for each in map(planned, plan.decisions) if each.action != "unchanged"]
    registers = any(each.kind == "task definition" for each in found)
    for each in found:
        follows = each.kind == "service" and each.action == "update" and not each.changes
        if follows and not registers:
            yield replace(each, detail=_why(plan, running))
        elif not follows:  # else the task definition's line says it
            yield each


def _why(plan: Plan, running: TaskDefinition) -> str:
    """Return why a service is deployed although nothing differs."""
    wanted = plan.awaited.task_definition
    if isinstance(wanted, str) and wanted != running.arn:
        return f"it is set to {short_name(running.arn)}, and {short_name(wanted)} is what the config says"
    return f"its last deployment of {short_name(running.arn)} did not succeed"

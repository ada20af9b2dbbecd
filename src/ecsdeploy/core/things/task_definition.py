"""The task definition's revision: one that equals the document is reused, else one is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image
from ecsdeploy.core.released import handed_on
from ecsdeploy.core.step import Answer, Blame, Later, Ref, Repeat, Step
from ecsdeploy.core.task_definition import Document, Facts, Roles, TaskDefinition, diff, render, short_name
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.things.wanted_roles import role_arn
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted

CONTENDED = Answer("ClientException", ("too many concurrent attempts",))
"""What ECS answers briefly, and botocore does not retry."""
BLAME = Blame("ECS does not accept this task definition.", fix="Correct [task] in the config, [task.raw] included.")


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The revision `reuse`, or (None) one to register; `changes` are against what runs, or against the newest."""

    reuse: str | None
    changes: tuple[Change, ...]


def decide(wanted: Wanted, account: Account, _upkeep: Upkeep) -> Decision:
    """Return how to get the wanted revision."""
    ref = Ref("task definition", wanted.target.names.family)
    document = rendered(wanted, account)
    revision = choose(document, account.running, account.newest)
    if revision.reuse is not None:
        return Decision(ref=Ref("task definition", short_name(revision.reuse)))
    gone = removals(revision.changes)
    return Decision(
        ref=ref,
        steps=(_register(wanted, account, document, revision.changes, ref),),
        warnings=tuple(f"The config does not have {what}: the new revision goes without." for what in gone),
        questions=(Question("Register a revision without what was added by hand?"),) if gone else (),
        notes=_unchecked(account),
    )


def _unchecked(account: Account) -> tuple[str, ...]:
    texts = {each: "SSM parameters" if str(each).startswith("ssm:") else "secrets" for each in account.unasked}
    return tuple(f"Whether the {what} exist was not checked, no permission for {each}." for each, what in texts.items())


def arn_of(wanted: Wanted, account: Account) -> str | Later:
    """Return the ARN of the wanted revision; that of one to register is known later."""
    if wanted.revision:
        return wanted.revision
    found = choose(rendered(wanted, account), account.running, account.newest)
    return found.reuse or Later(Ref("task definition", wanted.target.names.family), "arn")


def rendered(wanted: Wanted, account: Account) -> dict[str, Any]:
    """Return the parameters of RegisterTaskDefinition that the config asks for."""
    target, image = wanted.target, wanted.image
    assert image is not None
    if isinstance(image, Image) and not image.tag:
        # An empty placeholder would be noticed too late: the best name of the image is used instead.
        image = replace(image, tag=image.digest)
    facts = Facts(
        image=image,
        roles=Roles(execution=role_arn(target, account, "execution role"), task=role_arn(target, account, "task role")),
        region=target.region,
        commit=wanted.commit or image.tag,
        secrets=account.secrets,
    )
    return render(target.config, target.names, facts)


def choose(document: Document, running: TaskDefinition | None, newest: TaskDefinition | None) -> Revision:
    """Return whether a revision has to be registered: none that is ACTIVE equals the document."""
    for candidate in (running, newest):
        if candidate is not None and candidate.status == "ACTIVE" and not diff(candidate.document, document):
            against = diff(running.document, document) if running else ()
            return Revision(reuse=candidate.arn, changes=against)
    base = running or newest
    return Revision(reuse=None, changes=diff(base.document, document) if base else ())


def removals(changes: tuple[Change, ...]) -> list[str]:
    """Return the containers and volumes that the difference removes, in words."""
    kinds = {"containerDefinitions": "container", "volumes": "volume"}
    changed: dict[tuple[str, str], bool] = {}
    for change in changes:
        kind, _, rest = change.path.partition(".")
        if kind in kinds and rest:
            key = (kinds[kind], rest.split(".")[0])
            changed[key] = changed.get(key, True) and change.after is None
    whole = {(kind, name) for (kind, name), gone in changed.items() if gone}
    return [f"the {kind} {name!r}" for kind, name in sorted(whole) if _is_named(changes, kind, name)]


def _is_named(changes: tuple[Change, ...], kind: str, name: str) -> bool:
    """Return whether a container's image is removed too, not only some of its settings."""
    return kind == "volume" or any(change.path == f"containerDefinitions.{name}.image" for change in changes)


def _register(
    wanted: Wanted, account: Account, document: Mapping[str, Any], changes: tuple[Change, ...], ref: Ref
) -> Step:
    """Return the registration: it has no client token, and sent twice it leaves a revision that nobody uses."""
    tags = {**wanted.revision_tags, **handed_on(account)}
    return Step(
        about=ref,
        action="created",
        call="ecs:RegisterTaskDefinition",
        parameters={**document, "tags": [{"key": k, "value": v} for k, v in tags.items()]},
        changes=changes,
        gives={"arn": "taskDefinition.taskDefinitionArn"},
        repeat=Repeat(once=True, passes=(CONTENDED,)),
        blame=BLAME,
    )

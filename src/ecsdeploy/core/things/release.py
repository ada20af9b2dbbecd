"""The release command: a task of the new revision that has to end well before the service is touched.

It runs only where a rollout follows, and once for an image and a command: its success is written on the revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.config.raw import merge
from ecsdeploy.config.release import Release
from ecsdeploy.config.tags import CONTENT
from ecsdeploy.core.account import Account
from ecsdeploy.core.one_off import PLACEMENT, in_words, request, where_it_runs
from ecsdeploy.core.released import mark_of, marks, with_mark
from ecsdeploy.core.step import Ends, Later, Ref, Repeat, Step
from ecsdeploy.core.things.network import network_of
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.service import JUST_MADE, network_configuration
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.policy.grants.deploying import RELEASED

STARTED_BY = "ecsdeploy/release/{}"


def decide(wanted: Wanted, account: Account, task_definition: str | Later) -> Decision | None:
    """Return what to do before the rollout of a revision; None if the config has no release command."""
    release = wanted.target.config.release
    if release is None or "task definition" not in wanted.parts:
        return None
    ref = Ref("release command", in_words(release.command))
    mark = mark_of(wanted)
    if mark and mark in marks(account):
        return Decision(ref=ref, detail="it has succeeded for this image")
    run = _run(wanted, account, release, task_definition)
    return Decision(ref=ref, steps=(run, _remember(account, task_definition, mark, ref)))


def _run(wanted: Wanted, account: Account, release: Release, task_definition: str | Later) -> Step:
    names, mark = wanted.target.names, mark_of(wanted)
    tags = {key: value for key, value in wanted.revision_tags.items() if key != CONTENT}
    return Step(
        about=Ref("release command", in_words(release.command)),
        action="ran",
        call="ecs:RunTask",
        parameters=request(
            cluster=names.cluster,
            task_definition=task_definition,
            container=names.container,
            command=release.command,
            placement=_placement(wanted, account),
            started_by=STARTED_BY.format(mark),
            tags={**wanted.target.tags, **tags, RELEASED: mark},
        ),
        detail="before the service is touched",
        repeat=Repeat(passes=JUST_MADE, token="clientToken"),
        ends=Ends(names.container, release.timeout),
    )


def _remember(account: Account, task_definition: str | Later, mark: str, ref: Ref) -> Step:
    tag = {"key": RELEASED, "value": with_mark(account, mark)}
    parameters = {"resourceArn": task_definition, "tags": [tag]}
    return Step(about=ref, action="ran", call="ecs:TagResource", parameters=parameters)


def _placement(wanted: Wanted, account: Account) -> dict[str, Any]:
    """Return where the service's tasks will run, or do run where that cannot be read."""
    raw = wanted.target.config.service.raw
    own: Mapping[str, Any] = {key: raw[key] for key in PLACEMENT if key in raw}
    network = network_of(wanted.target, account)
    if network is not None:
        return where_it_runs(merge({"networkConfiguration": network_configuration(network)}, own))
    running = account.service.service.raw if account.service is not None else {}
    return where_it_runs(merge({"networkConfiguration": running.get("networkConfiguration", {})}, own))

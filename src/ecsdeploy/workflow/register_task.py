"""`ecsdeploy register-task`: render, show the difference, register only a difference."""

from __future__ import annotations

from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.task_definition import arn_of
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.events import Output, Result
from ecsdeploy.image.ancestry import Lineage
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.carry_out import applier, consent, replanning
from ecsdeploy.workflow.deploy import require_known_parameters
from ecsdeploy.workflow.older import commit_here
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.revision_tags import revision_tags
from ecsdeploy.workflow.shipped import (
    Shipped,
    named_image,
    no_repository,
    not_shipped,
    split_reference,
)
from ecsdeploy.workflow.source import BuildOptions, read_source


def register_task(run: Run, target: Target, build: BuildOptions, image: str | None) -> str:
    """Register the task definition of the config if no ACTIVE revision equals it; return its ARN.

    Without `image`, it uses the source's own, which must be in ECR already. Raises `Refused`.
    """
    require_known_parameters(run, target)
    source = read_source(run, target, build) if image is None else None
    name = source.name.tag if source is not None else split_reference(image or "")[1]
    need = Need(parts=("task definition",), image=name)

    def account() -> Account:
        return read(run.aws, target, run.clock, need)

    found = account()
    if source is None:
        shipped = named_image(target, image or "", found)
    else:
        content = source.content if build.tag is None and not source.args else ""
        shipped = Shipped(_image_of(target, name, found), source.name.commit, source.name.dirty, content)
    run.report(Output("image", shipped.image.reference))
    commit = commit_here(shipped.commit, Lineage(run.loaded.root, run.environ), run.environ)
    wanted = Wanted(
        target=target,
        parts=("task definition",),
        image=shipped.image,
        commit=shipped.commit,
        revision_tags=revision_tags(target, commit, run.environ, mark=shipped.mark),
    )
    plan = make_plan(wanted, found, FILL)
    consent(run, plan.decisions)
    run.journal.resume = "Run the same command again: it registers nothing twice."
    hands = applier(run, target, FILL, replanning(wanted, FILL, account))
    hands.apply(plan)
    arn = hands.resolved(arn_of(wanted, found))
    run.report(Result("task-definition-arn", arn))
    return arn


def _image_of(target: Target, tag: str, account: Account) -> Image:
    if account.repository is None:
        raise no_repository(target)
    if account.image is None:
        raise not_shipped(tag, account.repository.uri)
    return account.image

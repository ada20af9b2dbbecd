"""`ecsdeploy plan`: everything that `deploy` would do, without doing it.

It follows `deploy` up to its first question, so what is shown is what would be sent.
"""

from __future__ import annotations

from ecsdeploy.changes import Planned
from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.planned import planned, summary
from ecsdeploy.core.shape import running_shape, wanted_shape
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.service import Until
from ecsdeploy.events import Note, Warn
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.busy import waits_first
from ecsdeploy.workflow.deploy import DeployOptions, Draft
from ecsdeploy.workflow.reckon import in_brief
from ecsdeploy.workflow.ship_image import checked_request
from ecsdeploy.workflow.shipped import built_alike, named_image

THEN: dict[Until, str] = {
    "rollout": "A new deployment is started and watched to its verdict.",
    "flight": "The deployment that is in flight is watched to its verdict: it does what the config says.",
    "count": "No deployment is started; `deploy` waits for the desired number of tasks.",
    "nothing": "No task is replaced.",
}


RELEASED_FIRST = "The release command runs; if it succeeds, a new deployment is started and watched to its verdict."


def plan(run: Run, target: Target, options: DeployOptions) -> bool:
    """Show what `deploy` would do with the same options; return whether it would do anything.

    Raises what `deploy` would refuse with: `Refused`, `Busy`, `ConfigError`.
    """
    draft = Draft.begin(run, target, options)
    account = draft.read()
    image, found = _planned(draft, account)
    told = [*image, *map(planned, found.decisions)]
    run.report(*told)
    run.report(*(Warn(text) for text in found.warnings))
    run.report(*waits_first(account, found, options.if_busy))
    for question in found.questions:
        run.report(Note(f"`deploy` asks first: {question.in_a_plan}"))
    seen = account.service.service if account.service is not None else None
    run.report(in_brief(target.region, running_shape(target, account), wanted_shape(target, seen)))
    run.report(summary(told, RELEASED_FIRST if any(step.ends for step in found.steps) else THEN[found.awaited.until]))
    return any(each.action not in ("unchanged", "unchecked") for each in told) or found.awaited.until == "rollout"


def _planned(draft: Draft, account: Account) -> tuple[list[Planned], Plan]:
    """Return what would happen to the image, where the plan does not say it, and the plan with it."""
    target, of = draft.target, draft.of
    if isinstance(of, str):
        shipped = named_image(target, of, account)
        image, commit = shipped.image, shipped.commit
    elif account.image is None and account.alike is not None:
        same = built_alike(of, account.alike)
        return [], draft.plan(draft.wanted(same.image, same.commit), account)
    elif account.image is None:
        found = draft.plan_to_build(of, account)
        checked_request(draft.run, target, of, draft.options.build)
        name = draft.unbuilt(of).name
        return [Planned("image", name, "create", detail="built and pushed; its digest is known after that")], found
    else:
        image, commit = account.image, of.name.commit
    found = draft.plan(draft.wanted(image, commit), account)
    return [Planned("image", _name(target, image), "unchanged", detail="it is in ECR already")], found


def _name(target: Target, image: Image) -> str:
    return f"{target.names.repository}:{image.tag}" if image.tag else f"{target.names.repository}@{image.digest}"

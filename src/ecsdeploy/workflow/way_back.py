"""What a deployment has to pass, with the way back: a rollback that asks nobody and tells no outcome."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.rollback import require_usable
from ecsdeploy.core.smoke import Origin
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.errors import ExitCode, Failed, Refused
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.apply import Applied
from ecsdeploy.workflow.carry_out import applier, replanning
from ecsdeploy.workflow.gate import Passage
from ecsdeploy.workflow.goal import Past
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.rollback import Chart
from ecsdeploy.workflow.watch import ending


def passage(run: Run, target: Target, origin: Origin, applied: Applied, *, timeout: int) -> Passage:
    """Return what the deployment that `applied` started has to pass; going back may take `timeout` seconds."""
    seen = applied.awaited.seen if applied.awaited.until == "rollout" else None
    before, left = seen.service.task_definition if seen is not None else "", applied.task_definition
    return Passage(origin=origin, go_back=partial(way_back, run, target, before=before, left=left, timeout=timeout))


def origin_of(run: Run, target: Target, revision: str) -> Origin:
    """Return what an existing revision (an ARN) was made from; a revision does not say which tag its image had."""
    found = Ecs(run.aws, target.names.cluster).task_definition(revision) if target.config.smoke is not None else None
    commit = found.commit if found is not None else ""
    return Origin(commit=commit, tag=None, env=target.names.environment or NO_ENVIRONMENT)


def way_back(run: Run, target: Target, *, before: str, left: str, timeout: int) -> str:
    """Take the service back from the revision `left` (an ARN) to what ran before; return the name of that.

    `before` is the revision that the service had when `left` was deployed, "" if that is not known.

    Raises `Refused` if nothing else ran before, or somebody else has deployed meanwhile, `Failed` if the deployment
    of what ran before does not succeed, and whatever stops a rollback.
    """

    def account() -> Account:
        return read(run.aws, target, run.clock, Need(parts=("service",), running=False))

    found = account()
    if found.service is None or found.service.service.task_definition != left:
        raise Refused("Somebody else has deployed in the meantime.")
    if left in (before, _before(run, target, found.service)):
        raise Refused(f"{short_name(left)} is what ran before, too.")
    trip = Chart(run, target, found, found.service, "fail").trip(None)
    require_usable(target, trip.goal)
    wanted = replace(trip.wanted(), ask="")
    applied = applier(run, target, FILL, replanning(wanted, FILL, account)).apply(make_plan(wanted, found, FILL))
    verdict = ending(run, target, applied.awaited, applied, timeout=timeout, says=trip.says())
    name = short_name(trip.goal.revision.arn)
    if verdict.exit_code is not ExitCode.DONE:
        raise Failed(f"The deployment of {name} ended as {verdict.kind}. {verdict.reason}".rstrip())
    return name


def _before(run: Run, target: Target, seen: ServiceSeen) -> str:
    """Return the revision of the last but one deployment that succeeded: that before ours; "" if there is none."""
    newest = islice(Past(Ecs(run.aws, target.names.cluster), seen), 1, 2)
    return next((each.task_definition for each in newest), "")

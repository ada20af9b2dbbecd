"""`ecsdeploy restart`: new tasks of the running revision, watched to their verdict."""

from __future__ import annotations

from ecsdeploy.core.account import Account
from ecsdeploy.core.busy import IfBusy
from ecsdeploy.core.ownership import no_service
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.rollout.seen import Until
from ecsdeploy.core.saying import Saying
from ecsdeploy.core.service import Service
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import ExitCode
from ecsdeploy.events import Outcome, Step
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.busy import Turn
from ecsdeploy.workflow.carry_out import applier, consent, replanning
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.smoke import require_ready
from ecsdeploy.workflow.watch import watch
from ecsdeploy.workflow.way_back import origin_of, passage


def restart(
    run: Run, target: Target, *, timeout: int | None, until: Until = "stable", if_busy: IfBusy = "fail"
) -> ExitCode:
    """Replace every task by a new one of the same revision; return how that ended, after `timeout` seconds at most.

    None means the config's. `until` is what is waited for, and `if_busy` what to do about a deployment in flight.
    Raises `Refused`, `Busy`.
    """
    seconds = timeout if timeout is not None else target.config.service.timeout

    def account() -> Account:
        return read(run.aws, target, run.clock, Need(parts=("service",), running=False, flight=True))

    def decided(found: Account) -> tuple[Service, Plan]:
        plan = make_plan(wanted, found, FILL)
        if found.service is None:
            raise no_service(target)
        return found.service.service, plan

    require_ready(run, target)
    wanted = Wanted(target=target, parts=("service",), settings=False, force=True, if_busy=if_busy).in_turn
    service, plan = Turn(run, target, if_busy, seconds).take(decided, account(), account)
    if not service.desired:
        facts = {"next": f"`ecsdeploy scale{target.env_option} --restore` starts some"}
        run.report(Outcome(False, f"No task of {service.name} runs: nothing to restart.", facts))
        return ExitCode.NOTHING_PROVEN
    consent(run, plan.decisions)
    run.report(Step(f"Restarting {target}: new tasks of {short_name(service.task_definition)}"))
    applied = applier(run, target, FILL, replanning(wanted, FILL, account)).apply(plan)
    to_pass = passage(run, target, origin_of(run, target, applied.task_definition), applied, timeout=seconds)
    says = _says(target)
    return watch(
        run, target, applied.awaited, applied, timeout=seconds, until=until, says=says, passage=to_pass
    ).exit_code


def _says(target: Target) -> Saying:
    return Saying(
        done="Restarted {revision}: {tasks} run, all of them new.",
        unchanged="",
        watch=f"ecsdeploy watch{target.env_option}",
        again=f"ecsdeploy restart{target.env_option}",
    )

"""`ecsdeploy watch`: follows a deployment that somebody else started, to its verdict. Nothing here writes."""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.asked import ask
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core import interrupted
from ecsdeploy.core.ownership import no_service
from ecsdeploy.core.rollout.identity import of_deployment
from ecsdeploy.core.rollout.seen import Ask, Seen
from ecsdeploy.core.saying import Saying
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import AwsError, Refused
from ecsdeploy.events import Step
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.failures import as_it_ran
from ecsdeploy.workflow.outcome import report_verdict
from ecsdeploy.workflow.proof import Gate
from ecsdeploy.workflow.rollout import Rollout
from ecsdeploy.workflow.sight import task_definition_of
from ecsdeploy.workflow.watch import aim_at

NO_ARN = ("InvalidParameterException", "ClientException")
"""How ECS refuses what is not the ARN of a service deployment."""


def follow(run: Run, target: Target, arn: str, *, timeout: int) -> Verdict:
    """Return the verdict on the deployment `arn`, "" for the one in flight or else the last; it has been reported.

    Gives up watching after `timeout` seconds. Raises `Refused`, `WrongAccount`.
    """
    run.aws.require_account(target.config.account)
    ecs, name = Ecs(run.aws, target.names.cluster), target.names.service
    listed = ask(lambda: ecs.deployments(name))
    service = ecs.service(name)
    if service is None or service.status == "INACTIVE":
        raise no_service(target)
    deployment = _named(ecs, arn) if arn else _newest(target, listed())
    revision = task_definition_of(ecs, deployment)
    run.report(Step(f"Watching {deployment.id} of {target}: {short_name(revision) or 'its revision is not known'}"))
    again, undo = run.journal.command("watch") + (f" {arn}" if arn else ""), run.journal.command("rollback")
    run.journal.in_aws = interrupted.deployment(short_name(revision) or deployment.id, watch=again, undo=undo)
    about, started_by = as_it_ran(target, ecs, revision), of_deployment(service, deployment, revision)
    aim = replace(aim_at(target, revision, started_by), about=about, give_up_after=None, gated=True)
    seen = Seen(aim=aim, deployment=deployment, created_at=deployment.created_at, service=service)
    says = _says(target, arn)
    gate = Gate(run, target, ecs, revision)
    watched = Rollout(run, ecs, target, seen, says, gate, ask=Ask(deployment=True))
    verdict = watched.until_verdict(timeout)
    return report_verdict(run, target, ecs, verdict, task_definition=revision, says=says)


def _named(ecs: Ecs, arn: str) -> ServiceDeployment:
    try:
        found = ecs.deployment(arn)
    except AwsError as error:
        if error.code not in NO_ARN:
            raise
        found = None
    if found is None:
        raise Refused(
            f"There is no service deployment {arn}.",
            why="ECS keeps them for 90 days.",
            fix="`ecsdeploy history` shows those that it has.",
        )
    return found


def _newest(target: Target, listed: list[ServiceDeployment]) -> ServiceDeployment:
    flying = next((each for each in listed if each.ongoing), None)
    found = flying or next(iter(listed), None)
    if found is None:
        raise Refused(
            f"ECS shows no deployment of {target}.",
            why="It keeps them for 90 days.",
            fix=f"`ecsdeploy status{target.env_option}` shows what runs.",
        )
    return found


def _again(target: Target, arn: str) -> str:
    return f"ecsdeploy watch{target.env_option}" + (f" {arn}" if arn else "")


def _says(target: Target, arn: str) -> Saying:
    return Saying(
        done="{revision} is deployed: {tasks} run.",
        unchanged="",
        watch=_again(target, arn),
        again=f"ecsdeploy deploy{target.env_option}",
    )

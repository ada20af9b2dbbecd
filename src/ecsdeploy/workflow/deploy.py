"""`ecsdeploy deploy`: from the source to a verdict on the deployment that it started.

Reads first, then a pure decision, then few writes, then watching. A run that was killed is finished by the next one:
whatever exists already is found and used again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.aws.autoscaling import scalable_range
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.tags import tags_for
from ecsdeploy.core.plan import Plan, Seen, Wanted, make_plan, plan_task_definition
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.service_settings import is_hidden, running_revision
from ecsdeploy.core.task_definition import diff
from ecsdeploy.core.upkeep import FILL, tag_changes
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import AwsError, Busy, EcsdeployError
from ecsdeploy.events import Change, Note, Resource, Step, Warn
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.await_count import await_count
from ecsdeploy.workflow.busy import busy
from ecsdeploy.workflow.choose_image import choose_image
from ecsdeploy.workflow.ensure.retry import retry
from ecsdeploy.workflow.foundation import ensure_foundation, ensure_repository, settle
from ecsdeploy.workflow.once import send_once
from ecsdeploy.workflow.outcome import report_verdict
from ecsdeploy.workflow.preflight import preflight, require_known_parameters, warn_without_way_back
from ecsdeploy.workflow.rollout import Watch
from ecsdeploy.workflow.service_settings import notes, taken
from ecsdeploy.workflow.ship_image import (
    BuildOptions,
    NotShipped,
    Shipped,
    Source,
    find_shipped,
    read_source,
    require_buildable,
    ship_image,
)
from ecsdeploy.workflow.sight import find_deployment, task_definition_of
from ecsdeploy.workflow.state import State, read_state
from ecsdeploy.workflow.task_definition import registered, rendered, short_name

NOT_YET = ("ClientException", "ClusterNotFoundException", "InvalidParameterException")


@dataclass(frozen=True, kw_only=True)
class DeployOptions:
    """What the command line says of this deployment; `timeout` is seconds, None means the config's."""

    build: BuildOptions
    image: str | None = None
    adopt: bool = False
    force: bool = False
    timeout: int | None = None


def deploy(run: Run, options: DeployOptions) -> Verdict:
    """Deploy, watch, and return the verdict, which has been reported."""
    require_known_parameters(run)
    source = read_source(run, options.build) if options.image is None else None
    run.aws.require_account(run.config.account)
    ecs = Ecs(run.aws, run.names.cluster)
    state = read_state(run, ecs, adopt=options.adopt)
    ready = preflight(run)
    shipped = ship(run, ecs, options, state, source)
    if shipped.built:  # minutes may have passed
        state = read_state(run, ecs, adopt=options.adopt)
    document = rendered(run, shipped.image, shipped.commit, ready.secrets)
    seen = _seen(run, ecs, state, document)
    if state.in_flight is not None:
        return _join(run, ecs, state.in_flight, document, seen, options)
    foundation = ensure_foundation(run, FILL, ready.subnets)
    wanted = Wanted(
        document=document,
        count=run.config.service.count,
        network=foundation.network,
        service_raw=run.config.service.raw,
    )
    plan = make_plan(wanted, seen, force=options.force)
    if plan.unchanged:
        return _unchanged(run, ecs, seen, options)
    run.journal.resume = "Run `ecsdeploy deploy` again: it goes on from here."
    warn_without_way_back(run, plan, seen)
    settle(run, foundation)
    task_definition = registered(run, ecs, plan.task_definition, document, shipped.commit)
    return _roll_out(run, ecs, plan, state, task_definition, options)


def ship(run: Run, ecs: Ecs, options: DeployOptions, state: State, source: Source | None) -> Shipped:
    """Return the image to deploy; where there is no service yet, its repository may have to be made first."""
    if options.image is not None:
        return choose_image(run, options.image)
    if state.in_flight is not None:
        try:
            return find_shipped(run, options.build, source)
        except NotShipped:  # so what flies is something else
            raise busy(run, state.in_flight, task_definition_of(ecs, state.in_flight)) from None
    if state.service is None:
        require_buildable(run, options.build, source)
        ensure_repository(run, FILL)
    return ship_image(run, options.build, source=source)


def _seen(run: Run, ecs: Ecs, state: State, document: Mapping[str, Any]) -> Seen:
    running = ecs.task_definition(state.service.task_definition) if state.service else None
    newest = None
    last = next(iter(state.deployments), None)
    # Where what runs will not do, a revision may be registered already: by `register-task`, by a run that was killed,
    # or by one that was rolled back.
    if running is None or running.status != "ACTIVE" or diff(running.document, document):
        newest = ecs.task_definition(run.names.family)
    hidden = state.service is not None and any(is_hidden(state.service, key) for key in run.config.service.raw)
    arn = running_revision(state.service) if state.service is not None and hidden else ""
    revision = ecs.revision(arn) if arn else None
    return Seen(service=state.service, running=running, newest=newest, last=last, revision=revision)


def _join(  # noqa: PLR0917 - what flies, and what is wanted
    run: Run, ecs: Ecs, flying: ServiceDeployment, document: Mapping[str, Any], seen: Seen, options: DeployOptions
) -> Verdict:
    """Watch a deployment in flight if it is the one we would start; refuse to cross any other."""
    target = task_definition_of(ecs, flying)
    wanted = plan_task_definition(document, seen.running, seen.newest).reuse
    if target and target == wanted and flying.status in ("PENDING", "IN_PROGRESS"):
        run.report(Note(f"A deployment of {short_name(target)} is in flight already: watching it."))
        return _watch(run, ecs, flying, target, options, started_by=_started_by(seen.service, target))
    raise busy(run, flying, target)


def _unchanged(run: Run, ecs: Ecs, seen: Seen, options: DeployOptions) -> Verdict:
    service = seen.service
    assert service is not None
    revision = service.task_definition
    run.report(Resource("task definition", short_name(revision), "unchanged"))
    claimed = _claim(run, ecs, service)
    run.report(Resource("service", service.name, "updated" if claimed else "unchanged", claimed))
    if service.running < service.desired:
        counts = f"{service.running} of {service.desired} tasks"
        run.report(Warn(f"Nothing differs, but {service.name} runs {counts}: waiting for the others."))
        return await_count(run, ecs, service, revision, _timeout(run, options))
    verdict = Verdict(kind="succeeded" if service.desired else "empty", reason="unchanged", deployment=seen.last)
    report_verdict(run, ecs, verdict, task_definition=revision, unchanged=True)
    return verdict


def _claim(run: Run, ecs: Ecs, service: Service) -> tuple[Change, ...]:
    """Give the service our tags; return those that it lacked."""
    wanted = tags_for(run.config, run.names.environment)
    changes = tag_changes(service.tags, wanted)
    if changes:
        ecs.tag(service.arn, wanted)
    return changes


def _roll_out(  # noqa: PLR0917 - what was decided, and everything it was decided from
    run: Run, ecs: Ecs, plan: Plan, state: State, task_definition: str, options: DeployOptions
) -> Verdict:
    run.report(Step(f"Deploying {short_name(task_definition)} to {run.names.cluster}/{run.names.service}"))
    with taken(run):
        service = _write_service(run, ecs, plan, state, task_definition)
    if not plan.starts_deployment:
        run.report(*notes(plan.changes))
        return await_count(run, ecs, service, task_definition, _timeout(run, options))
    run.journal.resume = (
        "ECS goes on without us: `ecsdeploy deploy` watches it again, `aws ecs stop-service-deployment` rolls it back."
    )
    ours = find_deployment(run, ecs, service.name, task_definition, state.known)
    return _watch(run, ecs, ours, task_definition, options, started_by=_started_by(service, task_definition))


def _write_service(run: Run, ecs: Ecs, plan: Plan, state: State, task_definition: str) -> Service:
    name, tags = run.names.service, tags_for(run.config, run.names.environment)
    run.journal.doing = f"updating the service {name}"
    if plan.create is not None:
        service = _create(run, ecs, plan, task_definition, tags)
        run.report(Resource("service", name, "created"))
    else:
        assert state.service is not None
        assert plan.update is not None
        _warn_of_autoscaling(run, plan)
        claimed = _claim(run, ecs, state.service)
        service = _update(run, ecs, state, {"taskDefinition": task_definition, **plan.update})
        run.report(Resource("service", name, "updated", (*plan.changes, *claimed), detail=short_name(task_definition)))
    run.journal.done.append(f"{'created' if plan.create is not None else 'updated'} the service {name}")
    run.journal.doing = "watching the deployment"
    return service


def _update(run: Run, ecs: Ecs, state: State, parameters: Mapping[str, Any]) -> Service:
    name = run.names.service
    if not parameters.get("forceNewDeployment"):
        return retry(run, lambda: ecs.update_service(name, parameters), codes=NOT_YET, when=_is_just_made)

    def arrived() -> Service | None:
        fresh = [deployment for deployment in ecs.deployments(name) if deployment.arn not in state.known]
        return ecs.service(name) if fresh else None

    return send_once(run, lambda: ecs.update_service(name, parameters, once=True), arrived, passes=_is_just_made)


def _create(run: Run, ecs: Ecs, plan: Plan, task_definition: str, tags: dict[str, str]) -> Service:
    assert plan.create is not None
    parameters, token = plan.create, uuid.uuid4().hex
    try:
        return retry(
            run,
            lambda: ecs.create_service(run.names.service, task_definition, parameters, tags, token=token),
            codes=NOT_YET,
            when=_is_just_made,
        )
    except AwsError as error:
        if "not idempotent" not in error.message:
            raise
        raise Busy(
            f"Somebody else created the service {run.names.service} just now.",
            why=error.message,
            fix="Run the same command again: it deploys to that service, if it is this app's.",
        ) from error


def _is_just_made(error: AwsError) -> bool:
    """Return whether ECS misses what this run has seen a moment ago: a new name is not known everywhere at once."""
    said = error.message.lower()
    return error.code == "ClusterNotFoundException" or ("task" in said and "definition" in said and "not found" in said)


def _warn_of_autoscaling(run: Run, plan: Plan) -> None:
    """Say so when the config's count competes with autoscaling; whether we may ask does not decide a deployment."""
    if plan.update is None or "desiredCount" not in plan.update:
        return
    try:
        limits = scalable_range(run.aws, run.names.cluster, run.names.service)
    except EcsdeployError:
        return
    if limits is not None:
        run.report(
            Warn(
                f"Autoscaling keeps this service between {limits[0]} and {limits[1]} tasks, and the config sets "
                f"{plan.update['desiredCount']}. Leave [service] count out to let autoscaling decide."
            )
        )


def _started_by(service: Service | None, task_definition: str) -> str:
    """Return the id that the tasks of the newest deployment carry, if that is the one of `task_definition`."""
    primary = service.primary if service is not None else None
    return primary.id if primary is not None and primary.task_definition == task_definition else ""


def _timeout(run: Run, options: DeployOptions) -> int:
    return options.timeout if options.timeout is not None else run.config.service.timeout


def _watch(
    run: Run, ecs: Ecs, ours: ServiceDeployment, task_definition: str, options: DeployOptions, *, started_by: str
) -> Verdict:
    watch = Watch(
        run=run,
        ecs=ecs,
        service=run.names.service,
        task_definition=task_definition,
        deployment=ours,
        started_by=started_by,
    )
    verdict = watch.until_verdict(_timeout(run, options))
    report_verdict(run, ecs, verdict, task_definition=task_definition)
    return verdict

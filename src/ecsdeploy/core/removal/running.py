"""What runs: the service, the revisions of its task definition, the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ecsdeploy.core.account import Hidden, ServiceSeen
from ecsdeploy.core.remains import Remains, Tenants
from ecsdeploy.core.removal.unwanted import Unwanted, why_kept
from ecsdeploy.core.step import Answer, Ref, Repeat, Step, Wait, answers
from ecsdeploy.core.task_definition import TaskDefinition, short_name
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.task_definition import CONTENDED

DRAIN_SECONDS = 900.0
"""A task may take 120 s to stop (stopTimeout), a target group 300 s to let it go, and its interface some more."""
EMPTY_SECONDS = 60.0
BATCH = 10
"""DeleteTaskDefinitions takes at most 10 (ECS API reference)."""
GONE = tuple(
    Answer(code, ("task definition", "does not exist"))
    for code in ("ClientException", "InvalidParameterException", "Failure")
)
STILL_ACTIVE = Answer("Failure", ("still in active status",))
"""ECS says so briefly after a revision was deregistered."""
SHOWN = 3


def service(unwanted: Unwanted, remains: Remains) -> Decision | None:
    """Return what to do about the service; None if there is none."""
    ref, found = Ref("service", unwanted.target.names.service), remains.service
    if found is None:
        return None
    if isinstance(found, Hidden):
        return Decision(ref=ref, hidden=found)
    reason = why_kept(unwanted, remains, "service", found.service.tags)
    if not reason and found.service.managed_by == "ECS":
        reason = "it belongs to ECS Express Mode"
    if reason:
        return Decision(ref=ref, kept=reason)
    wait = Wait(DRAIN_SECONDS)
    if found.service.status == "DRAINING":
        return Decision(ref=ref, detail="is being deleted already", wait=wait)
    parameters = {"cluster": unwanted.target.names.cluster, "service": ref.name, "force": True}
    repeat = Repeat(done=answers("ServiceNotFoundException", "ClusterNotFoundException"))
    step = Step(about=ref, action="deleted", call="ecs:DeleteService", parameters=parameters, repeat=repeat)
    return Decision(
        ref=ref, steps=(step,), detail=_in_words(found, remains), wait=wait, warnings=tuple(_in_flight(found))
    )


def _in_words(found: ServiceSeen, remains: Remains) -> str:
    runs = f"{found.service.running} of {found.service.desired} tasks run"
    limits = remains.scalable
    if limits is None or isinstance(limits, Hidden):
        return runs
    return f"{runs}; with its scalable target of {limits[0]} to {limits[1]} tasks"


def _in_flight(found: ServiceSeen) -> Iterator[str]:
    flying = found.in_flight
    if flying is not None:
        of = f" of {short_name(found.flying_to)}" if found.flying_to else ""
        yield f"A deployment{of} is in flight: it ends with the service."


def standing(unwanted: Unwanted, remains: Remains, service: Decision | None) -> str:
    """Return why what a service needs has to be kept: something that is kept may run on it. "" if nothing does."""
    if service is not None and service.hidden is not None:
        return f"the {service.ref} may need it, and could not be checked"
    if service is not None and service.kept:
        return f"the {service.ref} may need it, and stays"
    if isinstance(remains.tenants, Hidden):
        return ""
    names = unwanted.target.names
    for task in remains.tenants.of_others(names.service):
        revision = short_name(task.task_definition)
        if revision.rpartition(":")[0] == names.family:
            service_name = task.group.removeprefix("service:") if task.group.startswith("service:") else ""
            who = f"the service {service_name}" if service_name else f"the task {task.id[:12]}"
            return f"{who} runs {revision} and may need it"
    return ""


# ---- revisions


def revisions(unwanted: Unwanted, remains: Remains, standing: str) -> Iterator[Decision]:
    """Yield what to do about the revisions of the family: ours together, and others by the reason to keep them."""
    ref, found = Ref("task definition", unwanted.target.names.family), remains.revisions
    if isinstance(found, Hidden):
        yield Decision(ref=ref, hidden=found)
        return

    def reason(each: TaskDefinition) -> str:
        return why_kept(unwanted, remains, "family", each.tags) or standing

    ordered = sorted(found, key=lambda each: (reason(each), each.revision))
    for why, group in groupby(ordered, key=reason):
        these = list(group)
        if why:
            yield Decision(ref=Ref("task definition", named(these)), kept=why)
        else:
            active = [each for each in these if each.status == "ACTIVE"]
            steps = (*deregistrations(ref, active), *deletions(ref, these))
            yield Decision(ref=ref, steps=steps, detail=listed(these))


def deregistrations(ref: Ref, found: Iterable[TaskDefinition]) -> Iterator[Step]:
    """Yield the steps that make revisions INACTIVE: running tasks continue, and nothing new can use them."""
    repeat = Repeat(passes=(CONTENDED,), done=GONE)
    for each in found:
        parameters = {"taskDefinition": each.arn}
        yield Step(
            about=ref, action="deregistered", call="ecs:DeregisterTaskDefinition", parameters=parameters, repeat=repeat
        )


def deletions(ref: Ref, found: Sequence[TaskDefinition]) -> Iterator[Step]:
    """Yield the steps that delete INACTIVE revisions."""
    repeat = Repeat(passes=(CONTENDED, STILL_ACTIVE), done=GONE)
    for start in range(0, len(found), BATCH):
        arns = [each.arn for each in found[start : start + BATCH]]
        yield Step(
            about=ref,
            action="deleted",
            call="ecs:DeleteTaskDefinitions",
            parameters={"taskDefinitions": arns},
            repeat=repeat,
        )


def listed(found: Sequence[TaskDefinition]) -> str:
    """Return how many revisions these are, and which: `4 revisions: 1-3, 7`."""
    return f"{len(found)} revision{'s' if len(found) > 1 else ''}: {spans(each.revision for each in found)}"


def named(found: Sequence[TaskDefinition]) -> str:
    """Return revisions of one family as `family:1-3, 7`."""
    return f"{found[0].family}:{spans(each.revision for each in found)}"


def spans(numbers: Iterable[int]) -> str:
    """Return numbers in order, with runs as ranges: `1-3, 7`."""
    runs = groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0])
    ends = [[number for _, number in run] for _, run in runs]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in ends)


# ---- the cluster


def cluster(unwanted: Unwanted, remains: Remains, standing: str) -> Iterator[Decision]:
    """Yield what to do about the cluster: it is deleted if it is empty."""
    ref, found = Ref("cluster", unwanted.target.names.cluster), remains.cluster
    if found is None:
        return
    if isinstance(found, Hidden):
        yield Decision(ref=ref, hidden=found)
        return
    if found.is_gone:
        return
    reason = why_kept(unwanted, remains, "cluster", found.tags) or standing
    if not reason and isinstance(remains.tenants, Hidden):
        yield Decision(ref=ref, hidden=remains.tenants)
        return
    if not reason and not isinstance(remains.tenants, Hidden):
        reason = _tenancy(unwanted.target.names.service, remains.tenants, found.instances)
    if reason:
        yield Decision(ref=ref, kept=reason)
        return
    contended = answers(
        "ClusterContainsTasksException", "ClusterContainsServicesException", "UpdateInProgressException"
    )
    repeat = Repeat(passes=contended, seconds=EMPTY_SECONDS, done=answers("ClusterNotFoundException"))
    parameters = {"cluster": ref.name}
    step = Step(about=ref, action="deleted", call="ecs:DeleteCluster", parameters=parameters, repeat=repeat)
    yield Decision(ref=ref, steps=(step,))


def _tenancy(ours: str, tenants: Tenants, instances: int) -> str:
    """Return what else is in the cluster; "" if nothing is."""
    services = [name for name in tenants.services if name != ours]
    if services:
        return f"it also has the service{'s' if len(services) > 1 else ''} {some(services)}"
    tasks = tenants.of_others(ours)
    if tasks:
        return f"it also has the task{'s' if len(tasks) > 1 else ''} {some([each.id[:12] for each in tasks])}"
    return f"it has {instances} container instances" if instances else ""


def some(names: Sequence[str]) -> str:
    """Return the first few of `names`, and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"

"""What is shown of what was read: not all of it where there is much, and nothing that was not seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.service import Deployment, ServiceEvent
from ecsdeploy.core.standing import Sight, facts, in_brief, shown
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.events import ServiceMessage
from ecsdeploy.facts import DeploymentState, Drift, RunningTask, ServiceState, TaskCount, TasksSeen
from tests.unit.core import builders as a

OLD, NEW = f"{a.ARN}:task-definition/hello:1", f"{a.ARN}:task-definition/hello:2"


def revision(number: int, commit: str) -> TaskDefinition:
    document = {"containerDefinitions": [{"name": "hello", "image": f"{a.REPOSITORY}@{a.DIGEST}"}]}
    return replace(a.revision(number, document), tags={"ecsdeploy:commit": commit})


def sight(**changed: Any) -> Sight:
    """Return a look at a steady service of one task."""
    known: dict[str, Any] = {
        "target": a.target(task={"port": 3000}),
        "seen": ServiceSeen(service=a.service(), deployments=(a.rollout(),)),
        "tasks": (a.task(),),
        "revisions": {OLD: revision(1, "c1")},
        "addresses": {"eni-1": "203.0.113.7"},
        "drift": Drift(differs=False),
        "head": "c1",
    }
    return Sight(**{**known, **changed})


def one(found: Sight, kind: type[Any]) -> Any:
    (only,) = (each for each in facts(found) if isinstance(each, kind))
    return only


def entry(status: str, task_definition: str, **changed: Any) -> Deployment:
    known: dict[str, Any] = {
        "id": f"ecs-svc/{status}",
        "status": status,
        "task_definition": task_definition,
        "desired": 1,
        "running": 1,
        "pending": 0,
        "failed": 0,
        "rollout_state": "COMPLETED",
        "rollout_reason": "",
    }
    return Deployment(**{**known, **changed})


def test_a_steady_service() -> None:
    service = one(sight(), ServiceState)
    assert (service.status, service.desired, service.running, service.revision) == ("ACTIVE", 1, 1, "hello:1")
    assert (service.image, service.commit, service.head) == (f"{a.REPOSITORY}@{a.DIGEST}", "c1", "c1")
    assert (service.circuit_breaker, service.rollback) == (True, True)
    assert (service.verdict, service.verdict_at) == ("succeeded", a.AT)
    task = one(sight(), RunningTask)
    assert (task.address, task.commit, task.started_by) == ("http://203.0.113.7:3000", "c1", "ecs-svc/1")
    assert one(sight(), TasksSeen) == TasksSeen(1, 1, 1, (TaskCount(1, "hello:1", "RUNNING", "HEALTHY"),))


def test_tasks_that_have_failed_since_are_counted_and_the_newest_says_why() -> None:
    crashed, older = (a.stopped(n, containers=(a.container(exit_code=code),)) for n, code in ((1, 1), (2, 127)))
    cause = "The container hello ended with an error (exit code 1)."
    assert one(sight(), ServiceState).failing == ""
    assert one(sight(failed=(crashed,)), ServiceState).failing == f"1 task has failed since: {cause}"
    assert one(sight(failed=(crashed, older)), ServiceState).failing == f"2 tasks have failed since: {cause}"


def test_nothing_deployed_is_one_fact() -> None:
    (only,) = facts(sight(seen=None))
    assert isinstance(only, ServiceState)
    assert (only.status, only.environment, only.head) == ("MISSING", "default", "c1")
    assert in_brief(sight(seen=None)).status == "MISSING"


def test_a_service_without_a_port_has_no_addresses() -> None:
    assert one(sight(target=a.target()), RunningTask).address == ""


def test_the_unhealthy_and_the_newest_come_first_and_twenty_are_enough() -> None:
    well = [a.task(n, created_at=a.AT + timedelta(seconds=n)) for n in range(30)]
    ill = a.task(99, health="UNHEALTHY", created_at=a.AT)
    starting = a.task(98, status="PENDING", created_at=a.AT - timedelta(seconds=1))
    found = shown([*well, starting, ill])
    assert [each.id[-2:] for each in found[:4]] == [f"{n:02x}" for n in (99, 98, 29, 28)]
    assert len(found) == 20


def test_of_a_thousand_tasks_it_says_how_many_were_looked_at() -> None:
    tasks = tuple(a.task(n, health="UNHEALTHY" if n < 3 else "HEALTHY") for n in range(100))
    service = a.service(desired=1000, running=990, pending=10)
    found = sight(tasks=tasks, seen=ServiceSeen(service=service))
    counted = one(found, TasksSeen)
    assert (counted.total, counted.seen, counted.shown) == (1000, 100, 20)
    assert [(each.count, each.health) for each in counted.alike] == [(97, "HEALTHY"), (3, "UNHEALTHY")]
    assert (in_brief(found).healthy, in_brief(found).unhealthy) == (97, 3)


def test_fewer_than_a_page_are_all_there_are() -> None:
    found = sight(seen=ServiceSeen(service=a.service(running=7, pending=2)))
    assert one(found, TasksSeen).total == 1


def test_the_deployment_in_flight_has_the_circuit_breakers_counts() -> None:
    service = a.service(task_definition=NEW, deployments=(entry("PRIMARY", NEW), entry("ACTIVE", OLD)))
    flying = a.rollout("IN_PROGRESS", failures=2, threshold=3)
    seen = ServiceSeen(service=service, deployments=(flying, a.rollout()), flying_to=NEW)
    states = [each for each in facts(sight(seen=seen)) if isinstance(each, DeploymentState)]
    assert [(each.status, each.failed, each.threshold) for each in states] == [("PRIMARY", 2, 3), ("ACTIVE", 0, 0)]


def test_what_is_taken_back_keeps_them_though_it_is_not_the_primary_one_any_more() -> None:
    service = a.service(deployments=(entry("PRIMARY", OLD), entry("ACTIVE", NEW, failed=3)))
    flying = a.rollout("ROLLBACK_IN_PROGRESS", failures=3, threshold=3)
    seen = ServiceSeen(service=service, deployments=(flying,), flying_to=NEW)
    states = [each for each in facts(sight(seen=seen)) if isinstance(each, DeploymentState)]
    assert [(each.status, each.failed, each.threshold) for each in states] == [("PRIMARY", 0, 0), ("ACTIVE", 3, 3)]


def test_the_five_newest_events_are_shown() -> None:
    events = tuple(ServiceEvent(id=str(n), at=a.AT, message=f"event {n}") for n in range(9))
    found = sight(seen=ServiceSeen(service=a.service(events=events)))
    messages = [each.text for each in facts(found) if isinstance(each, ServiceMessage)]
    assert messages == [f"event {n}" for n in range(5)]


def test_a_revision_that_was_not_read_has_no_commit() -> None:
    found = sight(revisions={})
    assert (one(found, ServiceState).commit, one(found, ServiceState).image, one(found, RunningTask).commit) == (
        "",
        "",
        "",
    )

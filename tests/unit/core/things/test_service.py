"""The fewest writes between the service that runs and the one that is wanted, and what they start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.step import Answer, Later, Ref
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.core.things import service as things
from ecsdeploy.core.things.foresight import without_way_back
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.upkeep import FILL, Upkeep
from ecsdeploy.errors import Busy, Refused
from tests.unit.core import builders as a
from tests.unit.core.things.deciding import DOCUMENT, NEW, OLDER, ONE, TWO, Made, answering, decided, steady

# ---- creating


def test_nothing_there_yet_it_is_created() -> None:
    made = decided()
    assert made.write.call == "ecs:CreateService"
    assert made.write.action == "created"
    assert made.write.parameters == {
        "cluster": "hello",
        "serviceName": "hello",
        "taskDefinition": NEW,
        "tags": [{"key": "ecsdeploy:app", "value": "hello"}, {"key": "ecsdeploy:env", "value": "default"}],
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": True,
        "propagateTags": "SERVICE",
        "launchType": "FARGATE",
        "desiredCount": 1,
        "deploymentConfiguration": {
            "strategy": "ROLLING",
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {
                "enable": True,
                "rollback": True,
                "thresholdConfiguration": {"type": "COUNT", "value": 2},
            },
        },
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "ENABLED",
            }
        },
    }
    assert made.awaited == Awaited(until="rollout", task_definition=NEW)


def test_it_is_created_once_however_often_that_is_sent() -> None:
    repeat = decided().write.repeat
    assert repeat.token == "clientToken"
    assert any(
        each.fits("InvalidParameterException", "Creation of service was not idempotent.") for each in repeat.taken
    )
    assert not any(each.fits("InvalidParameterException", "The subnet does not exist.") for each in repeat.taken)


@pytest.mark.parametrize("count", [0, 3])
def test_it_is_created_with_the_count_that_the_config_names(count: int) -> None:
    assert decided(count=count).write.parameters["desiredCount"] == count


def test_a_security_group_that_is_not_there_yet_is_named_later() -> None:
    made = decided(seen={"security_groups": ()})
    configuration = made.write.parameters["networkConfiguration"]["awsvpcConfiguration"]
    assert configuration["securityGroups"] == [Later(Ref("security group", "hello"), "id")]


# ---- revisions


def test_the_same_revision_runs_and_its_deployment_succeeded() -> None:
    made = steady()
    assert made.unchanged
    assert made.awaited.task_definition == ONE
    assert made.awaited.seen is not None


def test_a_difference_is_rolled_out() -> None:
    made = decided(a.service(), a.revision(1, OLDER))
    assert made.update == {}
    assert made.awaited.seen == ServiceSeen(service=a.service(), deployments=(a.rollout(),))
    assert made.awaited.until == "rollout"
    assert made.awaited.task_definition == NEW == made.write.parameters["taskDefinition"]


def test_a_difference_is_rolled_out_though_ecs_shows_no_deployment_of_what_runs() -> None:
    made = decided(a.service(deployments=()), a.revision(1, OLDER), deployments=())
    assert made.awaited.until == "rollout"


def test_after_a_rollback_the_newest_revision_is_used_again() -> None:
    last = (a.rollout("ROLLBACK_SUCCESSFUL"),)
    made = decided(a.service(), a.revision(1, OLDER), newest=a.revision(2, DOCUMENT), deployments=last)
    assert made.update == {}
    assert made.awaited.until == "rollout"
    assert made.write.parameters["taskDefinition"] == TWO


def test_an_inactive_revision_is_never_used_again() -> None:
    made = decided(a.service(), a.revision(1, DOCUMENT, status="INACTIVE"))
    assert made.write.parameters["taskDefinition"] == NEW
    assert made.awaited.until == "rollout"


def test_a_failed_deployment_of_the_same_revision_is_repeated() -> None:
    made = steady(deployments=(a.rollout("ROLLBACK_FAILED"),))
    assert made.update == {"forceNewDeployment": True}
    assert made.awaited.until == "rollout"


def test_an_end_that_is_new_to_us_is_believed_to_the_service() -> None:
    ended = (a.rollout("ARCHIVED", finished_at=a.AT),)
    (primary,) = a.service().deployments
    moving = a.service(deployments=(replace(primary, rollout_state="IN_PROGRESS"),))
    assert steady(deployments=ended).unchanged
    for service in (moving, a.service(deployments=())):
        assert steady(service=service, deployments=ended).update == {"forceNewDeployment": True}


def test_where_ecs_shows_no_deployment_the_revision_that_the_service_names_is_believed_to_run() -> None:
    assert steady(deployments=()).unchanged
    assert steady(service=a.service(deployments=())).unchanged
    assert steady(service=a.service(deployments=()), deployments=()).unchanged


@pytest.mark.parametrize("changed", [{"rollout_state": "FAILED"}, {"task_definition": "hello:0"}])
@pytest.mark.parametrize("deployments", [(), (a.rollout("ROLLBACK_SUCCESSFUL"),)])
def test_a_revision_that_the_service_names_and_does_not_run_is_rolled_out(
    changed: dict[str, Any], deployments: tuple[ServiceDeployment, ...]
) -> None:
    (primary,) = a.service().deployments
    made = steady(service=a.service(deployments=(replace(primary, **changed),)), deployments=deployments)
    assert made.update == {"forceNewDeployment": True}
    assert made.awaited.until == "rollout"


def test_force_replaces_tasks_without_a_difference() -> None:
    made = steady(force=True)
    assert made.update == {"forceNewDeployment": True}
    assert made.awaited.until == "rollout"


def test_what_starts_a_deployment_whenever_it_arrives_is_sent_once() -> None:
    assert steady(force=True).write.repeat.once
    assert not decided(a.service(), a.revision(1, OLDER)).write.repeat.once
    assert not steady(count=3).write.repeat.once


@pytest.mark.parametrize("made", [decided(), decided(a.service(), a.revision(1, OLDER)), steady(force=True)])
def test_what_was_made_a_moment_ago_is_waited_for(made: Made) -> None:
    def waits(code: str, message: str) -> bool:
        return any(each.fits(code, message) for each in made.write.repeat.passes)

    assert waits("ClusterNotFoundException", "Cluster not found.")
    assert waits("ClientException", "TaskDefinition not found.")
    assert waits("InvalidParameterException", "Unable to find a task definition: not found")
    assert not waits("ClientException", "The task definition is not valid for Fargate.")
    assert not waits("InvalidParameterException", "The subnet does not exist.")


def test_a_named_revision_stands_in_the_place_of_what_the_config_renders() -> None:
    made = decided(a.service(), a.revision(1, OLDER), parts=("service",), revision=TWO, settings=False, image=None)
    assert made.write.parameters == {"cluster": "hello", "service": "hello", "taskDefinition": TWO}
    assert made.awaited.until == "rollout"


def test_where_no_revision_is_asked_for_the_services_own_stays() -> None:
    drifted = answering(networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-c"]}})
    made = decided(drifted, a.revision(1, OLDER), parts=("service",), count=3, settings=False, image=None)
    assert made.write.parameters == {"cluster": "hello", "service": "hello", "desiredCount": 3}
    assert made.awaited.task_definition == ONE


# ---- counts


def test_a_count_that_the_config_does_not_name_is_left_alone() -> None:
    assert steady(service=a.service(desired=7, running=7)).unchanged


def test_a_new_count_alone_starts_no_deployment() -> None:
    made = steady(service=a.service(desired=7, running=7), count=3)
    assert made.update == {"desiredCount": 3}
    assert made.awaited.until == "count"
    assert made.write.changes == (Change("desiredCount", 7, 3),)


def test_a_count_of_zero_is_one_that_is_asked_for() -> None:
    assert steady(count=0).update == {"desiredCount": 0}
    assert steady(service=a.service(desired=0, running=0), count=0).unchanged


def test_tasks_that_are_missing_though_nothing_differs_are_waited_for() -> None:
    made = steady(service=a.service(desired=2, running=1))
    assert made.decision.steps == ()
    assert made.awaited.until == "count"


def test_a_count_that_competes_with_autoscaling_is_told() -> None:
    service = a.service(desired=7, running=7)
    (warning,) = steady(service=service, count=3, seen={"scalable": (2, 10)}).decision.warnings
    assert warning == (
        "Autoscaling keeps this service between 2 and 10 tasks, and the config sets 3. "
        "Leave [service] count out to let autoscaling decide."
    )
    hidden = a.hidden("application-autoscaling:DescribeScalableTargets")
    assert steady(service=service, count=3, seen={"scalable": hidden}).decision.warnings == ()
    assert steady(service=service, count=7, seen={"scalable": (2, 10)}).decision.warnings == ()


# ---- whose it is, and what flies


def test_tags_that_the_service_lacks_are_given_to_it() -> None:
    mine = a.service(tags={"ecsdeploy:app": "hello", "team": "blue"})
    made = steady(service=mine)
    assert made.awaited.until == "nothing"
    assert made.write.call == "ecs:TagResource"
    assert made.write.parameters["resourceArn"] == mine.arn
    assert made.write.changes == (Change("tags.ecsdeploy:env", None, "default"),)


def test_a_service_that_is_not_ours_is_refused_and_can_be_adopted() -> None:
    foreign = a.service(tags={})
    with pytest.raises(Refused, match="The service hello exists and was not made by ecsdeploy"):
        steady(service=foreign)
    made = steady(service=foreign, upkeep=Upkeep(reconcile=False, adopt=True))
    assert [change.path for change in made.write.changes] == ["tags.ecsdeploy:app", "tags.ecsdeploy:env"]
    with pytest.raises(Refused, match="belongs to the app 'other'"):
        steady(service=a.service(tags={"ecsdeploy:app": "other"}), upkeep=Upkeep(reconcile=False, adopt=True))


FLYING = a.rollout("IN_PROGRESS", arn=f"{a.ARN}:service-deployment/hello/hello/d2")


def in_flight(status: str = "IN_PROGRESS", to: str = ONE, running: TaskDefinition | None = None) -> Made:
    """Decide while a deployment flies to `to`."""
    deployments = (replace(FLYING, status=status), a.rollout())
    found = ServiceSeen(service=a.service(), deployments=deployments, flying_to=to)
    ours = running or a.revision(1, DOCUMENT)
    account: Account = a.account(service=found, running=ours, newest=ours)
    return Made(*things.decide(a.wanted(count=9, force=True), account, FILL))


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS"])
def test_a_deployment_in_flight_that_does_what_is_wanted_is_watched(status: str) -> None:
    made = in_flight(status)
    assert made.decision.steps == ()
    assert made.decision.quiet
    assert made.awaited.until == "flight"
    assert made.awaited.task_definition == ONE
    assert made.awaited.seen is not None
    assert made.awaited.seen.in_flight == replace(FLYING, status=status)


@pytest.mark.parametrize(
    ("made", "what"),
    [
        ({"to": TWO}, "Another deployment of hello is in flight."),
        ({"to": ""}, "Another deployment of hello is in flight."),
        ({"running": a.revision(1, OLDER)}, "Another deployment of hello is in flight."),
        ({"status": "STOP_REQUESTED"}, "hello is being rolled back."),
        ({"status": "ROLLBACK_IN_PROGRESS"}, "hello is being rolled back."),
    ],
)
def test_any_other_is_not_crossed(made: dict[str, Any], what: str) -> None:
    with pytest.raises(Busy) as caught:
        in_flight(**made)
    assert caught.value.what == what


# ---- the way back


def test_an_image_that_has_left_ecr_is_told_before_it_is_needed() -> None:
    account = a.account(lost=f"{a.REPOSITORY}@{a.DIGEST}")
    (warning,) = without_way_back(account, TWO)
    assert warning == (
        "The image of hello:1, which runs now, is no longer in ECR: if this deployment fails, "
        "ECS cannot start those tasks again. Raise [image] keep."
    )
    assert list(without_way_back(account, ONE)) == []
    assert list(without_way_back(a.account(), TWO)) == []


def test_an_answer_is_known_by_its_code_and_its_words() -> None:
    answer = Answer("ClientException", ("task", "not found"))
    assert answer.fits("ClientException", "The TASK definition was Not Found")
    assert not answer.fits("ClientException", "The cluster was not found")
    assert not answer.fits("ServerException", "The task definition was not found")

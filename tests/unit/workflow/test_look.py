"""Looks that take patience: AWS shows one thing in two places that do not agree yet, or not at once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.account import Hidden, ServiceSeen
from ecsdeploy.core.service import Service, ServiceDeployment, ServiceRevision
from ecsdeploy.core.step import Ref, Step
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import TimedOut
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.look import Look
from tests.support.clocks import FakeClock
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import Bench, shared_aws


class Lagging(Ecs):
    """An ECS whose service moves already, and whose list shows that from the look `listed` on (0: never)."""

    def __init__(self, listed: int) -> None:
        self._after = listed
        self.looks = 0
        self.status = "IN_PROGRESS"
        self.moving = "IN_PROGRESS"
        self.service_status = "ACTIVE"
        self.older = ""

    def service(self, name: str) -> Service:
        """Return the service on its way."""
        (primary,) = a.service().deployments
        return a.service(deployments=(replace(primary, rollout_state=self.moving),), status=self.service_status)

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return what is listed so far."""
        self.looks += 1
        flying = [a.rollout("IN_PROGRESS", arn="new")] if self.older or 0 < self._after <= self.looks else []
        return [*flying, a.rollout("SUCCESSFUL", arn="old")]

    def deployment(self, arn: str) -> ServiceDeployment:
        """Return the one in flight."""
        return a.rollout(self.status, arn=arn)

    def revision(self, arn: str) -> ServiceRevision:
        """Return what is rolled out."""
        return ServiceRevision(arn=arn, task_definition="hello:2")

    def take_older_view(self, service: str) -> None:
        """Take it."""
        self.older = service


def look(ecs: Ecs) -> ServiceSeen | None:
    return Look(shared_aws(), a.target(), FakeClock(), ecs).service()


def flying(ecs: Ecs) -> str:
    seen = look(ecs)
    assert seen is not None
    assert seen.flying_to == ("hello:2" if seen.in_flight else "")
    return seen.in_flight.arn if seen.in_flight else ""


def test_a_deployment_that_the_service_shows_is_waited_for_until_it_is_listed() -> None:
    ecs = Lagging(listed=3)
    assert flying(ecs) == "new"
    assert ecs.looks == 3
    assert not ecs.older


def test_a_service_that_moves_is_believed_where_the_list_never_shows_it() -> None:
    ecs = Lagging(listed=0)
    assert flying(ecs) == "new"
    assert ecs.older == "hello"


def test_a_list_that_agrees_is_read_once() -> None:
    ecs = Lagging(listed=1)
    assert flying(ecs) == "new"
    assert ecs.looks == 1


def test_a_deployment_that_is_over_and_still_listed_is_not_in_flight() -> None:
    ecs = Lagging(listed=1)
    ecs.status, ecs.moving = "SUCCESSFUL", "COMPLETED"
    assert not flying(ecs)
    assert ecs.looks == 1


def test_an_inactive_service_is_none() -> None:
    ecs = Lagging(listed=0)
    ecs.service_status = "INACTIVE"
    assert look(ecs) is None


# ---- whether a write arrived


class Written(Ecs):
    """An ECS after a write whose answer was lost."""

    def __init__(self, newest: TaskDefinition | None = None, listed: tuple[str, ...] = ()) -> None:
        self._revision = newest
        self._arns = listed

    def task_definition(self, name: str) -> TaskDefinition | None:
        """Return the newest revision of the family."""
        assert name == "hello"
        return self._revision

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return what is listed."""
        return [a.rollout("IN_PROGRESS", arn=arn) for arn in self._arns]

    def service(self, name: str) -> Service:
        """Return the service."""
        return a.service()


DOCUMENT = {"family": "hello", "cpu": "256", "containerDefinitions": []}
REGISTER = Step(
    about=Ref("task definition", "hello"),
    action="created",
    call="ecs:RegisterTaskDefinition",
    parameters={**DOCUMENT, "tags": [{"key": "ecsdeploy:app", "value": "hello"}]},
)
FORCE = Step(about=Ref("service", "hello"), action="updated", call="ecs:UpdateService", parameters={})


def arrived(ecs: Ecs, step: Step) -> object:
    return Look(shared_aws(), a.target(), FakeClock(), ecs).arrived(step, frozenset({"old"}))


def test_a_registration_has_arrived_where_the_newest_revision_is_what_was_asked_for() -> None:
    answered = a.revision(4, {**DOCUMENT, "volumes": [], "cpu": "256"})
    assert arrived(Written(answered), REGISTER) == {"taskDefinition": {"taskDefinitionArn": answered.arn}}
    assert arrived(Written(a.revision(3, {**DOCUMENT, "cpu": "512"})), REGISTER) is None
    assert arrived(Written(), REGISTER) is None


def test_a_deployment_has_arrived_where_there_is_one_that_was_not_there_before() -> None:
    assert arrived(Written(listed=("new", "old")), FORCE) == {"service": a.service().raw}
    assert arrived(Written(listed=("old",)), FORCE) is None


# ---- the rest, as moto has it


def at(run: Run) -> Look:
    return Look(run.aws, run.target, run.clock)


def cluster(status: str) -> dict[str, Any]:
    found = {"clusterName": "hello-service", "clusterArn": "arn", "status": status}
    return {"clusters": [found], "failures": []}


def test_a_cluster_that_is_being_made_is_waited_for(bench: Bench) -> None:
    run, _ = bench.run()
    bench.answers["ecs:DescribeClusters"] = cluster("PROVISIONING")
    with pytest.raises(TimedOut, match="The cluster hello-service is not ACTIVE after 120 s"):
        at(run).cluster()
    assert sum(bench.slept(run)) == 120
    bench.answers["ecs:DescribeClusters"] = cluster("ACTIVE")
    found = at(run).cluster()
    assert found is not None
    assert found.status == "ACTIVE"
    assert sum(bench.slept(run)) == 120


def test_what_others_let_a_role_do_is_looked_at_where_it_is_asked_for(bench: Bench) -> None:
    run, _ = bench.run()
    iam = bench.client("iam")
    statement = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName="some", Path="/platform/", AssumeRolePolicyDocument=nothing)
    iam.put_role_policy(RoleName="some", PolicyName="extra", PolicyDocument=nothing)
    iam.put_role_policy(RoleName="some", PolicyName="ecsdeploy", PolicyDocument=nothing)

    plain = at(run).role("some", policy=False, others=True)
    whole = at(run).role("some", policy=True, others=True)

    assert plain is not None
    assert whole is not None
    assert plain.role.arn == "arn:aws:iam::123456789012:role/platform/some"
    assert (plain.policy, plain.others) == (None, ())
    assert (whole.policy, whole.others) == (json.loads(nothing), ("extra",))
    assert at(run).role("none", policy=True, others=True) is None


def test_a_policy_that_may_not_be_read_is_hidden_and_the_role_is_not(bench: Bench) -> None:
    run, _ = bench.run()
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    bench.client("iam").create_role(RoleName="some", AssumeRolePolicyDocument=document)
    bench.deny = {"iam:GetRolePolicy"}

    found = at(run).role("some", policy=True, others=False)

    assert found is not None
    assert isinstance(found.policy, Hidden)
    assert str(found.policy) == "iam:GetRolePolicy"


def test_a_log_groups_tags_are_read_where_something_is_to_be_decided_by_them(bench: Bench) -> None:
    run, _ = bench.run()
    logs = bench.client("logs")
    logs.create_log_group(logGroupName="/ecs/hello-service", tags={"a": "b"})
    bench.deny = {"logs:ListTagsForResource"}
    kept_for_ever = at(run).log_group(tags=False)
    logs.put_retention_policy(logGroupName="/ecs/hello-service", retentionInDays=30)
    as_it_should_be = at(run).log_group(tags=False)
    asked_for = at(run).log_group(tags=True)
    bench.deny = set()
    seen = at(run).log_group(tags=True)

    assert kept_for_ever is not None
    assert as_it_should_be is not None
    assert asked_for is not None
    assert seen is not None
    assert isinstance(kept_for_ever.tags, Hidden)
    assert isinstance(asked_for.tags, Hidden)
    assert as_it_should_be.tags == {}
    assert seen.tags == {"a": "b"}

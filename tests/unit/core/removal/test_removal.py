"""What goes when nothing is wanted, in which order, and what stays and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.config.tags import APP, ENV
from ecsdeploy.core.account import LogGroupSeen, ServiceSeen
from ecsdeploy.core.remains import GroupSeen, Neighbour, Remains, RepositorySeen, Tenants
from ecsdeploy.core.removal import is_going
from ecsdeploy.core.removal.running import spans
from ecsdeploy.core.role import trusts
from tests.unit.aws_model import require_known_to_aws
from tests.unit.core import builders as a
from tests.unit.core.removal.parts import (
    OURS,
    PROVIDER,
    SHARED,
    calls,
    denied,
    kept,
    plan,
    remains,
    revision,
    role,
    unwanted,
)

EVERYTHING = [
    "ecs:DeleteService",
    "ecs:DeregisterTaskDefinition",
    "ecs:DeregisterTaskDefinition",
    "ecs:DeleteTaskDefinitions",
    "logs:DeleteLogGroup",
    "ec2:DeleteSecurityGroup",
    "ecs:DeleteCluster",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
]
FOREIGN = [
    ({}, "it has no tag ecsdeploy:app, so ecsdeploy did not make it"),
    ({APP: "shop", ENV: "default"}, "it belongs to the app 'shop'"),
    ({APP: "hello", ENV: "staging"}, "it belongs to the environment 'staging'"),
    ({APP: "hello"}, "it has no tag ecsdeploy:env, so it may be another environment's"),
]
foreign = pytest.mark.parametrize(("tags", "why"), FOREIGN)


def tagged(noun: str, tags: dict[str, str]) -> Remains:
    """Return everything of ours, but for one thing that has these tags."""
    changed: dict[str, Any] = {
        "log group /ecs/hello": {"log_group": LogGroupSeen(group=a.log_group(), tags=tags)},
        "security group hello": {"groups": (GroupSeen(a.security_group(tags=tags)),)},
        "cluster hello": {"cluster": a.cluster(tags=tags)},
        "execution role hello-execution": {"roles": {"hello-execution": role("hello-execution", tags=tags)}},
        "task role hello-task": {"roles": {"hello-task": role("hello-task", tags=tags)}},
        "deploy role hello-github-deploy": {"roles": {"hello-github-deploy": role("hello-github-deploy", tags=tags)}},
        "task definition hello:1-2": {"revisions": (revision(1, tags=tags), revision(2, tags=tags))},
    }
    return remains(**changed[noun])


# ---- all of it


def test_everything_goes_in_the_reverse_of_the_order_in_which_it_was_made() -> None:
    found = plan(remains())
    assert calls(found) == EVERYTHING
    assert [str(each.ref) for each in found.decisions if is_going(each)] == [
        "service hello",
        "task definition hello",
        "log group /ecs/hello",
        "security group hello",
        "cluster hello",
        "execution role hello-execution",
        "task role hello-task",
        "deploy role hello-github-deploy",
    ]


def test_what_others_may_use_goes_where_that_is_asked_for() -> None:
    found = plan(remains(), images=True, oidc_provider=True)
    assert calls(found) == [*EVERYTHING, "ecr:DeleteRepository", "iam:DeleteOpenIDConnectProvider"]
    assert kept(found) == {}


def test_what_others_may_use_stays_where_it_is_not() -> None:
    assert kept(plan(remains())) == {
        "repository hello": "it holds the images; --images deletes it with them",
        f"OIDC provider {PROVIDER}": "the account has one for all repositories; --oidc-provider deletes it if no "
        "other role trusts it",
    }


def test_every_request_is_one_that_aws_takes() -> None:
    found = plan(remains(revisions=tuple(map(revision, range(1, 24)))), images=True, oidc_provider=True)
    for step in found.steps:
        require_known_to_aws(step.call, step.parameters)
    batches = [step.parameters["taskDefinitions"] for step in found.steps if step.call == "ecs:DeleteTaskDefinitions"]
    assert [len(batch) for batch in batches] == [10, 10, 3]


def test_nothing_is_asked_of_an_account_that_has_nothing() -> None:
    found = plan(Remains(place=a.PLACE))
    assert found.decisions == ()
    assert found.questions == ()


def test_the_apps_name_has_to_be_typed_once() -> None:
    (question,) = plan(remains()).questions
    assert (question.expects, question.unattended) == ("hello", False)
    assert question.text == "This deletes 8 resources of hello in us-east-1 of account 123456789012, for good."


def test_the_name_of_an_environment_is_part_of_what_has_to_be_typed() -> None:
    tags = {APP: "hello", ENV: "staging"}
    found = plan(Remains(place=a.PLACE, cluster=a.cluster(name="hello-staging", tags=tags)), environment="staging")
    (question,) = found.questions
    assert question.expects == "hello-staging"


# ---- whose it is


@foreign
@pytest.mark.parametrize(
    "noun",
    [
        "log group /ecs/hello",
        "security group hello",
        "cluster hello",
        "execution role hello-execution",
        "task role hello-task",
        "deploy role hello-github-deploy",
        "task definition hello:1-2",
    ],
)
def test_what_is_somebody_elses_stays(noun: str, tags: dict[str, str], why: str) -> None:
    found = plan(tagged(noun, tags))
    assert kept(found)[noun] == why
    assert all(str(each.ref) != noun for each in found.decisions if is_going(each))


@foreign
def test_what_a_service_of_somebody_else_may_stand_on_stays_with_it(tags: dict[str, str], why: str) -> None:
    found = plan(remains(service=ServiceSeen(service=a.service(tags=tags))), images=True)
    assert kept(found)["service hello"] == why
    stays = "the service hello may need it, and stays"
    assert {what for what, reason in kept(found).items() if reason == stays} == {
        "task definition hello:1-2",
        "log group /ecs/hello",
        "security group hello",
        "cluster hello",
        "execution role hello-execution",
        "task role hello-task",
        "repository hello",
    }
    assert calls(found) == ["iam:DeleteRolePolicy", "iam:DeleteRole"]  # GitHub's role: no service runs with it


def test_a_service_of_express_mode_stays() -> None:
    found = plan(remains(service=ServiceSeen(service=a.service(tags=OURS, managed_by="ECS"))))
    assert kept(found)["service hello"] == "it belongs to ECS Express Mode"


def test_a_repository_of_somebody_else_stays() -> None:
    theirs = RepositorySeen(repository=a.repository(), tags={}, images=1)
    found = plan(remains(repository=theirs), images=True)
    assert kept(found)["repository hello"] == "it has no tag ecsdeploy:app, so ecsdeploy did not make it"


def test_revisions_are_told_apart_one_by_one() -> None:
    theirs = revision(2, tags={})
    found = plan(remains(revisions=(revision(1), theirs, revision(3, status="INACTIVE"), revision(4))))
    (ours,) = (each for each in found.decisions if str(each.ref) == "task definition hello")
    assert ours.detail == "3 revisions: 1, 3-4"
    assert [step.parameters for step in ours.steps] == [
        {"taskDefinition": f"{a.ARN}:task-definition/hello:1"},
        {"taskDefinition": f"{a.ARN}:task-definition/hello:4"},
        {"taskDefinitions": [f"{a.ARN}:task-definition/hello:{number}" for number in (1, 3, 4)]},
    ]
    assert kept(found)["task definition hello:2"] == "it has no tag ecsdeploy:app, so ecsdeploy did not make it"


# ---- other environments


def staging(service: Any = True, **tables: Any) -> Neighbour:
    return Neighbour(a.target("staging", **tables), service)


def test_the_repository_stays_while_another_environment_has_a_service() -> None:
    found = plan(remains(neighbours=(staging(),)), images=True)
    assert kept(found) | {f"OIDC provider {PROVIDER}": ""} == {
        "repository hello": "the environment staging shares it, and has a service",
        f"OIDC provider {PROVIDER}": "",
    }


def test_the_repository_goes_with_the_last_environment() -> None:
    assert "ecr:DeleteRepository" in calls(plan(remains(neighbours=(staging(service=False),)), images=True))


def test_an_environment_that_may_not_be_looked_at_may_have_a_service() -> None:
    blind = staging(service=denied("ecs:DescribeServices"))
    assert kept(plan(remains(neighbours=(blind,)), images=True))["repository hello"] == (
        "the environment staging shares it, and whether it has a service could not be checked, "
        "no permission for ecs:DescribeServices"
    )


def test_an_environment_in_another_region_has_another_repository() -> None:
    far = Neighbour(replace(a.target("staging"), region="eu-central-1"), service=True)
    assert "ecr:DeleteRepository" in calls(plan(remains(neighbours=(far,)), images=True))


@pytest.mark.parametrize(("service", "goes"), [(True, False), (False, True)])
def test_what_two_environments_call_the_same_goes_with_the_last_of_them(service: bool, goes: bool) -> None:
    near = staging(service, names={"log_group": "/ecs/hello"})
    made_by_staging = LogGroupSeen(group=a.log_group(), tags={APP: "hello", ENV: "staging"})
    found = plan(remains(log_group=made_by_staging, neighbours=(near,)))
    assert ("logs:DeleteLogGroup" in calls(found)) is goes


# ---- in use


def test_a_cluster_with_other_services_stays() -> None:
    found = plan(remains(tenants=Tenants(("api", "hello", "web"), (a.task(),))))
    assert kept(found)["cluster hello"] == "it also has the services api, web"


def test_a_cluster_with_other_tasks_stays() -> None:
    other = a.task(7, group="family:batch", task_definition=f"{a.ARN}:task-definition/batch:1")
    found = plan(remains(tenants=Tenants(("hello",), (a.task(), other))))
    assert kept(found)["cluster hello"] == "it also has the task 000000000000"
    assert "iam:DeleteRole" in calls(found)


def test_a_task_that_has_stopped_is_in_nobodys_way() -> None:
    other = a.stopped(7, group="family:batch")
    assert "ecs:DeleteCluster" in calls(plan(remains(tenants=Tenants(("hello",), (a.task(), other)))))


def test_a_cluster_with_container_instances_stays() -> None:
    found = plan(remains(cluster=a.cluster(tags=OURS, instances=2)))
    assert kept(found)["cluster hello"] == "it has 2 container instances"


def test_what_a_task_of_ours_stands_on_stays_while_it_runs() -> None:
    once = a.task(7, group="family:hello")
    found = plan(remains(tenants=Tenants(("hello",), (a.task(), once))))
    assert calls(found) == ["ecs:DeleteService", "iam:DeleteRolePolicy", "iam:DeleteRole"]
    assert kept(found)["execution role hello-execution"] == "the task 000000000000 runs hello:1 and may need it"


def test_what_another_service_of_the_family_stands_on_stays_with_it() -> None:
    other = a.task(7, group="service:worker")
    found = plan(remains(tenants=Tenants(("hello", "worker"), (a.task(), other))))
    assert kept(found)["task role hello-task"] == "the service worker runs hello:1 and may need it"


def test_two_services_of_one_name_in_two_clusters_are_not_the_same() -> None:
    other = Neighbour(a.target("staging", names={"service": "hello"}), service=True)
    assert "ecs:DeleteService" in calls(plan(remains(neighbours=(other,))))


def test_a_security_group_that_something_else_has_stays() -> None:
    found = plan(remains(groups=(GroupSeen(a.security_group(tags=OURS), ("eni-1", "eni-9")),)))
    assert kept(found)["security group hello"] == "the network interface eni-9 uses it"


def test_a_security_group_that_another_names_stays() -> None:
    found = plan(remains(groups=(GroupSeen(a.security_group(tags=OURS), (), ("sg-db",)),)))
    assert kept(found)["security group hello"] == "the rules of sg-db name it"


def test_a_log_group_that_is_protected_stays() -> None:
    found = plan(remains(log_group=LogGroupSeen(group=a.log_group(protected=True), tags=OURS)))
    assert kept(found)["log group /ecs/hello"] == "its deletion protection is on"


@pytest.mark.parametrize(
    ("others", "why"),
    [
        (("s3",), "it has a policy that ecsdeploy did not write: s3"),
        (("a", "b", "c", "d"), "it has policies that ecsdeploy did not write: a, b, c and 1 more"),
    ],
)
def test_a_role_with_permissions_of_somebody_else_stays(others: tuple[str, ...], why: str) -> None:
    found = plan(remains(roles={"hello-task": role("hello-task", others=others)}))
    assert kept(found)["task role hello-task"] == why


def test_a_provider_that_another_role_trusts_stays() -> None:
    found = plan(remains(trusting=("hello-github-deploy", "shop-deploy")), oidc_provider=True)
    assert kept(found)[f"OIDC provider {PROVIDER}"] == "the role shop-deploy trusts it"


def test_a_provider_stays_with_our_own_role() -> None:
    stays = role("hello-github-deploy", others=("more",))
    found = plan(remains(roles={"hello-github-deploy": stays}), oidc_provider=True)
    assert kept(found)[f"OIDC provider {PROVIDER}"] == "the role hello-github-deploy trusts it"


# ---- on its way


def test_a_service_that_is_being_deleted_is_only_waited_for() -> None:
    draining = ServiceSeen(service=a.service(tags=OURS, status="DRAINING"))
    first = plan(remains(service=draining)).decisions[0]
    assert (first.steps, first.detail) == ((), "is being deleted already")
    assert first.wait is not None
    assert is_going(first)


def test_a_deployment_in_flight_ends_with_the_service() -> None:
    flying = ServiceSeen(
        service=a.service(tags=OURS),
        deployments=(a.rollout("IN_PROGRESS"),),
        flying_to=f"{a.ARN}:task-definition/hello:2",
    )
    assert plan(remains(service=flying)).warnings == (
        "A deployment of hello:2 is in flight: it ends with the service.",
    )


def test_an_autoscaled_service_is_shown_with_its_target() -> None:
    assert plan(remains(scalable=(1, 4))).decisions[0].detail == (
        "1 of 1 tasks run; with its scalable target of 1 to 4 tasks"
    )


def test_a_cluster_that_was_deleted_is_nothing() -> None:
    assert plan(Remains(place=a.PLACE, cluster=a.cluster(tags=OURS, status="INACTIVE"))).decisions == ()


# ---- what may not be looked at


@pytest.mark.parametrize(
    ("field", "ref"),
    [
        ("revisions", "task definition hello"),
        ("log_group", "log group /ecs/hello"),
        ("groups", "security group hello"),
        ("cluster", "cluster hello"),
        ("tenants", "cluster hello"),
        ("provider", f"OIDC provider {PROVIDER}"),
        ("repository", "repository hello"),
        ("trusting", f"OIDC provider {PROVIDER}"),
    ],
)
def test_what_may_not_be_looked_at_is_left(field: str, ref: str) -> None:
    found = plan(remains(**{field: denied("it")}), images=True, oidc_provider=True)
    (unchecked,) = found.unchecked
    assert str(unchecked.ref) == ref
    assert not is_going(unchecked)


def test_without_a_look_at_the_service_all_that_it_may_stand_on_is_left() -> None:
    found = plan(remains(service=denied("ecs:DescribeServices")))
    assert calls(found) == ["iam:DeleteRolePolicy", "iam:DeleteRole"]
    assert kept(found)["cluster hello"] == "the service hello may need it, and could not be checked"


def test_a_role_whose_policies_may_not_be_looked_at_is_left() -> None:
    blind = role("hello-task", policy=denied("iam:ListRolePolicies"))
    found = plan(remains(roles={"hello-task": blind}))
    assert [str(each.hidden) for each in found.unchecked] == ["iam:ListRolePolicies"]


# ---- whatever there is


TAGS = st.sampled_from([OURS, SHARED, {}, {APP: "shop", ENV: "default"}, {APP: "hello", ENV: "staging"}])


@given(st.lists(TAGS, min_size=8, max_size=8), st.booleans())
def test_only_what_carries_our_tags_is_ever_written_to(tags: list[dict[str, str]], flags: bool) -> None:
    service, group, cluster, logs, execution, task, deploy, repository = tags
    found = plan(
        remains(
            service=ServiceSeen(service=a.service(tags=service)),
            groups=(GroupSeen(a.security_group(tags=group)),),
            cluster=a.cluster(tags=cluster),
            log_group=LogGroupSeen(group=a.log_group(), tags=logs),
            roles={
                "hello-execution": role("hello-execution", tags=execution),
                "hello-task": role("hello-task", tags=task),
                "hello-github-deploy": role("hello-github-deploy", tags=deploy),
            },
            repository=RepositorySeen(repository=a.repository(), tags=repository, images=1),
        ),
        images=flags,
    )
    owners = {
        "service": service,
        "security group": group,
        "cluster": cluster,
        "log group": logs,
        "execution role": execution,
        "task role": task,
        "deploy role": deploy,
    }
    for step in found.steps:
        if step.about.kind == "repository":
            assert repository[APP] == "hello"
        elif step.about.kind != "task definition":
            assert owners[step.about.kind] == OURS
    assert all(bool(each.kept) + is_going(each) + (each.hidden is not None) == 1 for each in found.decisions)


@given(st.sets(st.integers(1, 60)))
def test_spans_name_every_number_once(numbers: set[int]) -> None:
    named: list[int] = []
    for part in filter(None, spans(numbers).split(", ")):
        first, _, last = part.partition("-")
        named += range(int(first), int(last or first) + 1)
    assert named == sorted(numbers)


@pytest.mark.parametrize(
    ("statement", "does"),
    [
        ({"Principal": {"Federated": "arn:p"}}, True),
        ([{"Principal": {"Federated": ["arn:q", "arn:p"]}}], True),
        ([{"Principal": {"Service": "ecs.amazonaws.com"}}, {"Principal": "*"}], False),
        ([], False),
    ],
)
def test_who_trusts_a_provider(statement: Any, does: bool) -> None:
    assert trusts({"Statement": statement}, "arn:p") is does


def test_a_target_without_an_environment_is_called_by_its_app() -> None:
    assert unwanted().target.title == "hello"

"""What runs, held against the config with the very image that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change, Planned
from ecsdeploy.core.account import Account, Hidden, LogGroupSeen, NetworkSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.drift import drift
from ecsdeploy.core.image import Image
from ecsdeploy.core.log_group import LogGroup
from ecsdeploy.core.network import SecurityGroup, Subnet, open_port
from ecsdeploy.core.role import Role
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition, render
from ecsdeploy.core.things.wanted_roles import execution_role
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.policy.arns import Place
from tests.unit.core import builders as a

COMMIT = "3f2c1ab" + "0" * 33
PLACE = Place("aws", "us-east-1", "123456789012")
DENIED = Hidden(PermissionDenied("No.", action="iam:GetRole"))
VPC = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}}


def running(target: Target, *, commit: str = COMMIT, tag: str = COMMIT, number: int = 1) -> TaskDefinition:
    """Return the revision that a deployment of `target` left."""
    image = Image(a.REPOSITORY, a.DIGEST, tag)
    document = render(target.config, target.names, a.facts(image=image, commit=commit or tag))
    tags = {"ecsdeploy:commit": commit} if commit else {}
    return replace(a.revision(number, document), tags=tags)


def account(target: Target, revision: TaskDefinition, **changed: Any) -> Account:
    """Return what AWS has once `target` was deployed."""
    wanted = execution_role(target, PLACE)
    execution = RoleSeen(
        role=Role(
            name=wanted.name,
            arn=f"arn:aws:iam::123456789012:role/{wanted.name}",
            description=wanted.description,
            trust=wanted.trust,
            max_session=3600,
            tags=target.tags,
        ),
        policy=wanted.permissions,
    )
    task = RoleSeen(role=replace(execution.role, name="hello-task", arn="arn:aws:iam::123456789012:role/hello-task"))
    service = a.service(task_definition=revision.arn)
    service = replace(service, raw={**service.raw, "networkConfiguration": VPC})
    known: dict[str, Any] = {
        "place": PLACE,
        "roles": {"hello-execution": execution, "hello-task": task},
        "log_group": LogGroupSeen(group=LogGroup("/ecs/hello", "arn", 30)),
        "network": NetworkSeen(default_vpc="vpc-1", subnets=(Subnet("subnet-1", "vpc-1", "us-east-1a", True),)),
        "security_groups": (SecurityGroup("sg-1", "hello", "vpc-1", frozenset(), target.tags),),
        "service": ServiceSeen(service=service, deployments=(a.rollout(),)),
        "running": revision,
        "newest": revision,
    }
    return Account(**{**known, **changed})


def differences(then: Target, now: Target, **how: Any) -> tuple[Planned, ...]:
    """Return what differs once the config has changed from `then` to `now`."""
    return drift(now, account(then, running(then, **how)))[1]


def changes(found: tuple[Planned, ...], kind: str) -> tuple[Change, ...]:
    return next((each.changes for each in found if each.kind == kind), ())


def test_what_was_deployed_is_as_the_config_says_whatever_was_built_since() -> None:
    target = a.target(task={"environment": {"VERSION": "{commit}", "ENV": "{env}"}})
    found, differing = drift(target, account(target, running(target)))
    assert (found.differs, differing) == (False, ())


def test_what_our_group_lets_in_beyond_the_config_is_no_difference_that_a_deployment_mends_but_a_warning() -> None:
    target = a.target()
    group = SecurityGroup("sg-1", "hello", "vpc-1", open_port(8080), target.tags)
    found, differing = drift(target, account(target, running(target), security_groups=(group,)))
    assert (found.differs, differing) == (False, ())
    assert found.warnings == (
        "sg-1 (hello) lets in more than the config says: tcp 8080 from 0.0.0.0/0, tcp 8080 from ::/0. "
        "`ecsdeploy setup` closes it.",
    )


def test_a_changed_setting_of_the_task_is_one_line_and_the_service_follows() -> None:
    (only,) = differences(a.target(task={"cpu": 256}), a.target(task={"cpu": 512, "memory": 1024}))
    assert (only.kind, only.name, only.action) == ("task definition", "hello", "create")
    assert only.changes == (Change("cpu", "256", "512"), Change("memory", "512", "1024"))


def test_a_count_that_somebody_changed_is_shown_where_the_config_has_one() -> None:
    (only,) = differences(a.target(), a.target(service={"count": 3}))
    assert (only.kind, only.action, only.changes) == ("service", "update", (Change("desiredCount", 1, 3),))
    assert differences(a.target(), a.target()) == ()


def test_a_tag_that_nobody_knows_any_more_is_no_difference_and_a_changed_template_is() -> None:
    then = a.target(task={"environment": {"TAG": "v-{tag}", "BOTH": "{tag} of {commit}"}})
    assert differences(then, then, tag="release-7") == ()
    now = a.target(task={"environment": {"TAG": "version {tag}", "BOTH": "{tag} of {commit}"}})
    (change,) = changes(differences(then, now, tag="release-7"), "task definition")
    assert (change.before, change.after) == ("v-release-7", "version {tag}")


def test_without_the_commits_tag_the_commit_is_not_guessed() -> None:
    target = a.target(task={"environment": {"VERSION": "{commit}"}})
    assert differences(target, target, commit="", tag="v1") == ()


def test_with_it_another_value_is_a_difference() -> None:
    then = a.target(task={"environment": {"VERSION": "by hand"}})
    now = a.target(task={"environment": {"VERSION": "{commit}"}})
    (change,) = changes(differences(then, now), "task definition")
    assert (change.before, change.after) == ("by hand", COMMIT)


def test_an_image_without_a_digest_is_a_difference_by_itself() -> None:
    target = a.target()
    revision = running(target)
    (container,) = revision.document["containerDefinitions"]
    document = {**revision.document, "containerDefinitions": [{**container, "image": "hello:latest"}]}
    _, differing = drift(target, account(target, replace(revision, document=document)))
    (change,) = changes(differing, "task definition")
    assert (change.path, change.before) == ("containerDefinitions.hello.image", "hello:latest")


def test_a_revision_that_equals_the_config_and_does_not_run_is_named() -> None:
    then, now = a.target(), a.target(task={"cpu": 512, "memory": 1024})
    found, (only,) = drift(now, account(then, running(then), newest=running(now, number=2)))
    assert found.differs
    assert (only.kind, only.detail) == ("service", "it is set to hello:1, and hello:2 is what the config says")


def test_a_last_deployment_that_failed_is_named() -> None:
    target = a.target()
    revision = running(target)
    seen = account(target, revision).service
    assert seen is not None
    failed = replace(seen, deployments=(a.rollout("ROLLBACK_FAILED"),))
    found, (only,) = drift(target, account(target, revision, service=failed))
    assert (found.differs, only.detail) == (True, "its last deployment of hello:1 did not succeed")


def test_what_may_not_be_looked_at_is_no_difference_and_is_told() -> None:
    target = a.target()
    revision = running(target)
    roles = {"hello-execution": DENIED, "hello-task": DENIED}
    found, differing = drift(target, account(target, revision, roles=roles))
    assert found.differs is False
    assert [(each.kind, each.action, each.detail) for each in differing] == [
        ("execution role", "unchecked", "iam:GetRole"),
        ("task role", "unchecked", "iam:GetRole"),
    ]


def test_where_a_deployment_would_be_refused_nobody_can_tell_and_that_is_why() -> None:
    target = a.target()
    revision = running(target)
    seen = ServiceSeen(service=replace(a.service(), tags={}), deployments=(a.rollout(),))
    found, differing = drift(target, account(target, revision, service=seen))
    assert (found.differs, differing) == (None, ())
    assert found.why.startswith("The service hello exists and was not made by ecsdeploy. It has no tag ecsdeploy:app,")


def test_a_revision_that_is_gone_cannot_be_held_against_anything() -> None:
    target = a.target()
    found, _ = drift(target, account(target, running(target), running=None))
    assert (found.differs, found.why) == (None, "The revision that it is set to could not be read.")


VALUES = st.lists(st.sampled_from(["{tag}", "{commit}", "{env}", "v", " ", "-", ".", "+", "\n"]), max_size=6).map(
    "".join
)


@given(
    environment=st.dictionaries(st.sampled_from("ABCDE"), VALUES),
    commit=st.sampled_from([COMMIT, ""]),
    tag=st.sampled_from(["v1", COMMIT, "a.b"]),
)
def test_a_service_that_was_just_deployed_never_differs(environment: dict[str, str], commit: str, tag: str) -> None:
    target = a.target(task={"environment": environment})
    found, differing = drift(target, account(target, running(target, commit=commit, tag=tag)))
    assert (found.differs, differing) == (False, ())

"""Which revisions and images go, and which stay and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.image import StoredImage
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.pruning import Elsewhere, Pruning, Stock, make_pruning
from ecsdeploy.core.remains import RepositorySeen
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import PermissionDenied
from tests.unit.aws_model import require_known_to_aws
from tests.unit.core import builders as a
from tests.unit.core.removal.parts import OURS, SHARED, denied, kept

URI = a.REPOSITORY


def arn(number: int) -> str:
    return f"{a.ARN}:task-definition/hello:{number}"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def revision(number: int, **changed: Any) -> TaskDefinition:
    """Return a revision of ours, with an image of its own."""
    image = changed.pop("image", f"{URI}@{digest(number)}")
    document = {"containerDefinitions": [{"name": "hello", "image": image}]}
    return replace(a.revision(number, document), tags=OURS, **changed)


def image(number: int, **changed: Any) -> StoredImage:
    """Return an image that was pushed on a day of that number."""
    known: dict[str, Any] = {
        "digest": digest(number),
        "tags": (f"commit{number}",),
        "pushed_at": a.AT + timedelta(days=number),
        "size": 1_000_000,
    }
    return StoredImage(**{**known, **changed})


def runs(number: int, **changed: Any) -> ServiceSeen:
    return ServiceSeen(service=a.service(tags=OURS, task_definition=arn(number)), deployments=(a.rollout(),), **changed)


def stock(last: int = 8, **changed: Any) -> Stock:
    """Return a family of which the last revision runs and all succeeded, each with its image."""
    numbers = range(1, last + 1)
    known: dict[str, Any] = {
        "service": runs(last),
        "revisions": tuple(map(revision, numbers)),
        "succeeded": tuple(map(arn, reversed(numbers))),
        "repository": RepositorySeen(repository=a.repository(), tags=SHARED),
        "images": tuple(map(image, numbers)),
    }
    return Stock(**{**known, **changed})


def plan(found: Stock, keep: int = 3, **wanted: Any) -> Plan:
    return make_pruning(Pruning(target=a.target(), keep=keep, **wanted), found)


def deregistered(found: Plan) -> list[int]:
    """Return the numbers of the revisions that are deregistered."""
    return [
        int(step.parameters["taskDefinition"].rpartition(":")[2])
        for step in found.steps
        if step.call == "ecs:DeregisterTaskDefinition"
    ]


def removed(found: Plan) -> list[int]:
    """Return the numbers of the images that are deleted."""
    ids = [each for step in found.steps if step.call == "ecr:BatchDeleteImage" for each in step.parameters["imageIds"]]
    return [int(each["imageDigest"].removeprefix("sha256:"), 16) for each in ids]


# ---- revisions


def test_all_but_the_last_that_succeeded_go() -> None:
    found = plan(stock())
    assert deregistered(found) == [1, 2, 3, 4, 5]
    assert kept(found) == {
        "task definition hello:6-7": "among the last 3 that succeeded",
        "task definition hello:8": "the service runs it",
    }


def test_what_runs_stays_however_old_it_is() -> None:
    found = plan(stock(service=runs(2)))
    assert deregistered(found) == [1, 3, 4, 5]
    assert kept(found)["task definition hello:2"] == "the service runs it"


def test_the_newest_stays_although_it_failed() -> None:
    found = plan(stock(service=runs(6), succeeded=tuple(map(arn, (6, 5, 4)))))
    assert deregistered(found) == [1, 2, 3, 7]
    assert kept(found)["task definition hello:8"] == "it is the newest"


def test_those_that_failed_do_not_count() -> None:
    found = plan(stock(succeeded=tuple(map(arn, (8, 3, 8, 1)))))
    assert deregistered(found) == [2, 4, 5, 6, 7]


def test_a_family_of_which_ecs_tells_little_keeps_the_newest() -> None:
    found = plan(stock(service=None, succeeded=(arn(5),)))
    assert deregistered(found) == [1, 2, 3, 4, 6]
    assert kept(found)["task definition hello:7"] == (
        "ECS knows of fewer than 3 that succeeded, and it is among the newest"
    )


def test_what_a_deployment_is_on_its_way_to_stays() -> None:
    found = plan(stock(service=runs(8, flying_to=arn(1))), keep=1)
    assert deregistered(found) == [2, 3, 4, 5, 6, 7]


def test_what_a_task_runs_stays() -> None:
    found = plan(stock(tasks=(a.task(task_definition=arn(3)),)), keep=1)
    assert kept(found)["task definition hello:3"] == "a task runs it"
    assert deregistered(found) == [1, 2, 4, 5, 6, 7]


def test_what_another_environment_runs_stays() -> None:
    staging = a.target("staging", names={"family": "hello"})
    found = plan(stock(elsewhere=((staging, Elsewhere(staging, frozenset({arn(2)}))),)), keep=1)
    assert kept(found)["task definition hello:2"] == "the environment staging runs it"


def test_what_another_environment_runs_of_the_same_family_has_to_be_known() -> None:
    staging = a.target("staging", names={"family": "hello"})
    with pytest.raises(PermissionDenied):
        plan(stock(elsewhere=((staging, denied("ecs:DescribeServices")),)))


def test_revisions_of_somebody_else_stay() -> None:
    theirs = (replace(revision(1), tags={}), replace(revision(2), tags={"ecsdeploy:app": "shop"}), revision(3))
    found = plan(stock(3, revisions=theirs), keep=1)
    assert deregistered(found) == []
    assert kept(found)["task definition hello:2"] == "it belongs to the app 'shop'"


def test_inactive_revisions_go_where_that_is_asked_for() -> None:
    old = (revision(1, status="INACTIVE"), revision(2, status="INACTIVE"), *map(revision, range(3, 9)))
    only = plan(stock(revisions=old), keep=5)
    both = plan(stock(revisions=old), keep=5, delete=True)
    assert (deregistered(only), deregistered(both)) == ([3], [3])
    assert both.steps[-1].parameters == {"taskDefinitions": [arn(1), arn(2), arn(3)]}
    assert both.decisions[0].detail == "3 revisions: 1-3"


def test_an_inactive_revision_that_runs_is_not_deleted() -> None:
    running = (revision(1, status="INACTIVE"), revision(2))
    assert plan(stock(2, revisions=running, service=runs(1)), delete=True).steps == ()


def test_a_revision_of_another_family_that_runs_is_not_ours_to_show() -> None:
    other = replace(revision(8), family="web", arn=f"{a.ARN}:task-definition/web:8")
    found = plan(stock(2, revisions=(other, revision(1), revision(2)), service=None), keep=1)
    assert deregistered(found) == [1]
    assert all("web" not in str(each.ref) for each in found.decisions)


def test_one_question_is_asked_and_nobody_at_hand_means_no() -> None:
    (question,) = plan(stock(), images=True).questions
    assert (question.text, question.unattended) == ("Prune hello as shown above?", False)
    assert plan(stock(2)).questions == ()


# ---- images


def test_images_go_with_the_revisions_that_named_them() -> None:
    found = plan(stock(), images=True)
    assert removed(found) == [1, 2, 3, 4, 5]
    assert kept(found)["image hello"] == "3 that revisions name"


def test_images_are_left_to_ecr_unless_asked_for() -> None:
    assert removed(plan(stock())) == []


def test_what_is_newer_than_all_that_revisions_name_may_be_deployed_next() -> None:
    found = plan(stock(images=tuple(map(image, range(1, 11)))), images=True)
    assert removed(found) == [1, 2, 3, 4, 5]
    assert kept(found)["image hello"] == "3 that revisions name, and 2 newer or a part of those"


def test_images_that_another_environment_could_run_stay() -> None:
    production = a.target("production")
    there = Elsewhere(production, revisions=(revision(2),))
    assert removed(plan(stock(elsewhere=((production, there),)), images=True)) == [1, 3, 4, 5]


def test_images_are_left_where_another_environment_may_not_be_looked_at() -> None:
    production = a.target("production")
    found = plan(stock(elsewhere=((production, denied("ecs:DescribeServices")),)), images=True)
    assert removed(found) == []
    assert [str(each.hidden) for each in found.unchecked] == ["ecs:DescribeServices"]
    assert deregistered(found) == [1, 2, 3, 4, 5]


def test_an_image_that_is_named_by_its_tag_stays() -> None:
    tagged = (revision(1, image=f"{URI}:commit4"), *map(revision, range(2, 9)))
    assert 4 not in removed(plan(stock(revisions=tagged, service=runs(1)), images=True))


def test_without_a_name_for_any_nothing_is_known_to_be_old() -> None:
    elsewhere = tuple(revision(number, image="public.ecr.aws/x/y:1") for number in (1, 2))
    found = plan(stock(2, revisions=elsewhere), images=True)
    assert removed(found) == []
    assert kept(found)["image hello"] == "no kept revision names one, so none is known to be old"


def test_the_image_of_an_inactive_revision_goes_unless_that_runs() -> None:
    old = (revision(1, status="INACTIVE"), *map(revision, range(2, 5)))
    assert removed(plan(stock(4, revisions=old), images=True)) == [1]
    assert removed(plan(stock(4, revisions=old, service=runs(1)), images=True)) == []


def test_what_belongs_to_an_image_that_stays_stays_with_it() -> None:
    index = image(8, is_index=True)
    parts = (image(21, pushed_at=a.AT), image(22, pushed_at=a.AT, tags=()))
    signature = image(31, pushed_at=a.AT, tags=(f"sha256-{8:064x}.sig",))
    attested = image(32, pushed_at=a.AT, subject=digest(21))
    found = plan(
        stock(
            images=(*map(image, range(1, 8)), index, *parts, signature, attested),
            children={digest(8): frozenset({digest(21), digest(22)})},
        ),
        images=True,
    )
    assert removed(found) == [1, 2, 3, 4, 5]


def test_an_image_for_several_platforms_goes_before_its_parts() -> None:
    parts = (image(21, pushed_at=a.AT, tags=()), image(1, is_index=True), *map(image, range(2, 9)))
    found = plan(stock(images=parts, children={digest(1): frozenset({digest(21)})}), images=True)
    first, second = (step.parameters["imageIds"] for step in found.steps if step.call == "ecr:BatchDeleteImage")
    assert first == [{"imageDigest": digest(1)}]
    assert {"imageDigest": digest(21)} in second


def test_a_repository_of_somebody_else_is_left() -> None:
    theirs = RepositorySeen(repository=a.repository(), tags={})
    found = plan(stock(repository=theirs), images=True)
    assert removed(found) == []
    assert kept(found)["image hello"] == "it has no tag ecsdeploy:app, so ecsdeploy did not make it"


def test_images_of_another_app_that_shares_the_repository_stay_with_their_parts() -> None:
    theirs = (image(41, pushed_at=a.AT, tags=("web." + "c" * 40,)), image(42, pushed_at=a.AT, tags=()))
    found = plan(
        stock(images=(*map(image, range(1, 9)), *theirs), children={digest(41): frozenset({digest(42)})}), images=True
    )
    assert removed(found) == [1, 2, 3, 4, 5]


def test_no_request_is_larger_than_aws_takes() -> None:
    found = plan(stock(250), images=True, delete=True)
    for step in found.steps:
        require_known_to_aws(step.call, step.parameters)
    sizes = [len(step.parameters["imageIds"]) for step in found.steps if step.call == "ecr:BatchDeleteImage"]
    assert sizes == [100, 100, 47]


# ---- whatever there is

NUMBERS = st.integers(1, 12)


@given(
    keep=st.integers(1, 6),
    running=NUMBERS,
    tasks=st.lists(NUMBERS, max_size=3),
    succeeded=st.lists(NUMBERS, max_size=20),
    inactive=st.sets(NUMBERS),
    foreign=st.sets(NUMBERS),
    delete=st.booleans(),
)
def test_what_runs_and_what_can_be_gone_back_to_always_stays(
    keep: int,
    running: int,
    tasks: list[int],
    succeeded: list[int],
    inactive: set[int],
    foreign: set[int],
    delete: bool,
) -> None:
    revisions = tuple(
        replace(revision(n, status="INACTIVE" if n in inactive else "ACTIVE"), tags={} if n in foreign else OURS)
        for n in range(1, 13)
    )
    before = stock(
        12,
        service=runs(running),
        tasks=tuple(a.task(task_definition=arn(n)) for n in tasks),
        revisions=revisions,
        succeeded=tuple(map(arn, succeeded)),
    )
    found = plan(before, keep, delete=delete, images=True)
    gone = set(deregistered(found))
    deleted = {
        int(name.rpartition(":")[2])
        for step in found.steps
        if step.call == "ecs:DeleteTaskDefinitions"
        for name in step.parameters["taskDefinitions"]
    }
    assert not (gone | deleted | set(removed(found))) & {running}
    assert not (gone | deleted) & {*tasks, *foreign}
    assert not gone & inactive
    ours = {n for n in range(1, 13) if n not in inactive | foreign}
    back = [n for n in dict.fromkeys(succeeded) if n in ours][:keep]
    assert not gone & set(back)
    assert len(ours - gone) >= min(keep, len(ours))
    after = replace(
        before,
        revisions=tuple(
            replace(each, status="INACTIVE") if each.revision in gone else each
            for each in revisions
            if each.revision not in deleted
        ),
        images=tuple(each for each in before.images if int(each.digest[7:], 16) not in removed(found)),
    )
    assert plan(after, keep, delete=delete, images=True).steps == ()

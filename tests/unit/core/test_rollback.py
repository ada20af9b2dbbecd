"""What to go back to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.rollback import (
    Asked,
    Goal,
    Success,
    came_back,
    nothing_older,
    older,
    parse_to,
    require_usable,
    the_one,
    told,
)
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import Refused, UsageError
from tests.unit.core import builders as a

COMMIT = "3f2c1ab" + "0" * 33


def arn(number: int, family: str = "hello") -> str:
    return f"{a.ARN}:task-definition/{family}:{number}"


def revision(number: int, commit: str = "", image: str = "") -> TaskDefinition:
    document: dict[str, Any] = {"containerDefinitions": [{"name": "hello", "image": image}]}
    tags = {"ecsdeploy:commit": commit} if commit else {}
    return TaskDefinition(
        arn=arn(number), family="hello", revision=number, status="ACTIVE", document=document, tags=tags
    )


def successes(*numbers: int) -> list[Success]:
    return [Success(arn(number), a.AT) for number in numbers]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7", Asked("revision", "hello:7")),
        ("007", Asked("revision", "hello:7")),
        ("999999", Asked("revision", "hello:999999")),
        ("hello:7", Asked("revision", "hello:7")),
        ("hello:1234567", Asked("revision", "hello:1234567")),
        (f"{a.ARN}:task-definition/hello:7", Asked("revision", "hello:7")),
        ("1234567", Asked("commit", "1234567")),
        ("3f2c1ab", Asked("commit", "3f2c1ab")),
        ("3F2C1AB", Asked("commit", "3f2c1ab")),
        (COMMIT, Asked("commit", COMMIT)),
        (a.DIGEST, Asked("digest", a.DIGEST)),
    ],
)
def test_what_is_asked_for_is_told_by_its_form(text: str, meant: Asked) -> None:
    assert parse_to(text, "hello") == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3f2c1a",
        "latest",
        "sha256:abc",
        f"{COMMIT}0",
        "hello:",
        ":7",
        "other:7",
        "-7",
        "7.0",
        "\u0667",
        "hello:\u0667",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_to(text, "hello")


@given(st.text(max_size=80))
def test_no_text_means_two_things_or_breaks_it(text: str) -> None:
    try:
        asked = parse_to(text, "hello")
    except UsageError:
        return
    assert parse_to(asked.text, "hello") == asked


def test_a_family_with_another_name_is_not_ours() -> None:
    with pytest.raises(UsageError, match="names the family 'shop'") as refused:
        parse_to("shop:7", "hello")
    assert refused.value.fix == "For example: --to hello:7"


def test_a_commit_is_found_by_its_beginning_the_newest_revision_of_it() -> None:
    looked_at = [revision(9, "e" * 40), revision(8, COMMIT), revision(7, COMMIT), revision(6)]
    assert the_one(Asked("commit", "3f2c1ab"), "hello", looked_at).revision == 8


def test_a_beginning_of_two_commits_is_answered_with_both() -> None:
    looked_at = [revision(9, "3f2c1ab1" + "0" * 32), revision(8, COMMIT), revision(7, "d" * 40)]
    with pytest.raises(UsageError, match="--to 3f2c1ab matches 2 commits") as refused:
        the_one(Asked("commit", "3f2c1ab"), "hello", looked_at)
    assert refused.value.why.splitlines()[1:] == [
        f"  hello:9: commit 3f2c1ab1{'0' * 32}",
        f"  hello:8: commit {COMMIT}",
    ]


def test_an_image_is_found_by_its_digest() -> None:
    looked_at = [revision(9, image=f"{a.REPOSITORY}:{a.DIGEST}"), revision(8, image=f"{a.REPOSITORY}@{a.DIGEST}")]
    assert the_one(Asked("digest", a.DIGEST), "hello", looked_at).revision == 8


def test_what_is_not_found_is_refused_with_how_far_was_looked() -> None:
    with pytest.raises(Refused) as refused:
        the_one(Asked("commit", "3f2c1ab"), "hello", [revision(9), revision(8)])
    assert refused.value.why == (
        "None of the newest 2 ACTIVE revisions of hello was registered from that commit (hello:8 to hello:9)."
    )


@pytest.mark.parametrize(
    ("history", "runs", "goal"),
    [
        ((3, 2, 1), 3, 2),
        ((3, 3, 2, 1), 3, 2),  # restarted since
        ((2, 3, 2, 1), 2, 1),  # rolled back already: one further, not forward again
        ((1, 2, 1), 1, None),
        ((2, 1, 2, 1), 2, 1),
        ((3, 1, 2, 1), 3, 1),
        ((2, 1), 3, 2),  # the newest never came up, and ECS was not to roll back
        ((), 3, None),
        ((3,), 3, None),
    ],
)
def test_it_goes_to_the_last_older_revision_that_succeeded(
    history: tuple[int, ...], runs: int, goal: int | None
) -> None:
    found = older(successes(*history), arn(runs))
    assert (found.task_definition if found else None) == (arn(goal) if goal else None)


@given(st.lists(st.integers(1, 9)), st.integers(1, 9))
def test_going_back_again_and_again_ends(history: list[int], runs: int) -> None:
    """Whatever was deployed, each step is to an older revision, so nobody is taken in a circle."""
    past = successes(*history)
    steps = 0
    while (found := older(past, arn(runs))) is not None:
        past, runs, steps = [found, *past], int(found.task_definition.rpartition(":")[2]), steps + 1
    assert steps < 9


def test_another_familys_numbers_say_nothing() -> None:
    assert older([Success(arn(1, "old"), a.AT)], arn(3)) is None


def test_history_is_read_no_further_than_needed() -> None:
    def endless() -> Any:
        yield from successes(3, 2)
        raise AssertionError("read too far")

    assert older(endless(), arn(3)) == successes(2)[0]


@pytest.mark.parametrize(
    ("status", "failed", "came"),
    [
        ("ROLLBACK_SUCCESSFUL", 2, True),
        ("SUCCESSFUL", 2, False),
        ("ROLLBACK_FAILED", 2, False),
        ("ROLLBACK_SUCCESSFUL", 1, False),  # the same revision, restarted
        ("ROLLBACK_SUCCESSFUL", 0, False),  # a way back that failed: what runs is still to be left
    ],
)
def test_what_ecs_went_back_from_itself_needs_no_going_back(status: str, failed: int, came: bool) -> None:
    seen = ServiceSeen(service=a.service(), deployments=(a.rollout(status),))
    assert came_back(seen, arn(failed)) is came
    assert not came_back(seen, "")


def test_only_what_can_start_is_gone_back_to() -> None:
    require_usable(a.target(), Goal(revision=revision(1)))
    for goal in (Goal(revision=a.revision(1, {}, "INACTIVE")), Goal(revision=a.revision(1, {}, "DELETE_IN_PROGRESS"))):
        with pytest.raises(Refused, match="it can no longer be deployed"):
            require_usable(a.target(), goal)
    with pytest.raises(Refused, match="The image of hello:1 is no longer in ECR"):
        require_usable(a.target(), Goal(revision=revision(1), lost=f"{a.REPOSITORY}@{a.DIGEST}"))


def test_where_there_is_nothing_older_what_is_newer_is_named() -> None:
    assert nothing_older(a.target(), arn(1), successes(1, 2, 1)).fix == (
        "To go to the newer hello:2: `ecsdeploy rollback --to 2`."
    )
    assert nothing_older(a.target("staging"), arn(1), successes(1)).fix == (
        "If you know of a revision: `ecsdeploy rollback --env staging --to REVISION`."
    )


def test_a_revision_in_words() -> None:
    now = a.AT + timedelta(hours=2, minutes=59)
    assert told(revision(6, COMMIT), a.AT, now) == "hello:6 (commit 3f2c1ab, deployed 2h ago)"
    assert told(revision(6), a.AT, now) == "hello:6 (deployed 2h ago)"
    assert told(revision(6), None, now) == "hello:6"

"""Whether a commit is older than the one that runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.older import Age, Commit, Relation, age, commit_of, doubt, older
from ecsdeploy.core.task_definition import TaskDefinition
from tests.unit.core import builders as a

OURS, THEIRS = "a" * 40, "b" * 40
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAIN, FEATURE, TAG = "refs/heads/main", "refs/heads/feature", "refs/tags/v1"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("relation", "hours", "refs", "expected"),
    [
        # git knows
        ("descendant", -1, ("", ""), "not older"),
        ("ancestor", 1, ("", ""), "older"),
        ("ancestor", None, (MAIN, FEATURE), "older"),
        ("diverged", 1, ("", ""), "not older"),
        ("diverged", -1, ("", ""), "other branch"),
        ("diverged", 0, ("", ""), "not older"),
        ("diverged", None, ("", ""), "not older"),
        # git does not: the times, unless the branches say that neither is older
        ("unknown", 1, ("", ""), "not older"),
        ("unknown", -1, ("", ""), "older by time"),
        ("unknown", -1, (MAIN, MAIN), "older by time"),
        ("unknown", -1, (MAIN, ""), "older by time"),
        ("unknown", -1, (MAIN, FEATURE), "other branch"),
        ("unknown", -1, ("refs/pull/7/merge", MAIN), "other branch"),
        ("unknown", -1, (TAG, "refs/tags/v2"), "older by time"),
        ("unknown", -1, (TAG, MAIN), "older by time"),
        ("unknown", 0, ("", ""), "unknown"),
        ("unknown", None, (MAIN, MAIN), "unknown"),
    ],
)
def test_history_decides_and_then_time(
    relation: Relation, hours: int | None, refs: tuple[str, str], expected: Age
) -> None:
    at = None if hours is None else NOON + hours * HOUR
    ours, theirs = Commit(id=OURS, at=at, ref=refs[0]), Commit(id=THEIRS, at=NOON, ref=refs[1])
    assert age(ours, theirs, relation) == expected


def test_the_same_commit_is_never_older() -> None:
    assert age(Commit(id=OURS, at=NOON), Commit(id=OURS, at=NOON + HOUR), "unknown") == "not older"


@pytest.mark.parametrize(("ours", "theirs"), [("", THEIRS), (OURS, ""), ("", "")])
def test_without_a_commit_nothing_can_be_told(ours: str, theirs: str) -> None:
    assert age(Commit(id=ours, at=NOON), Commit(id=theirs, at=NOON + HOUR), "unknown") == "unknown"


commits = st.builds(
    Commit,
    id=st.sampled_from([OURS, THEIRS, ""]),
    at=st.none() | st.integers(0, 3).map(lambda hours: NOON + hours * HOUR),
    ref=st.sampled_from(["", MAIN, FEATURE, TAG]),
)


@given(commits, commits)
def test_no_two_commits_are_refused_over_each_other(one: Commit, other: Commit) -> None:
    refused = ("older", "older by time")
    opposite: dict[Relation, Relation] = {"ancestor": "descendant", "descendant": "ancestor"}
    for relation in ("ancestor", "descendant", "diverged", "unknown"):
        there = age(one, other, relation)
        back = age(other, one, opposite.get(relation, relation))
        assert not (there in refused and back in refused)


def test_a_revision_says_its_commit_in_its_tags() -> None:
    made = Commit(id=OURS, at=NOON, ref=MAIN)
    assert commit_of(replace(a.revision(1, {}), tags=made.tags)) == made


def test_a_time_of_any_zone_is_written_in_utc() -> None:
    there = datetime.fromisoformat("2026-11-20T14:00:00+02:00")
    assert Commit(id=OURS, at=there).tags["ecsdeploy:committed-at"] == "2026-11-20T12:00:00Z"


def tagged(image: str, **tags: str) -> TaskDefinition:
    return replace(a.revision(1, {"containerDefinitions": [{"image": image}]}), tags=tags)


@pytest.mark.parametrize(
    ("image", "commit"),
    [(f"{a.REPOSITORY}:{OURS}", OURS), (f"{a.REPOSITORY}:hello.{OURS}-dirty-12", OURS), (f"{a.REPOSITORY}:v7", "")],
)
def test_without_the_tag_the_image_may_say_it(image: str, commit: str) -> None:
    assert commit_of(tagged(image)).id == commit


def test_a_digest_is_no_commit() -> None:
    assert commit_of(tagged(f"{a.REPOSITORY}@sha256:{OURS}")).id == ""


def test_a_time_that_nobody_can_read_is_unknown() -> None:
    assert commit_of(tagged("i", **{"ecsdeploy:committed-at": "yesterday"})).at is None


def test_the_refusal_names_both_commits_and_both_ways_on() -> None:
    ours, theirs = Commit(id=OURS, at=NOON), Commit(id=THEIRS, at=NOON + 26 * HOUR)
    error = older(a.target("staging"), ours, theirs, "older by time")
    assert error.what == "Commit aaaaaaa is older than bbbbbbb, which hello-staging runs or is moving to."
    assert error.why == "It was made 26 h 0 min earlier; git here does not have both, to say more."
    assert "`ecsdeploy rollback --env staging`" in error.fix
    assert "--allow-older" in error.fix


@pytest.mark.parametrize(
    ("ours", "theirs", "found", "said"),
    [
        (OURS, THEIRS, "not older", ""),
        (
            OURS,
            THEIRS,
            "other branch",
            "Commit aaaaaaa is of another branch than bbbbbbb, which hello runs, and older.",
        ),
        ("", THEIRS, "unknown", "Cannot tell whether this is older than what hello runs: its commit is not known."),
        (
            OURS,
            "",
            "unknown",
            "Cannot tell whether aaaaaaa is older than what hello runs: the commit of that is not known.",
        ),
        (
            OURS,
            THEIRS,
            "unknown",
            "Cannot tell whether aaaaaaa is older than bbbbbbb, which hello runs: git here does not have both, "
            "and their times do not say.",
        ),
    ],
)
def test_what_is_not_known_is_said(ours: str, theirs: str, found: Age, said: str) -> None:
    assert doubt(a.target(), Commit(id=ours), Commit(id=theirs), found) == said

"""An older commit, by a tag of an image and in a CI run that is started again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.support.world import World, git

CI = {"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main"}


@pytest.fixture
def commits(world: World) -> tuple[str, str]:
    """Two commits, of which the newer runs."""
    older, newer = world.release("older"), world.release("newer")
    assert world.run("deploy", **CI).code == 0
    return older, newer


def test_an_old_tag_is_refused_and_the_way_back_named(world: World, commits: tuple[str, str]) -> None:
    ran = world.run("deploy", "--image", commits[0], "--debug")
    assert ran.code == 3
    assert ran.writes == {}
    assert f"error: Commit {commits[0][:7]} is older than {commits[1][:7]}, which hello runs" in ran.err
    assert "`ecsdeploy rollback`" in ran.err


def test_plan_refuses_it_in_the_same_words(world: World, commits: tuple[str, str]) -> None:
    told = [world.run(verb, "--image", commits[0]) for verb in ("plan", "deploy")]
    assert [ran.code for ran in told] == [3, 3]
    assert told[0].err.splitlines()[-3:] == told[1].err.splitlines()[-3:]
    assert world.run("plan", "--image", commits[0], "--allow-older").code == 0


def test_an_old_run_that_is_started_again_is_refused(world: World, commits: tuple[str, str]) -> None:
    git(world.project, "checkout", "--quiet", commits[0])
    assert world.run("deploy", **CI).code == 3
    assert world.run("deploy", "--allow-older", **CI).code == 0


def test_after_an_older_one_was_allowed_the_newer_one_is_not_older(world: World, commits: tuple[str, str]) -> None:
    assert world.run("deploy", "--image", commits[0], "--allow-older").code == 0
    assert world.run("deploy").code == 0


def test_a_tag_that_is_no_commit_is_deployed_with_a_word(world: World, commits: tuple[str, str]) -> None:
    world.push_image("v7")
    ran = world.run("deploy", "--image", "v7", "--output", "json")
    events = [json.loads(line) for line in ran.out.splitlines()]
    doubts = [each["text"] for each in events if each["event"] == "Note" and "Cannot tell" in each["text"]]
    assert (ran.code, len(doubts)) == (0, 1)


def test_a_new_revision_says_when_and_where_its_commit_was_made(world: World, commits: tuple[str, str]) -> None:
    found = world.client("ecs").describe_task_definition(taskDefinition="hello", include=["TAGS"])
    tags = {tag["key"]: tag["value"] for tag in found["tags"]}
    made = int(git(world.project, "show", "-s", "--format=%ct", commits[1]))
    assert (tags["ecsdeploy:commit"], tags["ecsdeploy:ref"]) == (commits[1], "refs/heads/main")
    assert datetime.fromisoformat(tags["ecsdeploy:committed-at"]) == datetime.fromtimestamp(made, UTC)

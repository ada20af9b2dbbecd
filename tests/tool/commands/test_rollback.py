"""`ecsdeploy rollback`, as a user sees it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.support.clocks import Door
from tests.support.world import CONFIG, World, suffer
from tests.tool.commands.hurried import DOOR

VERSIONED = CONFIG + '[task.environment]\nAPP_VERSION = "{commit}"\n'
NO_BREAKER = "[service.raw.deploymentConfiguration.deploymentCircuitBreaker]\nenable = false\nrollback = false\n"
ANSWERED = "(answered)"
TOLD = """\
Now:  hello:3 (commit NEW, deployed AGE ago), 1 of 1 tasks run
Then: hello:2 (commit OLD, deployed AGE ago)
Deploying hello:2 to hello/hello
~ service hello: updated (hello:2)
"""
ENDED = """\
Rolled back: hello:2 (commit OLD, deployed AGE ago) runs again: 1 of 1 tasks.
  service: hello/hello
  revision: hello:2
  deployment: ARN
  next: `ecsdeploy deploy` would deploy the current config and source again: fix them first
"""


def deployed(world: World, revisions: int, config: str = VERSIONED) -> list[str]:
    """Deploy that many commits, one after the other; return them."""
    world.configure(config)
    commits = []
    for _ in range(revisions):
        commits.append(world.release())
        assert world.run("deploy").code == 0
    world.wait_until_steady()
    return commits


def runs(world: World) -> str:
    return str(world.service()["taskDefinition"]).rpartition("/")[2]


def test_it_goes_back_to_what_ran_before(world: World) -> None:
    _, old, new = deployed(world, 3)
    ran = world.run("rollback", "--yes")
    assert ran.code == 0, ran.err
    told = re.sub(r"arn:aws:ecs\S+", "ARN", ran.err.replace(old[:7], "OLD").replace(new[:7], "NEW"))
    told = re.sub(r"\d+s ago", "AGE ago", told)
    assert told.startswith(TOLD)
    assert ENDED in told
    assert re.fullmatch(r"http://127\.64\.\d+\.\d+:3000\n", ran.out)
    assert runs(world) == "hello:2"


def test_again_it_goes_one_further_back_until_nothing_is_left(world: World) -> None:
    deployed(world, 3)
    for expected in ("hello:2", "hello:1"):
        assert world.run("rollback").code == 0
        assert runs(world) == expected
    ran = world.run("rollback", "--debug")
    assert (ran.code, ran.writes) == (3, {})
    assert (
        "error: There is nothing to go back to: no revision older than hello:1 is known to have run well.\n" in ran.err
    )
    assert "  To go to the newer hello:2: `ecsdeploy rollback --to 2`.\n" in ran.err


def test_a_revision_a_commit_or_an_image_can_be_named(world: World) -> None:
    commits = deployed(world, 3)
    digest = world.client("ecr").describe_images(repositoryName="hello", imageIds=[{"imageTag": commits[1]}])[
        "imageDetails"
    ][0]["imageDigest"]
    for name, expected in (("1", "hello:1"), (commits[2][:7], "hello:3"), (digest, "hello:2"), ("hello:3", "hello:3")):
        ran = world.run("rollback", "--to", name)
        assert ran.code == 0, ran.err
        assert runs(world) == expected
    assert "Rolled forward: hello:3 (" in ran.err
    again = world.run("rollback", "--to", "3", "--debug")
    assert (again.code, again.writes) == (0, {})
    assert re.search(r"^Nothing to do: hello:3 \(.+\) runs already: 1 of 1 tasks\.$", again.err, re.MULTILINE)


@pytest.mark.parametrize(("answer", "code", "after"), [("n", 3, "hello:2"), ("y", 0, "hello:1")])
def test_a_person_is_asked(world: World, answer: str, code: int, after: str) -> None:
    deployed(world, 2)
    ended, told = at_a_terminal(world, "rollback", answer=answer)
    assert ended == code, told
    assert "Take hello back from hello:2 to hello:1? [y/N]" in told
    assert ("so nothing was changed." in told) is (code == 3)
    assert runs(world) == after


def at_a_terminal(world: World, *arguments: str, answer: str) -> tuple[int, str]:
    """Run a command where somebody sits, who answers every question the same; return its code and what they saw."""
    ours, theirs = os.openpty()
    door = Door(world.clock)
    sources, terminal = {"PYTHONPATH": os.pathsep.join(sys.path)}, {"TERM": "xterm", "COLUMNS": "200"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tool.commands.hurried", *arguments],
        cwd=world.project,
        env={**os.environ, **world.env, **sources, **terminal, DOOR: str(door.port)},
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    told = ""
    with suppress(OSError):  # how Linux says that nobody is at the other end any more
        while read := os.read(ours, 4096):
            told += read.decode(errors="replace")
            if told.count("[y/N]") > told.count(ANSWERED):
                os.write(ours, f"{answer}\n".encode())
                told += ANSWERED
    os.close(ours)
    code = process.wait()
    door.close()
    return code, told


def test_what_deploy_does_then_is_told(world: World) -> None:
    deployed(world, 2)
    assert world.run("rollback").code == 0
    ran = world.run("deploy")
    assert ran.code == 0, ran.err
    assert (
        "warning: hello runs hello:1, and the config says hello:2, which was registered before: if it was rolled back, "
        "this deploys it again.\n"
    ) in ran.err
    assert runs(world) == "hello:2"


def test_what_ecs_has_rolled_back_by_itself_stays(world: World) -> None:
    """As in a CI that runs `ecsdeploy deploy || ecsdeploy rollback`: two steps back would be one too many."""
    deployed(world, 2)
    world.release()
    world.sandbox.faults.break_next_deployment("pull-error")
    assert world.run("deploy").code == 4
    ran = world.run("rollback", "--debug")
    assert (ran.code, ran.writes) == (0, {}), ran.err
    assert re.search(r"Nothing to do: hello:3 failed \d+s ago, and ECS itself went back to hello:2 \(", ran.err)
    assert "  next: `ecsdeploy rollback --to 1` goes further back\n" in ran.err
    assert runs(world) == "hello:2"


def test_a_revision_that_fails_is_rolled_back_and_explained(world: World) -> None:
    deployed(world, 2)
    world.sandbox.faults.break_next_deployment("start-error")
    ran = world.run("rollback")
    assert ran.code == 4, ran.err
    assert "hello:1 failed, and ECS rolled back to what ran before.\n" in ran.err
    world.wait_until_steady()
    assert runs(world) == "hello:2"


def test_one_that_was_left_is_watched_again(world: World) -> None:
    deployed(world, 2, VERSIONED + NO_BREAKER)
    world.sandbox.faults.break_next_deployment("no-capacity")
    left = world.run("rollback", "--timeout", "2s")
    assert left.code == 6, left.err
    assert "  next: `ecsdeploy rollback --to 1` watches it again\n" in left.err
    suffer(world.sandbox, "hello")
    ran = world.run("rollback", "--debug")
    assert (ran.code, ran.writes) == (0, {}), ran.err
    assert runs(world) == "hello:1"


def test_json_lines_tell_the_same_story(world: World) -> None:
    import json

    deployed(world, 2)
    records = [json.loads(line) for line in world.run("rollback", "--output", "json").out.splitlines()]
    outcome = next(record for record in records if record["event"] == "Outcome")
    assert (outcome["ok"], outcome["facts"]["revision"]) == (True, "hello:1")

"""What somebody is told of the way back, before and after."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.rollback import Goal
from ecsdeploy.core.trip import Trip
from ecsdeploy.events import Note, Warn
from tests.unit.core import builders as a

SEVEN = replace(a.revision(7, {}), tags={"ecsdeploy:commit": "9a8b7c6" + "0" * 33})
SIX = replace(a.revision(6, {}), tags={"ecsdeploy:commit": "3f2c1ab" + "0" * 33})
NOW = a.AT + timedelta(hours=2)


def trip(**changed: Any) -> Trip:
    service = a.service(task_definition=SEVEN.arn, desired=2, running=2)
    known: dict[str, Any] = {
        "target": a.target(),
        "seen": ServiceSeen(service=service, deployments=(a.rollout(finished_at=a.AT),)),
        "goal": Goal(revision=SIX, at=a.AT),
        "now": NOW,
        "runs": SEVEN,
        "runs_at": NOW - timedelta(minutes=5),
    }
    return Trip(**{**known, **changed})


def test_what_runs_and_what_it_goes_to_are_shown_before() -> None:
    assert trip().lines() == (
        Note("Now:  hello:7 (commit 9a8b7c6, deployed 5m ago), 2 of 2 tasks run"),
        Note("Then: hello:6 (commit 3f2c1ab, deployed 2h ago)"),
    )
    assert trip().wanted().ask == "Take hello back from hello:7 to hello:6?"


def test_a_revision_that_never_ran_well_is_warned_of() -> None:
    (*_, last) = trip(goal=Goal(revision=SIX)).lines()
    assert last == Warn("ECS knows of no successful deployment of hello:6: it may not work.")


def test_it_wants_one_revision_and_nothing_else() -> None:
    wanted = trip().wanted()
    assert (wanted.revision, wanted.settings, wanted.count, wanted.force) == (SIX.arn, False, None, False)


def test_it_ends_with_what_runs_again_and_what_deploy_would_do() -> None:
    says = trip().says()
    assert says.ended("hello:6", a.rollout(requested=2, running=2)) == (
        "Rolled back: hello:6 (commit 3f2c1ab, deployed 2h ago) runs again: 2 of 2 tasks."
    )
    assert says.then == ("`ecsdeploy deploy` would deploy the current config and source again: fix them first")
    assert (says.watch, says.again) == ("ecsdeploy rollback --to 6", "ecsdeploy rollback --to 6")


def test_a_newer_revision_is_gone_forward_to() -> None:
    ahead = trip(goal=Goal(revision=a.revision(8, {})))
    assert ahead.wanted().ask == "Take hello on from hello:7 to hello:8?"
    assert ahead.says().ended("hello:8", a.rollout()) == "Rolled forward: hello:8 runs: 1 of 1 tasks."
    assert ahead.says().then == ""


def test_what_runs_already_is_told() -> None:
    says = trip(goal=Goal(revision=SEVEN, at=a.AT)).says()
    assert says.stayed("hello:7") == (
        "Nothing to do: hello:7 (commit 9a8b7c6, deployed 2h ago) runs already: 2 of 2 tasks."
    )
    assert says.then == ""


def test_what_ecs_did_by_itself_is_told_and_how_to_go_further() -> None:
    says = trip(goal=Goal(revision=SEVEN, at=a.AT), failed=a.revision(8, {}).arn, further=SIX.arn).says()
    assert says.stayed("hello:7") == (
        "Nothing to do: hello:8 failed 2h ago, and ECS itself went back to "
        "hello:7 (commit 9a8b7c6, deployed 2h ago): 2 of 2 tasks."
    )
    assert says.then == "`ecsdeploy rollback --to 6` goes further back"


def test_an_environment_is_part_of_what_there_is_to_run() -> None:
    there = trip(target=a.target("staging"))
    assert there.command == "ecsdeploy rollback --env staging --to hello:6"  # its own family is hello-staging
    assert "`ecsdeploy deploy --env staging`" in there.says().then

"""`destroy`, as a user sees it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.world import CONFIG, Ran, World

GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'
PROVIDER = "OIDC provider token.actions.githubusercontent.com"
PLAN = f"""\
Resources of hello in us-east-1 to delete:
- service hello (1 of 1 tasks run)
- task definition hello (2 revisions: 1-2)
- log group /ecs/hello (with all its logs)
- security group hello (SG in VPC)
- cluster hello
- execution role hello-execution
- task role hello-task
- deploy role hello-github-deploy
= repository hello (kept: it holds the images; --images deletes it with them)
= {PROVIDER} (kept: the account has one for all repositories; --oidc-provider deletes it if no other role trusts it)
"""
DONE = f"""\
Waiting until the service hello is gone
- service hello: deleted
- task definition hello: deleted
- log group /ecs/hello: deleted
- security group hello: deleted
- cluster hello: deleted
- execution role hello-execution: deleted
- task role hello-task: deleted
- deploy role hello-github-deploy: deleted
Destroyed hello: 8 resources deleted.
  kept: repository hello, {PROVIDER}
"""


@pytest.fixture
def deployed(world: World) -> World:
    """A world in which everything was set up for GitHub, and two commits were deployed."""
    world.configure(CONFIG + GITHUB)
    assert world.run("setup").code == 0
    for _ in range(2):
        world.configure(CONFIG.replace("[task]", f'[task]\nenvironment = {{ N = "{_}" }}') + GITHUB)
        world.release()
        assert world.run("deploy").code == 0
    world.wait_until_steady()
    return world


def normal(ran: Ran) -> str:
    """Return what was told, without what is otherwise each time."""
    text = re.sub(r"\bsg-[0-9a-f]+", "SG", re.sub(r"\bvpc-[0-9a-f]+", "VPC", ran.err))
    text = re.sub(r"^API calls: .*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^  (it is DRAINING|\d+ tasks? (is|are) stopping).*\n", "", text, flags=re.MULTILINE)


def test_everything_of_ours_goes_and_a_second_time_nothing_does(deployed: World) -> None:
    first = deployed.run("destroy", "--yes")
    assert (first.code, first.out) == (0, "")
    assert normal(first) == PLAN + DONE

    again = deployed.run("destroy", "--yes", "--debug")
    assert (again.code, again.out, again.writes) == (0, "", {})
    kept = PLAN.split("- deploy role hello-github-deploy\n")[1]
    assert normal(again) == f"{kept}Nothing to destroy for hello.\n"


def test_nobody_at_hand_is_no_consent(deployed: World) -> None:
    ran = deployed.run("destroy", "--debug")
    assert (ran.code, ran.out, ran.writes) == (3, "", {})
    assert normal(ran).startswith(
        f"{PLAN}"
        "error: This needs your consent, so nothing was changed.\n"
        "  This deletes 8 resources of hello in us-east-1 of account 123456789012, for good.\n"
        "  Confirm with --yes.\n"
    )


def test_the_images_and_the_provider_go_too_where_that_is_asked_for(deployed: World) -> None:
    ran = deployed.run("destroy", "--yes", "--images", "--oidc-provider")
    assert ran.code == 0
    assert "- repository hello (with its 2 images)\n" in ran.err
    assert ran.err.endswith(
        f"- repository hello: deleted\n- {PROVIDER}: deleted\nDestroyed hello: 10 resources deleted.\n"
    )
    again = deployed.run("destroy", "--yes", "--images", "--oidc-provider")
    assert (again.code, again.err) == (0, "Nothing to destroy for hello.\n")


def test_a_program_reads_the_plan_and_what_came_of_it(deployed: World) -> None:
    ran = deployed.run("destroy", "--yes", "--output", "json")
    events = [json.loads(line) for line in ran.out.splitlines()]
    planned = [each for each in events if each["event"] == "Planned"]
    assert {key: planned[0][key] for key in ("kind", "name", "action", "calls")} == {
        "kind": "service",
        "name": "hello",
        "action": "delete",
        "calls": ["ecs:DeleteService"],
    }
    assert [(each["kind"], each["action"]) for each in planned][-2:] == [
        ("repository", "keep"),
        ("OIDC provider", "keep"),
    ]
    gone = [(each["kind"], each["name"]) for each in events if each["event"] == "Resource"]
    assert gone == [(each["kind"], each["name"]) for each in planned if each["action"] == "delete"]
    assert events[-1]["event"] == "Outcome"


def test_nothing_that_there_never_was_is_destroyed(world: World) -> None:
    ran = world.run("destroy", "--debug")
    assert (ran.code, ran.out, ran.writes) == (0, "", {})
    assert normal(ran) == "Nothing to destroy for hello.\n"


def test_another_account_is_not_even_looked_at(world: World) -> None:
    world.configure(CONFIG.replace("123456789012", "999999999999"))
    ran = world.run("destroy", "--yes", "--debug")
    assert ran.code == 3
    assert set(ran.calls) == {"sts:GetCallerIdentity"}


def test_a_missing_permission_in_the_middle_is_named_with_what_was_done(deployed: World) -> None:
    deployed.sandbox.faults.break_api("access-denied", "ec2:DeleteSecurityGroup", 1000)
    ran = deployed.run("destroy", "--yes")
    assert ran.code == 5
    assert "error: These credentials lack permission for ec2:DeleteSecurityGroup" in ran.err
    assert ran.err.endswith(
        "Done before that: deleted the service hello; deleted task definition hello; deleted log group /ecs/hello.\n"
        "Not finished: deleting security group hello.\n"
    )
    deployed.sandbox.faults.heal()
    again = deployed.run("destroy", "--yes")
    assert again.code == 0
    assert "Destroyed hello: 5 resources deleted.\n" in again.err


def test_what_may_not_be_looked_at_is_said_and_left(deployed: World) -> None:
    deployed.sandbox.faults.break_api("access-denied", "iam:GetRole", 1000)
    ran = deployed.run("destroy", "--yes")
    assert ran.code == 0
    roles = "execution role hello-execution, task role hello-task, deploy role hello-github-deploy"
    assert f"Not checked, no permission for iam:GetRole: {roles}.\n" in ran.err
    assert ran.err.endswith(f"  kept: repository hello, {PROVIDER}\n  not checked: {roles}\n")


def test_the_help_says_what_is_deleted(world: World) -> None:
    ran = world.run("destroy", "--help")
    assert ran.code == 0
    words = " ".join(ran.out.split())
    assert "asks for the app's name" in words
    assert "--oidc-provider" in words


def test_deploy_makes_everything_again(deployed: World) -> None:
    assert deployed.run("destroy", "--yes", "--images").code == 0
    deployed.release("again")
    ran = deployed.run("deploy")
    assert ran.code == 0, ran.err
    service: dict[str, Any] = deployed.service()
    assert (service["status"], service["runningCount"]) == ("ACTIVE", 1)

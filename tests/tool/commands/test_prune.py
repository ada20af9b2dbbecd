"""`prune`, as a user sees it."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.world import CONFIG, World

VERSIONED = CONFIG.replace("[task]", '[task]\nenvironment = { VERSION = "{commit}" }')


@pytest.fixture
def deployed(world: World) -> World:
    """A world in which four commits were deployed, and a fifth was built."""
    world.configure(VERSIONED)
    for number in range(4):
        world.release(str(number))
        assert world.run("deploy").code == 0
    world.release("not deployed yet")
    world.wait_until_steady()
    return world


def normal(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "COMMIT", re.sub(r"^API calls: .*\n", "", text, flags=re.MULTILINE))


def revisions(world: World, status: str = "ACTIVE") -> list[int]:
    found = world.client("ecs").list_task_definitions(familyPrefix="hello", status=status)["taskDefinitionArns"]
    return [int(arn.rpartition(":")[2]) for arn in found]


def test_what_nothing_runs_and_no_rollback_needs_is_deregistered(deployed: World) -> None:
    ran = deployed.run("prune", "--keep", "2", "--yes")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        "Resources of hello in us-east-1 to prune:\n"
        "- task definition hello (deregister: 2 revisions: 1-2)\n"
        "= task definition hello:3 (kept: among the last 2 that succeeded)\n"
        "= task definition hello:4 (kept: the service runs it)\n"
        "- task definition hello: deregistered\n"
        "Pruned hello: 2 revisions: 1-2.\n"
    )
    assert (revisions(deployed), revisions(deployed, "INACTIVE")) == ([3, 4], [1, 2])

    again = deployed.run("prune", "--keep", "2", "--debug")
    assert (again.code, again.writes) == (0, {})
    assert again.err.splitlines()[2] == "Nothing to prune for hello."


def test_the_last_five_stay_unless_something_else_is_said(deployed: World) -> None:
    ran = deployed.run("prune", "--yes", "--debug")
    assert (ran.code, ran.writes) == (0, {})


def test_nobody_at_hand_is_no_consent(deployed: World) -> None:
    ran = deployed.run("prune", "--keep", "1", "--debug")
    assert (ran.code, ran.writes) == (3, {})
    assert "error: This needs your consent, so nothing was changed.\n  Prune hello as shown above?\n" in ran.err
    assert "  Confirm with --yes.\n" in ran.err


def test_images_and_inactive_revisions_go_where_that_is_asked_for(deployed: World) -> None:
    assert deployed.run("prune", "--keep", "3", "--yes").code == 0
    ran = deployed.run("prune", "--keep", "2", "--delete", "--images", "--yes")
    assert ran.code == 0, ran.err
    assert normal(ran.err) == (
        "Resources of hello in us-east-1 to prune:\n"
        "- task definition hello (2 revisions: 1-2)\n"
        "= task definition hello:3 (kept: among the last 2 that succeeded)\n"
        "= task definition hello:4 (kept: the service runs it)\n"
        "- image hello (2 images, 0.0 MB: COMMIT, COMMIT)\n"
        "= image hello (kept: 2 that revisions name, and 1 newer or a part of those)\n"
        "- task definition hello: deleted\n"
        "- image hello: deleted\n"
        "Pruned hello: 2 revisions: 1-2; 2 images, 0.0 MB: COMMIT, COMMIT.\n"
    )
    assert revisions(deployed, "INACTIVE") == []
    assert len(deployed.client("ecr").describe_images(repositoryName="hello")["imageDetails"]) == 3
    assert deployed.run("deploy").code == 0


def test_a_service_that_was_rolled_back_keeps_what_it_runs(deployed: World) -> None:
    ecs = deployed.client("ecs")
    ecs.update_service(cluster="hello", service="hello", taskDefinition="hello:1")
    deployed.wait_until_steady()
    ran = deployed.run("prune", "--keep", "1", "--yes")
    assert ran.code == 0, ran.err
    assert revisions(deployed) == [1, 4]


def test_other_environments_keep_their_images(deployed: World) -> None:
    environments = "[environments.staging]\n[environments.production]\n"
    deployed.configure(VERSIONED + environments)
    commit = deployed.release("for production")
    assert deployed.run("deploy", "--env", "production", "--image", commit).code == 0
    for number in range(3):
        deployed.release(f"staging {number}")
        assert deployed.run("deploy", "--env", "staging").code == 0

    ran = deployed.run("prune", "--env", "staging", "--keep", "1", "--images", "--yes", "--output", "json")

    assert ran.code == 0, ran.err
    outcome = json.loads(ran.out.splitlines()[-1])
    assert outcome["text"].startswith("Pruned hello-staging: 2 revisions: 1-2; 3 images, ")
    tags = {
        tag
        for image in deployed.client("ecr").describe_images(repositoryName="hello")["imageDetails"]
        for tag in image["imageTags"]
    }
    assert commit in tags
    assert deployed.run("deploy", "--env", "production", "--image", commit).code == 0


def test_nothing_that_there_never_was_is_pruned(world: World) -> None:
    ran = world.run("prune", "--images", "--delete", "--debug")
    assert (ran.code, ran.writes) == (0, {})
    assert normal(ran.err) == "Nothing to prune for hello.\n"


def test_a_missing_permission_is_named_before_anything_is_changed(deployed: World) -> None:
    deployed.sandbox.faults.break_api("access-denied", "ecs:ListServiceDeployments", 1000)
    ran = deployed.run("prune", "--keep", "1", "--yes", "--debug")
    assert (ran.code, ran.writes) == (3, {})
    assert "error: These credentials lack permission for ecs:ListServiceDeployments" in ran.err


def test_a_missing_permission_in_the_middle_is_named_with_what_was_done(deployed: World) -> None:
    deployed.sandbox.faults.break_api("access-denied", "ecr:BatchDeleteImage", 1000)
    ran = deployed.run("prune", "--keep", "1", "--images", "--yes")
    assert ran.code == 5
    assert ran.err.endswith(
        "Done before that: deregistered task definition hello.\nNot finished: deleting image hello.\n"
    )


@pytest.mark.parametrize("number", ["0", "-1", "all"])
def test_how_many_are_kept_is_a_number(world: World, number: str) -> None:
    assert world.run("prune", "--keep", number).code == 2

"""`setup`, `bootstrap-oidc` and `create-repo`, as a user sees them."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.world import CONFIG, Ran, World

GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'
URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello"
ROLE = "arn:aws:iam::123456789012:role/hello-github-deploy"
AT_ONCE = {"ECSDEPLOY_IAM_SETTLE": "0s"}
MADE = """\
+ repository hello: created (immutable tags, scan on push, keeps 30 images)
ECR keeps the newest 30 images and does not know which one a service runs: deploy at least once in 30 builds, or \
raise [image] keep.
+ execution role hello-execution: created
+ task role hello-task: created
+ OIDC provider token.actions.githubusercontent.com: created (audience sts.amazonaws.com)
+ deploy role hello-github-deploy: created
+ service-linked role AWSServiceRoleForECS: created
+ cluster hello: created (with FARGATE and FARGATE_SPOT)
+ log group /ecs/hello: created (keeps 30 days)
+ security group hello: created (SG in VPC: tcp 3000 from 0.0.0.0/0, tcp 3000 from ::/0)
To deploy from acme/hello, write its workflow: ecsdeploy workflow
"""


def run(world: World, *arguments: str, **env: str) -> Ran:
    return world.run(*arguments, **AT_ONCE, **env)


def normal(text: str) -> str:
    text = re.sub(r"\bsg-[0-9a-f]+", "SG", text)
    return re.sub(r"\bvpc-[0-9a-f]+", "VPC", text)


def test_setup_makes_everything_and_then_leaves_it_alone(world: World) -> None:
    world.configure(CONFIG + GITHUB)

    first = run(world, "setup")

    assert first.code == 0, first.err
    assert normal(first.err).startswith(MADE)
    assert first.err.endswith("hello can be deployed: ecsdeploy deploy\n")
    lines = first.out.splitlines()
    assert lines[0].endswith("/hello")
    assert lines[1:] == [ROLE]

    again = run(world, "setup", "--debug")
    assert again.code == 0, again.err
    assert again.writes == {}
    assert again.out == first.out
    actions = re.findall(r"^([=+~]) ", again.err, re.MULTILINE)
    assert actions == ["="] * 9


def test_a_changed_config_is_shown_line_by_line(world: World) -> None:
    world.configure(CONFIG + GITHUB)
    assert run(world, "bootstrap-oidc").code == 0
    world.configure(CONFIG + GITHUB.replace('["main"]', '["main", "release"]'))

    changed = run(world, "bootstrap-oidc", "--yes")

    assert changed.code == 0, changed.err
    assert "~ deploy role hello-github-deploy: updated\n" in changed.err
    assert "repo:acme@99/hello@1234:ref:refs/heads/release" in changed.err
    assert changed.out == ROLE + "\n"


def test_create_repo_prints_where_to_push(world: World) -> None:
    made = world.run("create-repo", "--output", "json")
    again = world.run("create-repo")

    assert made.code == 0, made.err
    events = [json.loads(line) for line in made.out.splitlines()]
    uri = world.client("ecr").describe_repositories()["repositories"][0]["repositoryUri"]
    assert uri in json.dumps(events)
    assert (again.code, again.out) == (0, uri + "\n")
    assert "= repository hello: unchanged\n" in again.err


def test_without_github_bootstrap_says_what_to_write(world: World) -> None:
    ran = world.run("bootstrap-oidc")

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err == (
        "error: The config has no [github] table.\n"
        "  It says which repository may deploy, and from which branches or environments.\n"
        "  Write:\n"
        "  [github]\n"
        '  repository = "OWNER/REPOSITORY"\n'
        '  branches = ["main"]\n'
    )


@pytest.mark.parametrize("command", ["setup", "bootstrap-oidc", "create-repo"])
def test_another_account_is_refused_before_anything_is_made(world: World, command: str) -> None:
    world.configure((CONFIG + GITHUB).replace("123456789012", "999999999999"))

    ran = world.run(command, "--debug")

    assert ran.code == 3
    assert "error: These credentials belong to account 123456789012, the config says 999999999999.\n" in ran.err
    assert ran.writes == {}


def test_a_repository_of_somebody_else_needs_adopt(world: World) -> None:
    world.client("ecr").create_repository(repositoryName="hello")

    refused = world.run("create-repo", "--debug")
    adopted = world.run("create-repo", "--adopt")

    assert refused.code == 3
    assert "error: The repository hello exists and was not made by ecsdeploy.\n" in refused.err
    assert refused.writes == {}
    assert adopted.code == 0, adopted.err
    assert "~ repository hello: updated\n" in adopted.err


@pytest.mark.parametrize("command", ["setup", "bootstrap-oidc", "create-repo"])
def test_a_config_with_environments_wants_one_named(world: World, command: str) -> None:
    world.configure(CONFIG + GITHUB + "[environments.staging]\n")

    ran = world.run(command)

    assert ran.code == 2
    assert "Add --env staging" in ran.err


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_an_id_is_a_number(world: World, number: str) -> None:
    assert world.run("bootstrap-oidc", "--repository-id", number).code == 2

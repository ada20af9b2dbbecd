"""A deployment under `--enforce-iam`, as a session of a role with the generated policy; a sibling is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import CONFIG, World, open_world

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}],
}
GITHUB = """
[github]
repository = "acme/hello"
repository_id = 1234
owner_id = 99
branches = ["main"]
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An account that an administrator set up for the deploys of one app."""
    with open_world(tmp_path, config=CONFIG + GITHUB, enforce_iam=True) as world:
        assert world.run("setup").code == 0
        yield world


def as_deployer(world: World) -> World:
    """Return the same project as a session of a role with the deploy role's policy."""
    iam, sts = world.client("iam"), world.client("sts")
    names = iam.list_role_policies(RoleName="hello-github-deploy")["PolicyNames"]
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    for name in names:
        policy: Any = iam.get_role_policy(RoleName="hello-github-deploy", PolicyName=name)["PolicyDocument"]
        iam.put_role_policy(RoleName="deployer", PolicyName=name, PolicyDocument=json.dumps(policy))
    found = sts.assume_role(RoleArn=role, RoleSessionName="job")["Credentials"]
    own = {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }
    return replace(world, env={**world.env, **own}, _clients={})


def test_the_generated_policy_is_enough_for_a_deployment_and_its_next(world: World) -> None:
    job = as_deployer(world)
    world.release()
    ran = job.run("deploy")
    assert ran.code == 0, ran.err
    world.wait_until_steady()
    world.release("another")
    ran = job.run("deploy")
    assert ran.code == 0, ran.err
    assert world.service()["taskDefinition"].endswith(":2")
    for command in ("status", "logs", "history", "explain", "rollback"):
        ran = job.run(command)
        assert ran.code == 0, (command, ran.err)


def test_a_sibling_is_refused_in_words_that_name_what_is_missing(world: World) -> None:
    job = as_deployer(world)
    world.release()
    world.configure(CONFIG.replace('"hello"', '"other"'))
    assert world.run("setup").code == 0
    world.push_image("latest", "other")
    ran = job.run("status")
    assert ran.code == 3, ran.err
    assert "error: These credentials lack permission for ecs:" in ran.err
    assert "service/other/other" in ran.err
    assert "assumed-role/deployer/" in ran.err

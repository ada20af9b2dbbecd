"""How much of AWS a deployment asks for before it decides: each question is a round trip, and a quota."""

from __future__ import annotations

from collections import Counter

import pytest

from ecsdeploy.aws.session import Aws
from ecsdeploy.clock import SystemClock
from ecsdeploy.config.load import load
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import DEPLOY, Wanted
from ecsdeploy.workflow.read import Need, read
from tests.cli.world import World

CALLS = (
    "sts:GetCallerIdentity",
    "ecs:DescribeServices",
    "ecs:ListServiceDeployments",
    "ecs:DescribeTaskDefinition",
    "ecr:DescribeRepositories",
    "ecr:DescribeImages",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "cloudwatch-logs:DescribeLogGroups",
    "iam:GetRole",
    "iam:GetRole",
    "iam:GetRolePolicy",
)


def test_what_is_unchanged_is_known_by_thirteen_calls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = world.release()
    assert world.run("deploy").code == 0
    world.wait_until_steady()
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    loaded = load(world.project / "ecsdeploy.toml")
    aws = Aws(loaded.config.region)
    target = Target(loaded.config, loaded.names, aws.region)

    account = read(aws, target, SystemClock(), Need(parts=("repository", *DEPLOY), image=commit))

    assert aws.calls == Counter(CALLS)
    assert len(CALLS) == 13
    plan = make_plan(Wanted(target=target, parts=DEPLOY, image=account.image, commit=commit), account, FILL)
    assert plan.steps == ()
    assert plan.awaited.until == "nothing"

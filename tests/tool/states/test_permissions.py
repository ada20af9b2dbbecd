"""A permission that is missing is named, whichever it is, and so is who can help."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from ecsdeploy.sandbox.app import Sandbox
from tests.support.world import Ran
from tests.tool.states.bench import Bench, open_bench, open_sandbox

SETUP = "  Ask an admin to run this once: ecsdeploy setup\n"
MAKES = {
    "iam:CreateRole": "execution role {app}-execution",
    "iam:PutRolePolicy": "execution role {app}-execution",
    "ecs:CreateCluster": "cluster {app}",
    "logs:CreateLogGroup": "log group /ecs/{app}",
    "logs:PutRetentionPolicy": "log group /ecs/{app}",
    "ec2:CreateSecurityGroup": "security group {app}",
    "ec2:AuthorizeSecurityGroupIngress": "security group {app}",
}
"""What `deploy` makes where it may; where it may not, an admin has to."""
NEEDS = (
    "sts:GetCallerIdentity",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ecs:DescribeServices",
    "ecs:DescribeClusters",
    "ecs:DescribeTaskDefinition",
    "ecs:RegisterTaskDefinition",
    "ecs:CreateService",
    "logs:DescribeLogGroups",
)
"""What every deployment needs."""
WATCHES = ("ecs:ListServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServiceDeployments")
"""What is asked when the deployment has begun: it goes on, whether we may look or not."""
COURTESIES = (
    "iam:GetRole",
    "iam:ListRoles",
    "ec2:DescribeNetworkInterfaces",
    "ecr:ListTagsForResource",
    "ecr:GetLifecyclePolicy",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
)
"""What a deployment can do without."""
SETUP_NEEDS = (
    "ecr:CreateRepository",
    "ecr:PutLifecyclePolicy",
    "iam:GetRole",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:ListRoles",
    "ecs:DescribeClusters",
    "ecs:CreateCluster",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "ec2:DescribeVpcs",
    "ec2:CreateSecurityGroup",
    "ec2:AuthorizeSecurityGroupIngress",
)


SETUP_BEGINS_WITH = {
    "ecr:CreateRepository",
    "iam:GetRole",
    "iam:ListRoles",
    "ecs:DescribeClusters",
    "ec2:DescribeVpcs",
}
"""What `setup` comes to before it has written anything."""
AFTER_WRITES = ("ecs:RegisterTaskDefinition", "ecs:CreateService")
"""What an app that was never deployed comes to only after its roles were made."""

NUMBERS = count(1)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all of them."""
    with open_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def bench(sandbox: Sandbox, tmp_path: Path) -> Iterator[Bench]:
    """An app that was never deployed."""
    bench = open_bench(sandbox, tmp_path, f"app-{next(NUMBERS)}")
    yield bench
    sandbox.faults.heal()


def deny(bench: Bench, action: str) -> None:
    bench.sandbox.faults.break_api("access-denied", action, 1000)


def assert_the_code_is_true(ran: Ran) -> None:
    """Hold the exit code against what the run says it has done: 3 means that nothing was changed."""
    assert ("Done before that: " in ran.err) is (ran.code == 5)


@pytest.mark.parametrize("action", MAKES)
def test_what_deploy_may_not_make_an_admin_does(bench: Bench, action: str) -> None:
    bench.release()
    deny(bench, action)
    ran = bench.run("deploy")
    what = MAKES[action].format(app=bench.app)
    assert (ran.code, ran.out) == (3 if action == "iam:CreateRole" else 5, "")
    assert_the_code_is_true(ran)
    lacks = (
        "is missing, and these credentials cannot create it"
        if ":Create" in action
        else "lacks what the config needs, and these credentials cannot change it"
    )
    assert f"error: The {what} {lacks}: they lack {action}.\n" in ran.err
    assert SETUP in ran.err
    bench.sandbox.faults.heal()
    bench.require("deploy")


@pytest.mark.parametrize("action", NEEDS)
def test_what_a_deployment_needs_is_named(bench: Bench, action: str) -> None:
    bench.release()
    deny(bench, action)
    ran = bench.run("deploy")
    assert (ran.code, ran.out) == (5 if action in AFTER_WRITES else 3, "")
    assert_the_code_is_true(ran)
    assert f"error: These credentials lack permission for {action}" in ran.err
    assert f"allow {action}".lower() in ran.err.lower()


def test_an_update_that_is_denied_leaves_what_runs(bench: Bench) -> None:
    bench.deployed()
    bench.change()
    deny(bench, "ecs:UpdateService")
    ran = bench.run("deploy")
    assert ran.code == 5
    assert "error: These credentials lack permission for ecs:UpdateService" in ran.err
    assert f"Done before that: registered {bench.app}:2.\n" in ran.err
    assert bench.runs() == f"{bench.app}:1"
    bench.sandbox.faults.heal()
    assert f"= task definition {bench.app}:2: unchanged\n" in bench.require("deploy")


@pytest.mark.parametrize("action", WATCHES)
def test_a_deployment_that_may_not_be_watched_goes_on(bench: Bench, action: str) -> None:
    bench.release()
    deny(bench, action)
    ran = bench.run("deploy")
    assert (ran.code, ran.out) == (6, "")
    assert "error: Lost sight of the deployment" in ran.err
    assert action in ran.err
    bench.sandbox.faults.heal()
    bench.wait_until_steady()
    assert bench.run("deploy", "--debug").writes == {}


@pytest.mark.parametrize("action", COURTESIES)
def test_what_is_not_needed_stops_nothing(bench: Bench, action: str) -> None:
    bench.require("setup")
    bench.release()
    deny(bench, action)
    ran = bench.run("deploy")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("action", SETUP_NEEDS)
def test_what_setup_needs_is_named(bench: Bench, action: str) -> None:
    deny(bench, action)
    ran = bench.run("setup")
    assert ran.code == (3 if action in SETUP_BEGINS_WITH else 5), ran.err
    assert_the_code_is_true(ran)
    assert f"error: These credentials lack permission for {action}" in ran.err
    assert f"allow {action}".lower() in ran.err.lower()
    bench.sandbox.faults.heal()
    bench.require("setup")
    assert bench.run("setup", "--debug").writes == {}

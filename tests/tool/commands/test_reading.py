"""How much of AWS is asked for before something is decided: each question is a round trip, and part of a quota."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.aws.session import Aws
from ecsdeploy.clock import SystemClock
from ecsdeploy.config.load import load
from ecsdeploy.config.models import Config
from ecsdeploy.core.account import Account
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import short_name
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import DEPLOY, Wanted
from ecsdeploy.workflow.read import Need, read
from tests.support.world import World, open_world

UNCHANGED = Counter(
    {
        "sts:GetCallerIdentity": 1,
        "ecs:DescribeServices": 1,
        "ecs:ListServiceDeployments": 1,
        "ecs:DescribeTaskDefinition": 1,
        "ecr:DescribeRepositories": 1,
        "ecr:DescribeImages": 1,
        "ec2:DescribeVpcs": 1,
        "ec2:DescribeSubnets": 1,
        "ec2:DescribeSecurityGroups": 1,
        "cloudwatch-logs:DescribeLogGroups": 1,
        "iam:GetRole": 2,
        "iam:GetRolePolicy": 1,
    }
)
SPOT = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}


@dataclass
class Deployed:
    """A service that runs what its config says, and what is read of it."""

    world: World
    commit: str

    def target(self, **service: Any) -> Target:
        """Return the target, whose [service] says this as well."""
        loaded = load(self.world.project / "ecsdeploy.toml")
        config: Config = loaded.config.model_copy(update={"service": loaded.config.service.model_copy(update=service)})
        return Target(config, loaded.names, config.region)

    def read(self, target: Target | None = None, **need: Any) -> tuple[Account, Counter[str]]:
        """Return what a deployment reads, and what more it asks for than one that has nothing to do (less: below 0)."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.world.env.items():
                patch.setenv(name, value)
            aws = Aws("us-east-1")
            asked = Need(**{"parts": ("repository", *DEPLOY), "image": self.commit, **need})
            account = read(aws, target or self.target(), SystemClock(), asked)
        more = Counter(aws.calls)
        more.subtract(UNCHANGED)
        return account, Counter({call: count for call, count in more.items() if count})


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Return one for all of them: nothing of it changes."""
    home: Path = tmp_path_factory.mktemp("reading")
    with open_world(home) as world:
        commit = world.release()
        assert world.run("deploy").code == 0
        world.wait_until_steady()
        yield Deployed(world, commit)


def test_what_is_unchanged_is_known_by_thirteen_calls(deployed: Deployed) -> None:
    account, more = deployed.read()
    assert more == {}
    assert UNCHANGED.total() == 13
    wanted = Wanted(target=deployed.target(), parts=DEPLOY, image=account.image, commit=deployed.commit)
    plan = make_plan(wanted, account, FILL)
    assert plan.steps == ()
    assert plan.awaited.until == "nothing"
    assert account.running is not None
    assert short_name(account.running.arn) == "hello:1"


def test_autoscaling_is_asked_about_where_the_count_changes(deployed: Deployed) -> None:
    assert deployed.read(count=1)[1] == {}
    account, more = deployed.read(count=2)
    assert more == {"application-auto-scaling:DescribeScalableTargets": 1}
    assert account.scalable is None
    deployed.world.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/hello/hello",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=4,
    )
    assert deployed.read(count=2)[0].scalable == (1, 4)


def test_the_cluster_is_asked_about_where_a_service_says_what_capacity_it_wants(deployed: Deployed) -> None:
    account, more = deployed.read(deployed.target(raw=SPOT))
    assert more == {"ecs:DescribeClusters": 1}
    assert account.cluster is not None
    assert deployed.read()[0].cluster is None


def test_the_service_revision_is_asked_about_where_only_that_shows_a_setting(deployed: Deployed) -> None:
    monitoring = {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}
    account, more = deployed.read(deployed.target(raw={"monitoring": monitoring}))
    assert more == {"ecs:DescribeServiceRevisions": 1}
    assert account.revision is not None
    account, more = deployed.read(deployed.target(raw={"healthCheckGracePeriodSeconds": 30}))
    assert more == {}
    assert account.revision is None


def test_an_admin_asks_for_what_is_only_compared_as_well(deployed: Deployed) -> None:
    account, more = deployed.read(reconcile=True)
    assert more == {
        "ecr:GetLifecyclePolicy": 1,
        "ecr:ListTagsForResource": 1,
        "ecs:DescribeClusters": 1,
        "cloudwatch-logs:ListTagsForResource": 1,
        "iam:ListAttachedRolePolicies": 1,
        "iam:ListRolePolicies": 1,
        "iam:ListRoles": 1,
    }
    assert account.repository_details is not None
    assert deployed.read()[0].repository_details is None


def test_the_image_that_runs_is_looked_for_where_another_is_deployed(deployed: Deployed) -> None:
    world = deployed.world
    digest = world.push_image("other")
    account, more = deployed.read(image="other")
    assert account.image is not None
    assert account.image.digest == digest
    assert more == {"ecr:DescribeImages": 1}
    assert account.lost == ""

    account, more = deployed.read(image="missing")
    assert account.image is None
    assert more == {"ecr:DescribeImages": 1}

    own = deployed.read()[0].image
    assert own is not None
    world.client("ecr").batch_delete_image(repositoryName="hello", imageIds=[{"imageDigest": own.digest}])
    assert deployed.read(image="other")[0].lost == own.reference


def test_a_revision_that_was_registered_since_is_the_newest_and_not_the_one_that_runs(deployed: Deployed) -> None:
    ecs = deployed.world.client("ecs")
    running = deployed.read()[0].running
    assert running is not None
    ecs.register_task_definition(**running.document, tags=[{"key": "a", "value": "b"}])
    account, more = deployed.read(image="other")
    assert account.newest is not None
    assert account.running is not None
    assert (short_name(account.newest.arn), short_name(account.running.arn)) == ("hello:2", "hello:1")
    assert more["ecs:DescribeTaskDefinition"] == 1

"""The action in a job that has nothing but GitHub's token: the sandbox plays GitHub's part, and AWS's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecsdeploy.sandbox.github.environment import job_environment as environment_of
from ecsdeploy.sandbox.github.job import Job, complete
from tests.repository.action.conftest import passing_world
from tests.repository.action.runner import Ended, Runner, job_environment
from tests.support.world import CONFIG, World

JOB = complete(Job(repository="acme/hello"))
GITHUB = f"""
[github]
repository = "acme/hello"
branches = ["main"]
repository_id = {JOB.repository_id}
owner_id = {JOB.owner_id}
"""
ROLE = "arn:aws:iam::123456789012:role/hello-github-deploy"


def prepared(world: World) -> World:
    """Return a world in which an administrator ran `setup`, and whose image is of the newest commit."""
    world.configure(CONFIG + GITHUB)
    done = world.run("setup", "--yes")
    assert done.code == 0, done.err
    world.release()
    return world


@pytest.fixture
def set_up(world: World) -> World:
    return prepared(world)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a world for those who may change nothing in it."""
    with passing_world(tmp_path_factory.mktemp("untouched")) as world:
        yield prepared(world)


def job(world: World, job: Job, temp: Path, *, id_token: bool = True) -> Runner:
    """Return the runner of a job, with no key of AWS's."""
    asking = world.sandbox.github.request(job) if id_token else None
    endpoint = world.sandbox.settings.endpoint()
    env = environment_of(
        job, endpoint, "us-east-1", asking=asking, folder=temp, environ={**job_environment(), "RUNNER_TEMP": str(temp)}
    )
    assert not any(name in env for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
    return Runner(world.project, temp, {**env, "ECSDEPLOY_IAM_SETTLE": "0s", "NO_PROXY": "127.0.0.1"})


def nothing_was_deployed(world: World) -> bool:
    found = world.client("ecs").describe_clusters(clusters=["hello"])["clusters"]
    services = world.client("ecs").list_services(cluster="hello")["serviceArns"] if found else []
    return services == []


@pytest.mark.parametrize("immutable", [True, False], ids=["new sub", "old sub"])
def test_a_job_with_nothing_but_its_token_deploys(immutable: bool, set_up: World, action: Path, temp: Path) -> None:
    of_job = complete(Job(repository="acme/hello", immutable=immutable))

    ended = job(set_up, of_job, temp).use(action, {})

    assert ended.code == 0, ended.log
    assert ended.outputs["outcome"] == "succeeded"
    assert set_up.service()["runningCount"] == 1
    token = set_up.sandbox.github.request(of_job)[1]
    assert token not in ended.log


def test_the_role_can_be_named(set_up: World, action: Path, temp: Path) -> None:
    ended = job(set_up, JOB, temp).use(action, {"command": "plan", "role": ROLE})
    assert ended.code == 0, ended.log

    ended = job(set_up, JOB, temp).use(action, {"command": "plan", "role": f"{ROLE}-other"})
    assert ended.code == 3, ended.log


def refused(world: World, ended: Ended, *words: str) -> None:
    assert ended.code == 3, ended.log
    assert ended.outputs == {"outcome": "refused"}
    assert [word for word in words if word not in ended.log] == [], ended.log
    assert nothing_was_deployed(world)


def test_a_job_that_may_not_ask_for_a_token_is_told_which_permission_it_lacks(
    untouched: World, action: Path, temp: Path
) -> None:
    ended = job(untouched, JOB, temp, id_token=False).use(action, {})

    refused(untouched, ended, "id-token: write")


@pytest.mark.parametrize(
    "other",
    [
        Job(repository="mallory/hello"),
        Job(repository="acme/hello", ref="refs/heads/feature"),
        Job(repository="acme/hello", event="pull_request", ref="refs/heads/feature"),
    ],
    ids=["another owner", "another branch", "a pull request"],
)
def test_a_job_that_the_role_does_not_trust_is_refused(other: Job, untouched: World, action: Path, temp: Path) -> None:
    ended = job(untouched, complete(other), temp).use(action, {})

    refused(untouched, ended, "The role hello-github-deploy does not let this job", "ecsdeploy doctor --oidc")

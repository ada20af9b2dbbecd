"""The image, in ECR and under the running service."""

from __future__ import annotations

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Image"


def _expire(bench: Bench, *tags: str) -> None:
    bench.client("ecr").batch_delete_image(repositoryName=bench.app, imageIds=[{"imageTag": tag} for tag in tags])


@row(
    AREA,
    "the same tag, another digest (rebuilt or moved)",
    command="deploy --image live",
    does="deploys the digest that the tag has now",
)
def image_rebuilt(bench: Bench) -> Steps:
    first = bench.push_image("live")
    bench.require("deploy", "--image", "live")
    ecr = bench.client("ecr")
    ecr.put_image_tag_mutability(repositoryName=bench.app, imageTagMutability="MUTABLE")
    second = bench.push_image("next")
    manifest = ecr.batch_get_image(repositoryName=bench.app, imageIds=[{"imageTag": "next"}])["images"][0]
    ecr.put_image(repositoryName=bench.app, imageManifest=manifest["imageManifest"], imageTag="live")
    ran = yield
    assert f"{first} -> " in ran.err or first in ran.err
    document = bench.ecs.describe_task_definition(taskDefinition=bench.runs())["taskDefinition"]
    assert document["containerDefinitions"][0]["image"].endswith(f"@{second}")


@row(AREA, "never pushed", command="deploy --image nowhere", does="refuses", code=3)
def image_missing(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert "error: There is no image nowhere in " in ran.err
    assert "It was never pushed, or the lifecycle policy expired it.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "never built", command="register-task", does="refuses, and names `build-push`", code=3)
def image_not_built(bench: Bench) -> Steps:
    bench.require("create-repo")
    ran = yield
    assert "This source was not built and pushed yet.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "the running one expired (lifecycle policy), a new one to deploy",
    does="warns that there is no way back, and deploys",
)
def image_running_expired(bench: Bench) -> Steps:
    bench.config()
    commit = bench.release()
    bench.require("deploy")
    bench.change()
    _expire(bench, commit)
    ran = yield
    assert f"warning: The image of {bench.app}:1, which runs now, is no longer in ECR" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(
    AREA,
    "the running one expired, and its own commit is deployed",
    command="deploy",
    does="has to build it again; without an engine it refuses",
    code=3,
)
def image_own_expired(bench: Bench) -> Steps:
    bench.config()
    commit = bench.release()
    bench.require("deploy")
    _expire(bench, commit)
    bench.env = {**bench.env, "DOCKER_HOST": "unix:///nonexistent.sock"}
    ran = yield
    assert "error: No Docker Engine answers at unix:///nonexistent.sock.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "of another repository", command="deploy --image example.com/hello:1", does="refuses", code=3)
def image_of_another_registry(bench: Bench) -> Steps:
    bench.require("create-repo")
    ran = yield
    assert "error: The image example.com/hello:1 is not in this app's repository.\n" in ran.err


@row(
    AREA,
    "another app's of this commit, in a repository that both share by [names]",
    does="does not use the other's image: it has to build its own; without an engine it refuses",
    code=3,
)
def image_of_another_app(bench: Bench) -> Steps:
    shared = f"{bench.app}-shared"
    bench.require("create-repo")
    bench.config(f'[names]\nrepository = "{shared}"')
    bench.require("create-repo")
    bench.push_image(bench.commit("a commit of both"), shared)
    bench.env = {**bench.env, "DOCKER_HOST": "unix:///nonexistent.sock"}
    ran = yield
    assert "error: No Docker Engine answers at unix:///nonexistent.sock.\n" in ran.err
    assert ran.writes == {}

"""The image, in ECR and under the running service."""

from __future__ import annotations

from typing import Any

from tests.support.world import git
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
    bench.without_an_engine()
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
    bench.without_an_engine()
    ran = yield
    assert "error: No Docker Engine answers at unix:///nonexistent.sock.\n" in ran.err
    assert ran.writes == {}


def _uri(bench: Bench) -> str:
    found = bench.client("ecr").describe_repositories(repositoryNames=[bench.app])
    return str(found["repositories"][0]["repositoryUri"])


def _image(bench: Bench, tag: str) -> dict[str, Any]:
    """Return what ECR has under a tag."""
    found = bench.client("ecr").describe_images(repositoryName=bench.app, imageIds=[{"imageTag": tag}])
    detail: dict[str, Any] = found["imageDetails"][0]
    return detail


@row(
    AREA,
    "the commit changes nothing of what the running one was built from (a monorepo)",
    does="gives that image the commit's tag; builds nothing, and the revision stays",
)
def image_of_an_earlier_commit(bench: Bench) -> Steps:
    bench.deployed()
    first = bench.commit("elsewhere")
    bench.require("deploy")
    second = bench.commit("elsewhere again")
    bench.without_an_engine()
    ran = yield
    assert f"+ image {bench.app}:{second}: created (one more tag of sha256:" in ran.err
    assert ran.writes == {"ecr:PutImage": 1}
    assert {first, second} < set(_image(bench, second)["imageTags"])
    assert bench.runs() == f"{bench.app}:1"
    assert ran.calls.total() <= 16 + 3, ran.calls


@row(
    AREA,
    "the commit changes nothing of what the running one was built from",
    command="build-push",
    does="gives that image the commit's tag, and builds nothing",
)
def image_of_an_earlier_commit_built(bench: Bench) -> Steps:
    bench.deployed()
    commit = bench.commit("elsewhere")
    bench.without_an_engine()
    ran = yield
    assert ran.out == f"{_uri(bench)}@{_image(bench, commit)['imageDigest']}\n"
    assert ran.writes == {"ecr:PutImage": 1}


@row(
    AREA,
    "the commit changes nothing of it, and the config asks for `{commit}`",
    does="tags it, and deploys a revision with that commit and the same image",
)
def image_of_an_earlier_commit_told(bench: Bench) -> Steps:
    bench.deployed('[task.environment]\nVERSION = "{commit}"')
    commit = bench.commit("elsewhere")
    bench.without_an_engine()
    yield
    document = bench.ecs.describe_task_definition(taskDefinition=bench.runs())["taskDefinition"]
    container = document["containerDefinitions"][0]
    assert {"name": "VERSION", "value": commit} in container["environment"]
    assert container["image"].endswith(_image(bench, commit)["imageDigest"])


@row(
    AREA,
    "the commit changes nothing of it, and another image is wanted (a new base image, say)",
    command="deploy --tag rebuilt",
    does="has to build it; without an engine it refuses",
    code=3,
)
def image_wanted_anew(bench: Bench) -> Steps:
    bench.deployed()
    bench.commit("elsewhere")
    bench.without_an_engine()
    ran = yield
    assert "No Docker Engine answers" in ran.err


@row(
    AREA,
    "the running one was given as a tag of one's own, and nobody knows what that was built from",
    does="does not take it for the next commit: it has to build; without an engine it refuses",
    code=3,
)
def image_of_an_unknown_origin(bench: Bench) -> Steps:
    bench.push_image("v1")
    bench.require("deploy", "--tag", "v1")
    bench.commit("elsewhere")
    bench.without_an_engine()
    ran = yield
    assert "No Docker Engine answers" in ran.err


@row(
    AREA,
    "the commit changes nothing of it, and it expired",
    does="has to build it; without an engine it refuses",
    code=3,
)
def image_of_an_earlier_commit_expired(bench: Bench) -> Steps:
    bench.deployed()
    _expire(bench, git(bench.project, "rev-parse", "HEAD").strip())
    bench.commit("elsewhere")
    bench.without_an_engine()
    ran = yield
    assert "No Docker Engine answers" in ran.err


@row(
    AREA,
    "the commit changes nothing, and somebody made a revision with another image, and the tags of ours",
    does="does not take that image for this content: it has to build; without an engine it refuses",
    code=3,
)
def image_of_a_copied_revision(bench: Bench) -> Steps:
    bench.deployed()
    digest = bench.push_image("by-hand")
    answer = bench.ecs.describe_task_definition(taskDefinition=bench.runs(), include=["TAGS"])
    document = answer["taskDefinition"]
    document["containerDefinitions"][0]["image"] = f"{_uri(bench)}@{digest}"
    bench.register(document, tags=answer["tags"])
    bench.update(taskDefinition=f"{bench.app}:2")
    bench.eventually(lambda: bench.deployments()[0]["status"] == "SUCCESSFUL" and len(bench.deployments()) == 2)
    bench.commit("elsewhere")
    bench.without_an_engine()
    ran = yield
    assert "No Docker Engine answers" in ran.err


@row(
    AREA, "the commit changes nothing of it, and ecr:PutImage is missing", does="names it; nothing was changed", code=3
)
def image_not_to_be_tagged(bench: Bench) -> Steps:
    bench.deployed()
    bench.commit("elsewhere")
    bench.sandbox.faults.break_api("access-denied", "ecr:PutImage", 1000)
    ran = yield
    assert "ecr:PutImage" in ran.err


@row(
    AREA,
    "the commit's is there, and files that git ignores reach the builder",
    does="does not take it for them: it has to build, in a CI job too; without an engine it refuses",
    code=3,
)
def image_of_ignored_files(bench: Bench) -> Steps:
    (bench.project / ".gitignore").write_text("target/\n")
    bench.deployed()
    (bench.project / "target").mkdir()
    (bench.project / "target" / "app.jar").write_text("built")
    bench.without_an_engine()
    bench.env = {**bench.env, "CI": "true"}
    ran = yield
    assert "Files that git ignores reach the builder (target/app.jar): the tag is " in ran.err
    assert "No Docker Engine answers" in ran.err


@row(
    AREA,
    "the commit's is there, and a file differs that git was told not to look at",
    does="does not take it for that: it has to build; without an engine it refuses",
    code=3,
)
def image_of_a_file_out_of_sight(bench: Bench) -> Steps:
    (bench.project / "main.js").write_text("1")
    bench.deployed()
    git(bench.project, "update-index", "--skip-worktree", "main.js")
    (bench.project / "main.js").write_text("2")
    bench.without_an_engine()
    ran = yield
    assert "warning: The source differs from commit " in ran.err
    assert "No Docker Engine answers" in ran.err


@row(
    AREA,
    "the source has pointers of Git LFS in place of files",
    does="refuses, and names `git lfs pull`",
    code=3,
)
def image_of_pointers(bench: Bench) -> Steps:
    (bench.project / ".gitattributes").write_text("*.bin filter=lfs\n")
    (bench.project / "model.bin").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    bench.release()
    ran = yield
    assert "    model.bin\n" in ran.err
    assert "git lfs pull" in ran.err

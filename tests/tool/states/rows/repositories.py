"""The ECR repository."""

from __future__ import annotations

from typing import Any

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Repository"


def _repository(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.client("ecr").describe_repositories(repositoryNames=[bench.app])["repositories"][0]
    return found


@row(AREA, "missing, and no service yet", command="deploy --image v1", does="refuses: that image cannot exist", code=3)
def repository_missing(bench: Bench) -> Steps:
    ran = yield
    assert f"error: There is no ECR repository {bench.app} in us-east-1.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "missing, and no Docker Engine to build with",
    does="refuses before it makes anything",
    code=3,
)
def repository_missing_without_an_engine(bench: Bench) -> Steps:
    bench.without_an_engine()
    ran = yield
    assert "error: No Docker Engine answers at unix:///nonexistent.sock.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "missing, and the build context holds secrets", does="refuses before it makes anything", code=3)
def repository_missing_with_secrets_in_the_context(bench: Bench) -> Steps:
    (bench.project / ".env").write_text("A=b")
    bench.commit("by mistake")
    ran = yield
    assert "    .env  (environment settings, which usually hold secrets)\n" in ran.err
    assert ran.writes == {}


@row(AREA, "missing", command="create-repo", does="creates it, and prints its URI")
def repository_missing_create_repo(bench: Bench) -> Steps:
    ran = yield
    assert ran.out.endswith(f"/{bench.app}\n")
    found = bench.client("ecr").describe_repositories(repositoryNames=[bench.app])["repositories"]
    assert [each["imageTagMutability"] for each in found] == ["IMMUTABLE"]


@row(AREA, "of another app", command="create-repo --adopt", does="refuses; `--adopt` is for what nobody owns", code=3)
def repository_of_another_app(bench: Bench) -> Steps:
    tags = [{"Key": "ecsdeploy:app", "Value": "shop"}]
    bench.client("ecr").create_repository(repositoryName=bench.app, tags=tags)
    ran = yield
    assert f"error: The repository {bench.app} belongs to the app 'shop'.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "missing", command="register-task", does="refuses, and names `create-repo`", code=3)
def repository_missing_register(bench: Bench) -> Steps:
    ran = yield
    assert "Create it with `ecsdeploy create-repo`" in ran.err
    assert ran.writes == {}


@row(AREA, "deleted while the service runs", does="refuses, and names `create-repo`; the service runs on", code=3)
def repository_deleted(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("ecr").delete_repository(repositoryName=bench.app, force=True)
    ran = yield
    assert f"error: There is no ECR repository {bench.app} in us-east-1.\n" in ran.err
    assert "Create it with `ecsdeploy create-repo`" in ran.err
    assert ran.writes == {}


@row(AREA, "tags are mutable", command="create-repo", does="makes them immutable, and shows that")
def repository_mutable(bench: Bench) -> Steps:
    bench.require("create-repo")
    bench.client("ecr").put_image_tag_mutability(repositoryName=bench.app, imageTagMutability="MUTABLE")
    ran = yield
    assert f"~ repository {bench.app}: updated\n    imageTagMutability: MUTABLE -> IMMUTABLE\n" in ran.err
    assert _repository(bench)["imageTagMutability"] == "IMMUTABLE"


@row(AREA, "tags are mutable", does="deploys, by digest, and leaves the repository as it is")
def repository_mutable_deploy(bench: Bench) -> Steps:
    bench.release()
    bench.client("ecr").put_image_tag_mutability(repositoryName=bench.app, imageTagMutability="MUTABLE")
    yield
    assert _repository(bench)["imageTagMutability"] == "MUTABLE"


@row(AREA, "encrypted with KMS", command="create-repo", does="says that ECR cannot change that, and leaves it")
def repository_kms(bench: Bench) -> Steps:
    bench.client("ecr").create_repository(
        repositoryName=bench.app,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS"},
        tags=[{"Key": "ecsdeploy:app", "Value": bench.app}],
    )
    ran = yield
    assert "The repository is encrypted with KMS; ECR cannot change that, so it stays.\n" in ran.err
    assert _repository(bench)["encryptionConfiguration"]["encryptionType"] == "KMS"


@row(AREA, "of somebody else (untagged)", command="create-repo", does="refuses, and names `--adopt`", code=3)
def repository_untagged(bench: Bench) -> Steps:
    bench.client("ecr").create_repository(repositoryName=bench.app)
    ran = yield
    assert f"error: The repository {bench.app} exists and was not made by ecsdeploy.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "of somebody else (untagged)", command="create-repo --adopt", does="tags it, and makes it what it should be")
def repository_adopted(bench: Bench) -> Steps:
    bench.client("ecr").create_repository(repositoryName=bench.app)
    yield
    assert _repository(bench)["imageTagMutability"] == "IMMUTABLE"
    tags = bench.client("ecr").list_tags_for_resource(resourceArn=_repository(bench)["repositoryArn"])["tags"]
    assert {"Key": "ecsdeploy:app", "Value": bench.app} in tags


@row(AREA, "without a lifecycle policy (an earlier run was interrupted)", command="deploy --image v1", does="deploys")
def repository_without_lifecycle(bench: Bench) -> Steps:
    bench.push_image("v1")
    bench.client("ecr").delete_lifecycle_policy(repositoryName=bench.app)
    yield


@row(
    AREA,
    "without a lifecycle policy (an earlier run was interrupted)",
    command="create-repo",
    does="writes it",
)
def repository_without_lifecycle_setup(bench: Bench) -> Steps:
    bench.require("create-repo")
    bench.client("ecr").delete_lifecycle_policy(repositoryName=bench.app)
    ran = yield
    assert ran.writes.keys() == {"ecr:PutLifecyclePolicy"}


def _pushed(bench: Bench, *tags: str) -> list[str]:
    """Push images, the oldest first; return their tags."""
    for tag in tags:
        bench.push_image(tag)
        bench.clock.pass_time(60)
    return list(tags)


def _expiring(bench: Bench) -> set[str]:
    """Return the tags that the repository's lifecycle policy would expire."""
    ecr = bench.client("ecr")
    ecr.start_lifecycle_policy_preview(repositoryName=bench.app)
    preview = ecr.get_lifecycle_policy_preview(repositoryName=bench.app)
    return {tag for each in preview["previewResults"] for tag in each["imageTags"]}


@row(
    AREA,
    "of another app, and named by [names]: both share it",
    command="create-repo",
    does="writes a rule for its own images; neither app's images expire for the other's",
)
def repository_shared(bench: Bench) -> Steps:
    bench.config("[image]\nkeep = 2")
    bench.require("create-repo")
    _pushed(bench, *(f"{number}" * 40 for number in range(2)))
    text = bench.config_text("[image]\nkeep = 3", f'[names]\nrepository = "{bench.app}"')
    bench.configure(text.replace(f'app = "{bench.app}"', 'app = "web"'))
    ran = yield
    assert "only the rule for this app's images is written.\n" in ran.err
    assert ran.writes == {"ecr:PutLifecyclePolicy": 1}
    theirs = _pushed(bench, *(f"web.{number}" + "f" * 39 for number in range(5)))
    assert _expiring(bench) == set(theirs[:2])
    bench.config("[image]\nkeep = 1")
    assert "lifecycle:" in bench.require("create-repo")
    assert _expiring(bench) == set(theirs[:2])

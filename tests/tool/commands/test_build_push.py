"""`build-push` as far as no Docker Engine is needed; real builds are in tests/e2e/image."""

from __future__ import annotations

import shutil

import pytest

from ecsdeploy.config.load import load
from ecsdeploy.config.recipe import recipe_digits
from tests.support.world import World, git

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent.sock"}


@pytest.fixture(autouse=True)
def _dockerfile(world: World) -> None:
    (world.project / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (world.project / ".dockerignore").write_text(".git\n")
    world.commit("add a Dockerfile")


def test_a_commit_that_is_in_ecr_is_not_built_and_needs_no_engine(world: World) -> None:
    commit = git(world.project, "rev-parse", "HEAD").strip()
    digest = world.push_image(commit)

    ran = world.run("build-push", **NO_ENGINE)

    repository = world.client("ecr").describe_repositories()["repositories"][0]["repositoryUri"]
    assert ran.code == 0
    assert ran.out == f"{repository}@{digest}\n"
    assert ran.err == f"= image hello:{commit}: unchanged (it is in ECR already)\n"


def test_finding_it_takes_three_reads(world: World) -> None:
    world.release()

    calls = world.run("build-push", "--debug", **NO_ENGINE).calls

    assert dict(calls) == {"sts:GetCallerIdentity": 1, "ecr:DescribeRepositories": 1, "ecr:DescribeImages": 1}


def test_an_engine_is_asked_only_after_everything_else_is_right(world: World) -> None:
    world.push_image("another")

    ran = world.run("build-push", **NO_ENGINE)

    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        "error: No Docker Engine answers at unix:///nonexistent.sock.\n"
        "  No such file or directory.\n"
        "  Correct or unset DOCKER_HOST, or start the engine that it names.\n"
    )


def test_without_a_repository_nothing_is_built(world: World) -> None:
    ran = world.run("build-push", **NO_ENGINE)

    assert ran.code == 3
    assert ran.err.startswith("error: There is no ECR repository hello in us-east-1.\n")
    assert "Create it with `ecsdeploy create-repo`" in ran.err


def test_another_account_is_refused_before_its_ecr_is_believed(world: World) -> None:
    world.release()
    world.configure((world.project / "ecsdeploy.toml").read_text().replace("123456789012", "210987654321"))

    ran = world.run("build-push", "--debug", **NO_ENGINE)

    assert ran.code == 3
    assert "These credentials belong to account 123456789012, the config says 210987654321." in ran.err
    assert dict(ran.calls) == {"sts:GetCallerIdentity": 1}


def test_a_changed_tree_is_refused_in_ci_before_any_call(world: World) -> None:
    (world.project / "report.xml").write_text("left by an earlier step")

    ran = world.run("build-push", "--debug", CI="true", **NO_ENGINE)

    assert ran.code == 3
    assert "and this is a CI job" in ran.err
    assert "  report.xml\n" in ran.err
    assert not ran.calls


def test_secrets_in_the_context_stop_before_the_engine(world: World) -> None:
    world.push_image("another")
    (world.project / ".dockerignore").write_text("")
    (world.project / ".env").write_text("A=b")

    ran = world.run("build-push", **NO_ENGINE)
    allowed = world.run(
        "build-push", "--allow-sensitive-context", ".env", "--allow-sensitive-context", ".git", **NO_ENGINE
    )

    assert ran.code == 3
    assert "  .dockerignore does not exclude:\n" in ran.err
    assert "    .env  (environment settings, which usually hold secrets)\n" in ran.err
    assert "No Docker Engine answers" in allowed.err


def test_no_dockerfile_is_a_usage_error(world: World) -> None:
    (world.project / "Dockerfile").unlink()

    ran = world.run("build-push", "--debug")

    assert ran.code == 2
    assert f"error: There is no Dockerfile in {world.project}.\n" in ran.err
    assert not ran.calls


def test_a_dockerfile_outside_of_the_checkout_is_refused(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "Dockerfile"
    outside.write_text("FROM scratch\n")
    with (world.project / "ecsdeploy.toml").open("a") as file:
        file.write(f'[image]\ndockerfile = "{outside}"\n')

    ran = world.run("build-push")

    assert ran.code == 2
    assert "points outside the checkout" in ran.err


def test_without_git_a_tag_is_needed_and_enough(world: World) -> None:
    shutil.rmtree(world.project / ".git")
    digest = world.push_image("v1")

    nameless = world.run("build-push", **NO_ENGINE)
    named = world.run("build-push", "--tag", "v1", **NO_ENGINE)

    assert nameless.code == 3
    assert "or name the image yourself with --tag" in nameless.err
    assert (named.code, named.out.endswith(f"@{digest}\n")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--build-arg", "A"], "--build-arg 'A' is not NAME=VALUE."),
        (["--tag", "a b"], "'a b' is not a valid image tag."),
        (["--env", "nowhere"], "There is no environment nowhere."),
        (["--config", "nothing.toml"], "There is no nothing.toml."),
    ],
)
def test_what_cannot_be_is_a_usage_error(world: World, arguments: list[str], what: str) -> None:
    ran = world.run("build-push", *arguments)

    assert ran.code == 2
    assert ran.err.startswith(f"error: {what}")


def test_a_build_arg_for_an_image_that_is_there_is_not_lost_silently(world: World) -> None:
    world.release()

    ran = world.run("build-push", "--build-arg", "A=b", **NO_ENGINE)

    assert ran.code == 0
    assert "warning: The image in ECR was not built again, so --build-arg did nothing." in ran.err


@pytest.mark.parametrize(
    ("image", "staging", "production"),
    [
        ('args = { STAGE = "{env}" }', "", ""),
        ('target = "runtime"', 'image.target = "debug"', ""),
        ("", 'task.architecture = "arm64"', 'image.args = { LEVEL = "2" }'),
    ],
)
def test_an_image_that_differs_by_environment_is_not_taken_for_anothers(
    world: World, image: str, staging: str, production: str
) -> None:
    world.push_image("any")
    world.configure(
        f'app = "hello"\nregion = "us-east-1"\n[image]\n{image}\n[task]\nport = 3000\n'
        f"[environments.staging]\n{staging}\n[environments.production]\n{production}\n"
    )
    commit = git(world.project, "rev-parse", "HEAD").strip()
    digest = world.push_image(f"{commit}-staging")

    one = world.run("build-push", "--env", "staging", **NO_ENGINE)
    other = world.run("build-push", "--env", "production", **NO_ENGINE)

    assert one.out.endswith(f"@{digest}\n")
    assert "No Docker Engine answers" in other.err


def test_a_tag_of_ones_own_may_be_another_environments(world: World) -> None:
    world.push_image("v1")
    world.configure(
        'app = "hello"\nregion = "us-east-1"\n[image]\ntarget = "runtime"\n'
        '[environments.staging]\nimage.target = "debug"\n[environments.production]\n'
    )

    one, other = (world.run("build-push", "--tag", "v1", "--env", name) for name in ("staging", "production"))

    told = "warning: Other configs build another image from this source: if v1 is theirs, use v1-staging.\n"
    assert (one.code, told in one.err) == (0, True)
    assert (other.code, "warning" in other.err) == (0, False)


def test_an_app_takes_no_other_apps_image_from_a_repository_that_they_share(world: World) -> None:
    world.push_image("any")
    shared = 'region = "us-east-1"\n[task]\nport = 3000\n[names]\nrepository = "hello"\n'
    world.configure(f'app = "worker"\n{shared}')
    commit = git(world.project, "rev-parse", "HEAD").strip()
    world.push_image(commit)

    ran = world.run("build-push", **NO_ENGINE)
    digest = world.push_image(f"worker.{commit}")
    again = world.run("build-push", **NO_ENGINE)

    assert "No Docker Engine answers" in ran.err
    assert again.out.endswith(f"@{digest}\n")


@pytest.mark.parametrize("name", ["debug.toml", "deploy/ecsdeploy.toml"])
def test_two_configs_of_one_commit_have_an_image_each(world: World, name: str) -> None:
    text = (world.project / "ecsdeploy.toml").read_text()
    config = world.project / name
    config.parent.mkdir(exist_ok=True)
    said = 'target = "debug"'
    if config.parent != world.project:  # a config that no commit holds
        (world.project / ".gitignore").write_text("deploy/\n")
        (world.project / ".dockerignore").write_text(".git\ndeploy\n")
        said += '\ncontext = ".."'
    config.write_text(f"{text}[image]\n{said}\n")
    commit = world.release()

    ran = world.run("build-push", "--config", name, **NO_ENGINE)
    digest = world.push_image(f"{commit}-{recipe_digits(load(config).config)}")
    again = world.run("build-push", "--config", name, **NO_ENGINE)

    assert "No Docker Engine answers" in ran.err
    assert again.out.endswith(f"@{digest}\n")
    assert world.run("build-push", **NO_ENGINE).err == f"= image hello:{commit}: unchanged (it is in ECR already)\n"


def test_a_config_by_another_name_that_builds_as_usual_has_the_commits_image(world: World) -> None:
    (world.project / "web.toml").write_text((world.project / "ecsdeploy.toml").read_text())
    commit = world.release()

    ran = world.run("build-push", "--config", "web.toml", **NO_ENGINE)

    assert ran.err == f"= image hello:{commit}: unchanged (it is in ECR already)\n"


def test_a_build_secret_that_is_not_set_is_named_before_the_build(world: World) -> None:
    world.push_image("another")
    with (world.project / "ecsdeploy.toml").open("a") as file:
        file.write('[image.secrets]\nnpm = "env:NOT_SET_ANYWHERE"\n')

    ran = world.run("build-push", **NO_ENGINE)

    assert ran.code == 3
    assert "The build secret 'npm' comes from the variable NOT_SET_ANYWHERE, which is not set." in ran.err

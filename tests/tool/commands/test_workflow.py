"""`ecsdeploy workflow`: what it writes, where, and what it leaves alone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.world import CONFIG, World, git

ACTION = "acme/ecsdeploy@" + "0123456789" * 4
NEWER = "acme/ecsdeploy@" + "9876543210" * 4
GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\n'
FILE = ".github/workflows/deploy.yml"


@pytest.fixture
def project(world: World) -> World:
    world.configure(CONFIG + GITHUB)
    return world


def text(world: World) -> str:
    return (world.project / FILE).read_text("utf-8")


def everything(folder: Path) -> dict[str, str]:
    """Return each file of a folder, and each symbolic link with where it leads."""
    found = {}
    for path in folder.rglob("*"):
        if ".git" not in path.parts:
            kind = f"-> {os.readlink(path)}" if path.is_symlink() else path.read_text() if path.is_file() else "folder"
            found[str(path.relative_to(folder))] = kind
    return found


def test_it_is_written_once_and_again_nothing_is(project: World) -> None:
    ran = project.run("workflow", "--action", ACTION, "--debug")

    assert (ran.code, ran.out) == (0, f"{FILE}\n")
    assert ran.err == f"{FILE} is written. Commit it, and push.\nAPI calls: none\n"
    assert f"        uses: {ACTION}\n" in text(project)
    before = (project.project / FILE).stat()

    ran = project.run("workflow", "--action", ACTION, "--check")

    assert (ran.code, ran.out, ran.err) == (0, "", f"{FILE} is as the config wants it.\n")
    assert project.run("workflow", "--action", ACTION).code == 0
    after = (project.project / FILE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path.name for path in (project.project / FILE).parent.iterdir()] == ["deploy.yml"]


def test_a_difference_is_shown_and_nothing_is_written_without_consent(project: World) -> None:
    project.run("workflow", "--action", ACTION)
    project.configure(CONFIG + GITHUB.replace("main", "release"))
    before = text(project)

    ran = project.run("workflow", "--action", NEWER)

    assert ran.code == 3
    assert "-      - main\n+      - release\n" in ran.err
    assert f"-        uses: {ACTION}\n+        uses: {NEWER}\n" in ran.err
    assert "This needs your consent, so nothing was changed." in ran.err
    assert text(project) == before

    ran = project.run("workflow", "--action", NEWER, "--check")
    assert ran.code == 10
    assert ran.err.endswith(f"{FILE} is not as the config wants it: ecsdeploy workflow\n")
    assert text(project) == before

    assert project.run("workflow", "--action", NEWER, "--yes").code == 0
    assert project.run("workflow", "--action", NEWER, "--check").code == 0


def test_where_there_is_none_the_check_shows_all_of_it(project: World) -> None:
    ran = project.run("workflow", "--action", ACTION, "--check")

    assert ran.code == 10
    assert "+jobs:\n" in ran.err
    assert not (project.project / ".github").exists()


def test_the_file_goes_to_standard_output_on_request(project: World) -> None:
    ran = project.run("workflow", "--action", f"{ACTION} # v1.2.3", "--output-file", "-")

    assert (ran.code, ran.err) == (0, "")
    assert not (project.project / ".github").exists()
    project.run("workflow", "--action", f"{ACTION} # v1.2.3")
    assert ran.out == text(project)
    assert f"        uses: {ACTION} # v1.2.3\n" in ran.out


def test_it_is_written_into_the_repository_of_the_config_and_finds_it_from_there(project: World) -> None:
    folder = project.project / "services" / "web"
    folder.mkdir(parents=True)
    (folder / "ecsdeploy.toml").write_text(CONFIG + GITHUB)

    ran = project.run("workflow", "--config", "services/web/ecsdeploy.toml", "--action", ACTION)

    assert (ran.code, ran.out) == (0, f"{FILE}\n")
    assert "          config: services/web/ecsdeploy.toml\n" in text(project)
    assert "#   ecsdeploy workflow --config services/web/ecsdeploy.toml\n" in text(project)


def test_a_config_that_is_a_link_is_named_by_where_the_link_is(project: World, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.toml").write_text(CONFIG + GITHUB)
    (project.project / "web.toml").symlink_to(tmp_path / "elsewhere.toml")

    ran = project.run("workflow", "--config", "web.toml", "--action", ACTION)

    assert ran.code == 0, ran.err
    assert "          config: web.toml\n" in text(project)


def test_each_environment_has_a_job_unless_one_is_named(project: World) -> None:
    project.configure(CONFIG + GITHUB + "[environments.staging]\n[environments.prod]\n")

    project.run("workflow", "--action", ACTION)
    assert re.findall(r"^  (deploy[\w-]*):$", text(project), re.MULTILINE) == ["deploy-staging", "deploy-prod"]

    project.run("workflow", "--action", ACTION, "--env", "prod", "--yes")
    assert re.findall(r"^  (deploy[\w-]*):$", text(project), re.MULTILINE) == ["deploy-prod"]


def test_a_role_that_the_config_does_not_tell_comes_from_a_variable(project: World) -> None:
    project.configure(CONFIG.replace('account = "123456789012"\n', "") + GITHUB)

    ran = project.run("workflow", "--action", ACTION)

    assert (
        "Set AWS_ROLE_ARN to the ARN that `ecsdeploy setup` prints: gh variable set AWS_ROLE_ARN --body ARN" in ran.err
    )
    assert "          role: ${{ vars.AWS_ROLE_ARN }}\n" in text(project)


def test_an_environment_alone_is_deployed_from_main_or_the_branch_that_is_named(project: World) -> None:
    project.configure(CONFIG + GITHUB.replace('branches = ["main"]', 'environments = ["production"]'))

    project.run("workflow", "--action", ACTION)
    assert "    branches:\n      - main\n" in text(project)
    assert "    environment: production\n" in text(project)

    ran = project.run("workflow", "--action", ACTION, "--branch", "trunk", "--yes")
    assert ran.code == 0
    assert "    branches:\n      - trunk\n" in text(project)
    assert "#   ecsdeploy workflow --branch trunk\n" in text(project)


@pytest.mark.parametrize("part", [".github", ".github/workflows", FILE])
def test_nothing_is_written_through_a_symbolic_link(part: str, project: World, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    link = project.project / part
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / "kept" if part == FILE else outside)
    before = everything(tmp_path)

    ran = project.run("workflow", "--action", ACTION, "--yes")

    assert ran.code == 3
    assert f"{part} is a symbolic link." in ran.err
    assert everything(tmp_path) == before


@pytest.mark.parametrize("file", ["../deploy.yml", "/etc/deploy.yml", ".github/../../x.yml"])
def test_nothing_is_written_outside_the_repository(file: str, project: World, tmp_path: Path) -> None:
    before = everything(tmp_path)

    ran = project.run("workflow", "--action", ACTION, "--output-file", file)

    assert ran.code == 2
    assert f"--output-file {file} is not inside the repository." in ran.err
    assert everything(tmp_path) == before


def test_a_folder_in_its_place_is_named(project: World) -> None:
    (project.project / FILE).mkdir(parents=True)

    ran = project.run("workflow", "--action", ACTION)

    assert ran.code == 3
    assert f"{FILE} can't be read." in ran.err


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("", ""), 2, "The config has no [github] table."),
        (("main", "release-*"), 3, "release-*"),
    ],
)
def test_what_setup_would_refuse_is_refused_here(
    change: tuple[str, str], code: int, words: str, project: World
) -> None:
    project.configure(CONFIG + (GITHUB.replace(*change) if change[0] else ""))

    ran = project.run("workflow", "--action", ACTION)

    assert (ran.code, words in ran.err) == (code, True), ran.err
    assert not (project.project / ".github").exists()


def test_a_reusable_workflow_that_the_role_demands_is_not_this_file(project: World) -> None:
    shared = "acme/workflows/.github/workflows/deploy.yml@refs/heads/main"
    project.configure(CONFIG + GITHUB + f'workflows = ["{shared}"]\n')

    ran = project.run("workflow", "--action", ACTION)

    assert ran.code == 3
    assert f"The role trusts jobs of {shared} alone, and this workflow is none of them." in ran.err

    project.configure(CONFIG + GITHUB + f'workflows = ["acme/hello/{FILE}@refs/heads/main"]\n')
    assert project.run("workflow", "--action", ACTION).code == 0


def test_without_a_repository_there_is_no_place_for_it(project: World) -> None:
    git(project.project, "status")
    (project.project / ".git").rename(project.project / "not-git")

    ran = project.run("workflow", "--action", ACTION)

    assert ran.code == 3
    assert "is in no git repository that can be read, so there is no place for a workflow." in ran.err


def test_an_action_without_a_commit_is_refused(project: World) -> None:
    ran = project.run("workflow", "--action", "acme/ecsdeploy@main")

    assert ran.code == 2
    assert "--action 'acme/ecsdeploy@main' names no action at a commit." in ran.err


def test_the_running_action_names_itself(project: World) -> None:
    assert project.run("workflow", ECSDEPLOY_ACTION=ACTION).code == 0
    assert f"        uses: {ACTION} # " in text(project)

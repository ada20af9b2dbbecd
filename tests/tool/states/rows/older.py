"""Commits that are older than the one that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.world import git
from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Older commits"


def _newer_runs(bench: Bench, **env: str) -> tuple[str, str]:
    """Have the second of two commits deployed, and the first checked out; return both."""
    bench.config()
    older = _made_at(bench, "2026-11-20T10:00:00Z")
    newer = _made_at(bench, "2026-11-20T12:10:00Z")
    ran = bench.run("deploy", **env)
    assert ran.code == 0, ran.err
    bench.revert()
    return older, newer


def _made_at(bench: Bench, time: str) -> str:
    """Commit something at that time, and push its image; return the commit."""
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid")
    dated = {**os.environ, "GIT_COMMITTER_DATE": time, "GIT_AUTHOR_DATE": time}
    commit = ["git", *who, "commit", "--quiet", "--allow-empty", "-m", time]
    subprocess.run(commit, cwd=bench.project, check=True, env=dated)
    made = git(bench.project, "rev-parse", "HEAD").strip()
    bench.push_image(made)
    return made


def _shallow(bench: Bench) -> None:
    """Have only the commit that is checked out, as CI's checkouts do."""
    whole = Path(f"{bench.project}.whole")
    shutil.move(bench.project, whole)
    git(whole, "branch", "--force", "here", "HEAD")
    git(whole.parent, "clone", "--quiet", "--depth=1", "--branch=here", f"file://{whole}", str(bench.project))


@row(AREA, "a newer commit runs", does="refuses, and names `ecsdeploy rollback` and --allow-older", code=3)
def older_commit(bench: Bench) -> Steps:
    older, newer = _newer_runs(bench)
    ran = yield
    assert ran.writes == {}
    words = f"Commit {older[:7]} is older than {newer[:7]}, which {bench.app} runs or is moving to.\n"
    assert f"error: {words}  Commit {older[:7]} is an ancestor of {newer[:7]}.\n" in ran.err
    assert "To go back, use `ecsdeploy rollback`; or deploy it all the same with --allow-older.\n" in ran.err


@row(AREA, "a newer commit runs, and the image is not built yet", does="refuses before it builds anything", code=3)
def older_commit_before_the_build(bench: Bench) -> Steps:
    bench.config()
    bench.commit("not built")
    (bench.project / "file").write_text("1")
    bench.release()
    bench.require("deploy")
    bench.revert()
    bench.without_an_engine()
    ran = yield
    assert ran.writes == {}
    assert " is older than " in ran.err


@row(AREA, "a newer commit runs", command="deploy --allow-older", does="deploys the older one")
def older_commit_allowed(bench: Bench) -> Steps:
    _newer_runs(bench)
    yield
    assert bench.runs() == f"{bench.app}:2"


@row(
    AREA,
    "a newer commit is in flight",
    command="deploy --if-busy supersede",
    does="refuses: what is in flight counts as running",
    code=3,
)
def older_than_what_flies(bench: Bench) -> Steps:
    _newer_runs(bench)
    bench.stuck()
    ran = yield
    assert ran.writes == {}
    assert " is older than " in ran.err


@row(AREA, "a newer commit runs; the clone is shallow", does="refuses, by the times of the commits", code=3)
def older_by_time(bench: Bench) -> Steps:
    _newer_runs(bench)
    _shallow(bench)
    ran = yield
    assert ran.writes == {}
    assert "  It was made 2 h 10 min earlier; git here does not have both, to say more.\n" in ran.err


@row(
    AREA, "a newer commit of the same branch runs; shallow, in CI", does="refuses, by the times of the commits", code=3
)
def older_on_a_branch(bench: Bench) -> Steps:
    ci = {"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main"}
    _newer_runs(bench, **ci)
    _shallow(bench)
    bench.env = {**bench.env, **ci}
    ran = yield
    assert ran.writes == {}
    assert "2 h 10 min earlier" in ran.err


@row(AREA, "a commit of another branch runs", does="deploys; says that it is older, if it is")
def older_on_another_branch(bench: Bench) -> Steps:
    _, newer = _newer_runs(bench)
    git(bench.project, "checkout", "--quiet", "HEAD~1")
    ours = _made_at(bench, "2026-11-20T11:00:00Z")
    ran = yield
    assert f"Commit {ours[:7]} is of another branch than {newer[:7]}, which {bench.app} runs, and older.\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "a newer commit of another branch runs; shallow, in CI", does="deploys; says that it is older")
def older_on_another_branch_in_ci(bench: Bench) -> Steps:
    _, newer = _newer_runs(bench, GITHUB_ACTIONS="true", GITHUB_REF="refs/heads/feature")
    _shallow(bench)
    bench.env = {**bench.env, "GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main"}
    ran = yield
    assert f" is of another branch than {newer[:7]}, which {bench.app} runs, and older.\n" in ran.err


@row(AREA, "what runs does not say its commit", does="deploys; says that it cannot tell")
def older_than_the_unknown(bench: Bench) -> Steps:
    bench.deployed()
    runs = bench.service()["taskDefinition"]
    bench.register(bench.ecs.describe_task_definition(taskDefinition=runs)["taskDefinition"], memory="1024")
    bench.update(taskDefinition=bench.app)
    bench.wait_until_steady()
    ran = yield
    words = f"is older than what {bench.app} runs: the commit of that is not known.\n"
    assert words in ran.err
    assert bench.runs() == f"{bench.app}:3"


@row(AREA, "a newer commit runs that changes nothing of the image", does="writes nothing: nothing differs")
def older_and_alike(bench: Bench) -> Steps:
    bench.deployed()
    bench.commit("nothing of the image")
    bench.require("deploy")
    bench.revert()
    ran = yield
    assert ran.writes == {}


@row(AREA, "a newer commit runs", command="rollback --to 1 --yes", does="goes back: that is what it is for")
def older_rolled_back_to(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    bench.require("deploy")
    yield
    assert bench.runs() == f"{bench.app}:1"

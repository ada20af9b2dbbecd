"""The workflow that deploys from GitHub Actions."""

from __future__ import annotations

from pathlib import Path

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "The workflow"
ACTION = "acme/ecsdeploy@0123456789012345678901234567890123456789"
COMMAND = f"workflow --action {ACTION}"
FILE = Path(".github", "workflows", "deploy.yml")
GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\n'


def _text(bench: Bench) -> str:
    path = bench.project / FILE
    return path.read_text() if path.exists() else ""


@row(AREA, "not there", command=COMMAND, does="writes it: a checkout and one step", code=0)
def workflow_missing(bench: Bench) -> Steps:
    bench.config(GITHUB)
    ran = yield
    assert ran.out == f"{FILE}\n"
    assert f"uses: {ACTION}\n" in _text(bench)


@row(AREA, "there, as the config wants it", command=COMMAND, does="writes nothing", code=0)
def workflow_as_wanted(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require(*COMMAND.split())
    before = (bench.project / FILE).stat()
    ran = yield
    assert (ran.out, (bench.project / FILE).stat()) == ("", before)


@row(AREA, "changed by hand", command=COMMAND, does="shows the difference, and leaves it alone without --yes", code=3)
def workflow_changed(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require(*COMMAND.split())
    changed = _text(bench).replace("cancel-in-progress: false", "cancel-in-progress: true")
    (bench.project / FILE).write_text(changed)
    ran = yield
    assert "-      cancel-in-progress: true\n+      cancel-in-progress: false\n" in ran.err
    assert _text(bench) == changed


@row(AREA, "changed by hand", command=f"{COMMAND} --check", does="shows the difference", code=10)
def workflow_changed_and_checked(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require(*COMMAND.split())
    (bench.project / FILE).write_text(_text(bench) + "# by hand\n")
    ran = yield
    assert "-# by hand\n" in ran.err
    assert _text(bench).endswith("# by hand\n")


@row(AREA, "no `[github]` in the config", command=COMMAND, does="says what to write there", code=2)
def workflow_of_nobody(bench: Bench) -> Steps:
    bench.config()
    ran = yield
    assert "The config has no [github] table." in ran.err
    assert _text(bench) == ""


@row(AREA, "a branch with a wildcard in the config", command=COMMAND, does="refuses, as `setup` does", code=3)
def workflow_of_too_many(bench: Bench) -> Steps:
    bench.config(GITHUB.replace("main", "release-*"))
    ran = yield
    assert "release-*" in ran.err
    assert _text(bench) == ""


@row(AREA, "its folder is a symbolic link", command=COMMAND, does="refuses to write somewhere else", code=3)
def workflow_behind_a_link(bench: Bench) -> Steps:
    bench.config(GITHUB)
    elsewhere = bench.project.parent / f"elsewhere-{bench.app}"
    elsewhere.mkdir()
    (bench.project / ".github").symlink_to(elsewhere)
    ran = yield
    assert ".github is a symbolic link." in ran.err
    assert list(elsewhere.iterdir()) == []
    (bench.project / ".github").unlink()

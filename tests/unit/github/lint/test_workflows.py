from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.github.lint import lint_workflows, repository_root
from ecsdeploy.github.lint.tree import Unreadable, read_tree

PINNED = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
GOOD = f"""\
name: deploy
on:
  push:
    branches: [main]
permissions: {{}}
jobs:
  deploy:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
      id-token: write
    concurrency:
      group: deploy
      cancel-in-progress: false
    steps:
      - uses: {PINNED} # v7.0.1
        with:
          persist-credentials: false
      - id: deploy
        run: exec ecsdeploy deploy --yes
        env:
          TITLE: ${{{{ github.event.head_commit.message }}}}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    return tmp_path


def write(repository: Path, text: str | bytes, name: str = "deploy.yml") -> None:
    (repository / ".github" / "workflows" / name).write_bytes(text.encode() if isinstance(text, str) else text)


def rules(repository: Path) -> list[tuple[str, str, int]]:
    return [(each.rule, each.severity, each.line) for each in lint_workflows(repository)[1]]


def test_a_good_workflow_has_no_finding(repository: Path) -> None:
    write(repository, GOOD)
    assert lint_workflows(repository) == (1, ())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (PINNED, "actions/checkout@v7", ("unpinned-action", "warning", 16)),
        (PINNED, "acme/setup@main", ("unpinned-action", "problem", 16)),
        (PINNED, "docker://alpine:3", ("unpinned-action", "problem", 16)),
        ("      id-token: write\n", "", ("missing-id-token", "problem", 8)),
        ("      cancel-in-progress: false", "      cancel-in-progress: true", ("cancels-deployments", "warning", 13)),
        (
            "    concurrency:\n      group: deploy\n      cancel-in-progress: false\n",
            "",
            ("missing-concurrency", "warning", 8),
        ),
        ("exec ecsdeploy", "ecsdeploy", ("without-exec", "warning", 20)),
        ("exec ecsdeploy", "uv run ecsdeploy", ("without-exec", "warning", 20)),
        ("exec ecsdeploy", "AWS_REGION=x python -m ecsdeploy", ("without-exec", "warning", 20)),
        ("TITLE: ", "AWS_ACCESS_KEY_ID: ", ("stored-key", "problem", 22)),
        (
            "ecsdeploy deploy --yes",
            "ecsdeploy deploy --tag ${{ github.event.head_commit.message }}",
            ("template-injection", "problem", 20),
        ),
        (
            "ecsdeploy deploy --yes",
            "ecsdeploy deploy --tag ${{github.head_ref}}",
            ("template-injection", "problem", 20),
        ),
        ("ecsdeploy deploy --yes", "ecsdeploy deploy --tag ${{ inputs.tag }}", ("template-injection", "warning", 20)),
        ("ubuntu-24.04", "self-hosted", ("self-hosted", "warning", 8)),  # 15 persistent runners
        ("ubuntu-24.04", "[self-hosted, linux]", ("self-hosted", "warning", 8)),
        ("ubuntu-24.04", "{group: mine, labels: [self-hosted]}", ("self-hosted", "warning", 8)),
        (
            "      contents: read\n      id-token: write\n",
            "      contents: read\n",
            ("missing-id-token", "problem", 8),
        ),
        (
            "    permissions:\n      contents: read\n      id-token: write\n",
            "    permissions: write-all\n",
            ("write-all", "warning", 9),
        ),
    ],
)
def test_each_rule_finds_its_line(repository: Path, old: str, new: str, expected: tuple[str, str, int]) -> None:
    assert old in GOOD
    write(repository, GOOD.replace(old, new, 1))
    assert rules(repository) == [expected]


@pytest.mark.parametrize(
    ("triggers", "step", "expected"),
    [
        ("pull_request_target", "with: {ref: '${{ github.event.pull_request.head.sha }}'}", "pull-request-target"),
        ("[push, pull_request_target]", "with: {ref: '${{ github.head_ref }}'}", "pull-request-target"),
        (
            "{workflow_run: {workflows: [ci]}}",
            "with: {ref: '${{ github.event.workflow_run.head_sha }}'}",
            "pull-request-target",
        ),
        ("pull_request_target", "with: {fetch-depth: 1}", "pull-request-target-checkout"),
        ("pull_request", "with: {ref: '${{ github.event.pull_request.head.sha }}'}", ""),
    ],
)
def test_strangers_code_with_our_secrets(repository: Path, triggers: str, step: str, expected: str) -> None:
    write(
        repository,
        f"on: {triggers}\njobs:\n  test:\n    steps:\n      - uses: {PINNED}\n        {step}\n",
    )
    assert [each[0] for each in rules(repository)] == ([expected] if expected else [])


def test_a_pull_request_that_a_script_checks_out(repository: Path) -> None:
    write(repository, "on: pull_request_target\njobs: {t: {steps: [{run: 'gh pr checkout 5'}]}}\n")
    assert [each[0] for each in rules(repository)] == ["pull-request-target"]


def test_an_expression_counts_to_its_end(repository: Path) -> None:
    write(repository, GOOD.replace("--yes", "--tag ${{ format('{0}', github.head_ref) }}"))
    (finding,) = lint_workflows(repository)[1]
    assert (finding.rule, finding.severity) == ("template-injection", "problem")
    assert "${{ format('{0}', github.head_ref) }}" in finding.what


@pytest.mark.parametrize("part", ["${{ ", "${{ inputs.", "git fetch ", "gh pr ", "github.event.", "a=b ", "exec "])
def test_a_hostile_script_is_read_at_once(repository: Path, part: str) -> None:
    script = part * (150_000 // len(part))
    write(repository, f"on: pull_request_target\njobs: {{t: {{steps: [{{run: '{script}'}}]}}}}\n")
    assert rules(repository) == []


def test_what_deploys_nothing_needs_no_token(repository: Path) -> None:
    steps = "[{run: ecsdeploy sandbox up}, {run: ecsdeploy --version}, {run: '# ecsdeploy deploy'}]"
    quiet = f"on: push\njobs: {{t: {{steps: {steps}}}}}\n"
    write(repository, quiet)
    assert rules(repository) == []


def test_numbers_and_commits_of_an_event_are_harmless(repository: Path) -> None:
    write(repository, GOOD.replace("--yes", "--tag ${{ github.event.pull_request.number }}-${{ github.sha }}"))
    assert rules(repository) == []


def test_a_reusable_workflow_is_pinned_too(repository: Path) -> None:
    job = "permissions: {id-token: write}\njobs: {d: {uses: acme/ci/.github/workflows/deploy.yml@main}}\n"
    write(repository, "on: push\n" + job)
    assert [each[:2] for each in rules(repository)] == [("unpinned-action", "problem")]


def test_the_action_of_a_workflow_that_ecsdeploy_wrote_counts_as_ecsdeploy(repository: Path) -> None:
    step = f"- {{id: deploy, uses: acme/fork@{'0' * 40}}}"
    job = f"on: push\npermissions: {{}}\njobs:\n  d:\n    steps:\n      {step}\n"
    write(repository, job)
    assert rules(repository) == []
    write(repository, "# Written by `ecsdeploy workflow`.\n" + job)
    assert [each[0] for each in rules(repository)] == ["missing-id-token", "missing-concurrency"]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"on: [push\njobs: {}\n", "expected ',' or ']'"),
        (b"\x00\x01\x02", "characters that YAML does not allow"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"", "not a mapping"),
        (b"- a\n- b\n", "not a mapping"),
        (b"on: push\n---\non: push\n", "another document"),
        (BOMB.encode(), "too large, or refers to itself"),
        (b"a: &a {b: *a}\n", "too large, or refers to itself"),
        (b"a: " + b"[" * 5000, "nested too deeply"),
        (b"a: " + b"[" * 100 + b"]" * 100, "too large, or refers to itself"),
        (b"a: " + b"x" * 200_000, "larger than 200,000 bytes"),
        (b"a: *nothing\n", "undefined alias"),
    ],
)
def test_a_hostile_file_is_a_finding(repository: Path, content: bytes, said: str) -> None:
    write(repository, content, "evil.yaml")
    write(repository, GOOD)
    count, (finding,) = lint_workflows(repository)
    assert (count, finding.rule, finding.severity) == (2, "unreadable", "warning")
    assert said in finding.what


def test_nothing_outside_the_repository_is_read(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yml"
    outside.write_text("jobs: {t: {runs-on: self-hosted}}")
    folder = repository / ".github" / "workflows"
    (folder / "link.yml").symlink_to(outside)
    (folder / "loop.yml").symlink_to(folder / "loop.yml")
    (folder / "folder.yml").mkdir()
    (folder / "gone.yml").symlink_to(folder / "nothing")
    count, found = lint_workflows(repository)
    assert count == 4
    assert {each.rule for each in found} == {"unreadable"}
    assert any("leads out of the repository" in each.what for each in found)


def test_a_repository_without_workflows(tmp_path: Path) -> None:
    assert lint_workflows(tmp_path) == (0, ())
    assert repository_root(tmp_path) is None
    (tmp_path / "app").mkdir()
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    assert repository_root(tmp_path / "app") == tmp_path.resolve()


def test_on_is_a_key_and_not_the_truth() -> None:
    assert read_tree("on: push\n").get("on").names() == {"push"}


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"\n #?,%@\t\x00\u2028"), max_size=60))
def test_any_text_is_a_workflow_or_unreadable(text: str) -> None:
    with suppress(Unreadable):
        assert read_tree(text).mapping is not None

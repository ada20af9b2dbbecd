"""`docs/sandbox-refusals.md`, written from the table of the tests: `python -m tests.sandbox.refusals.document`."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.refusals.areas import AREAS
from tests.sandbox.refusals.rule import Rule

PAGE = Path(__file__).parents[3] / "docs" / "sandbox-refusals.md"
HEAD = """\
# What AWS refuses, and the sandbox with it

[cdk-preflight](https://github.com/badmintoncryer/cdk-preflight) collects what AWS said to real deployments. Each rule
that a Fargate service can meet is a test here: a request that AWS takes is taken, and the one that it refuses is
refused with AWS's code and words: {count} of {count}. This page is generated from those tests
(`python -m tests.sandbox.refusals.document`), and a test compares them. The day is the one on which AWS was seen to
say it.
"""
TABLE_HEAD = "| rule | operation | code | what AWS says | day |\n|---|---|---|---|---|\n"
LEFT_OUT_HEAD = "| left out | why |\n|---|---|\n"


def text() -> str:
    """Return the page."""
    page = HEAD.format(count=sum(len(area.RULES) for _, area in AREAS))
    for title, area in AREAS:
        page += f"\n## {title}\n"
        if area.RULES:
            page += f"\n{TABLE_HEAD}" + "".join(_row(rule) for rule in area.RULES)
        if area.LEFT_OUT:
            page += f"\n{LEFT_OUT_HEAD}" + "".join(f"| `{name}` | {why} |\n" for name, why in area.LEFT_OUT.items())
    return page


def _row(rule: Rule) -> str:
    words = rule.words.replace("|", "\\|").replace("`", "'") + (" …" if rule.begins else "")
    return f"| `{rule.name}` | `{rule.operation}` | {rule.code} | {words} | {rule.seen} |\n"


if __name__ == "__main__":
    PAGE.write_text(text())

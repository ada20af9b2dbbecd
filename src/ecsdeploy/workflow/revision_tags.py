"""The tags of a new revision: its owner, commit, actor and CI run. Never part of a difference."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.config.tags import ACTOR, CONTENT, RUN
from ecsdeploy.core.older import Commit
from ecsdeploy.core.target import Target
from ecsdeploy.github.environment import read_runner


def revision_tags(target: Target, commit: Commit, environ: Mapping[str, str], *, mark: str = "") -> dict[str, str]:
    """Return the tags of a revision of `target` that is made from `commit`.

    `mark` stands for the content of its image, "" if that is not known.
    """
    runner = read_runner(environ)
    facts = {**commit.tags, ACTOR: runner.actor, RUN: runner.run_url, CONTENT: mark}
    return target.tags | {key: _taggable(value) for key, value in facts.items() if value}


def _taggable(value: str) -> str:
    """Return `value` in the characters that ECS allows in a tag (ECS API, Tag.value: at most 256)."""
    return "".join(char if char.isalnum() or char in " +-=._:/@" else "_" for char in value)[:256]

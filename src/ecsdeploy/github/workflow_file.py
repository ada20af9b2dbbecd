"""The workflow that deploys, as text: a checkout and one step for each environment.

Each job may do two things, read the repository and ask for the token that AWS trades for the role's credentials, and
is never cancelled by a later one. Source of the keys and of the patterns in `on`: docs.github.com, "Workflow syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ecsdeploy.github.action import CHECKOUT_ACTION, Action
from ecsdeploy.github.yaml_text import scalar

MARK = "# Written by `ecsdeploy workflow`"
_SPECIAL = re.compile(r"[\\+?\[\]]|^!")


@dataclass(frozen=True)
class Refs:
    """What starts a deployment: pushes to these branches, by their exact names, and of tags that match these patterns.

    In a tag's pattern `*` stands for any text, slashes included, as in IAM; no other character is special.
    """

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job that deploys one service. `after` is the id of the job that has to succeed first, "" for none.

    `environment` is the config's, `protected_by` the environment on GitHub, `role` what the step's input of that name
    is, `config` the config file; each may be "". `service` tells what must not be deployed twice at once, and
    `minutes` when GitHub ends the job.
    """

    id: str
    refs: Refs
    service: str
    runner: str
    minutes: int
    environment: str = ""
    protected_by: str = ""
    role: str = ""
    config: str = ""
    after: str = ""


def workflow(jobs: Sequence[Job], action: Action, command: str) -> str:
    """Return the text of the workflow with `jobs`, at least one; `command` is what writes it again."""
    refs = union(job.refs for job in jobs)
    return "\n".join([*_head(refs, command), *(line for job in jobs for line in _job(job, refs, action)), ""])


def union(every: Iterable[Refs]) -> Refs:
    """Return what starts any of them, in the order in which they first appear."""
    each = list(every)
    return Refs(
        tuple(dict.fromkeys(name for refs in each for name in refs.branches)),
        tuple(dict.fromkeys(name for refs in each for name in refs.tags)),
    )


def _head(refs: Refs, command: str) -> Iterator[str]:
    yield f"{MARK}. After a change to the config, write it again:"
    yield "#   " + "".join(char if char.isprintable() else "?" for char in command)  # a comment ends with its line
    yield "name: deploy"
    yield ""
    yield "on:"
    if refs.branches or refs.tags:
        yield "  push:"
        yield from _patterns("branches", map(_exactly, refs.branches))
        yield from _patterns("tags", map(_exactly, refs.tags))
    yield "  workflow_dispatch:"
    yield ""
    yield "permissions: {}"
    yield ""
    yield "jobs:"


def _patterns(name: str, patterns: Iterable[str]) -> Iterator[str]:
    lines = [f"      - {scalar(each)}" for each in patterns]
    if lines:
        yield from (f"    {name}:", *lines)


def _exactly(name: str) -> str:
    """Return GitHub's pattern for `name`, in which `*` alone is special: there a single one stops at a slash."""
    return re.sub(r"\*+", "**", _SPECIAL.sub(r"\\\g<0>", name))


def _job(job: Job, every: Refs, action: Action) -> Iterator[str]:
    yield f"  {job.id}:"
    yield f"    name: {job.id.replace('-', ' ', 1)}"
    if job.after:
        yield f"    needs: {job.after}"
    if job.refs != every:
        yield f"    if: {scalar(_condition(job.refs))}"
    yield f"    runs-on: {job.runner}"
    yield f"    timeout-minutes: {job.minutes}"
    if job.protected_by:
        yield f"    environment: {scalar(job.protected_by)}"
    yield "    # One deployment at a time. One that has begun is never cancelled: the next waits for its verdict."
    yield "    concurrency:"
    yield f"      group: {scalar(f'deploy-{job.service}')}"
    yield "      cancel-in-progress: false"
    yield "    permissions:"
    yield "      contents: read # the checkout"
    yield "      id-token: write # the token that AWS trades for the role's credentials"
    yield "    steps:"
    yield f"      - uses: {CHECKOUT_ACTION}"
    yield "        with:"
    yield "          persist-credentials: false"
    yield "          fetch-depth: 0 # whether a commit is older than the one that runs is told by the history"
    yield "      - id: deploy # a later step gets its outputs by env, such as URL: ${{ steps.deploy.outputs.url }}"
    yield f"        uses: {action}"
    config = job.config.replace("${{", "${{ '${{' }}")  # in a path, what GitHub would evaluate is text too
    inputs = {"config": scalar(config), "env": scalar(job.environment), "role": job.role}
    if given := [name for name in inputs if inputs[name] not in ("", '""')]:
        yield "        with:"
        yield from (f"          {name}: {inputs[name]}" for name in given)


def _condition(refs: Refs) -> str:
    """Return the expression that is true where a job of `refs` is meant to run."""
    branches = [f"github.ref == {_text(f'refs/heads/{name}')}" for name in refs.branches]
    return " || ".join([*branches, *map(_tag, refs.tags)])


def _tag(pattern: str) -> str:
    before, star, after = f"refs/tags/{pattern}".partition("*")
    if not star:
        return f"github.ref == {_text(before)}"
    begins = f"startsWith(github.ref, {_text(before)})"
    end = after.rpartition("*")[2]
    return f"({begins} && endsWith(github.ref, {_text(end)}))" if end else begins


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

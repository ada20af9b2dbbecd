"""`ecsdeploy status --all-envs`: every environment of the config, one line each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ecsdeploy.asked import ask
from ecsdeploy.config.load import load
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.core.standing import in_brief
from ecsdeploy.core.target import Target
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.facts import EnvironmentState
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.status import Board, repeat


def show_environments(run: Run, *, watch: bool) -> None:
    """Report every environment, or the config's only service if it has none; with `watch`, again and again.

    One that cannot be read, because of another account or a missing permission, only says so.
    Raises the reason if none of them can be read.
    """
    boards = [Board(each, each.target) for each in _runs(run)]
    repeat(run, lambda: _side_by_side(boards), watch=watch)


def _runs(run: Run) -> list[Run]:
    """Return a run for each environment; those of one Region share their clients."""
    aws = {run.aws.region: run.aws}
    runs = []
    for name in run.loaded.environments or (None,):
        loaded = load(run.loaded.path, name)
        region = run.options.region or loaded.config.region
        if region not in aws:
            aws[region] = run.aws.elsewhere(region)
        runs.append(replace(run, loaded=loaded, aws=aws[region]))
    return runs


def _side_by_side(boards: list[Board]) -> list[EnvironmentState]:
    asked = [ask(partial(each.look, briefly=True)) for each in boards]
    found: list[EnvironmentState] = []
    problems: list[EcsdeployError] = []
    for board, answer in zip(boards, asked, strict=True):
        try:
            found.append(in_brief(answer()))
        except EcsdeployError as error:
            problems.append(error)
            found.append(_problem(board.target, error))
    if len(problems) == len(found):
        raise problems[0]
    return found


def _problem(target: Target, error: EcsdeployError) -> EnvironmentState:
    names = target.names
    return EnvironmentState(
        environment=names.environment or NO_ENVIRONMENT,
        cluster=names.cluster,
        service=names.service,
        region=target.region,
        problem=error.what,
    )

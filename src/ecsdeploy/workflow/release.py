"""The release command: its task is followed to its end, and only one that ends well lets the rollout begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.duration import text_of
from ecsdeploy.core.container_logs import configured
from ecsdeploy.core.interrupted import untouched
from ecsdeploy.core.one_off import Ending
from ecsdeploy.core.step import Ends, Step
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Failed
from ecsdeploy.events import Step as Begins
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.one_off import Following, OneOff, goes_on

UNTOUCHED = "The service was not touched."


def follow_release(run: Run, target: Target, step: Step, ends: Ends, answer: Mapping[str, Any], *, begun: bool) -> None:
    """Return once the release command has ended well. Raises `Failed`: then the service stays as it is.

    An interrupted run leaves it running: half a migration is worse than one that nobody watches.
    """
    ecs = Ecs(run.aws, target.names.cluster)
    task = OneOff(
        arn=str(answer["tasks"][0]["taskArn"]),
        container=ends.container,
        log=configured(target).get(ends.container),
        shown="progress",
    )
    began = "An earlier run has started the release command" if begun else "Running the release command"
    run.report(Begins(f"{began} as task {task.id[:8]}: {step.about.name}"))
    run.journal.done.append(f"started the release command as task {task.id[:8]}")
    run.journal.in_aws = goes_on(run, target, task, f"the release command of {target.names.service}", again="deploy")
    following = Following(run, target, ecs, task)
    ended = following.to_its_end(ends.seconds)
    if ended is None:
        ecs.stop_task(task.arn, f"ecsdeploy: not done within {text_of(int(ends.seconds))}")
        raise Failed(
            f"The release command took longer than {text_of(int(ends.seconds))} and was stopped.",
            why=UNTOUCHED,
            fix="Set a longer [release] timeout, or make it faster.",
        )
    run.journal.in_aws = untouched(target.names.service)
    if not ended.succeeded:
        raise _failed(target, following, ended)


def _failed(target: Target, following: Following, ended: Ending) -> Failed:
    if ended.exit_code is None:
        return following.not_started(ended, "The release command did not run, and the service was not touched.")
    again = f"run `ecsdeploy deploy{target.env_option}` again"
    if ended.stopped_by_others:
        return Failed(
            f"The release command was stopped before its end ({ended.stop_code}: {ended.reason}).",
            why=UNTOUCHED,
            fix=f"If that was not on purpose, {again}.",
        )
    reason = f" ({ended.reason})" if ended.reason and ended.exit_code == 137 else ""
    return Failed(
        f"The release command ended with exit code {ended.exit_code}{reason}.",
        why=f"{UNTOUCHED} What the command printed is above.",
        fix=f"Correct what it says, and {again}.",
    )

"""What Tab suggests for a value: names in the config, what runs, what there is on this machine.

A suggestion is worth less than a second and never a word: what fails or takes longer suggests nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ecsdeploy.aws.session import Aws
    from ecsdeploy.config.load import Loaded

SECONDS = 0.9
"""How long somebody who has pressed Tab waits for AWS."""


def environments(context: typer.Context, incomplete: str) -> list[str]:
    """Return the environments of the config that begin so."""
    import tomllib

    try:
        document = tomllib.loads(_config(context).read_bytes().decode("utf-8-sig"))
        found = list(document["environments"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []
    return _that_begin(incomplete, found)


def policies(context: typer.Context, incomplete: str) -> list[str]:
    """Return the commands that `iam --for` shows a policy for and that begin so."""
    from ecsdeploy.policy.grants.needs import NEEDS

    return _that_begin(incomplete, NEEDS)


def tasks(context: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of running tasks of the service that begin so."""
    return answered(context, incomplete, running_tasks)


def revisions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the newest revisions whose number begins so."""
    return answered(context, incomplete, newest_revisions)


def images(context: typer.Context, incomplete: str) -> list[str]:
    """Return the tags of the newest images in the repository that begin so."""
    return answered(context, incomplete, newest_images)


def containers(context: typer.Context, incomplete: str) -> list[str]:
    """Return the containers of the config that begin so."""
    from ecsdeploy.errors import EcsdeployError

    try:
        loaded = _loaded(context)
    except EcsdeployError:
        return []
    beside = (str(each.get("name", "")) for each in loaded.config.task.raw.get("containerDefinitions", []))
    return _that_begin(incomplete, filter(None, dict.fromkeys((loaded.names.container, *beside))))


def regions(incomplete: str) -> list[str]:
    """Return the Regions with ECS that begin so."""
    from ecsdeploy.sandbox.regions import regions as every

    return _that_begin(incomplete, every())


def profiles(incomplete: str) -> list[str]:
    """Return the profiles of the user's AWS configuration that begin so."""
    from ecsdeploy.aws.suggestions import profiles as every

    return _that_begin(incomplete, every())


def sandboxes(incomplete: str) -> list[str]:
    """Return the sandboxes that there are and that begin so."""
    from ecsdeploy.sandbox.state import all_homes

    return _that_begin(incomplete, (home.name for home in all_homes(os.environ)))


def faults(incomplete: str) -> list[str]:
    """Return the sandbox's faults that begin so."""
    from ecsdeploy.sandbox.faults import API_FAULTS, SCAN_FAULTS, TASK_FAULTS

    return _that_begin(incomplete, (*TASK_FAULTS, *API_FAULTS, *SCAN_FAULTS))


def running_tasks(aws: Aws, loaded: Loaded) -> list[str]:
    """Return the ids of the running tasks."""
    from ecsdeploy.aws.suggestions import task_ids

    return task_ids(aws, loaded.names.cluster, loaded.names.service)


def newest_revisions(aws: Aws, loaded: Loaded) -> list[str]:
    """Return the numbers of the newest revisions."""
    from ecsdeploy.aws.suggestions import revisions as newest

    return newest(aws, loaded.names.family)


def newest_images(aws: Aws, loaded: Loaded) -> list[str]:
    """Return the tags of the newest images."""
    from ecsdeploy.aws.suggestions import image_tags

    return image_tags(aws, loaded.names.repository)


def answered(
    context: typer.Context,
    incomplete: str,
    question: Callable[[Aws, Loaded], list[str]],
    *,
    seconds: float = SECONDS,
) -> list[str]:
    """Return what AWS answers within `seconds` and begins so, [] otherwise.

    Only with keys in the environment: a profile may have to ask for a code, or start a program that does.
    """
    from ecsdeploy.asked import ask
    from ecsdeploy.errors import EcsdeployError

    if not os.environ.get("AWS_ACCESS_KEY_ID"):
        return []

    def found() -> list[str]:
        from ecsdeploy.aws.errors import aws_errors
        from ecsdeploy.aws.session import Aws

        loaded = _loaded(context)
        aws = Aws(context.params.get("region") or loaded.config.region)
        with aws_errors("ecs"):
            return question(aws, loaded)

    answer = ask(found)
    answer.wait(seconds)
    try:
        names = answer() if answer.is_over else []
    except EcsdeployError:
        return []
    return _that_begin(incomplete, names)


def _loaded(context: typer.Context) -> Loaded:
    from ecsdeploy.config.load import load

    return load(_config(context), context.params.get("env"))


def _config(context: typer.Context) -> Path:
    return Path(context.params.get("config") or "ecsdeploy.toml")


def _that_begin(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]

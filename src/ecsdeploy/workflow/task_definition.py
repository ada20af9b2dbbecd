"""The task definition's way from the config to a registered revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.secret_arns import secret_arns
from ecsdeploy.config.references import parse_task_secret
from ecsdeploy.config.tags import tags_for
from ecsdeploy.core.image import Image
from ecsdeploy.core.plan import TaskDefinitionPlan
from ecsdeploy.core.task_definition import Facts, Roles, TaskDefinition, diff, render
from ecsdeploy.errors import AwsError, ConfigError
from ecsdeploy.events import Resource, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.policy.arns import Place
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.once import send_once

_CONTENDED = "Too many concurrent attempts"
"""ECS says so as a ClientException, which botocore does not retry."""
_NOT_TAKEN = ("ClientException", "InvalidParameterException")


def find_secrets(run: Run) -> dict[str, str]:
    """Return `valueFrom` by variable for [task.secrets]. Raises `Refused` where Secrets Manager lacks one."""
    references = {name: parse_task_secret(text) for name, text in run.config.task.secrets.items()}
    return secret_arns(run.aws, references)


def rendered(run: Run, image: Image, commit: str, secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of RegisterTaskDefinition that the config asks for; `secrets` are `find_secrets`'s."""
    # A placeholder that came out empty would be noticed too late: what names the image best stands for it.
    image = image if image.tag else replace(image, tag=image.digest)
    who = run.aws.identity
    place = Place(partition=who.partition, region=run.aws.region, account=who.account)
    facts = Facts(
        image=image,
        roles=Roles(execution=place.role(run.names.execution_role), task=place.role(run.names.task_role)),
        region=run.aws.region,
        commit=commit or image.tag,
        secrets=secrets,
    )
    return render(run.config, run.names, facts)


def registered(run: Run, ecs: Ecs, plan: TaskDefinitionPlan, document: Mapping[str, Any], commit: str) -> str:
    """Register the revision unless one can be used again; report what happened; return its ARN."""
    if plan.reuse is not None:
        run.report(Resource("task definition", short_name(plan.reuse), "unchanged"))
        return plan.reuse
    _ask_about_removals(run, plan)
    run.journal.doing = "registering the task definition"
    revision = register(run, ecs, document, revision_tags(run, commit))
    run.journal.done.append(f"registered {revision.short}")
    run.journal.doing = ""
    run.report(Resource("task definition", revision.short, "created", plan.changes))
    return revision.arn


def _ask_about_removals(run: Run, plan: TaskDefinitionPlan) -> None:
    """Show what somebody added by hand before it goes; a person may refuse, CI goes on: the config is the truth."""
    gone = removals(plan)
    if not gone:
        return
    run.report(*(Warn(f"The config does not name {what}: the new revision is without it.") for what in gone))
    run.confirm("Register a revision without what was added by hand?", unattended=True)


def removals(plan: TaskDefinitionPlan) -> list[str]:
    """Return the containers and volumes that the difference takes away, in words."""
    kinds = {"containerDefinitions": "container", "volumes": "volume"}
    changed: dict[tuple[str, str], bool] = {}
    for change in plan.changes:
        kind, _, rest = change.path.partition(".")
        if kind in kinds and rest:
            key = (kinds[kind], rest.split(".")[0])
            changed[key] = changed.get(key, True) and change.after is None
    whole = {(kind, name) for (kind, name), gone in changed.items() if gone}
    return [f"the {kind} {name!r}" for kind, name in sorted(whole) if _is_named(plan, kind, name)]


def _is_named(plan: TaskDefinitionPlan, kind: str, name: str) -> bool:
    """Return whether a container's image goes too, not only some of its settings."""
    return kind == "volume" or any(change.path == f"containerDefinitions.{name}.image" for change in plan.changes)


def register(run: Run, ecs: Ecs, document: Mapping[str, Any], tags: Mapping[str, str]) -> TaskDefinition:
    """Register `document`, once, and return the revision.

    RegisterTaskDefinition has no client token: sent twice, it leaves a revision that nobody uses.
    Raises `ConfigError` where ECS says that Fargate has no such thing.
    """

    def arrived() -> TaskDefinition | None:
        newest = ecs.task_definition(str(document["family"]))
        return newest if newest is not None and not diff(newest.document, document) else None

    try:
        return send_once(
            run, lambda: ecs.register(document, tags), arrived, passes=lambda error: _CONTENDED in error.message
        )
    except AwsError as error:
        if error.code not in _NOT_TAKEN or _CONTENDED in error.message:
            raise
        raise ConfigError(
            "ECS does not take this task definition.",
            why=error.message,
            fix="Correct [task] in the config, [task.raw] included.",
        ) from error


def revision_tags(run: Run, commit: str) -> dict[str, str]:
    """Return a revision's tags: whose it is, and the commit, actor and run that made it. Never part of a difference."""
    runner = read_runner(run.environ)
    facts = {"ecsdeploy:commit": commit, "ecsdeploy:actor": runner.actor, "ecsdeploy:run": runner.run_url}
    found = {key: _taggable(value) for key, value in facts.items() if value}
    return tags_for(run.config, run.names.environment) | found


def _taggable(value: str) -> str:
    """Return `value` in the characters that ECS allows in a tag (ECS API, Tag.value: at most 256)."""
    return "".join(char if char.isalnum() or char in " +-=._:/@" else "_" for char in value)[:256]


def short_name(arn: str) -> str:
    """Return `family:revision` of a task definition's ARN."""
    return arn.rsplit("/", 1)[-1]

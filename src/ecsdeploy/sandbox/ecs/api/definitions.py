"""Task definition operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.definition_form import completed, normalised
from ecsdeploy.sandbox.ecs.api.definition_rules import check
from ecsdeploy.sandbox.ecs.api.forms import caller_arn, read_tags
from ecsdeploy.sandbox.ecs.api.lookup import client_error, definition_reference, find_definition, invalid
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.describe import Answer, describe_task_definition, tag_list
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import arn
from ecsdeploy.sandbox.ecs.records import TaskDefinition
from ecsdeploy.sandbox.ecs.world import Draft, World
from ecsdeploy.sandbox.wire import AwsError, Caller, Operations


class DefinitionApi:
    """Task definitions: revisions are immutable, and their numbers are never used again."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {
            "RegisterTaskDefinition": self.register,
            "DescribeTaskDefinition": self.describe,
            "ListTaskDefinitions": self.list,
            "ListTaskDefinitionFamilies": self.list_families,
            "DeregisterTaskDefinition": self.deregister,
            "DeleteTaskDefinitions": self.delete,
        }

    def register(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Register a revision. Raises ClientException for what Fargate does not have."""
        family = params["family"]
        if not family or len(family) > 255 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in family):
            raise client_error("Family contains invalid characters.")
        if "tags" in params and not params["tags"]:
            raise client_error("Tags can not be empty.")
        form = normalised(params)
        check(form, self._engine.settings.registry())
        body, tags = completed(form), read_tags(params)

        def write(draft: Draft) -> Answer:
            number = draft.revisions.get(family, 0) + 1
            identity = arn(draft.world, f"task-definition/{family}:{number}")
            definition = TaskDefinition(
                arn=identity,
                family=family,
                revision=number,
                body={**body, "taskDefinitionArn": identity, "revision": number},
                registered_at=draft.now,
                registered_by=caller_arn(caller),
                tags=tags,
            )
            draft.revisions = {**draft.revisions, family: number}
            draft.families = {**draft.families, family: (*draft.families.get(family, ()), definition)}
            return {"taskDefinition": describe_task_definition(definition), "tags": tag_list(tags)}

        return self._engine.change(write)

    def describe(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Describe a revision, INACTIVE ones too; a family alone means its newest ACTIVE one."""
        world = self._engine.world
        if not params["taskDefinition"]:
            raise invalid("Task Definition can not be blank.")
        definition = find_definition(world, params["taskDefinition"])
        if definition is None or _deleted(world, definition):
            raise client_error("Unable to describe task definition.")
        answer: Answer = {"taskDefinition": describe_task_definition(definition)}
        if "TAGS" in params.get("include", ()):
            answer["tags"] = tag_list(definition.tags)
        return answer

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List revisions' ARNs by family, then number."""
        status, family = params.get("status", "ACTIVE"), params.get("familyPrefix")
        found = [
            definition
            for name, revisions in self._engine.world.families.items()
            if family is None or name == family
            for definition in revisions
            if definition.status == status and not _deleted(self._engine.world, definition)
        ]
        descending = params.get("sort") == "DESC"
        found.sort(key=_place, reverse=descending)
        shown, more = page(found, params, place=_place, descending=descending)
        return {"taskDefinitionArns": [definition.arn for definition in shown], **more}

    def list_families(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List families; an ACTIVE one has at least one ACTIVE revision."""
        status, prefix = params.get("status", "ALL"), params.get("familyPrefix", "")

        def wanted(name: str, revisions: tuple[TaskDefinition, ...]) -> bool:
            active = any(d.status == "ACTIVE" for d in revisions)
            return bool(revisions) and name.startswith(prefix) and status in ("ALL", "ACTIVE" if active else "INACTIVE")

        names = sorted(n for n, revisions in self._engine.world.families.items() if wanted(n, revisions))
        shown, more = page(names, params)
        return {"families": shown, **more}

    def deregister(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Make a revision INACTIVE: what runs goes on, nothing new may use it."""
        _, revision = definition_reference(params["taskDefinition"])
        if revision is None:
            raise invalid("Please specify a revision number: the task definition must be family:revision or an ARN.")

        def write(draft: Draft) -> Answer:
            definition = find_definition(draft, params["taskDefinition"])
            if definition is None or definition.status != "ACTIVE":
                raise client_error("The specified task definition does not exist.")
            gone = replace(definition, status="INACTIVE", deregistered_at=draft.now)
            _put(draft, gone)
            return {"taskDefinition": describe_task_definition(gone)}

        return self._engine.change(write)

    def delete(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Delete INACTIVE revisions: at once, or once no service and no task uses them any more."""
        references = params["taskDefinitions"]
        if not 1 <= len(references) <= 10:
            raise invalid("You must specify between 1 and 10 task definitions.")

        def write(draft: Draft) -> Answer:
            answer: Answer = {"taskDefinitions": [], "failures": []}
            for reference in references:
                try:
                    answer["taskDefinitions"].append(_delete(draft, reference))
                except AwsError as error:
                    answer["failures"].append({"arn": reference, "reason": error.message})
            return answer

        return self._engine.change(write)


def _place(definition: TaskDefinition) -> tuple[str, int]:
    return definition.family, definition.revision


def _delete(draft: Draft, reference: str) -> Answer:
    _, revision = definition_reference(reference)
    definition = find_definition(draft, reference)
    if revision is None or definition is None:
        raise invalid("The specified task definition does not exist.")
    if definition.status == "ACTIVE":
        raise invalid(
            "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
        )
    going = replace(definition, status="DELETE_IN_PROGRESS", delete_requested_at=draft.now)
    _change(draft, definition.family, lambda d: going if d.arn == definition.arn else d)
    _change(draft, definition.family, lambda d: None if _deleted(draft.world, d) else d)
    return describe_task_definition(going)


def _deleted(world: World, definition: TaskDefinition) -> bool:
    """Return whether a deleted definition is gone: it is once no service and no task uses it any more."""
    return definition.status == "DELETE_IN_PROGRESS" and not _used(world, definition.arn)


def _used(world: World, definition_arn: str) -> bool:
    return any(
        (s.service is not None and s.service.status != "INACTIVE" and s.service.definition.arn == definition_arn)
        or any(t.definition.arn == definition_arn and t.last_status != "STOPPED" for t in s.tasks.values())
        for s in world.shards.values()
    )


def _put(draft: Draft, definition: TaskDefinition) -> None:
    _change(draft, definition.family, lambda d: definition if d.arn == definition.arn else d)


def _change(draft: Draft, family: str, change: Callable[[TaskDefinition], TaskDefinition | None]) -> None:
    changed = (change(d) for d in draft.families[family])
    draft.families = {**draft.families, family: tuple(d for d in changed if d is not None)}

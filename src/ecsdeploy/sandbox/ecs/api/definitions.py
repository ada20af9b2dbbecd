"""Task definition operations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.definition_deletion import put_definition, request_deletion
from ecsdeploy.sandbox.ecs.api.definition_form import completed, normalised
from ecsdeploy.sandbox.ecs.api.definition_rules import Place, check, fits_fargate
from ecsdeploy.sandbox.ecs.api.forms import caller_arn, read_tags
from ecsdeploy.sandbox.ecs.api.lookup import client_error, definition_reference, find_definition, invalid
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.describe import Answer, describe_task_definition, tag_list
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import arn
from ecsdeploy.sandbox.ecs.records import TaskDefinition
from ecsdeploy.sandbox.ecs.world import Draft
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
        place = Place(account=self._engine.world.account, registry=self._engine.settings.registry())
        check(form, place)
        body, tags = completed(form, fargate=fits_fargate(form, place)), read_tags(params)

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
        if definition is None:
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
            if definition.status == status
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
            put_definition(draft, gone)
            return {"taskDefinition": describe_task_definition(gone)}

        return self._engine.change(write)

    def delete(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Delete INACTIVE revisions: they are DELETE_IN_PROGRESS while something uses them, then gone."""
        references = params["taskDefinitions"]
        if not 1 <= len(references) <= 10:
            raise invalid("You must specify between 1 and 10 task definitions.")

        def write(draft: Draft) -> Answer:
            answer: Answer = {"taskDefinitions": [], "failures": []}
            for reference in references:
                try:
                    answer["taskDefinitions"].append(describe_task_definition(request_deletion(draft, reference)))
                except AwsError as error:
                    answer["failures"].append({"arn": reference, "reason": error.message})
            return answer

        return self._engine.change(write)


def _place(definition: TaskDefinition) -> tuple[str, int]:
    return definition.family, definition.revision

"""Task operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.identifiers import service_name, task_identity
from ecsdeploy.sandbox.ecs.api.lookup import active_cluster, find_cluster, invalid, task_id
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.api.run_task import run_task
from ecsdeploy.sandbox.ecs.describe import Answer, describe_task, moment, present
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import task_arn
from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.ecs.scheduler.lifecycle import stop
from ecsdeploy.sandbox.ecs.world import Draft, World
from ecsdeploy.sandbox.wire import AwsError, Caller, Operations

PROTECTION_MINUTES = 120
"""How long scale-in protection lasts unless told otherwise (API reference, UpdateTaskProtection)."""


class TaskApi:
    """Tasks, of services and of none."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {
            "RunTask": lambda params, caller: run_task(self._engine, params, caller),
            "StartTask": self.start,
            "StopTask": self.stop,
            "ListTasks": self.list,
            "DescribeTasks": self.describe,
            "GetTaskProtection": self.get_protection,
            "UpdateTaskProtection": self.update_protection,
            "ExecuteCommand": self.execute_command,
        }

    def start(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Refuse: Fargate has no container instances to start a task on."""
        active_cluster(self._engine.world, params.get("cluster"))
        raise AwsError("UnsupportedFeatureException", "StartTask is not supported for the FARGATE launch type.")

    def stop(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Stop a task; one that has stopped stays as it is."""

        def write(draft: Draft) -> Answer:
            cluster = active_cluster(draft, params.get("cluster"))
            identity = task_id(draft.world, cluster.name, params["task"])
            key = draft.home(identity) if identity else None
            if identity is None or key is None:
                raise invalid("The referenced task was not found.")
            shard = draft.open(key)
            reason = params.get("reason") or "Task stopped by user"
            task = stop(draft, shard, shard.tasks[identity], "UserInitiated", reason)
            shard.due = draft.now
            return {"task": describe_task(draft.world, task)}

        return self._engine.change(write)

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List task ARNs in no particular order; RUNNING means that the task shall run, whatever it does now."""
        world = self._engine.world
        cluster = find_cluster(world, params.get("cluster"))
        name, kept = params.get("serviceName"), world.tasks(cluster.name)
        if params.get("startedBy") and (name or params.get("family") or params.get("containerInstance")):
            raise invalid("startedBy can only be used on its own.")
        if name is not None:
            name = service_name(cluster.name, name)
            shard = world.shards.get((cluster.name, name))
            if shard is None or shard.service is None:
                raise AwsError("ServiceNotFoundException", "Service not found.")
            kept = iter(shard.tasks.values())
        # Ids are random, so their order is none; it lets a page be continued.
        found = sorted(t.id for t in kept if _wanted(t, {**params, "serviceName": name}))
        shown, more = page(found, params)
        return {"taskArns": [task_arn(world, cluster.name, identity) for identity in shown], **more}

    def describe(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Describe up to 100 tasks; a missing one is a failure, not an error."""
        world = self._engine.world
        cluster = find_cluster(world, params.get("cluster"))
        references = params["tasks"]
        if not references:
            raise invalid("Tasks cannot be empty.")
        if len(references) > 100:
            raise invalid("taskIds can have at most 100 items.")
        found, failures = _find(world, cluster.name, references)
        tags = "TAGS" in params.get("include", ())
        return {"tasks": [describe_task(world, task, tags=tags) for task in found], "failures": failures}

    def get_protection(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Tell which tasks are protected from scale-in; without `tasks`, none is listed."""
        world, now = self._engine.world, self._engine.clock.now()
        cluster = find_cluster(world, params["cluster"])
        found, failures = _find(world, cluster.name, params.get("tasks", ()))
        return {
            "protectedTasks": [_protection(world, task, now) for task in found if task.service],
            "failures": failures + [_not_valid(world, task) for task in found if not task.service],
        }

    def update_protection(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Protect tasks from scale-in and deployments, for 1 to 2,880 minutes, or no longer."""
        minutes = params.get("expiresInMinutes", PROTECTION_MINUTES)
        if not 1 <= minutes <= 2880:
            raise invalid("expiresInMinutes must be between 1 and 2880.")
        if not 1 <= len(params["tasks"]) <= 10:
            raise invalid("Tasks must have between 1 and 10 items.")

        def write(draft: Draft) -> Answer:
            cluster = active_cluster(draft, params["cluster"])
            found, failures = _find(draft.world, cluster.name, params["tasks"])
            protected = []
            for task in found:
                key = draft.home(task.id)
                if task.service is None or not task.live or key is None:
                    failures.append(_not_valid(draft.world, task))
                    continue
                until = draft.now + minutes * 60 if params["protectionEnabled"] else None
                shard = draft.open(key)
                shard.tasks[task.id] = changed = replace(task, protected_until=until)
                shard.due = draft.now
                protected.append(_protection(draft.world, changed, draft.now))
            return {"protectedTasks": protected, "failures": failures}

        return self._engine.change(write)

    def execute_command(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Refuse in ECS's words where ECS Exec is off; where it is on, say that the sandbox has no such channel."""
        world = self._engine.world
        cluster = active_cluster(world, params.get("cluster"))
        found, _ = _find(world, cluster.name, [params["task"]])
        if not found:
            raise invalid("The referenced task was not found.")
        if not found[0].exec_enabled or not found[0].running:
            raise invalid(
                "The execute command failed because execute command was not enabled when the task was run or the "
                "execute command agent isn't running. Wait and try again or run a new task with execute command "
                "enabled and try again."
            )
        raise AwsError(
            "TargetNotConnectedException", "The sandbox does not offer ECS Exec: use `docker exec` on the container."
        )


def _wanted(task: Task, params: Mapping[str, Any]) -> bool:
    status = params.get("desiredStatus", "RUNNING")
    name, family, launch_type = params.get("serviceName"), params.get("family"), params.get("launchType")
    return (
        task.desired_status == status
        and (name is None or task.service == name)
        and (family is None or task.definition.family == family)
        and params.get("startedBy") in (None, task.started_by)
        and launch_type in (None, task.launch_type or "FARGATE")
        and not params.get("containerInstance")
        and not params.get("daemonName")
    )


def _find(world: World, cluster: str, references: Any) -> tuple[list[Task], list[dict[str, str]]]:
    found, failures = [], []
    for identity in dict.fromkeys(task_identity(cluster, reference) for reference in references):
        hit = world.find(identity)
        if hit is None or hit[1].cluster != cluster:
            failures.append({"arn": task_arn(world, cluster, identity), "reason": "MISSING"})
        else:
            found.append(hit[1])
    return found, failures


def _protection(world: World, task: Task, now: float) -> Answer:
    enabled = task.protected_until is not None and now < task.protected_until
    return present(
        {
            "taskArn": task_arn(world, task.cluster, task.id),
            "protectionEnabled": enabled,
            "expirationDate": moment(task.protected_until) if enabled else None,
        }
    )


def _not_valid(world: World, task: Task) -> dict[str, str]:
    return {"arn": task_arn(world, task.cluster, task.id), "reason": "TASK_NOT_VALID"}

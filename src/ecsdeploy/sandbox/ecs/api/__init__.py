"""ECS's API: a table of operations over an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.api.account_settings import AccountSettingApi
from ecsdeploy.sandbox.ecs.api.clusters import ClusterApi
from ecsdeploy.sandbox.ecs.api.container_instances import ContainerInstanceApi
from ecsdeploy.sandbox.ecs.api.definition_deletion import sweep
from ecsdeploy.sandbox.ecs.api.definitions import DefinitionApi
from ecsdeploy.sandbox.ecs.api.references import check_references
from ecsdeploy.sandbox.ecs.api.service_deployments import ServiceDeploymentApi
from ecsdeploy.sandbox.ecs.api.services import ServiceApi
from ecsdeploy.sandbox.ecs.api.tags import TagApi
from ecsdeploy.sandbox.ecs.api.tasks import TaskApi
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.wire import Answer, Caller, Operation, Operations

PARTIAL: Mapping[str, str] = {
    "CreateService": "Only REPLICA services with the ECS controller, on Fargate, with the strategy ROLLING: no load "
    "balancers, Service Connect, service registries, volumes, VPC Lattice, lifecycle hooks, bake times, early success "
    "criteria or alarms.",
    "UpdateService": "As CreateService.",
    "ListServices": "There are no DAEMON services and none that ECS manages (Express Mode).",
    "DescribeServices": "No task sets.",
    "RunTask": "Only on Fargate; no volumes, and quotas are none.",
    "StartTask": "Always refused: Fargate has no container instances.",
    "ExecuteCommand": "Refused as ECS refuses it where ECS Exec is off; where it is on, with TargetNotConnected.",
    "RegisterTaskDefinition": "Checked for Fargate; what only EC2 or external instances have is kept and not judged.",
    "DescribeCapacityProviders": "FARGATE and FARGATE_SPOT alone.",
    "CreateCluster": "Configuration and Service Connect defaults are kept and have no effect.",
    "UpdateCluster": "As CreateCluster.",
    "PutAccountSetting": "Kept and answered; only containerInsights has an effect, on clusters made later.",
    "PutAccountSettingDefault": "As PutAccountSetting.",
    "ListTasks": "No container instances and no daemons to filter by.",
    "TagResource": "Clusters, services, tasks and task definitions.",
    "UntagResource": "As TagResource.",
    "ListTagsForResource": "As TagResource.",
}
"""What is missing of operations that are answered, for `docs/sandbox-operations.md`."""


def operations(engine: EcsEngine) -> Operations:
    """Return every operation of ECS that the sandbox answers, by AWS's name."""
    table = {
        **ClusterApi(engine).operations(),
        **DefinitionApi(engine).operations(),
        **ServiceApi(engine).operations(),
        **TaskApi(engine).operations(),
        **ContainerInstanceApi(engine).operations(),
        **ServiceDeploymentApi(engine).operations(),
        **TagApi(engine).operations(),
        **AccountSettingApi(engine).operations(),
    }
    return {name: _guarded(engine, operation) for name, operation in table.items()}


def _guarded(engine: EcsEngine, operation: Operation) -> Operation:
    def answer(params: dict[str, Any], caller: Caller) -> Answer:
        sweep(engine)
        check_references(engine.world, params)
        return operation(params, caller)

    return answer

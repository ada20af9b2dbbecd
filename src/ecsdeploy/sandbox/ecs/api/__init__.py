"""ECS's API: a table of operations over an engine."""

from __future__ import annotations

from ecsdeploy.sandbox.ecs.api.account_settings import AccountSettingApi
from ecsdeploy.sandbox.ecs.api.clusters import ClusterApi
from ecsdeploy.sandbox.ecs.api.definitions import DefinitionApi
from ecsdeploy.sandbox.ecs.api.service_deployments import ServiceDeploymentApi
from ecsdeploy.sandbox.ecs.api.services import ServiceApi
from ecsdeploy.sandbox.ecs.api.tags import TagApi
from ecsdeploy.sandbox.ecs.api.tasks import TaskApi
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.wire import Operations


def operations(engine: EcsEngine) -> Operations:
    """Return every operation of ECS that the sandbox answers, by AWS's name."""
    return {
        **ClusterApi(engine).operations(),
        **DefinitionApi(engine).operations(),
        **ServiceApi(engine).operations(),
        **TaskApi(engine).operations(),
        **ServiceDeploymentApi(engine).operations(),
        **TagApi(engine).operations(),
        **AccountSettingApi(engine).operations(),
    }

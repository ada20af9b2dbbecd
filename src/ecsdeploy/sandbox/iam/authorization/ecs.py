"""Amazon ECS: what each operation asks.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Container
Service"; ECS Developer Guide, "Grant permission to tag resources on creation". That RunTask, and a CreateService or an
UpdateService that names a task definition, ask to pass the definition's roles is what users were refused for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.policy.arns import ECS_TASKS
from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.iam.authorization.ecs_keys import KEYS
from ecsdeploy.sandbox.iam.authorization.ecs_resources import TYPES, new_task_arns
from ecsdeploy.sandbox.iam.authorization.rule import Arns, Call, Further, Table, creating, passing, tagging

ECS = "ecs.amazonaws.com"
"""The principal as which ECS itself works for a service."""

_TAGS = "aws:RequestTag aws:TagKeys"
_SIZE = "ecs:task-cpu ecs:task-memory"
_WORKLOAD = "ecs:capacity-provider ecs:enable-ebs-volumes ecs:enable-execute-command"
_SERVICE = (
    f"ecs:cluster ecs:task-definition {_SIZE} {_WORKLOAD} ecs:auto-assign-public-ip ecs:subnet "
    "ecs:enable-ecs-managed-tags ecs:enable-service-connect ecs:enable-vpc-lattice ecs:namespace ecs:propagate-tags"
)
_TAGGABLE = "capacity-provider cluster container-instance service task task-definition"

LINES: Mapping[str, tuple[str, str]] = {
    "CreateCluster": ("cluster", f"{_TAGS} ecs:capacity-provider ecs:fargate-ephemeral-storage-kms-key"),
    "CreateService": ("service", f"{_TAGS} {_SERVICE}"),
    "DeleteAccountSetting": ("", "ecs:account-setting"),
    "DeleteCluster": ("cluster", ""),
    "DeleteService": ("service", "ecs:cluster"),
    "DeleteTaskDefinitions": ("task-definition", ""),
    "DeregisterTaskDefinition": ("", ""),
    "DescribeCapacityProviders": ("capacity-provider", ""),
    "DescribeClusters": ("cluster", ""),
    "DescribeContainerInstances": ("container-instance", "ecs:cluster"),
    "DescribeServiceDeployments": ("service service-deployment", "ecs:cluster ecs:service"),
    "DescribeServiceRevisions": ("service service-revision", "ecs:cluster ecs:service"),
    "DescribeServices": ("service", "ecs:cluster"),
    "DescribeTaskDefinition": ("", ""),
    "DescribeTasks": ("task", "ecs:cluster"),
    "ExecuteCommand": ("cluster task", "ecs:cluster ecs:container-name ecs:task"),
    "GetTaskProtection": ("task", "ecs:cluster"),
    "ListAccountSettings": ("", ""),
    "ListClusters": ("", ""),
    "ListContainerInstances": ("cluster", ""),
    "ListServiceDeployments": ("service", "ecs:cluster"),
    "ListServices": ("", "ecs:cluster"),
    "ListTagsForResource": (_TAGGABLE, ""),
    "ListTaskDefinitionFamilies": ("", ""),
    "ListTaskDefinitions": ("", ""),
    "ListTasks": ("container-instance", "ecs:cluster"),
    "PutAccountSetting": ("", "ecs:account-setting"),
    "PutAccountSettingDefault": ("", "ecs:account-setting"),
    "PutClusterCapacityProviders": ("cluster", "ecs:capacity-provider"),
    "RegisterTaskDefinition": ("task-definition", f"{_TAGS} {_SIZE} ecs:compute-compatibility ecs:privileged"),
    "RunTask": ("task-definition", f"{_TAGS} {_SIZE} {_WORKLOAD} ecs:cluster"),
    "StartTask": (
        "task-definition",
        f"{_TAGS} ecs:cluster ecs:container-instances ecs:enable-ebs-volumes ecs:enable-execute-command",
    ),
    "StopServiceDeployment": ("service service-deployment", "ecs:cluster ecs:service"),
    "StopTask": ("task", "ecs:cluster"),
    "TagResource": (_TAGGABLE, _TAGS),
    "UntagResource": (_TAGGABLE, "aws:TagKeys"),
    "UpdateCluster": ("cluster", "ecs:fargate-ephemeral-storage-kms-key"),
    "UpdateClusterSettings": ("cluster", ""),
    "UpdateService": ("service", _SERVICE),
    "UpdateTaskProtection": ("task", "ecs:cluster"),
}
"""Operation -> the types of its resources, and its condition keys. ListTasks of a whole cluster asks `*`."""


def _passed(call: Call, service: str, roles: list[Any]) -> Iterator[Request]:
    for role in dict.fromkeys(str(each) for each in roles if each):
        yield passing(role if role.startswith("arn:") else call.around.iam("role", role), service)


def _registered_roles(call: Call) -> Iterator[Request]:
    yield from _passed(call, ECS_TASKS, [call.text("taskRoleArn"), call.text("executionRoleArn")])


def _task_roles(call: Call) -> Iterator[Request]:
    overrides: Mapping[str, Any] = call.parameters.get("overrides") or {}
    reference = call.text("taskDefinition")
    roles = list(call.around.definition(reference).roles) if reference else []
    yield from _passed(call, ECS_TASKS, [*roles, overrides.get("taskRoleArn"), overrides.get("executionRoleArn")])


def _infrastructure_roles(call: Call) -> Iterator[Request]:
    balancers = call.parameters.get("loadBalancers") or ()
    volumes = call.parameters.get("volumeConfigurations") or ()
    lattices = call.parameters.get("vpcLatticeConfigurations") or ()
    roles = [call.text("role"), *(each.get("roleArn") for each in lattices)]
    roles += [(each.get("advancedConfiguration") or {}).get("roleArn") for each in balancers]
    roles += [(each.get("managedEBSVolume") or {}).get("roleArn") for each in volumes]
    yield from _passed(call, ECS, roles)


def _tag_on_creation(arns: Arns) -> Further:
    return tagging("ecs:TagResource", arns, creating("ecs:CreateAction"))


TABLE = Table(
    prefix="ecs",
    types=TYPES,
    keys=KEYS,
    lines=LINES,
    limits={
        (operation, "service"): "ecs:cluster"
        for operation in ("DescribeServiceDeployments", "DescribeServiceRevisions", "StopServiceDeployment")
    },
    further={
        "CreateCluster": (_tag_on_creation(TYPES["cluster"]),),
        "CreateService": (_task_roles, _infrastructure_roles, _tag_on_creation(TYPES["service"])),
        "RegisterTaskDefinition": (_registered_roles, _tag_on_creation(TYPES["task-definition"])),
        "RunTask": (_task_roles, _infrastructure_roles, _tag_on_creation(new_task_arns)),
        "StartTask": (_task_roles, _infrastructure_roles, _tag_on_creation(new_task_arns)),
        "UpdateService": (_task_roles, _infrastructure_roles),
    },
)

"""The calls that Terraform's AWS provider makes for each resource: create, read, update, read, delete, read.

What the provider looks for after a deletion differs: an error for some resources, a status for others.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.clients.conftest import Service
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.operations.furnished import LIFECYCLE, definition, wait_for

TAGS = [{"key": "Name", "value": "tf"}]


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_aws_ecs_cluster(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    insights = {"name": "containerInsights", "value": "enabled"}
    logging = {"executeCommandConfiguration": {"logging": "DEFAULT"}}
    arn = ecs.create_cluster(clusterName="tf", tags=TAGS, settings=[insights])["cluster"]["clusterArn"]

    def read() -> Any:
        answer = ecs.describe_clusters(clusters=[arn], include=["TAGS", "CONFIGURATIONS", "SETTINGS"])
        assert answer["failures"] == []
        return answer["clusters"][0]

    assert (read()["status"], read()["tags"], read()["settings"]) == ("ACTIVE", TAGS, [insights])
    ecs.update_cluster(cluster=arn, settings=[{**insights, "value": "disabled"}], configuration=logging)
    assert (read()["settings"], read()["configuration"]) == ([{**insights, "value": "disabled"}], logging)
    strategy = [{"capacityProvider": "FARGATE", "weight": 100, "base": 1}]
    ecs.put_cluster_capacity_providers(
        cluster="tf", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=strategy
    )
    assert (read()["capacityProviders"], read()["defaultCapacityProviderStrategy"]) == (
        ["FARGATE", "FARGATE_SPOT"],
        strategy,
    )
    ecs.put_cluster_capacity_providers(cluster="tf", capacityProviders=[], defaultCapacityProviderStrategy=[])
    assert read()["defaultCapacityProviderStrategy"] == []
    ecs.untag_resource(resourceArn=arn, tagKeys=["Name"])
    assert read()["tags"] == []
    ecs.delete_cluster(cluster=arn)
    assert read()["status"] == "INACTIVE"
    assert (
        refused(
            lambda: ecs.put_cluster_capacity_providers(
                cluster="tf", capacityProviders=[], defaultCapacityProviderStrategy=[]
            )
        )
        == "ClusterNotFoundException"
    )


def test_aws_ecs_task_definition(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    asked = definition("tf")
    asked["containerDefinitions"][0]["portMappings"] = [{"containerPort": 80}]
    asked["runtimePlatform"] = {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}
    arn = ecs.register_task_definition(**asked, tags=TAGS)["taskDefinition"]["taskDefinitionArn"]
    read = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    container = read["taskDefinition"]["containerDefinitions"][0]
    assert (read["tags"], read["taskDefinition"]["status"]) == (TAGS, "ACTIVE")
    # What ECS fills in, and the provider takes for no difference.
    assert container["portMappings"] == [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]
    assert (container["cpu"], container["environment"], container["volumesFrom"]) == (0, [], [])
    ecs.deregister_task_definition(taskDefinition=arn)
    assert ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["status"] == "INACTIVE"
    assert refused(lambda: ecs.describe_task_definition(taskDefinition="tf")) == "ClientException"


def test_aws_ecs_service(sandbox: RunningSandbox) -> None:
    service = Service(sandbox, "tf", 1)
    ecs, arn = service.ecs, service.now()["serviceArn"]

    def read() -> Any:
        return ecs.describe_services(cluster="c", services=[arn], include=["TAGS"])["services"][0]

    assert (read()["status"], read()["propagateTags"], read()["enableECSManagedTags"]) == ("ACTIVE", "NONE", False)
    assert read()["deploymentController"] == {"type": "ECS"}
    assert read()["schedulingStrategy"] == "REPLICA"
    assert (read()["loadBalancers"], read()["serviceRegistries"]) == ([], [])
    service.wait_until_completed()
    ecs.tag_resource(resourceArn=arn, tags=TAGS)
    ecs.update_service(cluster="c", service=arn, desiredCount=2, deploymentConfiguration={"maximumPercent": 150})
    assert (read()["tags"], read()["desiredCount"]) == (TAGS, 2)
    assert read()["deploymentConfiguration"]["maximumPercent"] == 150
    assert refused(lambda: ecs.delete_service(cluster="c", service=arn)) == "InvalidParameterException"
    ecs.update_service(cluster="c", service=arn, desiredCount=0)
    wait_for(lambda: deleted(ecs, arn), "no refusal to delete")
    wait_for(lambda: read()["status"] == "INACTIVE", "the end of the service")
    assert ecs.delete_service(cluster="c", service=arn)["service"]["status"] == "INACTIVE"
    assert refused(lambda: ecs.delete_service(cluster="c", service="tf-never")) == "ServiceNotFoundException"
    assert refused(lambda: ecs.update_service(cluster="c", service=arn)) == "ServiceNotActiveException"
    missing = ecs.describe_services(cluster="c", services=["tf-never"])
    assert (missing["services"], missing["failures"][0]["reason"]) == ([], "MISSING")


def deleted(ecs: Any, arn: str) -> bool:
    """Delete as the provider does: again and again while there are tasks."""
    try:
        return bool(ecs.delete_service(cluster="c", service=arn))
    except ClientError as error:
        if "The service cannot be stopped while deployments are active." not in str(error):
            raise
        return False


def test_aws_ecr_repository_and_its_policies(sandbox: RunningSandbox) -> None:
    ecr = sandbox.client("ecr")
    created = ecr.create_repository(
        repositoryName="tf",
        imageTagMutability="IMMUTABLE",
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": "arn:aws:kms:us-east-1:123456789012:key/k"},
        imageScanningConfiguration={"scanOnPush": True},
        tags=[{"Key": "Name", "Value": "tf"}],
    )["repository"]

    def read() -> Any:
        return ecr.describe_repositories(repositoryNames=["tf"])["repositories"][0]

    assert read() == created
    assert read()["encryptionConfiguration"]["kmsKey"] == "arn:aws:kms:us-east-1:123456789012:key/k"
    assert ecr.list_tags_for_resource(resourceArn=created["repositoryArn"])["tags"] == [{"Key": "Name", "Value": "tf"}]
    account = created["registryId"]
    ecr.put_image_tag_mutability(repositoryName="tf", registryId=account, imageTagMutability="MUTABLE")
    scanning = {"scanOnPush": False}
    ecr.put_image_scanning_configuration(repositoryName="tf", registryId=account, imageScanningConfiguration=scanning)
    assert (read()["imageTagMutability"], read()["imageScanningConfiguration"]) == ("MUTABLE", scanning)

    assert refused(lambda: ecr.get_lifecycle_policy(repositoryName="tf")) == "LifecyclePolicyNotFoundException"
    ecr.put_lifecycle_policy(repositoryName="tf", lifecyclePolicyText=LIFECYCLE)
    policy = ecr.get_lifecycle_policy(repositoryName="tf", registryId=account)
    assert json.loads(policy["lifecyclePolicyText"]) == json.loads(LIFECYCLE)
    ecr.delete_lifecycle_policy(repositoryName="tf", registryId=account)
    assert refused(lambda: ecr.get_lifecycle_policy(repositoryName="tf")) == "LifecyclePolicyNotFoundException"

    ecr.delete_repository(repositoryName="tf", registryId=account, force=False)
    assert refused(read) == "RepositoryNotFoundException"
    assert refused(lambda: ecr.delete_repository(repositoryName="tf")) == "RepositoryNotFoundException"
    assert refused(lambda: ecr.get_lifecycle_policy(repositoryName="tf")) == "RepositoryNotFoundException"


def test_aws_cloudwatch_log_group(sandbox: RunningSandbox) -> None:
    logs, key = sandbox.client("logs"), "arn:aws:kms:us-east-1:123456789012:key/k"
    logs.create_log_group(logGroupName="/tf", tags={"Name": "tf"}, kmsKeyId=key)
    logs.create_log_group(logGroupName="/tf/other")
    logs.put_retention_policy(logGroupName="/tf", retentionInDays=7)

    def read() -> Any:
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/tf")
        return next((one for page in pages for one in page["logGroups"] if one["logGroupName"] == "/tf"), None)

    assert (read()["retentionInDays"], read()["kmsKeyId"], read()["logGroupClass"]) == (7, key, "STANDARD")
    arn = read()["arn"].removesuffix(":*")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"Name": "tf"}
    logs.delete_retention_policy(logGroupName="/tf")
    logs.disassociate_kms_key(logGroupName="/tf")
    logs.tag_resource(resourceArn=arn, tags={"Name": "other"})
    assert "retentionInDays" not in read()
    assert "kmsKeyId" not in read()
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"Name": "other"}
    logs.delete_log_group(logGroupName="/tf")
    assert read() is None
    assert refused(lambda: logs.delete_log_group(logGroupName="/tf")) == "ResourceNotFoundException"
    assert refused(lambda: logs.list_tags_for_resource(resourceArn=arn)) == "ResourceNotFoundException"

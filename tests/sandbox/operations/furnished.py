"""A sandbox with one of everything in it, and a request for every operation that it would answer."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sandbox.conftest import RunningSandbox, running_sandbox

Params = dict[str, Any]
PATIENCE = 100.0

LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Keep the newest hundred images",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100},
                "action": {"type": "expire"},
            }
        ]
    }
)
NO_UPLOAD = "00000000-0000-0000-0000-000000000000"
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [ANYBODY]})


@dataclass(frozen=True)
class Furnished:
    """The sandbox, and the names of what is in it."""

    running: RunningSandbox
    subnet: str
    definition: str
    service: str
    task: str
    service_deployment: str
    service_revision: str
    repository: str
    digest: str
    layer: str

    @property
    def endpoint(self) -> str:
        return self.running.endpoint

    def network(self) -> Params:
        return {"awsvpcConfiguration": {"subnets": [self.subnet], "assignPublicIp": "ENABLED"}}

    def requests(self) -> dict[tuple[str, str], Params]:
        """Return, per operation, parameters that name what is there, its required members at least."""
        tables = {
            "ecs": self._ecs(),
            "ecr": self._ecr(),
            "logs": self._logs(),
            "application-autoscaling": self._autoscaling(),
        }
        return {(service, name): params for service, table in tables.items() for name, params in table.items()}

    def _ecs(self) -> dict[str, Params]:
        c, tags = {"cluster": "c"}, [{"key": "team", "value": "a"}]
        fargate = {"launchType": "FARGATE", "networkConfiguration": self.network()}
        setting = {"name": "containerInsights", "value": "enabled"}
        provider = {"capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": []}
        return {
            "CreateCluster": {"clusterName": "other", "tags": tags},
            "CreateService": {
                **c,
                "serviceName": "second",
                "taskDefinition": "web",
                "desiredCount": 1,
                "tags": tags,
                **fargate,
            },
            "DeleteAccountSetting": {"name": "containerInsights"},
            "DeleteCluster": {"cluster": "doomed"},
            "DeleteService": {**c, "service": "doomed", "force": True},
            "DeleteTaskDefinitions": {"taskDefinitions": ["doomed:1"]},
            "DeregisterTaskDefinition": {"taskDefinition": "doomed:2"},
            "DescribeCapacityProviders": {"capacityProviders": ["FARGATE"], "maxResults": 10},
            "DescribeClusters": {"clusters": ["c"], "include": ["TAGS"]},
            "DescribeContainerInstances": {**c, "containerInstances": ["none"], "include": ["TAGS"]},
            "DescribeServiceDeployments": {"serviceDeploymentArns": [self.service_deployment]},
            "DescribeServiceRevisions": {"serviceRevisionArns": [self.service_revision]},
            "DescribeServices": {**c, "services": [self.service], "include": ["TAGS"]},
            "DescribeTaskDefinition": {"taskDefinition": self.definition, "include": ["TAGS"]},
            "DescribeTasks": {**c, "tasks": [self.task], "include": ["TAGS"]},
            "ExecuteCommand": {**c, "task": self.task, "command": "sh", "interactive": True},
            "GetTaskProtection": {**c, "tasks": [self.task]},
            "ListAccountSettings": {"effectiveSettings": True, "maxResults": 10},
            "ListClusters": {"maxResults": 100},
            "ListContainerInstances": {**c, "maxResults": 100},
            "ListServiceDeployments": {**c, "service": "web", "maxResults": 100},
            "ListServices": {**c, "maxResults": 100},
            "ListTagsForResource": {"resourceArn": self.service},
            "ListTaskDefinitionFamilies": {"maxResults": 100},
            "ListTaskDefinitions": {"maxResults": 100, "sort": "DESC"},
            "ListTasks": {**c, "serviceName": "web", "maxResults": 100},
            "PutAccountSetting": setting,
            "PutAccountSettingDefault": setting,
            "PutClusterCapacityProviders": {**c, **provider},
            "RegisterTaskDefinition": definition("web"),
            "RunTask": {**c, "taskDefinition": "web", "count": 1, **fargate},
            "StartTask": {**c, "taskDefinition": "web", "containerInstances": ["i"]},
            "StopServiceDeployment": {"serviceDeploymentArn": self.service_deployment},
            "StopTask": {**c, "task": self.task, "reason": "a test"},
            "TagResource": {"resourceArn": self.service, "tags": tags},
            "UntagResource": {"resourceArn": self.service, "tagKeys": ["team"]},
            "UpdateCluster": {**c, "settings": [setting]},
            "UpdateClusterSettings": {**c, "settings": [setting]},
            "UpdateService": {**c, "service": "web", "desiredCount": 1},
            "UpdateTaskProtection": {**c, "tasks": [self.task], "protectionEnabled": True, "expiresInMinutes": 5},
        }

    def _ecr(self) -> dict[str, Params]:
        r, image = {"repositoryName": "web"}, {"imageTag": "1"}
        arn = {"resourceArn": self.repository}
        return {
            "BatchCheckLayerAvailability": {**r, "layerDigests": [self.layer]},
            "BatchDeleteImage": {**r, "imageIds": [image]},
            "BatchGetImage": {**r, "imageIds": [image]},
            "BatchGetRepositoryScanningConfiguration": {"repositoryNames": ["web"]},
            "CompleteLayerUpload": {**r, "uploadId": NO_UPLOAD, "layerDigests": [self.layer]},
            "CreateRepository": {"repositoryName": "second", "tags": [{"Key": "team", "Value": "a"}]},
            "DeleteLifecyclePolicy": r,
            "DeleteRepository": {"repositoryName": "doomed", "force": True},
            "DeleteRepositoryPolicy": r,
            "DescribeImageScanFindings": {**r, "imageId": image, "maxResults": 10},
            "DescribeImages": {**r, "maxResults": 10},
            "DescribeRegistry": {},
            "DescribeRepositories": {"maxResults": 10},
            "GetAccountSetting": {"name": "BASIC_SCAN_TYPE_VERSION"},
            "GetAuthorizationToken": {},
            "GetDownloadUrlForLayer": {**r, "layerDigest": self.layer},
            "GetLifecyclePolicy": r,
            "GetLifecyclePolicyPreview": {**r, "maxResults": 10},
            "GetRegistryScanningConfiguration": {},
            "GetRepositoryPolicy": r,
            "InitiateLayerUpload": r,
            "ListImageReferrers": {**r, "subjectId": {"imageDigest": self.digest}, "maxResults": 10},
            "ListImages": {**r, "maxResults": 10},
            "ListTagsForResource": arn,
            "PutAccountSetting": {"name": "BASIC_SCAN_TYPE_VERSION", "value": "AWS_NATIVE"},
            "PutImage": {**r, "imageManifest": "{}", "imageTag": "2"},
            "PutImageScanningConfiguration": {**r, "imageScanningConfiguration": {"scanOnPush": True}},
            "PutImageTagMutability": {**r, "imageTagMutability": "MUTABLE"},
            "PutLifecyclePolicy": {**r, "lifecyclePolicyText": LIFECYCLE},
            "PutRegistryScanningConfiguration": {"scanType": "BASIC", "rules": []},
            "SetRepositoryPolicy": {**r, "policyText": POLICY},
            "StartImageScan": {**r, "imageId": image},
            "StartLifecyclePolicyPreview": r,
            "TagResource": {**arn, "tags": [{"Key": "team", "Value": "a"}]},
            "UntagResource": {**arn, "tagKeys": ["team"]},
            "UploadLayerPart": {
                **r,
                "uploadId": NO_UPLOAD,
                "partFirstByte": 0,
                "partLastByte": 1,
                "layerPartBlob": "YWI=",
            },
        }

    def _logs(self) -> dict[str, Params]:
        g, s = {"logGroupName": "/ecs/web"}, {"logStreamName": "one"}
        arn = {"resourceArn": "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web"}
        key = {"kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k"}
        return {
            "AssociateKmsKey": {**g, **key},
            "DisassociateKmsKey": g,
            "CreateLogGroup": {"logGroupName": "/ecs/second", "tags": {"team": "a"}},
            "CreateLogStream": {**g, "logStreamName": "two"},
            "DeleteLogGroup": {"logGroupName": "/ecs/doomed"},
            "DeleteLogStream": {**g, "logStreamName": "doomed"},
            "DeleteRetentionPolicy": g,
            "DescribeLogGroups": {"limit": 10},
            "DescribeLogStreams": {**g, "limit": 10},
            "FilterLogEvents": {**g, "filterPattern": "line", "limit": 10},
            "GetLogEvents": {**g, **s, "limit": 10},
            "ListTagsForResource": arn,
            "ListTagsLogGroup": g,
            "PutLogEvents": {**g, **s, "logEvents": [{"timestamp": 1, "message": "too old"}]},
            "PutLogGroupDeletionProtection": {"logGroupIdentifier": "/ecs/web", "deletionProtectionEnabled": False},
            "PutRetentionPolicy": {**g, "retentionInDays": 30},
            "StartLiveTail": {"logGroupIdentifiers": [arn["resourceArn"]]},
            "TagLogGroup": {**g, "tags": {"team": "a"}},
            "TagResource": {**arn, "tags": {"team": "a"}},
            "TestMetricFilter": {"filterPattern": "a", "logEventMessages": ["a b"]},
            "UntagLogGroup": {**g, "tags": ["team"]},
            "UntagResource": {**arn, "tagKeys": ["team"]},
        }

    def _autoscaling(self) -> dict[str, Params]:
        key = {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/c/web",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        arn = "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/nothing-like-it"
        tracking = {"TargetValue": 60.0, "PredefinedMetricSpecification": metric}
        return {
            "RegisterScalableTarget": {**key, "MinCapacity": 1, "MaxCapacity": 4},
            "PutScalingPolicy": {
                **key,
                "PolicyName": "cpu",
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": tracking,
            },
            "DescribeScalableTargets": {"ServiceNamespace": "ecs", "MaxResults": 10},
            "DescribeScalingActivities": {"ServiceNamespace": "ecs", "MaxResults": 10},
            "DescribeScalingPolicies": {"ServiceNamespace": "ecs", "MaxResults": 10},
            "DeleteScalingPolicy": {**key, "PolicyName": "cpu"},
            "DeregisterScalableTarget": key,
            "ListTagsForResource": {"ResourceARN": arn},
            "TagResource": {"ResourceARN": arn, "Tags": {"team": "a"}},
            "UntagResource": {"ResourceARN": arn, "TagKeys": ["team"]},
        }


def definition(family: str, image: str = "example.com/web:1") -> Params:
    """Return a small task definition for Fargate."""
    return {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "web", "image": image, "essential": True}],
    }


def wait_for(true: Any, what: str) -> None:
    """Return once `true()` is; AssertionError just before the test's own time is over."""
    tick, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come about in {PATIENCE} s"
        tick.wait(0.02)


@contextmanager
def furnished_sandbox(home: Path) -> Iterator[Furnished]:
    """Run a sandbox that has one of everything."""
    with running_sandbox(home) as running:
        subnet = running.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        yield Furnished(running, subnet=subnet, **_fill_ecs(running, subnet), **_fill_ecr(running))


def _fill_ecs(running: RunningSandbox, subnet: str) -> dict[str, str]:
    ecs, logs = running.client("ecs"), running.client("logs")
    for name in ("/ecs/web", "/ecs/doomed"):
        logs.create_log_group(logGroupName=name)
    for name in ("one", "doomed"):
        logs.create_log_stream(logGroupName="/ecs/web", logStreamName=name)
    for name in ("c", "doomed"):
        ecs.create_cluster(clusterName=name)
    arn = ecs.register_task_definition(**definition("web"))["taskDefinition"]["taskDefinitionArn"]
    for _ in range(2):
        ecs.register_task_definition(**definition("doomed"))
    ecs.deregister_task_definition(taskDefinition="doomed:1")
    for name in ("web", "doomed"):
        service = {"cluster": "c", "serviceName": name, "taskDefinition": "web", "desiredCount": 1}
        network = {"awsvpcConfiguration": {"subnets": [subnet]}}
        ecs.create_service(**service, launchType="FARGATE", networkConfiguration=network)
    wait_for(lambda: _now(ecs)["deployments"][0]["rolloutState"] == "COMPLETED", "the end of the deployment")
    now = _now(ecs)
    return {
        "definition": arn,
        "service": now["serviceArn"],
        "task": ecs.list_tasks(cluster="c", serviceName="web")["taskArns"][0],
        "service_deployment": now["currentServiceDeployment"],
        "service_revision": now["currentServiceRevisions"][0]["arn"],
    }


def _now(ecs: Any) -> Any:
    return ecs.describe_services(cluster="c", services=["web"])["services"][0]


def _fill_ecr(running: RunningSandbox) -> dict[str, str]:
    ecr = running.client("ecr")
    for name in ("web", "doomed"):
        repository = ecr.create_repository(repositoryName=name)["repository"]
    config = push_blob(ecr, "web", b"{}")
    layer = push_blob(ecr, "web", b"layer")
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **layer}],
    }
    put = ecr.put_image(repositoryName="web", imageManifest=json.dumps(manifest), imageTag="1")
    ecr.set_repository_policy(repositoryName="web", policyText=POLICY)
    ecr.put_lifecycle_policy(repositoryName="web", lifecyclePolicyText=LIFECYCLE)
    arn = repository["repositoryArn"].removesuffix("doomed") + "web"
    return {"repository": arn, "digest": put["image"]["imageId"]["imageDigest"], "layer": str(layer["digest"])}


def push_blob(ecr: Any, repository: str, content: bytes) -> dict[str, Any]:
    """Upload a blob and return its descriptor, without media type."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": len(content) - 1, "layerPartBlob": content}
    ecr.upload_layer_part(repositoryName=repository, uploadId=upload, **part)
    ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
    return {"digest": digest, "size": len(content)}

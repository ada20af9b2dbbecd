"""A simulated task's containers say which images they run, as real ones do."""

from __future__ import annotations

import re
from typing import Any

from botocore import xform_name

from tests.sandbox.conftest import QUICK, RunningSandbox
from tests.sandbox.core.test_app import network
from tests.sandbox.ecr.conftest import Pusher
from tests.sandbox.refusals.iam_documents import TRUST


def test_a_containers_digest_is_that_of_ecr_or_always_the_same(sandbox: RunningSandbox) -> None:
    ecr, ecs = sandbox.client("ecr"), sandbox.client("ecs")

    def call(operation: str, **params: Any) -> Any:
        return getattr(ecr, xform_name(operation))(**params)

    role = sandbox.client("iam").create_role(RoleName="web-execution", AssumeRolePolicyDocument=TRUST)["Role"]
    policy = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    sandbox.client("iam").attach_role_policy(RoleName="web-execution", PolicyArn=policy)
    uri = ecr.create_repository(repositoryName="web")["repository"]["repositoryUri"]
    pushed = Pusher(call).image("web", "1", "v1")
    images = {"tagged": f"{uri}:v1", "pinned": f"{uri}@{pushed}", "public": "public.ecr.aws/nginx/nginx:1"}
    definition = ecs.register_task_definition(
        family="web",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        executionRoleArn=role["Arn"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": name, "image": image} for name, image in images.items()],
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_cluster(clusterName="web")
    found = [_digests(ecs, sandbox, definition) for _ in range(2)]
    assert found[0] == found[1] == {"tagged": pushed, "pinned": pushed, "public": found[0]["public"]}
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", found[0]["public"])


def _digests(ecs: Any, sandbox: RunningSandbox, definition: str) -> dict[str, str]:
    ran = ecs.run_task(
        cluster="web", taskDefinition=definition, launchType="FARGATE", networkConfiguration=network(sandbox)
    )
    tasks = [task["taskArn"] for task in ran["tasks"]]
    ecs.get_waiter("tasks_running").wait(cluster="web", tasks=tasks, WaiterConfig=QUICK)
    task = ecs.describe_tasks(cluster="web", tasks=tasks)["tasks"][0]
    return {container["name"]: container["imageDigest"] for container in task["containers"]}

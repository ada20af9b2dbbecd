"""A task starts with what its execution role may do, and with nothing else; real and simulated tasks ask alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.execution import execution_permissions
from ecsdeploy.policy.secrets import Secret
from ecsdeploy.policy.trust import ecs_tasks_trust
from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.sandbox.operations.furnished import push_blob, wait_for

ACCOUNT = "123456789012"
PLACE = Place("aws", "us-east-1", ACCOUNT)
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
NOBODY = {"Version": "2012-10-17", "Statement": []}
EC2 = {**ecs_tasks_trust(PLACE)["Statement"][0], "Principal": {"Service": "ec2.amazonaws.com"}}


@dataclass
class World:
    """A sandbox with an image, a log group, and secrets under a customer's key and under AWS's own."""

    running: RunningSandbox
    image: str
    key: str
    secret: str
    subnet: str
    made: int = 0

    def client(self, service: str) -> Any:
        return self.running.client(service)

    def role(self, policy: Any = None, *, trust: Any = None, boundary: str = "", attached: str = "") -> str:
        """Make a role and return its ARN."""
        iam, name = self.client("iam"), f"execution-{self.made}"
        self.made += 1
        limit = {"PermissionsBoundary": boundary} if boundary else {}
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(trust or ecs_tasks_trust(PLACE)), **limit
        )
        if policy is not None:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        if attached:
            iam.attach_role_policy(RoleName=name, PolicyArn=attached)
        return str(role["Role"]["Arn"])

    def start(self, role: str, **container: Any) -> str:
        """Run a task; return "" if it runs, else why it did not."""
        ecs = self.client("ecs")
        ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=role,
            containerDefinitions=[{**self.container(), **container}],
        )
        answer = ecs.run_task(
            cluster="c",
            taskDefinition="web",
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.subnet], "assignPublicIp": "ENABLED"}},
        )
        if answer["failures"]:
            return str(answer["failures"][0]["reason"])
        arn = answer["tasks"][0]["taskArn"]
        self.task = arn.rpartition("/")[2]
        task: dict[str, Any] = {}

        def decided() -> bool:
            task.update(ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0])
            return task["lastStatus"] in ("RUNNING", "STOPPED")

        wait_for(decided, "a task")
        ecs.stop_task(cluster="c", task=arn)
        return "" if task["lastStatus"] == "RUNNING" else str(task["stoppedReason"])

    def container(self) -> dict[str, Any]:
        options = {"awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}
        return {
            "name": "web",
            "image": self.image,
            "secrets": [
                {"name": "URL", "valueFrom": "/web/url"},
                {"name": "PLAIN", "valueFrom": f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/web/plain"},
                {"name": "TOKEN", "valueFrom": self.secret},
            ],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }

    def generated(self) -> dict[str, Any]:
        """Return the policy that `setup` writes for this task."""
        secrets = (
            Secret("ssm", "/web/url"),
            Secret("ssm", "/web/plain"),
            Secret("secretsmanager", "web/token"),
        )
        return dict(execution_permissions(PLACE, repository="web", log_group="/ecs/web", secrets=secrets))

    def without(self, action: str) -> dict[str, Any]:
        """Return that policy without one action."""
        return {**self.generated(), "Statement": list(_without(self.generated()["Statement"], action))}


def _without(statements: list[Any], action: str) -> Iterator[Any]:
    for statement in statements:
        named = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if kept := [each for each in named if each != action]:
            yield {**statement, "Action": kept}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        running.client("ecs").create_cluster(clusterName="c")
        running.client("logs").create_log_group(logGroupName="/ecs/web")
        key = running.client("kms").create_key()["KeyMetadata"]["Arn"]
        ssm = running.client("ssm")
        ssm.put_parameter(Name="/web/url", Value="x", Type="SecureString", KeyId=key)
        ssm.put_parameter(Name="/web/plain", Value="x", Type="SecureString")
        secret = running.client("secretsmanager").create_secret(Name="web/token", SecretString="x", KmsKeyId=key)
        ecr = running.client("ecr")
        ecr.create_repository(repositoryName="web")
        config = push_blob(ecr, "web", b"{}")
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", **config},
            "layers": [
                {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", **push_blob(ecr, "web", b"l")}
            ],
        }
        ecr.put_image(repositoryName="web", imageManifest=json.dumps(manifest), imageTag="1")
        subnet = running.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        yield World(running, f"{running.registry}/web:1", key, secret["ARN"], subnet)


def test_the_policy_that_setup_writes_is_enough(world: World) -> None:
    assert world.start(world.role(world.generated())) == ""


# What a task says whose role lacks one action, as Fargate's users report it.
LACKS = {
    "ecr:GetAuthorizationToken": r"ResourceInitializationError: unable to pull secrets or registry auth: execution "
    r"resource retrieval failed: unable to retrieve ecr registry auth: .*AccessDeniedException: User: {user} is not "
    r"authorized to perform: ecr:GetAuthorizationToken on resource: \* because no identity-based policy allows the "
    r"ecr:GetAuthorizationToken action",
    "ecr:BatchGetImage": r"CannotPullContainerError: .*failed to resolve ref {image}: pulling from host [^/ ]+ failed "
    r"with status code \[manifests 1\]: 403 Forbidden",
    "ecr:GetDownloadUrlForLayer": r"CannotPullContainerError: .*failed to resolve ref .*blobs/sha256:\w+: 403 "
    r"Forbidden",
    "logs:CreateLogStream": r"ResourceInitializationError: failed to validate logger args: create stream has been "
    r"retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: User: {user} is not authorized "
    r"to perform: logs:CreateLogStream on resource: arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web:log-stream:"
    r"web/web/{task} because no identity-based policy allows the logs:CreateLogStream action : exit status 1",
    "ssm:GetParameters": r"ResourceInitializationError: .*unable to retrieve secrets from ssm: .*AccessDeniedException"
    r": User: {user} is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:us-east-1:123456789012:"
    r"parameter/web/url because no identity-based policy allows the ssm:GetParameters action",
    "secretsmanager:GetSecretValue": r"ResourceInitializationError: .*unable to retrieve secret from asm: .*failed to "
    r"fetch secret {secret} from secrets manager: AccessDeniedException: User: {user} is not authorized to perform: "
    r"secretsmanager:GetSecretValue on resource: {secret} because no identity-based policy allows",
    "kms:Decrypt": r"ResourceInitializationError: .*unable to retrieve secrets from ssm: .*User: {user} is not "
    r"authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy allows",
}


@pytest.mark.parametrize("action", LACKS)
def test_a_task_whose_role_lacks_an_action_says_so_in_aws_words(world: World, action: str) -> None:
    role = world.role(world.without(action))
    said = world.start(role)
    user = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/{world.task}"
    pattern = LACKS[action]
    for name, value in {
        "user": user,
        "task": world.task,
        "image": world.image,
        "secret": world.secret,
        "key": world.key,
    }.items():
        pattern = pattern.replace(f"{{{name}}}", re.escape(value))
    assert re.fullmatch(pattern + ".*", said), said


def test_no_statement_of_the_generated_policy_is_for_nothing(world: World) -> None:
    policy = world.generated()
    started = []
    for left_out in policy["Statement"]:
        rest = [each for each in policy["Statement"] if each is not left_out]
        if world.start(world.role({**policy, "Statement": rest})) == "":
            started.append(left_out["Sid"])
    assert started == []


def test_a_secret_under_a_key_that_may_not_be_used_is_refused_by_its_service(world: World) -> None:
    policy = world.generated()
    rest = [each for each in policy["Statement"] if each["Sid"] != "DecryptSecrets"]
    said = world.start(world.role({**policy, "Statement": rest}))
    assert said.endswith("from secrets manager: AccessDeniedException: Access to KMS is not allowed")


def test_a_role_that_is_not_in_iam_is_not_judged(world: World) -> None:
    assert world.start(f"arn:aws:iam::{ACCOUNT}:role/made-up") == ""


def test_the_policy_that_aws_manages_is_enough_without_secrets(world: World) -> None:
    assert world.start(world.role(attached=MANAGED), secrets=[]) == ""
    assert "ssm:GetParameters" in world.start(world.role(attached=MANAGED))


def test_a_permissions_boundary_limits_the_role(world: World) -> None:
    allowed = {**NOBODY, "Statement": [{"Effect": "Allow", "Action": ["ecr:*", "logs:*"], "Resource": "*"}]}
    iam = world.client("iam")
    boundary = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(allowed))["Policy"]["Arn"]
    role = world.role(world.generated(), boundary=boundary)
    assert world.start(role, secrets=[]) == ""
    assert "because no permissions boundary allows the ssm:GetParameters action" in world.start(role)


def test_an_explicit_deny_wins(world: World) -> None:
    policy = world.generated()
    denied = {"Effect": "Deny", "Action": "ssm:*", "Resource": "*"}
    said = world.start(world.role({**policy, "Statement": [*policy["Statement"], denied]}))
    assert said.endswith("parameter/web/url with an explicit deny in an identity-based policy")


def test_a_policy_of_the_secret_or_the_repository_may_let_the_role_in(world: World) -> None:
    role = world.role({**world.without("ecr:BatchGetImage")})
    allow = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "ecr:*"}
    ecr = world.client("ecr")
    ecr.set_repository_policy(
        repositoryName="web", policyText=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    assert world.start(role) == ""
    whole = {**allow, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    ecr.set_repository_policy(
        repositoryName="web", policyText=json.dumps({"Version": "2012-10-17", "Statement": [whole]})
    )
    assert "403 Forbidden" in world.start(role), "the account as a whole leaves it to the role's own policies"
    ecr.delete_repository_policy(repositoryName="web")


def test_a_group_is_made_only_by_a_role_that_may(world: World) -> None:
    logs = world.container()["logConfiguration"]
    logs = {**logs, "options": {**logs["options"], "awslogs-group": "/ecs/new", "awslogs-create-group": "true"}}
    policy = json.loads(json.dumps(execution_permissions(PLACE, repository="web", log_group="/ecs/new")))
    said = world.start(world.role(policy), secrets=[], logConfiguration=logs)
    assert re.search(
        r"failed to create Cloudwatch log group: AccessDeniedException: .* logs:CreateLogGroup on resource: "
        r"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/new:log-stream: because no identity-based policy allows",
        said,
    ), said
    made = {"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"}
    role = world.role({**policy, "Statement": [*policy["Statement"], made]})
    assert world.start(role, secrets=[], logConfiguration=logs) == ""


def test_lines_that_the_role_may_not_put_are_dropped(world: World) -> None:
    logs = world.client("logs")

    def lines() -> list[str]:
        stream = f"web/web/{world.task}"
        events = logs.get_log_events(logGroupName="/ecs/web", logStreamName=stream)["events"]
        return [event["message"] for event in events]

    assert world.start(world.role(world.generated())) == ""
    assert lines()
    assert world.start(world.role(world.without("logs:PutLogEvents"))) == ""
    assert lines() == []


def test_a_role_that_ecs_may_not_assume_starts_nothing(world: World) -> None:
    role = world.role(world.generated(), trust={**NOBODY, "Statement": [EC2]})
    words = (
        f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role "
        "being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass "
        "this role."
    )
    assert world.start(role) == words
    ecs = world.client("ecs")
    ecs.create_service(
        cluster="c",
        serviceName="untrusted",
        taskDefinition="web",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [world.subnet], "assignPublicIp": "ENABLED"}},
    )

    def says() -> bool:
        events = ecs.describe_services(cluster="c", services=["untrusted"])["services"][0]["events"]
        expected = f"(service untrusted) failed to launch a task with (error {words})."
        return any(event["message"] == expected for event in events)

    wait_for(says, "the event")
    ecs.delete_service(cluster="c", service="untrusted", force=True)

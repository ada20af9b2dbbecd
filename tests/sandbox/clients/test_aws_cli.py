"""The AWS CLI: what people type, and what scripts rely on."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.trust import GitHubSource, github_trust
from ecsdeploy.sandbox.github.job import Job
from tests.sandbox.clients.conftest import Service, Shell
from tests.sandbox.operations.furnished import definition, wait_for

ARN = r"arn:aws:ecs:us-east-1:123456789012"


def test_a_service_from_create_to_delete(shell: Shell, service: Service) -> None:
    file = shell.home / "definition.json"
    file.write_text(json.dumps(definition("cli")))
    registered = shell.aws("ecs", "register-task-definition", "--cli-input-json", f"file://{file}", query="*.revision")
    assert registered == "1"
    network = f"awsvpcConfiguration={{subnets=[{service.subnet}],assignPublicIp=ENABLED}}"
    create = ("--service-name", "cli", "--task-definition", "cli", "--desired-count", "1", "--launch-type", "FARGATE")
    arn = shell.aws(
        *("ecs", "create-service", "--cluster", "c", *create, "--network-configuration", network),
        query="service.serviceArn",
    )
    assert arn == "arn:aws:ecs:us-east-1:123456789012:service/c/cli"
    assert arn in shell.aws("ecs", "list-services", "--cluster", "c", query="serviceArns").split()
    wait_for(lambda: service.ecs.list_tasks(cluster="c", serviceName="cli")["taskArns"], "a task")
    task = shell.aws("ecs", "list-tasks", "--cluster", "c", "--service-name", "cli", query="taskArns[0]")
    assert re.fullmatch(rf"{ARN}:task/c/[0-9a-f]{{32}}", task)
    gone = shell.aws("ecs", "delete-service", "--cluster", "c", "--service", "cli", "--force", query="service.status")
    assert gone == "DRAINING"


def test_stable_after_a_rollback(shell: Shell, service: Service) -> None:
    """True of a service that was rolled back, as on AWS: the waiter asks for one deployment and enough tasks."""
    service.break_next()
    service.ecs.register_task_definition(**definition(service.name, "example.com/web:bad"))
    update = ("--cluster", "c", "--service", service.name, "--task-definition", service.name)
    shell.aws("ecs", "update-service", *update, query="service.status")
    wait_for(lambda: service.verdicts()[0] == "ROLLBACK_SUCCESSFUL", "the rollback")
    service.wait_until_completed()
    assert shell.ok("aws", "ecs", "wait", "services-stable", "--cluster", "c", "--services", service.name) == ""
    assert service.revision() == f"{service.name}:1"


def test_stop_task(shell: Shell, service: Service) -> None:
    task = service.ecs.list_tasks(cluster="c", serviceName=service.name)["taskArns"][0]
    stop = ("--cluster", "c", "--task", task, "--reason", "a drill")
    said = shell.aws("ecs", "stop-task", *stop, query="task.[desiredStatus,stopCode,stoppedReason]")
    assert said.split("\t") == ["STOPPED", "UserInitiated", "a drill"]
    wait_for(lambda: last_status(service, task) == "STOPPED", "the end of the task")
    assert shell.ok("aws", "ecs", "wait", "tasks-stopped", "--cluster", "c", "--tasks", task) == ""


def last_status(service: Service, task: str) -> str:
    return str(service.ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0]["lastStatus"])


def test_pages_are_put_together(shell: Shell, service: Service) -> None:
    for _ in range(5):
        service.ecs.register_task_definition(**definition("paged"))
    listed = shell.aws(
        *("ecs", "list-task-definitions", "--family-prefix", "paged", "--page-size", "2", "--sort", "DESC"),
        query="taskDefinitionArns",
    )
    assert [arn.rpartition(":")[2] for arn in listed.split()] == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("ecs", "describe-services", "--cluster", "nothing-like-it", "--services", "a"),
            255,
            "An error occurred (ClusterNotFoundException) when calling the DescribeServices operation: "
            "Cluster not found.",
        ),
        (
            ("ecr", "describe-images", "--repository-name", "nothing-like-it"),
            255,
            "An error occurred (RepositoryNotFoundException) when calling the DescribeImages operation: The "
            "repository with name 'nothing-like-it' does not exist in the registry with id '123456789012'",
        ),
        (
            ("ecs", "create-express-gateway-service", "--infrastructure-role-arn", "arn:aws:iam::123456789012:role/r"),
            255,
            "An error occurred (UnknownOperationException) when calling the CreateExpressGatewayService operation: "
            "The sandbox does not answer ecs:CreateExpressGatewayService; AWS does.",
        ),
    ],
)
def test_errors(shell: Shell, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = shell.run("aws", *arguments)
    assert (done.returncode, done.stdout, said in done.stderr) == (code, "", True)


def test_logs(shell: Shell) -> None:
    shell.aws("logs", "create-log-stream", "--log-group-name", "/ecs/web", "--log-stream-name", "one")
    now = int(shell.sandbox.sandbox.logs.now())
    events = [{"timestamp": now + number, "message": f"line {number}"} for number in range(5)]
    stream = ("--log-group-name", "/ecs/web", "--log-stream-name", "one")
    shell.aws("logs", "put-log-events", *stream, "--log-events", json.dumps(events))
    assert shell.aws("logs", "get-log-events", *stream, query="events[].message") == "\t".join(
        f"line {number}" for number in range(5)
    )
    group = ("--log-group-name", "/ecs/web", "--filter-pattern", '"line 3"')
    assert shell.aws("logs", "filter-log-events", *group, query="events[].message") == "line 3"


def test_a_session_of_a_job(shell: Shell) -> None:
    """By a token in a file, as on any other CI: the CLI assumes the role by itself, and asks again with its keys."""
    iam, issuer = shell.sandbox.client("iam"), "token.actions.githubusercontent.com"
    iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"])
    job = Job(repository="acme/hello", repository_id="74", owner_id="65")
    source = GitHubSource(job.repository, job.repository_id, job.owner_id, branches=("main",))
    trust = json.dumps(github_trust(Place("aws", "us-east-1", "123456789012"), source))
    role = iam.create_role(RoleName="job", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    token = shell.home / "token"
    environ = {
        **{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        **{"AWS_ROLE_ARN": role, "AWS_ROLE_SESSION_NAME": "ci", "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)},
    }
    token.write_text(shell.sandbox.sandbox.github.token(job, "sts.amazonaws.com"))
    arn = shell.aws("sts", "get-caller-identity", query="Arn", **environ)
    assert arn == "arn:aws:sts::123456789012:assumed-role/job/ci"
    assert shell.aws("ecs", "list-clusters", query="clusterArns", **environ) == f"{ARN}:cluster/c"
    token.write_text(shell.sandbox.sandbox.github.token(replace(job, repository="acme/world"), "sts.amazonaws.com"))
    refused = shell.run("aws", "sts", "get-caller-identity", **{**environ, "AWS_ROLE_SESSION_NAME": "another"})
    assert "(AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized" in refused.stderr

"""`ecs-deploy`: it deploys, scales and runs, and its verdict after a rollback is as wrong as it is on AWS."""

from __future__ import annotations

import re

from tests.sandbox.clients.conftest import Service, Shell


def test_deploy_and_scale(shell: Shell, service: Service) -> None:
    said = shell.ok("ecs", "deploy", "c", service.name, "--image", "web", "example.com/web:2", "--timeout", "50")
    assert "Deployment successful" in said
    assert (service.revision(), service.images()) == (f"{service.name}:2", {"example.com/web:2"})
    assert "Scaling successful" in shell.ok("ecs", "scale", "c", service.name, "3", "--timeout", "50")
    assert service.now()["runningCount"] == 3


def test_deploy_that_is_rolled_back(shell: Shell, service: Service) -> None:
    """It takes one deployment and enough running tasks for success, and deregisters the revision that runs."""
    service.break_next()
    said = shell.ok("ecs", "deploy", "c", service.name, "--image", "web", "example.com/web:bad", "--timeout", "50")
    assert "Deployment successful" in said
    assert service.verdicts() == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    assert (service.revision(), service.images()) == (f"{service.name}:1", {"example.com/web:1"})
    status = service.ecs.describe_task_definition(taskDefinition=f"{service.name}:1")["taskDefinition"]["status"]
    assert status == "INACTIVE"


def test_run(shell: Shell, service: Service) -> None:
    network = ("--launchtype", "FARGATE", "--subnet", service.subnet, "--securitygroup", service.group, "--public-ip")
    said = shell.ok("ecs", "run", "c", service.name, "1", *network)
    started = re.findall(r"arn:aws:ecs:us-east-1:123456789012:task/c/[0-9a-f]{32}", said)
    assert len(started) == 1
    task = service.ecs.describe_tasks(cluster="c", tasks=started)["tasks"][0]
    assert (task["group"], task["desiredStatus"]) == (f"family:{service.name}", "RUNNING")


def test_what_is_not_there(shell: Shell) -> None:
    done = shell.run("ecs", "deploy", "c", "nothing-like-it")
    assert done.returncode == 1
    assert done.stderr.strip() == "An error occurred when calling the DescribeServices operation: Service not found."

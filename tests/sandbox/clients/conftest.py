"""Other people's clients, unmodified, against a sandbox: all they are told is what `sandbox env` sets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.sandbox.operations.furnished import definition, wait_for


@dataclass(frozen=True)
class Shell:
    """Runs programs as somebody would who has pointed a shell at the sandbox."""

    sandbox: RunningSandbox
    programs: Path
    home: Path

    def run(self, program: str, *arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run one of the clients, or what else is installed; never longer than a minute."""
        path = self.programs / program
        command = [str(path) if path.exists() else program, *arguments]
        full = {**self.sandbox.environ(), "HOME": str(self.home), "AWS_PAGER": "", **environ}
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=full, cwd=self.home, timeout=60, check=False
        )

    def ok(self, program: str, *arguments: str, stdin: str = "", **environ: str) -> str:
        """Run a program that must succeed and return what it printed."""
        done = self.run(program, *arguments, stdin=stdin, **environ)
        assert done.returncode == 0, f"{done.args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def aws(self, *arguments: str, query: str = "", **environ: str) -> str:
        """Return what the AWS CLI prints as text."""
        asked = ["--query", query] if query else []
        return self.ok("aws", *arguments, *asked, "--output", "text", **environ)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        running.client("ecs").create_cluster(clusterName="c")
        running.client("logs").create_log_group(logGroupName="/ecs/web")
        yield running


@pytest.fixture(scope="module")
def shell(sandbox: RunningSandbox, clients: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(sandbox, clients, tmp_path_factory.mktemp("shell"))


class Service:
    """A service whose breaker trips at the first failure, so that rollbacks are quick to see."""

    def __init__(self, sandbox: RunningSandbox, name: str, count: int) -> None:
        self.name = name
        self.sandbox = sandbox
        self.ecs = sandbox.client("ecs")
        ec2 = sandbox.client("ec2")
        self.subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        self.ecs.register_task_definition(**definition(name))
        threshold = {"type": "COUNT", "value": 1}
        breaker = {"enable": True, "rollback": True, "thresholdConfiguration": threshold}
        self.ecs.create_service(
            cluster="c",
            serviceName=name,
            taskDefinition=name,
            desiredCount=count,
            launchType="FARGATE",
            networkConfiguration=self.network(),
            deploymentConfiguration={"deploymentCircuitBreaker": breaker},
        )

    def network(self) -> Any:
        subnets, groups = [self.subnet], [self.group]
        return {
            "awsvpcConfiguration": {"subnets": subnets, "securityGroups": groups, "assignPublicIp": "ENABLED"},
        }

    def now(self) -> Any:
        """Return the service as DescribeServices has it."""
        return self.ecs.describe_services(cluster="c", services=[self.name])["services"][0]

    def wait_until_completed(self) -> Service:
        """Return when its one deployment has completed."""

        def completed() -> bool:
            deployments = self.now()["deployments"]
            return len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED"

        wait_for(completed, f"the deployment of {self.name}")
        return self

    def break_next(self, fault: str = "crash") -> None:
        """Let the tasks of the next deployment suffer a fault."""
        self.sandbox.faults.break_next_deployment(fault)

    def verdicts(self) -> list[str]:
        """Return how its deployments ended, the newest first."""
        listed = self.ecs.list_service_deployments(cluster="c", service=self.name)
        return [one["status"] for one in listed["serviceDeployments"]]

    def revision(self) -> str:
        """Return family and revision of what it runs."""
        return str(self.now()["taskDefinition"]).rpartition("/")[2]

    def images(self) -> set[str]:
        """Return the images of its running tasks."""
        arns = self.ecs.list_tasks(cluster="c", serviceName=self.name)["taskArns"]
        tasks = self.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]
        return {task["containers"][0]["image"] for task in tasks}


@pytest.fixture
def service(sandbox: RunningSandbox, request: pytest.FixtureRequest) -> Service:
    """A steady service of two tasks, named after the test."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:40].strip("-")
    return Service(sandbox, name, 2).wait_until_completed()

"""How fast the sandbox answers, and how it bears thousands of tasks."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, timed, within
from benchmarks.stage import ECSDEPLOY, client, project, sandbox

SERVICES, TASKS = 100, 50
SECONDS = 240


def figures() -> Iterator[Figure]:
    """Yield the figures."""
    name = f"bench-up-{os.getpid()}"
    up = [ECSDEPLOY, "sandbox", "up", "--name", name, "--port", "0", "--runtime", "simulated", "--detach"]
    began = timed(up, runs=1)
    subprocess.run([ECSDEPLOY, "sandbox", "down", "--name", name], check=True, capture_output=True)
    yield within("the sandbox answers after `up`", 2.0, began)
    with project() as source, sandbox(runtime="simulated", speed=20) as env:
        yield from _many(env, source)


def _many(env: dict[str, str], source: Path) -> Iterator[Figure]:
    from benchmarks.images import put_image

    tag = put_image(env, source)
    ecs, ecr = client("ecs", env), client("ecr", env)
    image = f"{ecr.describe_repositories(repositoryNames=['hello-service'])['repositories'][0]['repositoryUri']}:{tag}"
    ecs.create_cluster(clusterName="many")
    client("logs", env).create_log_group(logGroupName="/ecs/many")
    subnet = client("ec2", env).describe_subnets()["Subnets"][0]["SubnetId"]
    revision = _register(ecs, image, "1")
    time.sleep(3)  # noqa: TID251 - lets the sandbox finish loading what it loads in the background
    pid = _pid(env)
    idle = _resident(pid)
    for n in range(SERVICES):
        _create(ecs, f"service-{n}", revision, subnet)
    took = _until_running(ecs)
    total = SERVICES * TASKS
    yield Figure(f"{total:,} simulated tasks running (speed 20)", "-", f"after {took:.0f} s")
    held = _resident(pid) - idle
    yield Figure(
        f"memory for {total:,} tasks, above idle ({idle:.0f} MB)", "at most 60 MB", f"{held:.0f} MB", held <= 60
    )
    yield _answers(ecs, f"describe calls with {total:,} tasks")
    second = _register(ecs, image, "2")
    asked = time.monotonic()
    for n in range(SERVICES):
        ecs.update_service(cluster="many", service=f"service-{n}", taskDefinition=second)
    yield replace(_answers(ecs, f"the same while all {SERVICES} services are redeployed"), promised="-", kept=None)
    _until_running(ecs)
    took = time.monotonic() - asked
    yield Figure(f"all {SERVICES} services redeployed at once", "-", f"after {took:.0f} s")
    yield Figure("memory after that, above idle", "-", f"{_resident(pid) - idle:.0f} MB")


def _register(ecs: Any, image: str, version: str) -> str:
    definition = ecs.register_task_definition(
        family="many",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/many",
        containerDefinitions=[
            {
                "name": "app",
                "image": image,
                "environment": [{"name": "VERSION", "value": version}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/ecs/many",
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "app",
                    },
                },
            }
        ],
    )
    arn: str = definition["taskDefinition"]["taskDefinitionArn"]
    return arn


def _create(ecs: Any, name: str, revision: str, subnet: str) -> None:
    ecs.create_service(
        cluster="many",
        serviceName=name,
        taskDefinition=revision,
        desiredCount=TASKS,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}},
    )


def _until_running(ecs: Any) -> float:
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        steady = 0
        for start in range(0, SERVICES, 10):
            names = [f"service-{n}" for n in range(start, start + 10)]
            for service in ecs.describe_services(cluster="many", services=names)["services"]:
                steady += len(service["deployments"]) == 1 and service["runningCount"] == TASKS
        if steady == SERVICES:
            return time.monotonic() - began
        time.sleep(0.5)  # noqa: TID251 - between two looks
    raise RuntimeError(f"only {steady} of {SERVICES} services became steady in {SECONDS} s")


def _answers(ecs: Any, what: str) -> Figure:
    arns = ecs.list_tasks(cluster="many", serviceName="service-0")["taskArns"]
    seconds: list[float] = []
    for n in range(50):
        began = time.perf_counter()
        ecs.describe_services(cluster="many", services=[f"service-{n}"])
        between = time.perf_counter()
        ecs.describe_tasks(cluster="many", tasks=arns)
        seconds += [between - began, time.perf_counter() - between]
    slow = sorted(seconds)[round(len(seconds) * 0.95) - 1]
    middle = statistics.median(seconds)
    return Figure(what, "at most 50 ms", f"{middle * 1000:.0f} ms, 95 % within {slow * 1000:.0f} ms", slow <= 0.050)


def _pid(env: dict[str, str]) -> int:
    import json

    told = timed([ECSDEPLOY, "sandbox", "status", "--name", env["BENCH_SANDBOX"], "--output", "json"], runs=1, env=env)
    found = json.loads(told.out)
    return int((found[0] if isinstance(found, list) else found)["pid"])


def _resident(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0

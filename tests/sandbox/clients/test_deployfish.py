"""`deployfish`: it deploys, scales and runs, and calls a service stable that was rolled back, as it does on AWS."""

from __future__ import annotations

import pytest

from tests.sandbox.clients.conftest import Service, Shell

CONFIG = """\
services:
  - name: {name}
    count: 2
    minimum_healthy_percent: 100
    maximum_percent: 200
    family: {name}
    {common}
tasks:
  - name: {name}-migrate
    family: {name}-migrate
    {common}
"""
COMMON = """\
cluster: c
    environment: test
    network_mode: awsvpc
    launch_type: FARGATE
    cpu: 256
    memory: 512
    execution_role: arn:aws:iam::123456789012:role/execution
    vpc_configuration:
      subnets: [{subnet}]
      security_groups: [{group}]
      public_ip: ENABLED
    containers:
      - name: web
        image: {image}
        cpu: 256
        memory: 512"""


class Fish:
    """deployfish, with a config for one service."""

    def __init__(self, shell: Shell, service: Service) -> None:
        self._shell = shell
        self._service = service
        self._file = shell.home / f"{service.name}.yml"
        # It wants the network's parts to have names.
        ec2 = service.sandbox.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        ec2.create_tags(Resources=[vpc, service.subnet], Tags=[{"Key": "Name", "Value": "default"}])
        self.image("example.com/web:2")

    def image(self, image: str) -> None:
        """Let the config name an image."""
        name, subnet, group = self._service.name, self._service.subnet, self._service.group
        common = COMMON.format(subnet=subnet, group=group, image=image)
        self._file.write_text(CONFIG.format(name=name, common=common))

    def __call__(self, *arguments: str) -> str:
        return self._shell.ok("deploy", "--filename", str(self._file), *arguments)


@pytest.fixture
def fish(shell: Shell, service: Service) -> Fish:
    return Fish(shell, service)


def test_update_that_is_rolled_back(fish: Fish, service: Service) -> None:
    """A service is stable that has one deployment and the tasks that it shall have, whichever they are."""
    service.break_next()
    fish.image("example.com/web:bad")
    said = fish("service", "update", service.name)
    assert "Service is stable!" in said
    assert f'Updated Service("c:{service.name}")' in said
    assert service.verdicts() == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    assert (service.revision(), service.images()) == (f"{service.name}:1", {"example.com/web:1"})


def test_info_scale_and_run(fish: Fish, service: Service) -> None:
    info = fish("service", "info", service.name)
    assert f"arn:aws:ecs:us-east-1:123456789012:service/c/{service.name}" in info
    assert "has reached a steady state." in info
    assert "Service is stable!" in fish("service", "scale", service.name, "1")
    assert service.now()["desiredCount"] == 1
    task = f"{service.name}-migrate"
    assert f'Updated StandaloneTask("{task}")' in fish("task", "update", task)
    assert "Started task: c:arn:aws:ecs:us-east-1:123456789012:task/c/" in fish("task", "run", task)

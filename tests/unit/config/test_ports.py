"""Port mappings: what ECS takes is taken, what it refuses is told with its place before anything is built."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ecsdeploy.config.messages import explain
from ecsdeploy.config.models import Config

SEVERAL = [
    {"containerPort": 3000, "name": "http", "appProtocol": "http"},
    {"containerPort": 9090, "name": "metrics", "hostPort": 9090},
    {"containerPort": 53, "protocol": "udp"},
    {"containerPortRange": "8000-8010", "protocol": "udp"},
]


def config(*ports: Any, port: int | None = 3000, beside: Any = (), service: Any = None) -> Config:
    """Return the config of a service with these port mappings, and `beside` those of a sidecar."""
    own, sidecar = {"name": "hello", "portMappings": list(ports)}, {"name": "agent", "image": "agent:1"}
    containers = [own, {**sidecar, "portMappings": list(beside)}]
    tables = {"task": {"port": port, "raw": {"containerDefinitions": containers}}, "service": {"raw": service or {}}}
    return Config.model_validate({"app": "hello", "region": "us-east-1", **tables})


def told(*ports: Any, **rest: Any) -> list[str]:
    """Return the mistakes, each as its key and what is wrong."""
    with pytest.raises(ValidationError) as refused:
        config(*ports, **rest)
    return [f"{'.'.join(map(str, each.key))}: {each.what}" for each in explain(refused.value)]


PLACE = "task.raw.containerDefinitions.0.portMappings"


def test_named_ports_several_udp_and_ranges_are_taken() -> None:
    config(*SEVERAL, beside=[{"containerPort": 2000}, {"containerPort": 53}])
    config({"containerPort": 53, "protocol": "udp"}, port=None)


@pytest.mark.parametrize(
    ("mapping", "what"),
    [
        ({}, ": a port mapping is for one port or for one range"),
        ({"containerPort": 1, "containerPortRange": "2-3"}, ": a port mapping is for one port or for one range"),
        ({"containerPort": 0}, ".containerPort: this is not a valid port"),
        ({"containerPort": "80"}, ".containerPort: this is not a valid port"),
        ({"containerPort": True}, ".containerPort: this is not a valid port"),
        ({"containerPortRange": "90-80"}, ".containerPortRange: this is not a valid range of ports"),
        ({"containerPortRange": 90}, ".containerPortRange: this is not a valid range of ports"),
        ({"containerPort": 80, "hostPort": 8080}, ".hostPort: on Fargate a port is the same outside the container"),
        (
            {"containerPortRange": "8-9", "hostPort": 8},
            ".hostPort: on Fargate a port is the same outside the container",
        ),
        ({"containerPort": 80, "protocol": "UDP"}, ".protocol: ECS has no such protocol"),
        ({"containerPort": 80, "appProtocol": "https"}, ".appProtocol: ECS has no such appProtocol"),
        ({"containerPort": 80, "name": "Http"}, ".name: this is not a valid name of a port"),
        ({"containerPort": 80, "name": "-http"}, ".name: this is not a valid name of a port"),
    ],
)
def test_what_ecs_refuses_of_a_port_is_told(mapping: dict[str, Any], what: str) -> None:
    assert told({"containerPort": 9}, mapping) == [f"{PLACE}.1{what}"]


def test_ports_are_a_list_of_tables() -> None:
    containers = [{"name": "hello", "portMappings": {"containerPort": 80}}]
    with pytest.raises(ValidationError) as refused:
        Config.model_validate(
            {"app": "hello", "region": "us-east-1", "task": {"raw": {"containerDefinitions": containers}}}
        )
    assert [each.what for each in explain(refused.value)] == ["this is not a list of tables"]


def test_a_port_is_given_once_in_a_task() -> None:
    agent = "task.raw.containerDefinitions.1.portMappings.0"
    assert told(beside=[{"containerPort": 3000}]) == [f"{agent}: port 3000 is taken already, by task.port"]
    assert told({"containerPort": 8125}, beside=[{"containerPort": 8125}]) == [
        f"{agent}: port 8125 is taken already, by the container hello"
    ]
    assert told({"containerPortRange": "2990-3010"}) == [f"{PLACE}.0: port 3000 is taken already, by task.port"]
    twice = {"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}
    assert told(*twice) == [f"{PLACE}.1: port 53 is taken already, by the container hello"]


def test_the_port_of_the_config_is_a_tcp_port() -> None:
    assert told({"containerPort": 3000, "protocol": "udp"}) == [f"{PLACE}.0.protocol: task.port names this port"]


def test_a_name_is_given_once_in_a_task() -> None:
    named = {"containerPort": 1, "name": "http"}, {"containerPort": 2, "name": "http"}
    assert told(*named) == [f"{PLACE}.1.name: another port has this name"]


def test_a_service_names_ports_that_there_are() -> None:
    def connect(name: str) -> dict[str, Any]:
        return {"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": name}]}}

    config(*SEVERAL, service=connect("http"))
    assert told(*SEVERAL, service=connect("web")) == [
        "service.raw.serviceConnectConfiguration.services.0.portName: no port of the task has this name"
    ]
    lattice = {"vpcLatticeConfigurations": [{"portName": "metrics"}, {"portName": "web"}]}
    assert told(*SEVERAL, service=lattice) == [
        "service.raw.vpcLatticeConfigurations.1.portName: no port of the task has this name"
    ]

"""Networking, ports, the proxy and volumes."""

from __future__ import annotations

from typing import Any

from tests.sandbox.refusals.definitions import container, definition, of_container, rule
from tests.sandbox.refusals.rule import Form

PROXY = {
    "ProxyIngressPort": "15000",
    "ProxyEgressPort": "15001",
    "AppPorts": "8080",
    "EgressIgnoredIPs": "169.254.170.2",
}


def _ports(*mappings: Form) -> Form:
    return {"portMappings": list(mappings)}


def _proxied(name: str, properties: Form) -> Form:
    return definition(
        container(),
        container("envoy"),
        proxyConfiguration={
            "type": "APPMESH",
            "containerName": name,
            "properties": [{"name": key, "value": value} for key, value in properties.items()],
        },
    )


def _mounted(volume: Form, *, at: str = "data") -> Form:
    return definition(
        container(mountPoints=[{"sourceVolume": at, "containerPath": "/data"}]), volumes=[{"name": "data", **volume}]
    )


def _efs(**fields: Any) -> Form:
    return _mounted({"efsVolumeConfiguration": {"fileSystemId": "fs-0123456789abcdef0", **fields}})


RULES = (
    of_container(
        "awsvpc-extra-hosts",
        "Extra hosts are not supported on container when networkMode=awsvpc.",
        good={"extraHosts": []},
        bad={"extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.9"}]},
    ),
    of_container(
        "awsvpc-hostname",
        "hostname is not supported on container when networkMode=awsvpc.",
        good={},
        bad={"hostname": "web"},
    ),
    of_container(
        "fargate-disable-networking",
        "Disable Networking is not supported on container when networkMode=awsvpc.",
        good={"disableNetworking": False},
        bad={"disableNetworking": True},
    ),
    of_container(
        "fargate-dns-servers",
        "DNS servers are not supported on container when networkMode=awsvpc.",
        good={"dnsServers": []},
        bad={"dnsServers": ["10.0.0.2"]},
    ),
    rule(
        "fargate-links",
        "Links are not supported when networkMode=awsvpc.",
        good=definition(container(links=[]), container("db")),
        bad=definition(container(links=["db"]), container("db")),
    ),
    of_container(
        "port-range-overlap",
        "TCP container port '8085' is used multiple times in task when networkMode=awsvpc.",
        good=_ports({"containerPortRange": "8080-8084"}, {"containerPortRange": "8085-8095"}),
        bad=_ports({"containerPortRange": "8080-8090"}, {"containerPortRange": "8085-8095"}),
    ),
    of_container(
        "port-range-reversed",
        "Invalid 'containerPortRange' setting for container 'app'.",
        good=_ports({"containerPortRange": "80-90"}),
        bad=_ports({"containerPortRange": "90-80"}),
    ),
    of_container(
        "port-range-with-host-port",
        "Invalid port mapping for container 'app', cannot specify both single port and port range.",
        good=_ports({"containerPortRange": "80-90"}, {"containerPort": 8080}),
        bad=_ports({"containerPortRange": "80-90", "containerPort": 8080}),
    ),
    rule(
        "port-mapping-duplicate-name",
        "When networkMode=awsvpc, port mapping name is already used",
        good=definition(
            container(**_ports({"containerPort": 80, "name": "http"})),
            container("db", **_ports({"containerPort": 81, "name": "db"})),
        ),
        bad=definition(
            container(**_ports({"containerPort": 80, "name": "http"})),
            container("db", **_ports({"containerPort": 81, "name": "http"})),
        ),
    ),
    rule(
        "proxy-configuration-container-missing",
        "Proxy container [nope] does not exist.",
        good=_proxied("envoy", PROXY),
        bad=_proxied("nope", PROXY),
    ),
    rule(
        "proxy-configuration-missing-required-props",
        "Ingress port not found",
        good=_proxied("envoy", PROXY),
        bad=_proxied("envoy", {}),
    ),
    rule(
        "mountpoint-source-volume-missing",
        "Unknown volume 'nope'.",
        good=_mounted({}),
        bad=_mounted({}, at="nope"),
    ),
    rule(
        "volume-not-referenced",
        "Volumes [data] are not referenced by any of the containers",
        good=_mounted({"configuredAtLaunch": True}),
        bad=definition(container(), volumes=[{"name": "data", "configuredAtLaunch": True}]),
    ),
    rule(
        "efs-access-point-with-root-directory",
        'When using an EFS access point, the root directory must either be set to "/" or be omitted.',
        good=_efs(transitEncryption="ENABLED", authorizationConfig={"accessPointId": "fsap-1"}, rootDirectory="/"),
        bad=_efs(transitEncryption="ENABLED", authorizationConfig={"accessPointId": "fsap-1"}, rootDirectory="/data"),
    ),
    rule(
        "efs-iam-without-transit-encryption",
        "EFS IAM authorization requires TransitEncryption to be enabled.",
        good=_efs(transitEncryption="ENABLED", authorizationConfig={"iam": "ENABLED"}),
        bad=_efs(authorizationConfig={"iam": "ENABLED"}),
    ),
    rule(
        "efs-transit-encryption-port-without-encryption",
        "TransitEncryptionPort requires that TransitEncryption is enabled.",
        good=_efs(transitEncryption="ENABLED", transitEncryptionPort=2999),
        bad=_efs(transitEncryptionPort=2999),
    ),
    rule(
        "fargate-host-source-path",
        "Fargate compatible task definitions do not support sourcePath",
        good=_mounted({"host": {}}),
        bad=_mounted({"host": {"sourcePath": "/srv"}}),
    ),
    rule(
        "fargate-docker-volume",
        "Fargate compatible task definitions do not support dockerVolumeConfiguration",
        good=_mounted({}),
        bad=_mounted({"dockerVolumeConfiguration": {"scope": "task"}}),
    ),
)

"""What networkMode awsvpc rules out, and what it rules: ports, and the proxy that stands before a task's containers."""

from __future__ import annotations

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form
from ecsdeploy.sandbox.ecs.api.definition_rules.ports import check_ports
from ecsdeploy.sandbox.ecs.api.lookup import client_error

UNSUPPORTED = {
    "dnsServers": "DNS servers are not supported on container when networkMode=awsvpc.",
    "dnsSearchDomains": "DNS search domains are not supported on container when networkMode=awsvpc.",
    "extraHosts": "Extra hosts are not supported on container when networkMode=awsvpc.",
    "hostname": "hostname is not supported on container when networkMode=awsvpc.",
    "disableNetworking": "Disable Networking is not supported on container when networkMode=awsvpc.",
    "links": "Links are not supported when networkMode=awsvpc.",
}
"""Fields of a container -> ECS's text; the one for dnsSearchDomains follows the others."""

PROXY = {
    "ProxyIngressPort": "Ingress port not found",
    "ProxyEgressPort": "Egress port not found",
    "AppPorts": "App ports not found",
    "EgressIgnoredIPs": "Egress ignored IPs not found",
}
"""What an App Mesh proxy must say (API reference, ProxyConfiguration); of the texts, the first is known to be ECS's."""


def check_network(form: Form) -> None:
    """Raise ClientException for what ECS refuses with networkMode awsvpc."""
    containers = form["containerDefinitions"]
    for container in containers:
        for key, text in UNSUPPORTED.items():
            if container.get(key):
                raise client_error(text)
    check_ports(containers)
    proxy = form.get("proxyConfiguration")
    if proxy is not None:
        _check_proxy(proxy, {container["name"] for container in containers})


def _check_proxy(proxy: Form, names: set[str]) -> None:
    if proxy["containerName"] not in names:
        raise client_error(f"Proxy container [{proxy['containerName']}] does not exist.")
    given = {prop.get("name") for prop in proxy.get("properties", ())}
    for name, text in PROXY.items():
        if name not in given:
            raise client_error(text)

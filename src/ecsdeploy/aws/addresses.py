"""Public addresses of tasks, as EC2 knows them."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws


def public_addresses(aws: Aws, interfaces: Sequence[str]) -> dict[str, str]:
    """Return the public IP of each network interface that has one (EC2 API, DescribeNetworkInterfaces)."""
    wanted = [interface for interface in interfaces if interface]
    if not wanted:
        return {}
    with aws_errors("ec2"):
        answer = aws.client("ec2").describe_network_interfaces(NetworkInterfaceIds=wanted)
    return {
        item["NetworkInterfaceId"]: item["Association"]["PublicIp"]
        for item in answer.get("NetworkInterfaces", [])
        if item.get("Association", {}).get("PublicIp")
    }

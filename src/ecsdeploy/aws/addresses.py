"""Public addresses of tasks, as EC2 knows them."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws

VALUES = 200
"""How many values a filter takes (EC2 API, "List and filter using the CLI and API")."""


def public_addresses(aws: Aws, interfaces: Sequence[str]) -> dict[str, str]:
    """Return the public IP of each network interface that has one (EC2 API, DescribeNetworkInterfaces).

    A filter, since an interface deleted with its task would be an error that hides all the others.
    """
    wanted = [interface for interface in interfaces if interface]
    found: dict[str, str] = {}
    for start in range(0, len(wanted), VALUES):
        with aws_errors("ec2"):
            answer = aws.client("ec2").describe_network_interfaces(
                Filters=[{"Name": "network-interface-id", "Values": wanted[start : start + VALUES]}]
            )
        found |= {
            item["NetworkInterfaceId"]: item["Association"]["PublicIp"]
            for item in answer.get("NetworkInterfaces", [])
            if item.get("Association", {}).get("PublicIp")
        }
    return found

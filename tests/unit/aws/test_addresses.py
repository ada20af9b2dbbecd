"""Public addresses, of interfaces that come and go."""

from __future__ import annotations

from typing import Any

from ecsdeploy.aws.addresses import public_addresses
from tests.unit.aws.stubs import StubbedAws


def asks(aws: StubbedAws, ids: list[str], *found: dict[str, Any]) -> None:
    filters = [{"Name": "network-interface-id", "Values": ids}]
    aws.answers("ec2", "describe_network_interfaces", {"NetworkInterfaces": list(found)}, Filters=filters)


def test_one_that_is_gone_or_private_does_not_hide_the_others(aws: Any) -> None:
    public = {"NetworkInterfaceId": "eni-1", "Association": {"PublicIp": "203.0.113.7"}}
    asks(aws, ["eni-1", "eni-2", "eni-3"], public, {"NetworkInterfaceId": "eni-2"})
    assert public_addresses(aws, ["eni-1", "", "eni-2", "eni-3"]) == {"eni-1": "203.0.113.7"}


def test_two_hundred_are_asked_for_at_a_time(aws: Any) -> None:
    ids = [f"eni-{n}" for n in range(201)]
    asks(aws, ids[:200])
    asks(aws, ids[200:])
    assert public_addresses(aws, ids) == {}


def test_no_interface_is_no_call(aws: Any) -> None:
    assert public_addresses(aws, ["", ""]) == {}

"""What EC2 knows of the subnets in which tasks run, and of their security groups."""

from __future__ import annotations

import functools

from ecsdeploy.sandbox.ecs.engine import NetworkInterface
from ecsdeploy.sandbox.ecs.records import Subnet
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.network_interfaces import TaskInterface
from ecsdeploy.sandbox.security_groups import default_group
from ecsdeploy.sandbox.seeding import Seeding
from ecsdeploy.sandbox.settings import Settings


class Subnets:
    """Looks subnets up in EC2: in the sandbox's own Region, then in those that clients have asked about.

    `seeding` completes a Region first. An id is unique over all of them.
    """

    def __init__(self, moto: MotoBackend, seeding: Seeding, region: str) -> None:
        self.seeding = seeding
        self._moto = moto
        self._region = region
        # A subnet's network never changes, and an id is never given twice.
        self.vpc_of = functools.lru_cache(maxsize=1024)(self._vpc_of)
        self.default_groups = functools.lru_cache(maxsize=1024)(self._default_groups)

    def describe(self, subnet_id: str) -> Subnet | None:
        """Return a subnet, or None if there is none of that id."""
        found = self._find(subnet_id)
        return Subnet(subnet_id, found["cidrBlock"], found["availabilityZone"]) if found else None

    def interface(self, one: NetworkInterface, settings: Settings) -> TaskInterface:
        """Return a task's network interface as EC2 shows it."""
        return TaskInterface(
            id=one.id,
            private_ip=one.private_address,
            public_ip=one.public_address,
            subnet=one.subnet.id,
            vpc=self.vpc_of(one.subnet.id),
            zone=one.subnet.zone,
            groups=one.groups or self.default_groups(one.subnet.id),
            mac=one.mac,
            account=settings.account,
            region=settings.region,
            attachment_id=one.attachment_id,
        )

    def group_fits(self, group_id: str, subnet_id: str) -> bool | None:
        """Say whether a security group is of a subnet's network; None if there is no such group."""
        self.seeding.ensure(self._region)
        networks = [vpc for region in self._regions() if (vpc := self._group_vpc(region, group_id)) is not None]
        return networks[0] == self.vpc_of(subnet_id) if networks else None

    def _group_vpc(self, region: str, group_id: str) -> str | None:
        try:
            root = self._moto.query("ec2", "DescribeSecurityGroups", region, **{"GroupId.1": group_id})
        except MotoError:
            return None
        item = root.find("securityGroupInfo/item")
        return None if item is None else item.findtext("vpcId", "")

    def _regions(self) -> list[str]:
        return sorted(self.seeding.regions, key=lambda each: each != self._region)

    def _vpc_of(self, subnet_id: str) -> str:
        return self._find(subnet_id).get("vpcId", "")

    def _default_groups(self, subnet_id: str) -> tuple[str, ...]:
        """Return the security group that a task in a subnet has if it names none (AwsVpcConfiguration)."""
        vpc = self.vpc_of(subnet_id)
        found = (default_group(self._moto, region, vpc) for region in self._regions())
        return next(((group.findtext("groupId", ""),) for group in found if group is not None), ())

    def _find(self, subnet_id: str) -> dict[str, str]:
        self.seeding.ensure(self._region)
        for region in self._regions():
            if found := self._find_in(region, subnet_id):
                return found
        return {}

    def _find_in(self, region: str, subnet_id: str) -> dict[str, str]:
        try:
            root = self._moto.query("ec2", "DescribeSubnets", region, **{"SubnetId.1": subnet_id})
        except MotoError:
            return {}
        item = root.find("subnetSet/item")
        return {child.tag: child.text or "" for child in item} if item is not None else {}

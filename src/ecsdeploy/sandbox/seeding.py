"""What a real account has from the start and moto's has not: the default VPC's way to the internet, and its group.

moto's default VPC has subnets that give public addresses, but neither an internet gateway nor a route to one, so
that a client which looks for public subnets by their routes finds none.
"""

from __future__ import annotations

import threading

from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.security_groups import let_members_in


class Seeding:
    """Completes each Region once, before the first request that could notice."""

    def __init__(self, moto: MotoBackend) -> None:
        self._moto = moto
        self._lock = threading.Lock()
        self._seeded: set[str] = set()

    @property
    def regions(self) -> frozenset[str]:
        """Return the Regions that somebody has asked about so far."""
        with self._lock:
            return frozenset(self._seeded)

    def ensure(self, region: str) -> None:
        """Give the default VPC of `region` what it lacks, unless that is done."""
        with self._lock:
            if region not in self._seeded:
                self._seed(region)
                self._seeded.add(region)

    def _seed(self, region: str) -> None:
        def ask(action: str, **params: str) -> str:
            try:
                answer = self._moto.query("ec2", action, region, **params)
            except MotoError as error:
                # moto's state belongs to the process: another sandbox in it may have been here before.
                if error.code not in _THERE_ALREADY:
                    raise
                return ""
            return next((found.text or "" for tag in _IDS for found in answer.iter(tag)), "")

        vpc = ask("DescribeVpcs", **{"Filter.1.Name": "is-default", "Filter.1.Value.1": "true"})
        if not vpc:
            return
        gateway = ask("CreateInternetGateway")
        ask("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
        of_vpc = {"Filter.1.Name": "vpc-id", "Filter.1.Value.1": vpc}
        main = {"Filter.2.Name": "association.main", "Filter.2.Value.1": "true"}
        let_members_in(self._moto, region, vpc)
        table = ask("DescribeRouteTables", **of_vpc, **main)
        ask("CreateRoute", RouteTableId=table, GatewayId=gateway, DestinationCidrBlock="0.0.0.0/0")


_THERE_ALREADY = {"RouteAlreadyExists", "Resource.AlreadyAssociated"}
_IDS = ("routeTableId", "internetGatewayId", "vpcId")

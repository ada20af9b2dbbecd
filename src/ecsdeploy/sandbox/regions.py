"""The Regions that there are."""

from __future__ import annotations


def regions() -> list[str]:
    """Return the Regions with ECS, in every partition, as botocore knows them."""
    from botocore.session import Session

    session = Session()
    return [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ecs", partition_name=partition)
    ]


def partition_of(region: str) -> str:
    """Return the partition of a Region, as ARNs name it ("AWS General Reference", "Amazon Resource Names")."""
    prefixes = {
        "cn-": "aws-cn",
        "us-gov-": "aws-us-gov",
        "us-iso-": "aws-iso",
        "us-isob-": "aws-iso-b",
        "us-isof-": "aws-iso-f",
        "eu-isoe-": "aws-iso-e",
        "eusc-": "aws-eusc",
    }
    return next((partition for prefix, partition in prefixes.items() if region.startswith(prefix)), "aws")


def region_of(arn: str, usual: str) -> str:
    """Return a Region of the partition that `arn` is in: the usual one, if it is there or if no Region is."""
    partition = arn.split(":")[1] if arn.startswith("arn:") else ""
    if partition_of(usual) == partition:
        return usual
    return next((region for region in regions() if partition_of(region) == partition), usual)

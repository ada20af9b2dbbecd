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

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

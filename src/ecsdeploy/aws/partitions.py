"""Which partition a Region is in, without a question to AWS."""

from __future__ import annotations

from botocore.exceptions import UnknownRegionError

from ecsdeploy.errors import UsageError


def partition_of(region: str) -> str:
    """Return the partition of a Region (`aws`, `aws-cn`, `aws-us-gov`, ...). Raises `UsageError`."""
    from botocore.session import Session

    try:
        return str(Session().get_partition_for_region(region))
    except UnknownRegionError:
        raise UsageError(
            f"There is no AWS Region {region!r}.", fix="Choose a Region such as 'us-east-1' or 'eu-central-1'."
        ) from None

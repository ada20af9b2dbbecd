"""`[service.deployment]`: when a deployment that cannot succeed is given up."""

from __future__ import annotations

from pydantic import Field

from ecsdeploy.config.table import Table
from ecsdeploy.config.values import Switch, WholeNumber


class Deployment(Table):
    """When a deployment that cannot succeed is given up, without waiting for the circuit breaker."""

    give_up: Switch = Field(
        default=True,
        description="Stop a deployment, and roll it back, as soon as its tasks prove that it cannot succeed. Off, only "
        "the circuit breaker of ECS does.",
    )
    give_up_after: WholeNumber = Field(
        default=2,
        ge=1,
        le=100,
        description="How many tasks must fail for one cause before that, if none was ever healthy. One is enough where "
        "no retry can help: an image or a secret that is missing, say. With each deployment the circuit breaker's "
        "threshold is set to fit: it never counts less, and of a service of one task it ends with the second failure.",
    )

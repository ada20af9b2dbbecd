"""All rows, in the order in which the document shows them."""

from tests.states.rows import (  # noqa: I001 - the document's order
    services,
    capacity,
    deployments,
    flights,
    rollback,
    scale,
    restart,
    clusters,
    logs,
    repositories,
    images,
    task_definitions,
    networks,
    roles,
    secrets,
    environments,
)
from tests.states.table import ACCOUNT, TABLE

__all__ = [
    "ACCOUNT",
    "TABLE",
    "capacity",
    "clusters",
    "deployments",
    "environments",
    "flights",
    "images",
    "logs",
    "networks",
    "repositories",
    "restart",
    "roles",
    "rollback",
    "scale",
    "secrets",
    "services",
    "task_definitions",
]

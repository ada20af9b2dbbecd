"""All rows, in the order in which the document shows them."""

from tests.states.rows import (  # noqa: I001 - the document's order
    services,
    capacity,
    deployments,
    flights,
    clusters,
    logs,
    repositories,
    images,
    task_definitions,
    networks,
    roles,
    secrets,
    environments,
    destroy,
    prune,
    looking,
)
from tests.states.table import ACCOUNT, TABLE

__all__ = [
    "ACCOUNT",
    "TABLE",
    "capacity",
    "clusters",
    "deployments",
    "destroy",
    "environments",
    "flights",
    "images",
    "logs",
    "looking",
    "networks",
    "prune",
    "repositories",
    "roles",
    "secrets",
    "services",
    "task_definitions",
]

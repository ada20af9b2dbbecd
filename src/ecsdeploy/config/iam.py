"""`[iam]`: the roles that ecsdeploy makes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ecsdeploy.config import rules
from ecsdeploy.config.table import Table

Granted = Literal["chaos-stop", "destroy", "exec", "prune", "run"]
"""What the deploy role may do only where the config says so."""


class Iam(Table):
    """The roles that ecsdeploy makes, in an account that has rules for them."""

    path: Annotated[str, AfterValidator(rules.role_path)] = Field(
        default="/",
        description="The path of roles to make. An existing role keeps its own, which is looked up.",
        examples=["/platform/"],
    )
    permissions_boundary: Annotated[str, AfterValidator(rules.boundary)] | None = Field(
        default=None,
        description="The ARN of the policy that limits every role. `setup` also sets it on roles that exist; left out, "
        "a role keeps what it has.",
        examples=["arn:aws:iam::123456789012:policy/developers"],
    )
    grants: tuple[Granted, ...] = Field(
        default=(),
        description="What the deploy role may do besides deploying: `chaos-stop`, `destroy` (all but roles), `exec`, "
        "`prune`, `run`. `setup` writes it; `ecsdeploy iam --for NAME` shows what each allows.",
        examples=[["run", "prune"]],
    )

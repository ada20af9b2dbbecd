"""Questions about a trust policy to an SMT solver: is there anybody, with whatever claims, who is let in?"""

from __future__ import annotations

from typing import Any

import z3
from iamprover.engine.context import Context
from iamprover.engine.encoder import allowed
from iamprover.model import Principal
from iamprover.parsers.iam import parse_policy_document

from ecsdeploy.policy import Document
from tests.unit.policy.documents import PLACE


class Question:
    """A document and a free request: any action, any claims, by way of one provider."""

    def __init__(self, document: Document, issuer: str, provider: str = "") -> None:
        self.issuer, self.context = issuer, Context()
        self.action, resource = z3.String("action"), z3.String("resource")
        who = Principal(f"federated:{provider or PLACE.provider(issuer)}", [])
        policy = parse_policy_document("trust", dict(document))
        self.let_in = allowed(who, self.action, resource, self.context, [policy])

    def claim(self, name: str) -> Any:
        return self.context.string(f"{self.issuer}:{name}")

    def found(self, *also: Any) -> dict[str, str]:
        """Return claims of somebody who is let in and of whom all that is true; none if there is nobody."""
        solver = z3.Solver()
        solver.set("timeout", 90_000)
        solver.add(self.let_in, *also)
        answer = solver.check()
        assert answer != z3.unknown
        return self.context.assignments(solver.model()) | {"found": "yes"} if answer == z3.sat else {}

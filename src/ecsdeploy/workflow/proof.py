"""What a deployment that ECS calls a success still has to show: that it answers, and what `[smoke]` says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.serving import is_checked
from ecsdeploy.core.target import Target
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.gate import Passage, gate
from ecsdeploy.workflow.reach import reach

Proof = Callable[[Verdict], Verdict]
"""Returns the verdict on what ECS calls a success; nothing is reported as its end."""


@dataclass(frozen=True)
class Gate:
    """What the deployment of `task_definition` has to pass; what fails a `passage` with a way back is taken back."""

    run: Run
    target: Target
    ecs: Ecs
    task_definition: str
    passage: Passage | None = None

    def __call__(self, verdict: Verdict) -> Verdict:
        """Return `verdict`, a success, with where it answers; another one if nobody gets in, or `[smoke]` fails."""
        run, target, passage = self.run, self.target, self.passage
        reached = reach(run, target, self.ecs, self.task_definition, known=verdict.tasks)
        found = gate(run, target, verdict, urls=reached.urls, passage=passage) if passage is not None else verdict
        asked = passage is not None and target.config.smoke is not None
        is_proven = is_checked(target) or (asked and found.kind != "unproven")
        if reached.refusal and not is_proven:
            found = Verdict(kind="unreachable", reason=reached.refusal, deployment=verdict.deployment)
        return replace(found, reach=reached)

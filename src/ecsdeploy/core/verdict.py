"""How a rollout ended, judged by the deployment that we started and never by "the service is stable"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ecsdeploy.core.reach import Reach
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task import Task
from ecsdeploy.errors import ExitCode
from ecsdeploy.events import FailureCard

Kind = Literal[
    "succeeded",
    "rolled-back",
    "failed",
    "superseded",
    "stopped",
    "timed-out",
    "empty",
    "paused",
    "unreachable",
    "smoke-failed",
    "unproven",
    "submitted",
    "started",
    "healthy",
]

EXIT_CODES: dict[Kind, ExitCode] = {
    "succeeded": ExitCode.DONE,
    "rolled-back": ExitCode.ROLLED_BACK,
    "failed": ExitCode.FAILED,
    "unreachable": ExitCode.FAILED,
    "superseded": ExitCode.SUPERSEDED,
    "stopped": ExitCode.STOPPED,
    "timed-out": ExitCode.TIMED_OUT,
    "empty": ExitCode.NOTHING_PROVEN,
    "unproven": ExitCode.NOTHING_PROVEN,
    "smoke-failed": ExitCode.OBJECTIVE_MISSED,
    "paused": ExitCode.PAUSED,
    "submitted": ExitCode.DONE,
    "started": ExitCode.DONE,
    "healthy": ExitCode.DONE,
}


ENDS: Mapping[int, str] = {
    **{int(code): kind for kind, code in reversed(EXIT_CODES.items())},
    ExitCode.OBJECTIVE_MISSED: "objective-missed",
    ExitCode.HUNG_UP: "interrupted",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.TERMINATED: "interrupted",
}
"""An exit code in one word, where no verdict says more: that of the first kind that has it."""
NOT_ASKED = Reach()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The outcome of one deployment, with ECS's own reason.

    `under_way`: it goes on in ECS, and its result is already clear; `serves` is what runs meanwhile. `tasks` are the
    service's as they were at the end, old ones too, and `reach` is where they answer. `cards` are its causes, the most
    frequent last.
    """

    kind: Kind
    reason: str = ""
    deployment: ServiceDeployment | None = None
    under_way: bool = False
    serves: str = ""
    tasks: tuple[Task, ...] = ()
    reach: Reach = NOT_ASKED
    cards: tuple[FailureCard, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """Return what the process ends with."""
        return EXIT_CODES[self.kind]


def judge(now: ServiceDeployment, *, newer: bool, asked_to_stop: bool = False) -> Verdict | None:
    """Return the verdict on one service deployment, or None while it goes on.

    `newer` says whether a newer deployment of the service exists: ECS gives STOPPED both to a deployment that a
    newer one replaced and to one that failed with rollback off (ECS API, ServiceDeployment.status).
    `asked_to_stop` says that it was seen in ROLLBACK_REQUESTED; otherwise the reason tells. One whose tasks had failed
    by then has failed, whoever stopped it: so does `deploy`, and ECS has no place for why.
    """
    if now.ongoing:
        return None
    match now.status:
        case "SUCCESSFUL":
            # Zero tasks count as healthy too; they prove nothing about the image.
            return Verdict(kind="succeeded" if now.requested > 0 else "empty", reason=now.reason, deployment=now)
        case "ROLLBACK_SUCCESSFUL":
            asked = asked_to_stop or tells_of_a_person(now)
            kind: Kind = "stopped" if asked and not now.failures else "rolled-back"
            return Verdict(kind=kind, reason=now.rollback_reason or now.reason, deployment=now)
        case "STOPPED" if newer:
            return Verdict(kind="superseded", reason=now.reason, deployment=now)
        case "STOPPED" if asked_to_stop:
            return Verdict(kind="stopped", reason=now.reason, deployment=now)
        case _:
            return Verdict(kind="failed", reason=now.rollback_reason or now.reason, deployment=now)


_ASKED = re.compile(r"stopservicedeployment|request to stop|\bby (?:an? |the )?user\b|\buser[- ](?:initiated|request)")


def tells_of_a_person(now: ServiceDeployment) -> bool:
    """Return whether the reason says that a person, not the circuit breaker or an alarm, asked for the rollback."""
    words = f"{now.reason} {now.rollback_reason}".lower()
    automatic = ("circuit breaker", "alarm", "lifecycle hook", "invalid networking")
    asked = _ASKED.search(words)
    return not any(word in words for word in automatic) and asked is not None

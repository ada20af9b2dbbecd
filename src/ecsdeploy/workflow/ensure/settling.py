"""IAM's propagation: a role that exists is not known everywhere yet.

IAM is eventually consistent and shows nowhere whether a change has arrived (IAM User Guide, "Changes that I make are
not always immediately visible"). GetRole answers from where the change was made, so seeing it there is necessary and
not enough; what is left is to wait for as long as it usually takes. An IAM that is consistent at once needs none of
that: `ECSDEPLOY_IAM_SETTLE=0s` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ecsdeploy.aws.iam import Iam
from ecsdeploy.config.duration import parse
from ecsdeploy.core.role import Role
from ecsdeploy.errors import TimedOut, UsageError
from ecsdeploy.events import Step
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Run

SETTING = "ECSDEPLOY_IAM_SETTLE"
SECONDS = 10.0
VISIBLE_SECONDS = 20.0


@dataclass(frozen=True)
class Settling:
    """A role, and when (of the clock's monotonic time) it was last written; None: not in this run."""

    role: Role
    written: float | None

    @property
    def arn(self) -> str:
        """Return the role's ARN."""
        return self.role.arn


def wait_until_settled(run: Run, roles: Iterable[Settling]) -> None:
    """Return when every role that this run wrote can be relied on; at once when it wrote none."""
    fresh = [role for role in roles if role.written is not None]
    left = max((role.written or 0.0 for role in fresh), default=0.0) + _seconds(run) - run.clock.monotonic()
    if not fresh or left <= 0:
        return
    run.report(Step("Waiting until IAM has told everybody about the roles"))
    iam = Iam(run.aws)
    for name in [settling.role.name for settling in fresh]:
        visible_role(run, iam, name)
    run.clock.sleep(left)


def _seconds(run: Run) -> float:
    text = run.environ.get(SETTING, "")
    try:
        return parse(text) if text else SECONDS
    except ValueError as error:
        raise UsageError(f"{SETTING} is {text!r}.", why=f"{error}.", fix=f"For example: {SETTING}=5s") from None


def visible_role(run: Run, iam: Iam, name: str) -> Role:
    """Return a role that is known to exist, once IAM shows it. Raises `TimedOut`."""

    def judge(role: Role | None) -> Role | None:
        return role

    deadline = run.clock.monotonic() + VISIBLE_SECONDS
    try:
        return poll(lambda: iam.role(name), judge, clock=run.clock, every=1.0, deadline=deadline)
    except DeadlineReached:
        raise TimedOut(
            f"IAM does not show the role {name}, and says that it exists.",
            why=f"It was not there for {VISIBLE_SECONDS:.0f} s.",
            fix="Run the same command again in a minute.",
        ) from None

"""IAM's propagation: a role that exists is not known everywhere yet.

IAM is eventually consistent and shows nowhere whether a change has arrived (IAM User Guide, "Changes that I make are
not always immediately visible"). GetRole answers from where the change was made, so seeing it there is necessary and
not enough; what is left is to wait for as long as it usually takes. An IAM that is consistent at once needs none of
that: `ECSDEPLOY_IAM_SETTLE=0s` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ecsdeploy.clock import Clock
from ecsdeploy.config.duration import parse
from ecsdeploy.core.account import RoleSeen
from ecsdeploy.errors import TimedOut, UsageError
from ecsdeploy.events import Report, Step
from ecsdeploy.poll import DeadlineReached, poll

SETTING = "ECSDEPLOY_IAM_SETTLE"
SECONDS = 10.0
VISIBLE_SECONDS = 20.0


class Roles(Protocol):
    """Reads a role."""

    def role(self, name: str, *, policy: bool, others: bool) -> RoleSeen | None:
        """Return the role."""
        ...


@dataclass
class Settling:
    """The roles that were written since the last wait, and how many seconds IAM takes to propagate them."""

    seconds: float = SECONDS
    _written: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Settling:
        """Return it as the environment sets it. Raises `UsageError`."""
        text = environ.get(SETTING, "")
        try:
            return cls(parse(text) if text else SECONDS)
        except ValueError as error:
            raise UsageError(f"{SETTING} is {text!r}.", why=f"{error}.", fix=f"For example: {SETTING}=5s") from None

    def note(self, role: str, at: float) -> None:
        """Remember that a role was written `at` (of the clock's monotonic time)."""
        self._written[role] = at

    def wait(self, look: Roles, report: Report, clock: Clock) -> None:
        """Return once every written role can be relied on; at once if none was written. Raises `TimedOut`."""
        written, self._written = self._written, {}
        left = max(written.values(), default=0.0) + self.seconds - clock.monotonic()
        if not written or left <= 0:
            return
        report(Step("Waiting until the roles are known everywhere in IAM"))
        for name in written:
            self._seen(look, name, clock)
        clock.sleep(left)

    @staticmethod
    def _seen(look: Roles, name: str, clock: Clock) -> None:
        def read() -> RoleSeen | None:
            return look.role(name, policy=False, others=False)

        def judge(role: RoleSeen | None) -> RoleSeen | None:
            return role

        try:
            poll(read, judge, clock=clock, every=1.0, deadline=clock.monotonic() + VISIBLE_SECONDS)
        except DeadlineReached:
            raise TimedOut(
                f"IAM says that the role {name} exists, but does not show it.",
                why=f"It did not appear within {VISIBLE_SECONDS:.0f} s.",
                fix="Run the same command again in a minute.",
            ) from None

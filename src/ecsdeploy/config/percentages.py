"""How many tasks a deployment leaves and adds, in percent of the desired count, told before anything is built.

ECS refuses a service whose tasks could never be replaced, and percentages that mean nothing (API reference,
DeploymentConfiguration; its sentences are in `docs/sandbox-refusals.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsdeploy.config.mistake import Mistake

MINIMUM_HEALTHY_PERCENT = 100
MAXIMUM_PERCENT = 200
"""What a service has unless [service.raw] says otherwise: a new task starts before an old one stops."""

_TABLE = "deploymentConfiguration"


def percentage_mistakes(raw: Mapping[str, object]) -> Iterator[Mistake]:
    """Yield what [service.raw] may not say of the percentages; what it leaves out is as `ecsdeploy` sets it."""
    given = raw.get(_TABLE)
    if not isinstance(given, Mapping):
        return
    low = given.get("minimumHealthyPercent", MINIMUM_HEALTHY_PERCENT)
    high = given.get("maximumPercent", MAXIMUM_PERCENT)
    if not (_is_number(low) and _is_number(high)):
        return  # AWS's own model names the type that is wrong.
    if not 0 <= low <= 100:
        yield Mistake((_TABLE, "minimumHealthyPercent"), f"ECS takes 0 to 100 percent here, not {low}", _MINIMUM)
    if high < 100:
        yield Mistake((_TABLE, "maximumPercent"), f"ECS takes 100 percent or more here, not {high}", _MAXIMUM)
    if low == high == 100 and given.get("strategy", "ROLLING") == "ROLLING":
        yield Mistake((_TABLE, "maximumPercent"), "no task could ever be replaced: ECS refuses 100 with 100", _BOTH)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_MINIMUM = "Write how many percent of the tasks must stay healthy during a deployment: 100 keeps all of them."
_MAXIMUM = (
    "Write how many percent of the tasks may run during a deployment: 200 starts each new task beside an old one."
)
_BOTH = "Let more tasks run (maximumPercent = 200), or fewer stay (minimumHealthyPercent = 50)."

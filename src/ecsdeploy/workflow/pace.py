"""Many writes are sent only as fast as AWS accepts them: each refusal would cost more time than the pace."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsdeploy.clock import Clock

BUCKETS = {"ecs:DeregisterTaskDefinition": (20, 1.0), "ecs:DeleteTaskDefinitions": (5, 1.0)}
"""Call -> how many at once, and then how many a second (ECS API reference, "Request throttling").

ECS also counts RegisterTaskDefinition here, and other users' calls.
"""


@dataclass
class Pace:
    """How many calls of each kind may be sent now."""

    _left: dict[str, float] = field(default_factory=dict)
    _at: dict[str, float] = field(default_factory=dict)

    def wait(self, call: str, clock: Clock) -> None:
        """Return when `call` may be sent, and count it."""
        if call not in BUCKETS:
            return
        burst, rate = BUCKETS[call]
        now = clock.monotonic()
        left = min(burst, self._left.get(call, burst) + (now - self._at.get(call, now)) * rate)
        if left < 1:
            clock.sleep((1 - left) / rate)
            left, now = 1, clock.monotonic()
        self._left[call], self._at[call] = left - 1, now

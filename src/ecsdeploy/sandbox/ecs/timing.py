"""How long AWS's own waits take; the containers' own times are real and never appear here."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """AWS's waits in seconds. "Documented" figures are AWS's; "chosen" ones are plausible, AWS publishes none.

    A Fargate task of a small image is RUNNING some 20 to 30 seconds after its launch, containers included; the
    chosen figures add up to that.
    """

    deployment_start: float = 0.15
    """A service deployment's PENDING; measured: createdAt to startedAt in published DescribeServiceDeployments.

    One that is superseded is STOPPED twice that long after the newer one's creation (measured likewise).
    """
    provisioning: float = 8.0
    """PROVISIONING: a network interface is created and attached (chosen)."""
    activating: float = 1.0
    """ACTIVATING: registrations after the containers have started (chosen)."""
    deactivating: float = 0.5
    """DEACTIVATING: deregistrations, without a load balancer next to nothing (chosen)."""
    deprovisioning: float = 6.0
    """DEPROVISIONING: the network interface is detached and deleted (chosen)."""
    healthy_floor: float = 40.0
    """RUNNING to healthy without a health check (documented: DeploymentConfiguration.minimumHealthyPercent)."""
    reaction: float = 2.0
    """A task's unexpected end to the launch that replaces it (chosen; AWS's takes seconds)."""
    backoff_base: float = 10.0
    """The wait after the first failed start; it doubles from one to the next (chosen)."""
    backoff_limit: float = 1620.0
    """The longest wait between two starts: 27 minutes (documented: service throttle logic)."""
    rollback_start: float = 1.0
    """ROLLBACK_REQUESTED to ROLLBACK_IN_PROGRESS, and the least that this one lasts (chosen)."""
    spot_life: float = 15.0
    """RUNNING to interruption of a task that is broken with `spot-interruption` (chosen)."""
    stopped_kept: float = 3600.0
    """Stopped tasks can be described for at least one hour (documented: DescribeTasks)."""
    definition_deleted: float = 60.0
    """The least that a task definition is DELETE_IN_PROGRESS: ECS looks for users of it periodically (chosen)."""
    steady_repeat: float = 21600.0
    """The steady state event repeats every six hours (documented: service event messages)."""

    @classmethod
    def at(cls, speed: float) -> Timing:
        """Return every wait divided by `speed`."""
        plain = cls()
        return cls(**{field.name: getattr(plain, field.name) / speed for field in fields(cls)})

    def backoff(self, failures: int) -> float:
        """Return the wait in seconds before the next start after `failures` starts failed in a row."""
        if failures == 0:
            return 0.0
        return float(min(self.backoff_base * 2 ** min(failures - 1, 20), self.backoff_limit))

"""Keeps every task's way in as its security groups say, while tasks come and go and rules change."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ecsdeploy.sandbox.firewall.groups import Group, Member, Opening, groups_of, openings
from ecsdeploy.sandbox.firewall.tables import Dropped
from ecsdeploy.sandbox.firewall.words import Loss
from ecsdeploy.sandbox.runtime.base import TaskSpec
from ecsdeploy.sandbox.runtime.crew import spawn

REMEMBERED = 100
"""Of so many ended tasks it is told what was dropped."""

_log = logging.getLogger(__name__)


class Door(Protocol):
    """One task's way in. Raises `OSError` where it cannot be guarded."""

    def admit(self, found: frozenset[Opening]) -> None:
        """Let in what `found` says from now on, and drop the rest."""
        ...

    def dropped(self) -> Dropped:
        """Return what was dropped so far."""
        ...


@dataclass
class _Guarded:
    spec: TaskSpec
    door: Door
    inside: str
    groups: tuple[Group, ...] = ()
    applied: frozenset[Opening] | None = None
    trouble: str = ""
    counted: Dropped = field(default_factory=Counter)


class Wall:
    """Guards tasks. `read` returns the security groups of EC2, `vpc_of` the network of a subnet.

    `unable` says why nothing can be guarded on this machine, "" if it can.
    """

    def __init__(
        self, read: Callable[[], Mapping[str, Group]], vpc_of: Callable[[str], str], *, unable: str = ""
    ) -> None:
        self._read = read
        self._vpc_of = vpc_of
        self._unable = unable
        self._known: Mapping[str, Group] | None = None
        self._tasks: dict[str, _Guarded] = {}
        self._members: dict[str, Member] = {}
        self._past: deque[Loss] = deque(maxlen=REMEMBERED)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._over = False
        self._thread: threading.Thread | None = None

    def enter(self, spec: TaskSpec, door: Door, inside: str = "") -> None:
        """Guard a task from now on; `inside` is its address for other tasks, "" where they have no way to it."""
        if self._unable:
            return
        with self._lock:
            self._tasks[spec.arn] = guarded = _Guarded(spec, door, inside)
            self._bring_up_to_date(guarded)
            if self._thread is None:
                self._thread = spawn("security-groups", self._work)
        if inside:
            self._wake.set()  # the rules of other tasks may name its groups

    def leave(self, arn: str) -> None:
        """Guard a task no longer: it is about to be removed."""
        with self._lock:
            guarded = self._tasks.pop(arn, None)
            if guarded is not None:
                self._past.extend(self._losses(guarded))
            was_seen = self._members.pop(arn, None) is not None
        if was_seen:
            self._wake.set()

    def changed(self) -> None:
        """Somebody has changed something in EC2."""
        with self._lock:
            self._known = None
        self._wake.set()

    def forget_applied(self) -> None:
        """Do everything again: the Engine was away."""
        with self._lock:
            for guarded in self._tasks.values():
                guarded.applied = None
        self._wake.set()

    def losses(self) -> list[Loss]:
        """Return what was dropped, the oldest first; ended tasks before those that are there."""
        with self._lock:
            return [*self._past, *(loss for each in self._tasks.values() for loss in self._losses(each))]

    @property
    def why_not(self) -> str:
        """Return why security groups are not enforced, "" if they are."""
        return self._unable or next((each.trouble for each in list(self._tasks.values()) if each.trouble), "")

    def close(self) -> None:
        """Change nothing any more."""
        self._over = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    # ---- inside

    def _work(self) -> None:
        while not self._over:
            self._wake.wait()
            self._wake.clear()
            for arn in list(self._tasks):
                with self._lock:
                    if not self._over and (guarded := self._tasks.get(arn)) is not None:
                        self._bring_up_to_date(guarded)

    def _groups(self) -> Mapping[str, Group]:
        if self._known is None:
            self._known = self._read()
        return self._known

    def _bring_up_to_date(self, guarded: _Guarded) -> None:
        """Apply what has changed. A task's trouble is told by `sandbox status`, and no reason not to run it."""
        spec = guarded.spec
        try:
            vpc = self._vpc_of(spec.subnet) if spec.subnet else ""
            guarded.groups = groups_of(spec.security_groups, vpc, self._groups())
            if guarded.inside:
                named = tuple(group.id for group in guarded.groups)
                self._members[spec.arn] = Member(named, spec.private_address, guarded.inside)
            found = openings(guarded.groups, self._members.values())
            if found != guarded.applied:
                guarded.door.admit(found)
                guarded.applied = found
            guarded.trouble = ""
        except OSError as error:
            _log.warning("the security groups of %s: %s", spec.arn, error)
            guarded.trouble = str(error)
        except Exception as error:
            _log.exception("the security groups of %s", spec.arn)
            guarded.trouble = f"{type(error).__name__}: {error}"

    def _losses(self, guarded: _Guarded) -> list[Loss]:
        try:
            guarded.counted = guarded.door.dropped()
        except OSError:  # its containers have just ended
            _log.info("nothing more was counted for %s", guarded.spec.arn)
        spec = guarded.spec
        groups = tuple((group.id, group.name) for group in guarded.groups)
        return [
            Loss(task=spec.arn, group=spec.group, port=port, protocol=protocol, source=source, packets=n, groups=groups)
            for ((protocol, port), source), n in sorted(guarded.counted.items())
            if n
        ]

"""Why a task failed: codes first, AWS's wording last, and an honest "unknown" with the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ecsdeploy.core.stopped_reasons import RULES, Cause
from ecsdeploy.core.task import Container, Task
from ecsdeploy.events import FailureCard

_EXIT_CODES = {
    0: (
        "The container ended by itself with exit code 0. A service must keep running.",
        "Start a server, in the foreground.",
    ),
    1: ("The application ended with an error (exit code 1).", "The last log lines say why."),
    2: (
        "The application ended with an error (exit code 2).",
        "The last log lines say why. Often it is wrong arguments: check [task] command and entry_point.",
    ),
    126: ("The command is not executable (exit code 126).", "Set the executable bit in the Dockerfile (`chmod +x`)."),
    127: ("The command was not found in the image (exit code 127).", "Check [task] command, entry_point and the PATH."),
    134: ("The application aborted (exit code 134, SIGABRT).", "The last log lines say why."),
    137: (
        "The container was killed (exit code 137, SIGKILL).",
        "Out of memory, or it did not stop within stop_timeout after SIGTERM: handle SIGTERM, or raise [task] memory.",
    ),
    139: (
        "The application crashed (exit code 139, a segmentation fault).",
        "A native module is broken or built for another CPU.",
    ),
    143: ("The container was stopped (exit code 143, SIGTERM).", "Something stopped it from outside."),
    255: (
        "The application ended with exit code 255.",
        "Often a binary for another CPU architecture; the log lines may say more.",
    ),
}

_LOG_SIGNS = (
    (
        r"read-only file system|\bEROFS\b",
        "It writes to a file system that is read-only: set [task] readonly_root_filesystem = false, or mount a volume "
        "there ([task.raw] volumes).",
    ),
    (
        r"\bEADDRINUSE\b|address (already )?in use",
        "The port is taken: the containers of a task share one network, so each needs its own port.",
    ),
    (r"\bexec format error\b", "A program is for another CPU: set [task] architecture to the image's."),
    (r"\bENOSPC\b|no space left on device", "The disk is full: raise [task] ephemeral_storage (21 to 200 GiB)."),
    (
        r"heap out of memory|java\.lang\.OutOfMemoryError|\bMemoryError\b",
        "It ran out of memory: raise [task] memory, or find out what uses it.",
    ),
)
"""What the last log lines of a failed container reveal, and what to do about it."""

_NOT_A_CRASH = frozenset({"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption"})


def explain(task: Task, log_lines: Sequence[str] = ()) -> Cause:
    """Return why `task` stopped, in one sentence, and what to do; `log_lines` is what its container said last."""
    evidence = [task.stopped_reason, *(c.reason for c in task.containers)]
    for rule in RULES:
        if any(text and rule.pattern.search(text) for text in evidence):
            return rule.means
    failed = culprit(task)
    if failed is not None and failed.exit_code is not None:
        found = _exit_code(failed)
        return Cause(found.cause, _sign(log_lines) or found.fix) if failed.exit_code else found
    return Cause("Unknown: AWS says only what is shown below.", "Look at the events and the logs of this task.")


_NO_TASK = re.compile(r"unable to place a task|failed to launch a task|could not launch", re.IGNORECASE)
# A task was made, and could not start: its own stoppedReason says the same.
_ITS_OWN_REASON = re.compile(r"Reason: \w+Error:")


def explain_event(message: str) -> Cause | None:
    """Return why ECS could not even create a task, from a service event; None if the event does not say."""
    if not _NO_TASK.search(message) or _ITS_OWN_REASON.search(message):
        return None
    return next((rule.means for rule in RULES if rule.pattern.search(message)), None)


def culprit(task: Task) -> Container | None:
    """Return the container to blame: one that ended badly, else the first that ended."""
    ended = [c for c in task.containers if c.exit_code is not None]
    bad = [c for c in ended if c.exit_code not in (0, 143)]
    return next(iter(bad or ended), None)


def failures(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks that stopped because something is wrong, newest first."""
    stopped = [t for t in tasks if t.stop_code or t.desired_status == "STOPPED"]
    wrong = [t for t in stopped if t.stop_code not in _NOT_A_CRASH or "health checks" in t.stopped_reason]
    return sorted(wrong, key=lambda t: (t.stopped_at or t.stopping_at or t.created_at).__str__(), reverse=True)


def card(tasks: Sequence[Task], log_lines: Sequence[str]) -> FailureCard:
    """Return the card for `tasks`, which failed in the same way; the first one is shown."""
    task = tasks[0]
    found = explain(task, log_lines)
    return FailureCard(
        task=task.id,
        stop_code=task.stop_code,
        stopped_reason=task.stopped_reason,
        containers=tuple(_container(c, task.stopped_reason) for c in task.containers),
        cause=found.cause,
        fix=found.fix,
        log_lines=tuple(log_lines),
        times=len(tasks),
    )


def alike(tasks: Iterable[Task]) -> list[list[Task]]:
    """Return `tasks` grouped by what happened to them, in the order of the first of each group."""
    groups: dict[tuple[object, ...], list[Task]] = {}
    for task in tasks:
        reason = re.sub(r"[0-9a-f]{8,}", "*", task.stopped_reason)
        key = (explain(task), reason, tuple((c.name, c.exit_code) for c in task.containers))
        groups.setdefault(key, []).append(task)
    return list(groups.values())


def _exit_code(container: Container) -> Cause:
    code = container.exit_code
    assert code is not None
    known = _EXIT_CODES.get(code)
    if known:
        return Cause(*known)
    return Cause(f"The application ended with exit code {code}.", "The last log lines may say why.")


def _sign(log_lines: Sequence[str]) -> str:
    """Return what to do about the newest line that reveals the cause; "" if none does."""
    signs = (
        fix for line in reversed(log_lines) for pattern, fix in _LOG_SIGNS if re.search(pattern, line, re.IGNORECASE)
    )
    return next(signs, "")


def _container(container: Container, told: str) -> str:
    """Return how the container ended; its reason only if `told`, the task's, does not contain it."""
    code = "never started" if container.exit_code is None else f"exit code {container.exit_code}"
    return f"{container.name}: {code}" + (f", {container.reason}" if container.reason not in told else "")

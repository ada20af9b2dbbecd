"""Why a task failed: AWS's wording first, then exit codes, and an honest "unknown" with the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecsdeploy.config.mistake import listing
from ecsdeploy.core.log_choice import choose, telling
from ecsdeploy.core.stopped_reasons import RULES, Cause
from ecsdeploy.core.task import Container, Task
from ecsdeploy.events import FailureCard

_EXIT_CODES = {
    1: ("The application ended with an error (exit code 1).", "The log says why."),
    2: (
        "The application ended with an error (exit code 2).",
        "The log says why. Often it is wrong arguments: check [task] command and entry_point.",
    ),
    126: ("The command is not executable (exit code 126).", "Set the executable bit in the Dockerfile (`chmod +x`)."),
    127: ("The command was not found in the image (exit code 127).", "Check [task] command, entry_point and the PATH."),
    134: ("The application aborted (exit code 134, SIGABRT).", "The log says why."),
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
        "Often a binary for another CPU architecture; the log may say more.",
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
"""What the log of a failed container reveals, and what to do about it."""

_NOT_A_CRASH = frozenset({"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption"})


@dataclass(frozen=True)
class Subject:
    """Whose tasks they are: the service's own container, and whether it has a port to serve."""

    container: str = ""
    serves: bool = True


@dataclass(frozen=True)
class Failure:
    """Tasks that failed in the same way, the newest first, and the log of its failed container: lines, oldest first."""

    tasks: tuple[Task, ...]
    log: tuple[str, ...] = ()

    @property
    def signs(self) -> frozenset[object]:
        """Return what it is known by: failures that have one in common have one cause.

        Processes of one container that fall over the same error end with whatever code comes first; so, where a
        program ended by itself, what its log says counts as much as the code.
        """
        said = telling(self.log)
        failed = culprit(self.tasks[0])
        own = failed is not None and failed.exit_code not in (None, 0) and _by_words(self.tasks[0]) is None
        return frozenset({fingerprint(self.tasks[0]), *([(failed.name, said)] if failed and own and said else [])})


def explain(task: Task, log_lines: Sequence[str] = (), about: Subject = Subject()) -> Cause:
    """Return why `task` stopped, in one sentence, and what to do; `log_lines` are from its container's log."""
    found = _by_words(task)
    if found is not None:
        return found
    failed = culprit(task)
    if failed is None or failed.exit_code is None:
        return Cause("Unknown: AWS says only what is shown below.", "Look at the events and the logs of this task.")
    if failed.exit_code == 0:
        return _ended(failed, about)
    known = _exit_code(failed.exit_code)
    return Cause(known.cause, _sign(log_lines) or known.fix)


def _by_words(task: Task) -> Cause | None:
    """Return the cause that AWS's words name; None where they only say that a container ended."""
    evidence = [task.stopped_reason, *(c.reason for c in task.containers)]
    return next((rule.means for rule in RULES if any(text and rule.pattern.search(text) for text in evidence)), None)


def _ended(failed: Container, about: Subject) -> Cause:
    """Return why a container that ended without an error stopped its task."""
    if about.container and failed.name != about.container:
        return Cause(
            f"The container {failed.name} ended by itself with exit code 0, and that stops the task.",
            "If it may end before the others, set essential = false for it in [task.raw].",
        )
    cause = "The container ended by itself with exit code 0."
    if about.serves:
        return Cause(f"{cause} A service must keep running.", "Start a server, in the foreground.")
    return Cause(
        f"{cause} A service starts it again, for ever.",
        "A worker has to wait for its work instead of ending. What runs once is not a service: start it with "
        "`aws ecs run-task`, or at set times with EventBridge Scheduler.",
    )


_NO_TASK = re.compile(r"unable to place a task|failed to launch a task|could not launch", re.IGNORECASE)
# A task was made, and could not start: its own stoppedReason says the same.
_ITS_OWN_REASON = re.compile(r"Reason: \w+Error:")


def explain_event(message: str) -> Cause | None:
    """Return why ECS could not even create a task, from a service event; None if the event does not say."""
    if not _NO_TASK.search(message) or _ITS_OWN_REASON.search(message):
        return None
    return next((rule.means for rule in RULES if rule.pattern.search(message)), None)


def culprit(task: Task) -> Container | None:
    """Return the container to blame, None if none ended.

    What ECS stops because another ended, ends with 143 (SIGTERM), or with 137 if it does not heed that.
    """
    ended = [c for c in task.containers if c.exit_code is not None]
    return min(ended, key=_innocence, default=None)


def _innocence(container: Container) -> int:
    if container.health == "UNHEALTHY" or "OutOfMemory" in container.reason:
        return 0
    return {137: 2, 0: 3, 143: 4}.get(container.exit_code or 0, 1)


def failures(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks that stopped because something is wrong, newest first."""
    stopped = [t for t in tasks if t.stop_code or t.desired_status == "STOPPED"]
    wrong = [t for t in stopped if t.stop_code not in _NOT_A_CRASH or "health checks" in t.stopped_reason]
    return sorted(wrong, key=lambda t: (t.stopped_at or t.stopping_at or t.created_at).__str__(), reverse=True)


def card(failure: Failure, about: Subject = Subject()) -> FailureCard:
    """Return the card of a failure; its newest task is shown."""
    task, shown = failure.tasks[0], tuple(choose(failure.log))
    found = explain(task, shown, about)
    codes = _codes(failure.tasks, culprit(task))
    several = len(codes) > 1 and _by_words(task) is None
    return FailureCard(
        task=task.id,
        stop_code=task.stop_code,
        stopped_reason=task.stopped_reason,
        containers=tuple(_container(c, task.stopped_reason, _codes(failure.tasks, c)) for c in task.containers),
        cause=f"The application ended with an error (exit code {listing(codes)})." if several else found.cause,
        fix=found.fix,
        log_lines=shown,
        times=len(failure.tasks),
    )


def fingerprint(task: Task) -> tuple[object, ...]:
    """Return what is the same in tasks that failed in the same way, as far as ECS tells."""
    words, failed = _by_words(task), culprit(task)
    name = failed.name if failed is not None and words is None else ""
    return explain(task), re.sub(r"[0-9a-f]{8,}|\d+", "*", task.stopped_reason), name


def alike(tasks: Iterable[Task]) -> list[list[Task]]:
    """Return `tasks` grouped by what happened to them, in the order of the first of each group."""
    groups: dict[tuple[object, ...], list[Task]] = {}
    for task in tasks:
        groups.setdefault(fingerprint(task), []).append(task)
    return list(groups.values())


def together(failures: Iterable[Failure]) -> list[Failure]:
    """Return `failures`, those of one cause as one: with all their tasks, and the log of the first."""
    found: list[tuple[frozenset[object], Failure]] = []
    for each in failures:
        same = next((n for n, (signs, _) in enumerate(found) if signs & each.signs), None)
        if same is None:
            found.append((each.signs, each))
        else:
            signs, first = found[same]
            found[same] = signs | each.signs, Failure((*first.tasks, *each.tasks), first.log)
    return [failure for _, failure in found]


def _exit_code(code: int) -> Cause:
    known = _EXIT_CODES.get(code)
    if known:
        return Cause(*known)
    return Cause(f"The application ended with exit code {code}.", "The log may say why.")


def _sign(log_lines: Sequence[str]) -> str:
    """Return what to do about the newest line that reveals the cause; "" if none does."""
    signs = (
        fix for line in reversed(log_lines) for pattern, fix in _LOG_SIGNS if re.search(pattern, line, re.IGNORECASE)
    )
    return next(signs, "")


def _codes(tasks: Iterable[Task], container: Container | None) -> list[int]:
    """Return the exit codes of the container in all the tasks, each once."""
    same = (c for task in tasks for c in task.containers if container is not None and c.name == container.name)
    return sorted({c.exit_code for c in same if c.exit_code is not None})


def _container(container: Container, told: str, codes: Sequence[int]) -> str:
    """Return how the container ended; its reason only if `told`, the task's, does not contain it."""
    code = "never started" if container.exit_code is None else f"exit code {listing(codes)}"
    return f"{container.name}: {code}" + (f", {container.reason}" if container.reason not in told else "")

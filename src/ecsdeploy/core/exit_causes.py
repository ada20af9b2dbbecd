"""What an exit code alone says of why a container ended, where neither AWS's words nor the log say more."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.core.exit_codes import ASKED_TO_STOP, KILLED, code_text, codes_text
from ecsdeploy.core.log_choice import exception
from ecsdeploy.core.stopped_reasons import Cause
from ecsdeploy.core.subject import Subject
from ecsdeploy.core.task import Container, Task

_SAID = "Correct what the log says."
_LOGGED = "Its log may say why."
LONGEST = 160
"""How much of a log line belongs into a sentence."""
_SILENT = "There is nothing in its log so far. If nothing comes, run the image with the same environment, and see."
_KNOWN = {
    2: (
        "ended with an error (exit code 2).",
        "Often it is wrong arguments: check [task] command and entry_point.",
    ),
    126: ("cannot run its command: it is not executable (exit code 126).", "Set the executable bit in the Dockerfile."),
    127: (
        "cannot run its command: it was not found in the image (exit code 127).",
        "Check [task] command, entry_point and the PATH.",
    ),
    132: (
        "crashed (exit code 132, SIGILL): an instruction that the processor does not have.",
        "Build its native modules for the task's architecture, without -march=native.",
    ),
    134: ("aborted (exit code 134, SIGABRT).", ""),
    139: (
        "crashed (exit code 139, SIGSEGV): a segmentation fault.",
        "A native module is broken, or built for another CPU or C library.",
    ),
    255: ("ended with exit code 255.", "Often a binary for another CPU architecture."),
}


def ended_with(task: Task, failed: Container, codes: Sequence[int], about: Subject, log: Sequence[str]) -> Cause:
    """Return why the container ended, which it did with `codes` in several tasks; none of them is 0 alone.

    What the application's own error says in the log is part of the sentence.
    """
    said = exception(log)
    own = f": {said[:LONGEST]}" if said else "."
    who, see = f"The container {failed.name}", _SAID if said else _LOGGED if log else _SILENT
    if len(codes) > 1:
        return Cause(f"{who} ended with an error ({codes_text(codes)}){own}", see)
    code = codes[0]
    if code == KILLED:
        return _killed(task, failed, about)
    if code in _KNOWN:
        does, fix = _KNOWN[code]
        return Cause(f"{who} {does}", fix or see)
    if code in ASKED_TO_STOP:
        return Cause(f"{who} was stopped (exit code {_comma(code)}).", "Something stopped it from outside.")
    if code == 1:
        return Cause(f"{who} ended with an error (exit code 1){own}", see)
    return Cause(f"{who} ended with exit code {code_text(code)}{own}", see)


def _comma(code: int) -> str:
    return code_text(code).replace(" (", ", ").rstrip(")")


def _killed(task: Task, failed: Container, about: Subject) -> Cause:
    cause = f"The container {failed.name} was killed (exit code 137, SIGKILL)."
    alone = task.stop_code == "EssentialContainerExited"
    memory = "raise [task] memory, or find out what uses it."
    # Nobody had asked it to stop, so it was not for the lack of an answer to SIGTERM.
    fix = (
        f"Most likely it used up its memory: {memory}"
        if alone
        else f"Out of memory, or it did not stop within stop_timeout after SIGTERM: handle SIGTERM, or {memory}"
    )
    return Cause(cause, " ".join(filter(None, (fix, about.setting("memory", failed.name)))))


def ended_alone(failed: Container, about: Subject) -> Cause:
    """Return why a container that ended without an error stopped its task."""
    if about.container and failed.name != about.container:
        return Cause(
            f"The container {failed.name} ended by itself with exit code 0, and that stops the task.",
            "If it may end before the others, set essential = false for it in [task.raw].",
        )
    cause = f"The container {failed.name} ended by itself with exit code 0."
    if about.serves:
        return Cause(f"{cause} A service must keep running.", "Start a server, in the foreground.")
    return Cause(
        f"{cause} A service starts it again, for ever.",
        "A worker has to wait for its work instead of ending. What runs once is not a service: start it with "
        "`aws ecs run-task`, or at set times with EventBridge Scheduler.",
    )

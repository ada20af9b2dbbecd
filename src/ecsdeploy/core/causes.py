"""The cause of one task's failure, in one sentence, and what to do: by ECS's words, a health check, a code, the log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ecsdeploy.core.evidence import codes_of, culprit, image_in, words
from ecsdeploy.core.exit_causes import ended_alone, ended_with
from ecsdeploy.core.exit_codes import codes_text
from ecsdeploy.core.health_check import check_failed, explain_check
from ecsdeploy.core.log_signs import as_cause, read_log
from ecsdeploy.core.stopped_reasons import Cause, Rule, find_rule, named
from ecsdeploy.core.subject import Subject
from ecsdeploy.core.task import Container, Task

ANYTHING = Subject()
"""A task of which nothing else is known."""
_UNKNOWN = Cause(
    "The cause is not known: ECS says only what is shown below.", "Look at the events and the logs of this task."
)
_NOBODYS_FAULT = "Nothing has to be done: the service starts another."
_STOPS = {
    "UserInitiated": Cause("Somebody stopped the task.", _NOBODYS_FAULT),
    "ServiceSchedulerInitiated": Cause(
        "The service's scheduler stopped the task: it was not needed any more.", "Nothing has to be done."
    ),
    "SpotInterruption": Cause(
        "Fargate Spot took the task back.", "Handle SIGTERM within two minutes, or run on FARGATE."
    ),
    "TerminationNotice": Cause("AWS takes the machine under the task out of service.", _NOBODYS_FAULT),
    "InfrastructureHealth": Cause("The machine under the task failed, or is being maintained.", _NOBODYS_FAULT),
}
"""What a stop code says (ECS API, Task.stopCode) where no words say more."""


def explain(task: Task, log_lines: Sequence[str] = (), about: Subject = ANYTHING, target: str = "") -> Cause:
    """Return why `task` stopped, in one sentence, and what to do.

    `log_lines` are from its failed container's log; `target` is the reason for its target's health.
    """
    return explain_all((task,), log_lines, about, target)


def explain_all(tasks: Sequence[Task], log: Sequence[str], about: Subject, target: str) -> Cause:
    """Return why the first of `tasks` stopped, and the others in the same way."""
    task, failed = tasks[0], culprit(tasks[0])
    if check_failed(task):
        return explain_check(task, failed, log, about, target)
    if (cause := _by_ecs(task, about)) is not None:
        return cause
    if failed is None or failed.exit_code is None:
        return _UNKNOWN
    codes = codes_of(tasks, failed)
    if codes == [0]:
        return ended_alone(failed, about)
    if (found := read_log(log, failed.exit_code, about.part(failed.name))) is not None:
        return _with_setting(as_cause(failed.name, codes_text(codes), found), found.sign.setting, about, failed.name)
    return ended_with(task, failed, codes, about, log)


def _by_ecs(task: Task, about: Subject) -> Cause | None:
    """Return the cause that ECS's own words or its stop code name; None if they only say that a container ended."""
    if task.stop_code == "UserInitiated":  # the reason is whatever somebody wrote
        return _STOPS[task.stop_code]
    if (told := told_rule(task)) is not None:
        return _as_told(task, *told, about)
    return _STOPS.get(task.stop_code)


def told_rule(task: Task) -> tuple[Rule, str, Container | None] | None:
    """Return the rule that AWS's words match, the words, and the container that they stand at, None if the task."""
    found = ((find_rule(text), text, container) for text, container in words(task) if text)
    return next(((rule, text, container) for rule, text, container in found if rule is not None), None)


def is_told(task: Task) -> bool:
    """Return whether ECS says more than that a container ended."""
    return check_failed(task) or told_rule(task) is not None


def _as_told(task: Task, rule: Rule, text: str, container: Container | None, about: Subject) -> Cause:
    """Return the rule's meaning, with the names of the image, the container and what the words name."""
    image, name = image_in(text, about)
    if container is not None:
        name = container.name
    elif "{image}" not in rule.cause:
        blamed = culprit(task)
        name = blamed.name if blamed else about.container
    who = f"the container {name}" if name else "a container"
    pulled = f"the image {image}" if image else "the image"
    meant = _meaning(rule, text, who, f"{pulled} of {who}" if name else pulled)
    if rule.beside and about.container and name and name != about.container:
        meant = replace(meant, fix=rule.beside.replace("{container}", who))
    return _with_setting(meant, rule.setting, about, name)


def _meaning(rule: Rule, text: str, container: str, image: str) -> Cause:
    """Return what a rule means where it is about this container and image; `text` is what it was found in."""
    cause, what = rule.cause.replace("{container}", container).replace("{image}", image), named(rule, text)
    return Cause(cause[0].upper() + cause[1:] + (f": {what}." if what else "."), rule.fix)


def _with_setting(cause: Cause, key: str, about: Subject, name: str) -> Cause:
    now = about.setting(key, name) if key else ""
    return replace(cause, fix=f"{cause.fix} {now}") if now else cause


_NO_TASK = re.compile(r"unable to place a task|failed to launch a task|could not launch", re.IGNORECASE)
# A task was made, and could not start: its own stoppedReason says the same.
_ITS_OWN_REASON = re.compile(r"Reason: \w+Error:")


def explain_event(message: str) -> Cause | None:
    """Return why ECS could not even create a task, from a service event; None if the event does not say."""
    if not _NO_TASK.search(message) or _ITS_OWN_REASON.search(message):
        return None
    rule = find_rule(message)
    return _meaning(rule, message, "a container", "the image") if rule is not None else None


def hopeless_event(message: str) -> bool:
    """Return whether a service event says that no task can be created until somebody mends it."""
    rule = find_rule(message) if explain_event(message) is not None else None
    return rule is not None and rule.hopeless

"""What a task shows of its failure: which container is to blame, AWS's words, how each container ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ecsdeploy.core.exit_codes import ASKED_TO_STOP, KILLED, codes_text
from ecsdeploy.core.health_check import check_failed, output_of
from ecsdeploy.core.subject import Subject
from ecsdeploy.core.task import Container, Task

_IMAGE = re.compile(r"(?:failed to resolve ref|pull access denied for|copy image) (\S+?)[:,]?(?:\s|$)")
_VERSION = re.compile(r"(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$")
_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]+")


def culprit(task: Task) -> Container | None:
    """Return the container to blame; None if nothing is known of any, as while all of them still run.

    What ECS stops because another ended, ends with 143 (SIGTERM), or with 137 if it does not heed that.
    """
    sick = [c for c in task.containers if c.health == "UNHEALTHY"] if check_failed(task) else []
    known = [c for c in task.containers if c.exit_code is not None or (c.reason and not output_of(c))]
    return next(iter(sick), None) or min(known, key=_innocence, default=None)


def _innocence(container: Container) -> int:
    if _is_victim(container) or container.exit_code in ASKED_TO_STOP:
        return 4
    if "OutOfMemory" in container.reason or container.exit_code is None:
        return 0
    return {KILLED: 2, 0: 3}.get(container.exit_code, 1)


def _is_victim(container: Container) -> bool:
    """Return whether it was not started because of another one (amazon-ecs-agent, dependencygraph)."""
    return "dependency graph" in container.reason


def words(task: Task) -> Iterator[tuple[str, Container | None]]:
    """Yield what AWS says of the failure, the task's reason first, then the containers', the guilty one's first.

    What a health check printed is not AWS's, and that a container waited for the guilty one is not why it ended.
    """
    yield task.stopped_reason, None
    blamed = culprit(task)
    victims_only = blamed is None or _is_victim(blamed)
    for container in sorted(task.containers, key=lambda each: each is not blamed):
        of_aws = container.reason and not output_of(container)
        if of_aws and (victims_only or not _is_victim(container)):
            yield container.reason, container


def image_in(text: str, about: Subject) -> tuple[str, str]:
    """Return the image that AWS's `text` is about and the container that runs it, each "" if it is not known."""
    found = _IMAGE.search(text)
    image = found[1] if found else ""
    named = [part for part in about.parts if part.image and (part.image in text or _same(part.image, image))]
    others = [part for part in about.parts if image and not part.image]  # not known before it is built
    found_in = next((one for one in (named, others, about.parts) if len(one) == 1), None)
    return (_shortened(image or found_in[0].image), found_in[0].name) if found_in else (_shortened(image), "")


def _same(one: str, other: str) -> bool:
    """Return whether two references are of one repository: what the config calls by its tag, ECS pins to a digest."""
    return bool(other) and _VERSION.sub("", one) == _VERSION.sub("", other)


def _shortened(image: str) -> str:
    return _DIGEST.sub(r"\1", image)


def codes_of(tasks: Iterable[Task], container: Container | None) -> list[int]:
    """Return the exit codes of the container in all the tasks, each once."""
    same = (c for task in tasks for c in task.containers if container is not None and c.name == container.name)
    return sorted({c.exit_code for c in same if c.exit_code is not None})


def container_line(container: Container, task: Task, codes: Iterable[int]) -> str:
    """Return how a container of `task` ended, or that it still runs; its reason only if the task's does not tell it."""
    known = list(codes)
    state = codes_text(known) if known else _without_code(container, task)
    told = not container.reason or container.reason in task.stopped_reason
    return f"{container.name}: {state}" + ("" if told else f", {container.reason}")


def _without_code(container: Container, task: Task) -> str:
    """Return what the lack of an exit code means: only what was started has one (ECS API, Container)."""
    if task.status != "STOPPED" and container.status in ("RUNNING", "ACTIVATING", "DEACTIVATING", "STOPPING"):
        return "still running"
    never = task.started_at is None or task.stop_code == "TaskFailedToStart" or container.status == "PENDING"
    return "never started" if never else "no exit code"

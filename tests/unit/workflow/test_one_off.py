"""A one-off task under watch: its states, its end, and what is said if there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.container_logs import ContainerLog
from ecsdeploy.core.interrupted import in_words
from ecsdeploy.core.one_off import Ending
from ecsdeploy.core.task import Task
from ecsdeploy.errors import Failed
from ecsdeploy.events import Note, Timeline
from ecsdeploy.workflow.one_off import Following, OneOff, goes_on
from ecsdeploy.workflow.release import _failed
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import Bench, FakeReporter

ELSEWHERE = ContainerLog("hello", "splunk")


class OneTask(Ecs):
    """An ECS that shows a task as it is at each look; the last one stays."""

    def __init__(self, *looks: Task | None) -> None:
        self.looks = list(looks)

    def tasks(self, arns: Sequence[str]) -> list[Task]:
        """Return the task as it is now."""
        now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return [now] if now is not None else []


def seen(status: str, **changed: Any) -> Task:
    return a.task(status=status, containers=(a.container(exit_code=None, reason=""),), **changed)


def ended(code: int | None, stop_code: str = "EssentialContainerExited", **changed: Any) -> Task:
    own = a.container(exit_code=code, reason=changed.pop("reason", ""))
    return a.stopped(stop_code=stop_code, containers=(own,), **{"status": "DEPROVISIONING", **changed})


def following(bench: Bench, *looks: Task | None, log: ContainerLog | None = None) -> tuple[Following, FakeReporter]:
    run, report = bench.run()
    task = OneOff(arn=a.task().arn, container="hello", log=log, shown="output")
    return Following(run, run.target, OneTask(*looks), task), report


def test_each_state_is_told_once_and_the_exit_code_ends_it(bench: Bench) -> None:
    watched, report = following(bench, seen("PENDING"), seen("RUNNING"), seen("RUNNING"), ended(7))
    assert watched.to_its_end(None) == Ending(7, "EssentialContainerExited", "Essential container in task exited")
    told = [each.text.split()[-1] for each in report.events if isinstance(each, Timeline)]
    assert told == ["PENDING", "RUNNING", "DEPROVISIONING"]


def test_it_is_watched_no_longer_than_asked(bench: Bench) -> None:
    watched, _ = following(bench, seen("RUNNING"))
    assert watched.to_its_end(60) is None
    assert watched.seconds == 60


def test_a_task_that_ecs_does_not_show_at_once_is_waited_for(bench: Bench) -> None:
    watched, _ = following(bench, None, None, ended(0))
    assert watched.to_its_end(None) == Ending(0, "EssentialContainerExited", "Essential container in task exited")


def test_a_task_that_ecs_shows_no_more_has_no_known_end(bench: Bench) -> None:
    watched, _ = following(bench, seen("RUNNING"), None)
    with pytest.raises(Failed, match="does not show the task"):
        watched.to_its_end(None)


def test_a_log_that_goes_elsewhere_is_told_once(bench: Bench) -> None:
    watched, report = following(bench, seen("RUNNING"), seen("RUNNING"), ended(0), log=ELSEWHERE)
    watched.to_its_end(None)
    notes = [each.text for each in report.events if isinstance(each, Note)]
    assert notes == ["hello logs to splunk: there is nothing of it to read in CloudWatch Logs."]


@pytest.mark.parametrize(
    ("end", "what"),
    [
        (Ending(3, "EssentialContainerExited", ""), "The release command ended with exit code 3."),
        (
            Ending(137, "EssentialContainerExited", "OutOfMemoryError: Container killed due to memory usage"),
            "The release command ended with exit code 137 (OutOfMemoryError: Container killed due to memory usage).",
        ),
        (
            Ending(0, "UserInitiated", "Task stopped by user"),
            "The release command was stopped before its end (UserInitiated: Task stopped by user).",
        ),
    ],
)
def test_a_failure_says_what_happened_and_that_the_service_is_as_it_was(bench: Bench, end: Ending, what: str) -> None:
    watched, _ = following(bench, seen("RUNNING"))
    error = _failed(watched.target, watched, end)
    assert error.what == what
    assert error.why.startswith("The service was not touched.")
    assert error.exit_code == 5


def test_an_interrupted_run_names_the_commands_for_the_very_task(bench: Bench) -> None:
    run, _ = bench.run()
    run.journal.options = " --env live"
    arn = "arn:aws:ecs:us-east-1:123456789012:task/hello/0123456789abcdef"
    task = OneOff(arn=arn, container="hello", log=None, shown="output")
    what, offers = in_words(goes_on(run, run.target, task, "the release command of hello", again="deploy"), None)
    assert what == "ECS goes on with task 0123456789ab, the release command of hello."
    assert offers.splitlines()[1::2] == [
        "    ecsdeploy logs --env live --follow --task 0123456789abcdef",
        "    ecsdeploy deploy --env live",
        "    aws ecs stop-task --region us-east-1 --cluster hello-service --task 0123456789abcdef",
    ]

"""Each way of failing that AWS documents is explained; what is not known is called unknown."""

from __future__ import annotations

import pytest

from ecsdeploy.core.diagnose import Failure, Subject, alike, card, culprit, explain, failures, together
from ecsdeploy.core.task import Task
from tests.unit.core import builders as a

REASONS = [
    ("CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref x: not found",
     "not in the repository"),
    ("CannotPullContainerError: The task can't pull the image. Check whether the image exists",
     "not in the repository"),
    ("CannotPullContainerError: The task can't pull the image. Check that the role has the permissions",
     "execution role lacks permission to pull"),
    ("CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
     "another CPU architecture"),
    ("CannotPullContainerError: toomanyrequests: You have reached your pull rate limit", "limits how often"),
    ("CannotPullContainerError: dial tcp 52.1.2.3:443: i/o timeout", "could not reach the image's registry"),
    ("CannotPullContainerError: write /var/lib/x: no space left on device", "disk is full"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
     "unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret.",
     "does not exist"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: retrieved secret from Secrets Manager "
     "did not contain json key password", "lacks the JSON key"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException: User: x is not "
     "authorized to perform: ssm:GetParameters on resource: y", "lacks permission to read a secret"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
     "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret arn from "
     "secrets manager: AccessDeniedException: User: x is not authorized to perform: secretsmanager:GetSecretValue on "
     "resource: y because no identity-based policy allows it", "lacks permission to read a secret"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
     "unable to retrieve secret from asm: failed to fetch secret arn from secrets manager: AccessDeniedException: "
     "Access to KMS is not allowed", "lacks permission to read a secret"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
     "unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: request context "
     "canceled caused by: context deadline exceeded", "could not reach the image's registry"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: "
     "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
     "does not exist"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: oh",
     "does not exist"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth: "
     "AccessDeniedException: User: x is not authorized to perform: ecr:GetAuthorizationToken on resource: *",
     "execution role lacks permission to pull"),
    ("CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref example.com/x@y: "
     "unexpected status from HEAD request to https://example.com/v2/x/manifests/y: 403 Forbidden",
     "execution role lacks permission to pull"),
    ("ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to "
     "create Cloudwatch log stream: AccessDeniedException: User: x is not authorized to perform: logs:CreateLogStream "
     "on resource: y", "lacks permission to write the log"),
    ("ResourceInitializationError: failed to validate logger args: : signal: killed", "reach CloudWatch Logs"),
    ("ResourceInitializationError: failed to validate logger args: awslogs could not parse multiline pattern key "
     '"^(?!x)": error parsing regexp: invalid or unsupported Perl syntax: `(?!` : exit status 1',
     "multi-line log pattern"),
    ("ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: x", "EFS volume"),
    ("ResourceInitializationError: failed to download env files: file download command: non empty error stream: x",
     "environment file"),
    ("ResourceInitializationError: unable to pull secrets or registry auth: check your task network configuration",
     "could not reach the image's registry"),
    ("ResourceInitializationError: failed to initialize logging driver: ... log group does not exist", "log group"),
    ("Task failed container health checks", "health check failed"),
    ("Task failed ELB health checks in (target-group arn)", "load balancer"),
    ("Capacity is unavailable at this time. Please try again later or in a different availability zone", "capacity"),
    ("You've reached the limit on the number of vCPUs you can run concurrently", "quota"),
    ("Unexpected EC2 error while attempting to Create Network Interface", "network interface"),
    ("ECS was unable to assume the role 'arn:aws:iam::1:role/x'", "assume the task's roles"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "words"), REASONS)
def test_each_reason_is_explained(reason: str, words: str) -> None:
    found = explain(a.stopped(stop_code="TaskFailedToStart", stopped_reason=reason, containers=()))
    assert words in found.cause
    assert found.fix


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (137, "OutOfMemoryError: Container killed due to memory usage", "used up its memory"),
        (137, "", "SIGKILL"),
        (1, "", "exit code 1"),
        (127, "", "not found in the image"),
        (42, "", "exit code 42"),
        (None, 'CannotStartContainerError: exec: "x": executable file not found in $PATH', "could not be started"),
        (0, "", "must keep running"),
    ],
)
def test_each_end_of_a_container_is_explained(code: int | None, reason: str, words: str) -> None:
    task = a.stopped(containers=(a.container(exit_code=code, reason=reason),))
    found = explain(task)
    assert words in f"{found.cause} {found.fix}"


def test_what_is_not_known_is_called_unknown() -> None:
    assert explain(a.stopped(stopped_reason="Something else", containers=())).cause.startswith("Unknown")


def test_stops_that_somebody_asked_for_are_no_failures() -> None:
    scaled = a.stopped(1, stop_code="ServiceSchedulerInitiated", stopped_reason="Scaling activity initiated by ...")
    by_hand = a.stopped(2, stop_code="UserInitiated", stopped_reason="Task stopped by user")
    unhealthy = a.stopped(
        3, stop_code="ServiceSchedulerInitiated", stopped_reason="Task failed container health checks"
    )
    crashed = a.stopped(4)
    assert {t.arn for t in failures([scaled, by_hand, unhealthy, crashed, a.task(5)])} == {unhealthy.arn, crashed.arn}


def test_tasks_that_failed_alike_are_one_card() -> None:
    ended = (a.container(exit_code=1),)
    groups = alike(
        [
            a.stopped(1, containers=ended),
            a.stopped(2, containers=ended),
            a.stopped(3, containers=(a.container(exit_code=2),)),
        ]
    )
    assert [len(group) for group in groups] == [2, 1]
    shown = card(Failure(tuple(groups[0]), ("boom",)))
    assert (shown.times, shown.containers, shown.log_lines) == (2, ("hello: exit code 1",), ("boom",))


def test_a_card_says_nothing_twice() -> None:
    reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found"
    same, own = a.container(exit_code=None, reason=reason), a.container(name="log", exit_code=1, reason="OutOfMemory")
    failed = a.stopped(1, stopped_reason=f"Task failed to start: {reason}", containers=(same, own))
    shown = card(Failure((failed,)))
    assert shown.containers == ("hello: never started", "log: exit code 1, OutOfMemory")


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("sh: 1: cannot create /var/x: Read-only file system", "readonly_root_filesystem = false"),
        ("Error: listen EADDRINUSE: address already in use :::3000", "share one network"),
        ("OSError: [Errno 98] Address already in use", "share one network"),
        ("/bin/sh: exec format error", "architecture"),
        ("OSError: [Errno 28] No space left on device", "ephemeral_storage"),
        ("FATAL ERROR: Ineffective mark-compacts: JavaScript heap out of memory", "[task] memory"),
        ("all is well", "The log says why."),
    ],
)
def test_what_the_log_gives_away_is_what_to_do(line: str, fix: str) -> None:
    ended = a.stopped(1, containers=(a.container(exit_code=1),))
    assert fix in card(Failure((ended,), ("starting", line, "bye"))).fix


def test_a_log_explains_no_end_that_is_no_error() -> None:
    ended = a.stopped(1, containers=(a.container(exit_code=0),))
    assert card(Failure((ended,), ("Read-only file system",))).fix == "Start a server, in the foreground."


def test_a_worker_that_ends_is_not_told_to_start_a_server() -> None:
    ended = a.stopped(1, containers=(a.container(exit_code=0),))
    found = explain(ended, about=Subject("hello", serves=False))
    assert found.cause.endswith("A service starts it again, for ever.")
    assert "aws ecs run-task" in found.fix
    assert "server" not in found.fix


def test_a_container_beside_that_ends_takes_the_task_with_it() -> None:
    ended = a.stopped(1, containers=(a.container(exit_code=143), a.container(name="migrate", exit_code=0)))
    found = explain(ended, about=Subject("hello"))
    assert found.cause == "The container migrate ended by itself with exit code 0, and that stops the task."
    assert "essential = false" in found.fix


@pytest.mark.parametrize(
    ("ends", "to_blame"),
    [
        ({"proxy": 137, "hello": 1}, "hello"),
        ({"proxy": 143, "hello": 1}, "hello"),
        ({"proxy": 143, "hello": 0}, "hello"),
        ({"proxy": 0, "hello": 137}, "hello"),
        ({"proxy": None, "hello": 143}, "hello"),
        ({"hello": 1, "proxy": 3}, "hello"),
    ],
)
def test_what_ecs_stops_because_another_ended_is_not_to_blame(ends: dict[str, int | None], to_blame: str) -> None:
    task = a.stopped(1, containers=tuple(a.container(name=name, exit_code=code) for name, code in ends.items()))
    found = culprit(task)
    assert found is not None
    assert found.name == to_blame


def test_what_was_out_of_memory_or_unhealthy_is_to_blame() -> None:
    killed = a.container(name="big", exit_code=137, reason="OutOfMemoryError: Container killed due to memory usage")
    sick = a.container(name="sick", exit_code=0, health="UNHEALTHY")
    for one in (killed, sick):
        found = culprit(a.stopped(1, containers=(a.container(exit_code=1), one)))
        assert found is one


def ended(number: int, **codes: int) -> Task:
    """Return a stopped task whose containers ended with these codes."""
    return a.stopped(number, containers=tuple(a.container(name=name, exit_code=code) for name, code in codes.items()))


def test_how_the_others_stopped_makes_no_second_cause() -> None:
    tasks = [ended(1, hello=1, proxy=143), ended(2, hello=1, proxy=137), ended(3, hello=1, proxy=0)]
    assert [len(group) for group in alike(tasks)] == [3]
    assert card(Failure(tuple(tasks))).containers == ("hello: exit code 1", "proxy: exit code 0, 137 or 143")
    sick = [
        a.stopped(n, stopped_reason="Task failed container health checks", containers=(a.container(exit_code=code),))
        for n, code in enumerate((0, 137, 143))
    ]
    assert [len(group) for group in alike(sick)] == [3]


BOOT = ("[7] booting", "Traceback (most recent call last):", '  File "a.py"', "SyntaxError: invalid syntax, line 3")


def test_two_codes_of_one_error_are_one_cause() -> None:
    one = Failure((ended(1, hello=3),), (*BOOT, "[1] [ERROR] Reason: Worker failed to boot."))
    other = Failure((ended(2, hello=1), ended(3, hello=1)), BOOT)
    (found,) = together([one, other])
    shown = card(found)
    assert shown.cause == "The application ended with an error (exit code 1 or 3)."
    assert (shown.containers, shown.times) == (("hello: exit code 1 or 3",), 3)
    assert shown.log_lines == one.log


@pytest.mark.parametrize(
    "other",
    [
        Failure((ended(2, hello=1),), (*BOOT[:-1], "KeyError: 'DATABASE_URL'")),
        Failure((ended(2, hello=0),), BOOT),
        Failure((ended(2, hello=1),), ("Listening on 3000",)),
        Failure((ended(2, hello=0, proxy=1),), BOOT),
        Failure((a.stopped(2, stopped_reason="Task failed container health checks"),), BOOT),
    ],
)
def test_two_causes_stay_two(other: Failure) -> None:
    assert len(together([Failure((ended(1, hello=3),), BOOT), other])) == 2


def test_two_codes_without_a_word_in_the_log_are_not_called_one_cause() -> None:
    quiet = ("Listening on 3000",)
    assert len(together([Failure((ended(1, hello=3),), quiet), Failure((ended(2, hello=1),), quiet)])) == 2

"""Why a health check failed, with what it printed, what the log says and the check's own numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ecsdeploy.core.diagnose import Failure, card, explain
from ecsdeploy.core.health_check import listens
from ecsdeploy.core.subject import Check, Part, Subject
from ecsdeploy.core.task import Task
from tests.unit.core import builders as a

CHECK = Check(("CMD-SHELL", "curl -f http://localhost:3000/health || exit 1"), interval=5, timeout=2, retries=3)
ABOUT = Subject("hello", parts=(Part("hello", ports=(3000,), check=CHECK), Part("proxy", check=CHECK)))
WHAT = "The health check of the container hello failed"
REFUSED = "Health check failed: exit code 7: curl: (7) Failed to connect to localhost port 3000: Could not connect"


def sick(output: str = "", *, lasted: float = 22, **changed: Any) -> Task:
    """Return a task that ECS stopped because its container's check failed, so many seconds after its start."""
    known: dict[str, Any] = {
        "stop_code": "ServiceSchedulerInitiated",
        "stopped_reason": "Task failed container health checks",
        "status": "DEACTIVATING",
        "stopping_at": a.AT + timedelta(seconds=lasted),
        "stopped_at": None,
        "containers": (a.container(health="UNHEALTHY", reason=output),),
    }
    return a.stopped(**{**known, **changed})


OUTPUTS = [
    (REFUSED, (), f"{WHAT}: nothing listens on port 3000."),
    ("Health check failed: exit code 1: wget: can't connect to remote host (127.0.0.1): Connection refused", (),
     f"{WHAT}: nothing listens on port 3000."),
    ("Health check failed: exit code 1: Error: connect ECONNREFUSED 127.0.0.1:3000", (),
     f"{WHAT}: nothing listens on port 3000."),
    ("Health check failed: exit code 1: wget: can't connect to remote host (172.26.0.3): Connection refused", (),
     f"{WHAT}: nothing listens on port 3000 of the task's address."),
    ("Health check failed: exit code 7: curl: (7) Failed to connect to 10.0.1.7 port 3000: Connection refused",
     ("Listening on 127.0.0.1:3000",),
     f"{WHAT}: its log says that it listens on 127.0.0.1 only, and the check asks the task's address."),
    (REFUSED, ("Listening on port 8080",),
     f"{WHAT}: nothing listens on port 3000, and its log says that it listens on 8080."),
    ("", ("INFO: Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",),
     f"{WHAT}: nothing listens on port 3000, and its log says that it listens on 8000."),
    ('Health check failed: OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": '
     "executable file not found in $PATH: unknown", (), f"{WHAT}: curl is not in the image."),
    ("Health check failed: exit code 127: /bin/sh: curl: not found", (), f"{WHAT}: curl is not in the image."),
    ("Health check failed: exit code 22: curl: (22) The requested URL returned error: 404", (),
     f"{WHAT}: it was answered with HTTP 404."),
    ("Health check failed: exit code 1: wget: server returned error: HTTP/1.1 503 Service Unavailable", (),
     f"{WHAT}: it was answered with HTTP 503."),
    ("Health check failed: Health check exceeded timeout (2s)", (), f"{WHAT}: no answer within `timeout` (2s)."),
    ("Health check failed: exit code 1", (), f"{WHAT}."),
    ("", (), f"{WHAT}."),
]  # fmt: skip


@pytest.mark.parametrize(("output", "log", "cause"), OUTPUTS)
def test_each_output_has_its_meaning(output: str, log: tuple[str, ...], cause: str) -> None:
    assert explain(sick(output), log, ABOUT).cause == cause


def test_advice_names_the_command_and_when_it_failed() -> None:
    assert explain(sick("Health check failed: exit code 1"), (), ABOUT).fix == (
        "Run it inside the image: `curl -f http://localhost:3000/health || exit 1`. The first check that counted "
        "failed about 12 s after the start, and `start_period` is 0s: raise it if the service needs longer."
    )


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (9, "It failed within 9 s of the start; `start_period` is 0s."),
        (600, "It passed at first: the check failed 3 times in a row only 600 s after the start."),
    ],
)
def test_when_it_failed_is_told_as_it_was(lasted: float, words: str) -> None:
    assert explain(sick(lasted=lasted), (), ABOUT).fix.endswith(words)


@pytest.mark.parametrize("output", [REFUSED, OUTPUTS[7][0], OUTPUTS[9][0]])
def test_no_more_time_is_advised_where_time_cannot_help(output: str) -> None:
    assert "start_period" not in explain(sick(output), ("Listening on port 8080",), ABOUT).fix


def test_a_service_on_loopback_only_is_advised_where_to_listen() -> None:
    output = "Health check failed: exit code 1: wget: can't connect to remote host (172.26.0.3): Connection refused"
    asks = Check(("CMD-SHELL", "wget -q -O- http://$(hostname -i):3000/"))
    about = Subject("hello", parts=(Part("hello", check=asks, ports=(3000,)),))
    found = explain(sick(output), (), about)
    assert found.cause == f"{WHAT}: nothing listens on port 3000 of the task's address."
    assert found.fix.startswith("If the service listens on 127.0.0.1 only, let it listen on 0.0.0.0:3000. ")


def test_the_check_of_a_container_beside_is_its_own() -> None:
    beside = (a.container(exit_code=143), a.container(name="proxy", health="UNHEALTHY", exit_code=137))
    found = explain(sick(containers=beside), (), ABOUT)
    assert found.cause == "The health check of the container proxy failed."
    assert "startPeriod of proxy is 0s" in found.fix


def test_a_task_whose_container_is_not_marked_is_explained_too() -> None:
    assert explain(sick(containers=(a.container(health="UNKNOWN", exit_code=137),)), (), ABOUT).cause == f"{WHAT}."


def test_an_unhealthy_container_is_not_blamed_for_anothers_crash() -> None:
    crashed = (a.container(exit_code=1), a.container(name="proxy", health="UNHEALTHY", reason=REFUSED))
    assert explain(a.stopped(containers=crashed), (), ABOUT).cause.startswith("The container hello ended with an error")


def test_the_card_has_the_command_the_output_and_the_log() -> None:
    shown = card(Failure((sick(REFUSED),), ("Listening on 8080",)), ABOUT)
    assert shown.check == "curl -f http://localhost:3000/health || exit 1"
    assert shown.containers == (f"hello: still running, {REFUSED}",)
    assert shown.log_lines == ("Listening on 8080",)


TARGET = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/hello/0a)"


@pytest.mark.parametrize(
    ("reason", "log", "words"),
    [
        ("Health checks failed with these codes: [404]", (), "failed: it was answered with HTTP 404."),
        ("Request timed out", (), "failed: no answer in time."),
        ("Health checks failed", (), "of the container hello failed."),
        ("Health checks failed", (" * Running on http://127.0.0.1:3000",),
         "it listens on 127.0.0.1 only, where nothing outside the task reaches it."),
        ("Health checks failed", ("Listening on 8080",), "nothing listens on port 3000"),
        ("", (), "of the container hello failed."),
    ],
)  # fmt: skip
def test_the_load_balancers_reason_is_told(reason: str, log: tuple[str, ...], words: str) -> None:
    failed = sick(stopped_reason=TARGET, containers=(a.container(exit_code=143),))
    shown = card(Failure((failed,), log, reason), ABOUT)
    assert words in shown.cause
    assert (shown.target_health, shown.check) == (reason, "")


@pytest.mark.parametrize(
    ("line", "host", "port"),
    [
        ("Listening on port 8080", "", 8080),
        ("server listening on :8080", "", 8080),
        ("Listening at: http://127.0.0.1:8000 (1)", "127.0.0.1", 8000),
        (" * Running on http://127.0.0.1:5000", "127.0.0.1", 5000),
        ("INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)", "0.0.0.0", 8000),
        ("Tomcat started on port 8080 (http)", "", 8080),
        ("Tomcat started on port(s): 8080 (http)", "", 8080),
        ('{"level":30,"msg":"Server listening at http://127.0.0.1:3000"}', "127.0.0.1", 3000),
        ("Starting development server at http://127.0.0.1:8000/", "127.0.0.1", 8000),
        ("Listening on 8080", "", 8080),
        ("listening on [::]:8080", "[::]", 8080),
        ("- Local: http://localhost:3000", "localhost", 3000),
    ],
)  # fmt: skip
def test_where_a_service_says_that_it_listens(line: str, host: str, port: int) -> None:
    found = listens(("booting", line, "GET / 200"))
    assert found is not None
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize("line", ["started worker 12", "ready in 300 ms", "connected to db:5432", "took 8080 ms"])
def test_what_does_not_speak_of_listening(line: str) -> None:
    assert listens((line,)) is None

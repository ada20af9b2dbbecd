"""`[smoke]`, asked and told: what is tried again, for how long, and what counts against a deployment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ecsdeploy.core.smoke import Answer, Check, NoAnswer, Origin, Smoked
from ecsdeploy.errors import ConfigError, Refused
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.smoke import Hands, require_ready, smoke_test
from tests.unit.workflow.fakes import CONFIG, Bench, FakeReporter

ONE, TWO = "http://192.0.2.1:3000", "http://192.0.2.2:3000"
ORIGIN = Origin(commit="3f2c1ab", tag="v1", env="default")
HEALTH = '[smoke]\ntimeout = "10s"\n[[smoke.requests]]\npath = "/health"\n'
GOOD, STARTING = Answer(status=200, body=b"ok"), Answer(status=503, body=b"starting")
REFUSED, SILENT = NoAnswer("refused the connection", reached=True), NoAnswer("took no connection", reached=False)
STARTED = f"GET {ONE}/health answered 503, expected 200: starting"


class Service:
    """Answers each address and path with what is next in its list, and with the last for ever."""

    def __init__(self, **answers: Sequence[Answer | NoAnswer]) -> None:
        self.answers = {key: list(each) for key, each in answers.items()}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, check: Check, url: str) -> Answer | NoAnswer:
        self.asked.append((url, check.path))
        left = self.answers.get({ONE: "one", TWO: "two"}.get(url, "other"), [GOOD])
        return left.pop(0) if len(left) > 1 else left[0]


class Command:
    """Says its lines and ends as it was told."""

    def __init__(self, result: int | OSError = 0, *lines: str) -> None:
        self.result, self.lines = result, lines
        self.ran: list[tuple[Sequence[str], Mapping[str, str], Path, float]] = []

    def __call__(
        self, argv: Sequence[str], *, env: Mapping[str, str], folder: Path, seconds: float, say: Callable[[str], None]
    ) -> int:
        self.ran.append((argv, env, folder, seconds))
        for line in self.lines:
            say(line)
        if isinstance(self.result, OSError):
            raise self.result
        return self.result


def smoked(
    run: Run, service: Service, urls: Sequence[str] = (ONE,), command: Command | None = None, origin: Origin = ORIGIN
) -> Smoked:
    """Return how it went."""
    return smoke_test(run, run.target, urls, origin, Hands(service, command or Command()))


def opened(bench: Bench, smoke: str, **environ: str) -> tuple[Run, FakeReporter]:
    """Return a run with that table."""
    return bench.run(CONFIG + smoke, environ=environ)


def test_a_good_answer_is_asked_for_once(bench: Bench) -> None:
    run, report = opened(bench, HEALTH)
    service = Service()

    assert smoked(run, service, [ONE, TWO]).passed
    assert sorted(service.asked) == [(ONE, "/health"), (TWO, "/health")]
    assert bench.slept(run) == []
    assert report.texts == [f"Smoke test: GET /health to {ONE}, {TWO}"]


def test_what_is_not_good_yet_is_asked_again_alone_and_told_once(bench: Bench) -> None:
    run, report = opened(bench, HEALTH)
    service = Service(one=[REFUSED, STARTING, STARTING, GOOD])

    assert smoked(run, service, [ONE, TWO]).passed
    assert [url for url, _ in service.asked].count(TWO) == 1
    assert bench.slept(run) == [1.0, 1.0, 1.0]
    assert report.texts[1:] == [f"Not yet: GET {ONE}/health refused the connection"]


def test_what_stays_wrong_is_told_when_the_time_is_over(bench: Bench) -> None:
    run, _ = opened(bench, HEALTH)

    result = smoked(run, Service(one=[STARTING]))

    assert result == Smoked(wrong=(STARTED,))
    assert run.clock.monotonic() == 10


def test_silence_proves_nothing_and_a_refusal_does(bench: Bench) -> None:
    run, _ = opened(bench, HEALTH)
    silent = f"GET {ONE}/health took no connection"

    assert smoked(run, Service(one=[SILENT])) == Smoked(unasked=(silent,))
    both = smoked(run, Service(one=[SILENT], two=[STARTING]), [ONE, TWO])
    assert (both.unasked, both.wrong) == ((silent,), (STARTED.replace(ONE, TWO),))
    assert smoked(run, Service(one=[REFUSED])).wrong == (f"GET {ONE}/health refused the connection",)


def test_no_address_proves_nothing_and_is_not_waited_for(bench: Bench) -> None:
    run, _ = opened(bench, HEALTH)

    result = smoked(run, Service(), [])

    assert result == Smoked(unasked=("its tasks have no address that can be asked from here: set smoke.url",))
    assert bench.slept(run) == []


def test_three_tasks_are_asked_or_the_address_that_is_set(bench: Bench) -> None:
    many, service = [f"http://192.0.2.{n}:3000" for n in range(9)], Service()
    run, _ = opened(bench, HEALTH)
    assert smoked(run, service, many).passed
    assert sorted(url for url, _ in service.asked) == many[:3]

    run, _ = opened(bench, HEALTH.replace("[smoke]", '[smoke]\nurl = "https://{env}.example.com/{commit}"'))
    assert smoked(run, service := Service(), many).passed
    assert service.asked == [("https://default.example.com/3f2c1ab", "/health")]


def test_requests_are_sent_in_their_order(bench: Bench) -> None:
    run, report = opened(bench, HEALTH + '[[smoke.requests]]\npath = "/{tag}"\n')
    service = Service(one=[STARTING, GOOD])

    assert smoked(run, service).passed
    assert [path for _, path in service.asked] == ["/health", "/v1", "/health"]
    assert report.texts[0] == f"Smoke test: 2 requests to {ONE}"


def test_what_was_deployed_long_ago_has_a_tag_that_nobody_knows(bench: Bench) -> None:
    run, _ = opened(bench, HEALTH + 'text = "{tag}"\n')
    service = Service()

    result = smoked(run, service, origin=Origin(commit="3f2c1ab", tag=None, env="default"))

    assert result == Smoked(unasked=("{tag} asks for the image's tag, which only deploy knows",))
    assert service.asked == []


COMMAND = '[smoke]\ntimeout = "10s"\ncommand = ["./smoke.sh", "{commit}"]\n'


def test_a_command_is_told_where_to_ask_and_gets_no_credentials(bench: Bench) -> None:
    run, report = opened(bench, COMMAND, AWS_SECRET_ACCESS_KEY="x", GITHUB_TOKEN="x", MINE="mine")
    command = Command(0, "1 passed", "")

    assert smoked(run, Service(), [ONE, TWO], command).passed
    [(argv, env, folder, seconds)] = command.ran
    assert (argv, folder, seconds) == (["./smoke.sh", "3f2c1ab"], bench.folder, 10)
    assert (env["ECSDEPLOY_URL"], env["ECSDEPLOY_URLS"], env["MINE"]) == (ONE, f"{ONE} {TWO}", "mine")
    assert not {"AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"} & env.keys()
    assert report.texts == ["Smoke test: ./smoke.sh 3f2c1ab", "  | 1 passed", "  | "]


def test_a_command_runs_once_after_the_requests_with_what_is_left_of_the_time(bench: Bench) -> None:
    both = COMMAND + '[[smoke.requests]]\npath = "/health"\n'
    run, _ = opened(bench, both)
    assert smoked(run, Service(one=[STARTING, STARTING, GOOD]), command=(command := Command(3))).wrong
    assert [seconds for *_, seconds in command.ran] == [8]

    run, _ = opened(bench, both)
    assert smoked(run, Service(one=[STARTING]), command=(command := Command())).wrong == (STARTED,)
    assert command.ran == []


def test_a_command_needs_no_address(bench: Bench) -> None:
    run, _ = opened(bench, COMMAND)
    assert smoked(run, Service(), [], command := Command()).passed
    assert "ECSDEPLOY_URL" not in command.ran[0][1]


@pytest.mark.parametrize(
    ("command", "result"),
    [
        (
            Command(3, "test 1 ok", "test 2 FAILED", " "),
            Smoked(wrong=("./smoke.sh ended with exit code 3: test 2 FAILED",)),
        ),
        (Command(-9), Smoked(wrong=("./smoke.sh was ended by signal 9",))),
        (Command(TimeoutError(), "waiting"), Smoked(wrong=("./smoke.sh did not end within 10 s: waiting",))),
        (
            Command(OSError(8, "Exec format error")),
            Smoked(unasked=("./smoke.sh could not be started: Exec format error",)),
        ),
    ],
)
def test_how_a_command_ends_is_told(bench: Bench, command: Command, result: Smoked) -> None:
    run, _ = opened(bench, COMMAND)
    assert smoked(run, Service(), command=command) == result


def test_what_cannot_work_is_refused_before_anything_is_done(bench: Bench) -> None:
    def ready(smoke: str, config: str = CONFIG, **environ: str) -> None:
        run, _ = bench.run(config + smoke, environ=environ)
        require_ready(run, run.target)

    ready("")
    ready(HEALTH)
    ready(HEALTH + 'headers = { Authorization = "env:KEY" }\n', KEY="x")
    with pytest.raises(Refused, match="The environment variable KEY is not set"):
        ready(HEALTH + 'headers = { Authorization = "env:KEY" }\n')
    with pytest.raises(ConfigError, match=r"smoke\.requests: there is no port to ask at"):
        ready(HEALTH, CONFIG.replace("port = 3000", ""))
    with pytest.raises(Refused, match=r"cannot run \./smoke\.sh") as caught:
        ready(COMMAND)
    assert caught.value.why == "There is no file ./smoke.sh beside the config."
    script = bench.folder / "smoke.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    ready(COMMAND, CONFIG.replace("port = 3000", ""))

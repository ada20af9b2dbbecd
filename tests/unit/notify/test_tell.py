"""At the end of a run: who is told, and what is said if that fails."""

from __future__ import annotations

import threading

import pytest

from ecsdeploy.config.notify import Notify
from ecsdeploy.config.references import SecretReference
from ecsdeploy.core.record import Record
from ecsdeploy.errors import Failed
from ecsdeploy.events import Event, Warn
from ecsdeploy.notify.post import NotTold
from ecsdeploy.notify.shapes import Body
from ecsdeploy.notify.tell import INTERRUPTED_SECONDS, SECONDS, nobody, tell_team
from tests.unit.notify.words import BAD, GOOD, UNCHANGED, UPDATED, record

URL = "https://hooks.example/T0123-canary"
ENVIRON = {"HOOK": f"{URL}\n", "GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "octocat", "GITHUB_SHA": "3f2c1ab"}


def unasked(reference: SecretReference) -> str:
    """Stand for a secret that nothing points at."""
    raise AssertionError(reference)


def told(
    run: Record, *, on: tuple[str, ...] = ("success", "failure"), format_: str = "json", **environ: str
) -> tuple[list[tuple[str, Body, float]], list[Event]]:
    """Tell of a run; return what was sent, and what was reported."""
    sent: list[tuple[str, Body, float]] = []
    reported: list[Event] = []
    notify = Notify.model_validate({"url_from": "env:HOOK", "format": format_, "on": on})
    tell_team(
        run,
        notify,
        {**ENVIRON, **environ},
        lambda *events: reported.extend(events),
        secret=unasked,
        send=lambda url, body, seconds: sent.append((url, body, seconds)),
    )
    return sent, reported


def test_it_is_sent_to_the_address_in_the_variable_and_nothing_is_said() -> None:
    [(url, body, seconds)], reported = told(BAD)
    assert (url, seconds, reported) == (URL, SECONDS, [])
    assert (body["verdict"], body["actor"], body["commit"]) == ("rolled-back", "octocat", "3f2c1ab")


@pytest.mark.parametrize(("format_", "has"), [("json", "schema"), ("slack", "blocks"), ("teams", "attachments")])
def test_it_has_the_wanted_shape(format_: str, has: str) -> None:
    [(_, body, _)], _ = told(GOOD, format_=format_)
    assert has in body


@pytest.mark.parametrize(
    ("run", "on", "times"),
    [
        (GOOD, ("failure",), 0),
        (GOOD, ("success",), 1),
        (BAD, ("failure",), 1),
        (BAD, ("success",), 0),
        (record(0, UNCHANGED), ("success", "failure"), 0),
    ],
)
def test_only_what_is_wanted_is_told(run: Record, on: tuple[str, ...], times: int) -> None:
    sent, reported = told(run, on=on)
    assert (len(sent), reported) == (times, [])


def test_without_the_variable_a_line_says_that_nobody_was_told() -> None:
    sent, reported = told(GOOD, HOOK="")
    assert (sent, reported) == ([], [])
    assert nobody(Notify(url_from="env:HOOK"), {}) == "[notify] tells nobody: HOOK is not set."


@pytest.mark.parametrize("code", [129, 130, 143])
def test_somebody_who_interrupts_does_not_wait_long(code: int) -> None:
    [(_, body, seconds)], _ = told(record(code, UPDATED))
    assert (body["verdict"], seconds) == ("interrupted", INTERRUPTED_SECONDS)


def failing(error: Exception) -> list[Event]:
    reported: list[Event] = []

    def send(url: str, body: Body, seconds: float) -> None:
        raise error

    tell_team(
        GOOD, Notify(url_from="env:HOOK"), ENVIRON, lambda *events: reported.extend(events), secret=unasked, send=send
    )
    return reported


@pytest.mark.parametrize(
    ("error", "why"),
    [(NotTold("it answered HTTP 404"), "it answered HTTP 404"), (ValueError(URL), "ValueError while it was sent")],
)
def test_what_goes_wrong_is_one_warning_without_the_address(error: Exception, why: str) -> None:
    assert failing(error) == [Warn(f"The address in HOOK was not told of this: {why}.")]


def test_one_that_never_answers_is_not_waited_for() -> None:
    over, reported = threading.Event(), list[Event]()

    def send(url: str, body: Body, seconds: float) -> None:
        over.wait()

    tell_team(
        record(130, UPDATED),
        Notify(url_from="env:HOOK"),
        ENVIRON,
        lambda *events: reported.extend(events),
        secret=unasked,
        send=send,
    )
    over.set()
    assert reported == [Warn("The address in HOOK was not told of this: it did not answer in time.")]


PARAMETER = Notify(url_from="ssm:/team/hook", on=("failure",))


def test_an_address_in_aws_is_read_once_there_is_something_to_send() -> None:
    sent: list[str] = []
    asked: list[SecretReference] = []

    def value(reference: SecretReference) -> str:
        asked.append(reference)
        return f"{URL}\n"

    def send(url: str, body: Body, seconds: float) -> None:
        sent.append(url)

    for run in (GOOD, record(0, UNCHANGED), BAD):
        tell_team(run, PARAMETER, ENVIRON, lambda *events: pytest.fail(str(events)), secret=value, send=send)
    assert (sent, asked) == ([URL], [SecretReference("ssm", "/team/hook")])


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Failed("The secret team has no key url with a text."), "it could not be read (The secret team has no key url"),
        (ValueError(URL), "ValueError while it was sent"),
        (" \n", "it is empty"),
    ],
)
def test_one_that_cannot_be_read_is_one_warning_without_the_address(value: Exception | str, why: str) -> None:
    reported: list[Event] = []

    def read(reference: SecretReference) -> str:
        if isinstance(value, Exception):
            raise value
        return value

    tell_team(
        BAD,
        PARAMETER,
        ENVIRON,
        lambda *events: reported.extend(events),
        secret=read,
        send=lambda *_: pytest.fail("sent"),
    )
    [warning] = reported
    assert isinstance(warning, Warn)
    assert warning.text.startswith(f"The address in /team/hook was not told of this: {why}")
    assert "canary" not in warning.text


def test_an_aws_that_never_answers_is_not_waited_for() -> None:
    over, reported = threading.Event(), list[Event]()

    def read(reference: SecretReference) -> str:
        over.wait()
        return URL

    run = record(130, UPDATED)
    tell_team(run, PARAMETER, ENVIRON, lambda *events: reported.extend(events), secret=read, send=lambda *_: None)
    over.set()
    assert reported == [Warn("The address in /team/hook was not told of this: it did not answer in time.")]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.errors import ExitCode
from ecsdeploy.events import Note, Warn
from ecsdeploy.hidden import SHORTEST, Hidden, is_key, signs_in

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_a_secret_is_shown_nowhere_in_a_text() -> None:
    hidden = Hidden()
    hidden.add(KEY)

    assert hidden.redacted(f"key={KEY}, again {KEY}") == "key=***, again ***"
    assert hidden.redacted("https://x/?k=wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY") == "https://x/?k=***"


def test_each_new_secret_is_announced_once_and_what_came_before_too() -> None:
    hidden, told = Hidden(), list[str]()
    hidden.add("a" * SHORTEST)
    hidden.announce_to(told.append)
    hidden.add("b" * SHORTEST, "a" * SHORTEST)
    hidden.add("b" * SHORTEST)

    assert told == ["a" * SHORTEST, "b" * SHORTEST]


def test_what_the_environment_holds_is_hidden_and_not_announced() -> None:
    hidden, told = Hidden(), list[str]()
    hidden.announce_to(told.append)
    url = "https://runner.example.com/token?x=1"
    hidden.know({"AWS_SECRET_ACCESS_KEY": KEY, "ACTIONS_ID_TOKEN_REQUEST_URL": url, "PATH": "/usr/local/bin:/usr/bin"})
    hidden.add(KEY)

    assert told == []
    assert hidden.redacted(f"{KEY} {url} /usr/local/bin:/usr/bin") == f"*** {url} /usr/local/bin:/usr/bin"


def test_a_word_is_not_hidden_everywhere() -> None:
    hidden = Hidden()
    hidden.add("test", "")

    assert hidden.redacted("a test") == "a test"


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=SHORTEST), max_size=6))
def test_secrets_that_contain_one_another_are_all_hidden(secrets: list[str]) -> None:
    hidden = Hidden()
    hidden.add(*secrets)

    text = hidden.redacted(" ".join(secrets))

    assert not [secret for secret in secrets if secret in text]


@pytest.mark.parametrize(
    ("name", "takes_part", "key"),
    [
        ("AWS_SECRET_ACCESS_KEY", True, True),
        ("AWS_SESSION_TOKEN", True, True),
        ("AWS_BEARER_TOKEN_BEDROCK", True, True),
        ("AWS_PROFILE", True, False),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", True, True),
        ("ACTIONS_RUNTIME_TOKEN", True, True),
        ("GITHUB_TOKEN", True, True),
        ("GITHUB_SHA", False, False),
        ("HOME", False, False),
    ],
)
def test_variables(name: str, takes_part: bool, key: bool) -> None:
    assert (signs_in(name), is_key(name)) == (takes_part, key)


def test_a_record_is_cleared_through_and_through() -> None:
    hidden = Hidden()
    hidden.add(KEY)
    nested = (Note(f"key {KEY}"), [{"why": KEY}], Warn("nothing"), 3, ExitCode.DONE)

    assert hidden.cleared(nested) == (Note("key ***"), [{"why": "***"}], Warn("nothing"), 3, ExitCode.DONE)


def test_what_holds_no_secret_is_left_as_it_is() -> None:
    hidden = Hidden()
    hidden.add(KEY)
    note = Note("nothing")

    assert hidden.cleared(note) is note

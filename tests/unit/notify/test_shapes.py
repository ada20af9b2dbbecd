"""What is sent has the shape that its receiver takes, and nothing from outside means anything in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ecsdeploy.core.verdict import EXIT_CODES, Kind
from ecsdeploy.core.word import Word
from ecsdeploy.errors import ExitCode
from ecsdeploy.notify.shapes import SHAPES, as_json, as_slack, as_teams, headline
from tests.unit.notify.words import SUCCESS, WORD

SCHEMAS = {
    name: Draft202012Validator(json.loads((Path(__file__).parent / f"{name}.schema.json").read_text()))
    for name in SHAPES
}
NASTY = st.lists(
    st.sampled_from(
        ["<!channel>", "<!here|x>", "<@U123>", "<http://evil.example|ok>", "@here", "&lt;!channel&gt;", "`", "```"]
    )
    | st.sampled_from(["[ok](http://evil.example)", "{{DATE(2017-02-14T06:00:00Z)}}", "<at>all</at>", "\n", "*", ">"])
    | st.just("\x1b]0;t\x07")
    | st.text(max_size=8),
    max_size=12,
).map("".join)
WORDS = st.builds(
    replace,
    st.just(WORD),
    text=NASTY,
    cause=NASTY,
    fix=NASTY,
    actor=NASTY,
    commit=NASTY,
    image=NASTY,
    revision=NASTY,
    run_url=NASTY,
    url=NASTY.map("http://h/{}".format),
    log=st.lists(NASTY, max_size=4).map(tuple),
)


@pytest.mark.parametrize("kind", [kind for kind, code in EXIT_CODES.items() if code is ExitCode.DONE])
def test_no_success_is_told_as_a_failure(kind: Kind) -> None:
    assert "failed" not in headline(replace(SUCCESS, verdict=kind))


def plain(body: object) -> Any:
    return json.loads(json.dumps(body))


def texts(body: object, kind: str) -> Iterator[str]:
    """Yield the text of every object of that type."""
    if isinstance(body, dict):
        if body.get("type") == kind:
            yield body["text"]
        for each in body.values():
            yield from texts(each, kind)
    elif isinstance(body, list | tuple):
        for each in body:
            yield from texts(each, kind)


@pytest.mark.parametrize("word", [WORD, SUCCESS], ids=["failed", "succeeded"])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_has_the_shape_that_is_taken(shape: str, word: Word) -> None:
    SCHEMAS[shape].validate(plain(SHAPES[shape](word)))


@given(WORDS)
def test_it_has_that_shape_whatever_is_told(word: Word) -> None:
    for shape, schema in SCHEMAS.items():
        schema.validate(plain(SHAPES[shape](word)))


def test_what_slack_shows() -> None:
    assert as_slack(WORD) == {
        "text": "Deployment of hello (live) failed and was rolled back",
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": "Deployment of hello (live) failed and was rolled back"},
            },
            {
                "type": "section",
                "fields": [
                    {"type": "mrkdwn", "text": text, "verbatim": True}
                    for text in (
                        "*Revision*\nhello:8",
                        "*Service*\nhello-live/hello-live in us-east-1",
                        "*Image*\nhello:3f2c1ab",
                        "*Commit*\n3f2c1ab",
                        "*Actor*\noctocat",
                        "*Took*\n1 min 23 s",
                        "*Exit code*\n4",
                    )
                ],
            },
            *(
                {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
                for text in (
                    "*What happened*\nhello:8 failed, and ECS rolled back.",
                    "*Cause*\nThe program ended by itself (exit code 1).",
                    "*What to do*\nRead the log, and correct the program.",
                    "```\nError: no database\n    at main\n```",
                    "<http://192.0.2.1:3000/?a=1&amp;b=2|Open the service>",
                    "<https://github.com/acme/hello/actions/runs/1|Open the run>",
                )
            ),
        ],
    }


@given(WORDS)
def test_slack_is_given_no_mention_and_no_link_from_outside(word: Word) -> None:
    body = as_slack(word)
    assert body["text"] == headline(WORD)
    links = re.compile(r"<http://h/[^<>|\s]*\|Open the service>|<https?://[^<>|\s]+\|Open the run>")
    for text in texts(body, "mrkdwn"):
        rest = links.sub("", text)
        assert "<" not in rest
        assert ">" not in rest
        assert not re.search(r"&(?!(amp|lt|gt);)", rest)
        assert not rest.startswith("```\n") or rest.count("```") == 2


@given(WORDS)
@example(replace(WORD, revision="{{{DATE(2017-02-14T06:00:00Z)}}"))
def test_teams_is_given_outside_text_only_where_it_takes_it_as_it_is(word: Word) -> None:
    body = plain(as_teams(word))
    assert list(texts(body, "TextBlock")) == [headline(WORD)]
    assert not any("{{" in text for text in texts(body, "TextRun"))
    assert "entities" not in json.dumps([list(each) for each in body["attachments"]])


@given(WORDS)
def test_a_program_gets_every_field_and_no_control_character(word: Word) -> None:
    body = plain(as_json(word))
    assert list(body) == [each.name for each in fields(Word)]
    told = [each for value in body.values() for each in (value if isinstance(value, list) else [value])]
    assert not [text for text in told if isinstance(text, str) and re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)]


def test_very_long_texts_are_cut_to_what_is_taken() -> None:
    long = replace(
        WORD,
        text="x" * 9_000,
        cause="<" * 9_000,
        fix="&" * 9_000,
        log=("y" * 9_000,) * 10,
        url="http://h/" + "z" * 9_000,
    )
    for shape in ("slack", "teams"):
        SCHEMAS[shape].validate(plain(SHAPES[shape](long)))
        assert len(json.dumps(SHAPES[shape](long))) < 28_000


@pytest.mark.parametrize("name", [each.name for each in fields(Word)])
def test_each_field_is_documented(name: str) -> None:
    assert f"| `{name}` |" in Path("docs/notify.md").read_text()

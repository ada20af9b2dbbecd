"""Every verdict has its word wherever verdicts are told, and in the pages that list them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from ecsdeploy.core.last_words import words_of
from ecsdeploy.core.saying import DEPLOYS
from ecsdeploy.core.verdict import EXIT_CODES, Kind, Verdict
from ecsdeploy.events import Outcome
from ecsdeploy.notify.shapes import as_json, headline
from ecsdeploy.report.github.outputs import outcome_of
from ecsdeploy.report.page.words import tone, verdict
from tests.unit.notify.words import WORD, record

KINDS: tuple[Kind, ...] = get_args(Kind)
ROOT = Path(__file__).parents[3]
TOLD = Draft202012Validator(json.loads((ROOT / "tests/unit/notify/json.schema.json").read_text()))
PLACES = {
    "README.md": "| `outcome` |",
    "docs/notify.md": "| `verdict` |",
    "docs/json.md": "`verdict` is one word for it (succeeded",
}


def paragraph(page: str, begins: str) -> str:
    """Return what a page says from `begins` to the end of the paragraph, or of the row."""
    text = (ROOT / page).read_text("utf-8")
    assert text.count(begins) == 1, page
    found = text[text.index(begins) :]
    return found.partition("\n" if begins.startswith("|") else "\n\n")[0]


@pytest.mark.parametrize("page", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_that_lists_them_has_it(page: str, kind: Kind) -> None:
    words = paragraph(page, PLACES[page]).replace("`", " ").replace(",", " ").replace(";", " ").replace(")", " ")
    assert kind in words.replace("(", " ").split()


@pytest.mark.parametrize("kind", KINDS)
def test_a_team_is_told_it_in_the_documented_word(kind: Kind) -> None:
    told = as_json(replace(WORD, verdict=kind))
    TOLD.validate(json.loads(json.dumps(told)))


def test_a_team_reads_something_else_for_each() -> None:
    lines = {kind: headline(replace(WORD, verdict=kind)) for kind in KINDS}
    assert len(set(lines.values())) == len(KINDS)
    assert all(line.endswith(" failed") == (kind == "failed") for kind, line in lines.items())


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_of_github_and_a_page_have_it(kind: Kind) -> None:
    code = int(EXIT_CODES[kind])
    run = record(code, Outcome(code == 0, "It ended.", {}, verdict=kind, exit_code=code))
    assert outcome_of(run) == kind
    assert verdict(run) == kind.replace("-", " ")


@pytest.mark.parametrize("kind", KINDS)
def test_a_person_is_told_it_in_a_sentence(kind: Kind) -> None:
    said = words_of(Verdict(kind=kind), DEPLOYS, "hello:8", "hello")
    assert said.endswith(".")
    assert "hello" in said


@pytest.mark.parametrize(
    ("kind", "colour"),
    [
        ("succeeded", "good"),
        ("submitted", "wait"),
        ("healthy", "wait"),
        ("unproven", "wait"),
        ("stopped", "wait"),
        ("smoke-failed", "bad"),
        ("unreachable", "bad"),
        ("rolled-back", "bad"),
    ],
)
def test_a_pages_colour_promises_no_more_than_is_known(kind: Kind, colour: str) -> None:
    code = int(EXIT_CODES[kind])
    run = record(code, Outcome(code == 0, "It ended.", {}, verdict=kind, exit_code=code))
    assert tone(run) == colour

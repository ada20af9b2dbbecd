from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change
from ecsdeploy.core.documents import document_changes


def document(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Sid": "One", "Effect": "Allow", **statement}]}


def test_no_document_becomes_one() -> None:
    assert document_changes(None, document(), "permissions") == (Change("permissions", None, "1 statement"),)


def test_values_that_come_and_go_are_told_one_by_one() -> None:
    before = document(Action=["a:A", "a:B"], Condition={"StringEquals": {"k": "1"}})
    after = document(Action=["a:B", "a:C", "a:D"], Condition={"StringEquals": {"k": "2"}})

    assert document_changes(before, after, "p") == (
        Change("p.One.Action", "a:A", None),
        Change("p.One.Action", None, "a:C"),
        Change("p.One.Action", None, "a:D"),
        Change("p.One.Condition.StringEquals.k", "1", "2"),
    )


def test_statements_without_or_with_the_same_name_do_not_hide_each_other() -> None:
    twin = {"Sid": "One", "Effect": "Allow", "Action": "a:*"}
    nameless = {"Effect": "Allow", "Action": "b:*"}
    before = document(Action="a:A")
    after = {**before, "Statement": [*before["Statement"], twin, nameless]}

    assert document_changes(before, after, "p") == (
        Change("p.One[1].Action", None, "a:*"),
        Change("p.One[1].Effect", None, "Allow"),
        Change("p.Statement[2].Action", None, "b:*"),
        Change("p.Statement[2].Effect", None, "Allow"),
    )


def test_a_single_statement_may_stand_without_a_list() -> None:
    before = document(Action="a:A")

    assert document_changes(before, {**before, "Statement": before["Statement"][0]}, "p") == ()


VALUES = st.one_of(st.sampled_from("abc"), st.lists(st.sampled_from("abc"), min_size=1, max_size=3))
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": VALUES, "Resource": VALUES},
    optional={"Condition": st.fixed_dictionaries({"StringEquals": st.dictionaries(st.sampled_from("xy"), VALUES)})},
)
DOCUMENTS = st.lists(STATEMENTS, max_size=3).map(
    lambda found: {"Statement": [{"Sid": f"S{number}", **each} for number, each in enumerate(found)]}
)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_spelling_is_no_difference(original: dict[str, Any], chance: random.Random) -> None:
    assert document_changes(original, _respelled(original, chance), "p") == ()


@given(DOCUMENTS, DOCUMENTS)
def test_differences_turn_round_with_the_documents(one: dict[str, Any], other: dict[str, Any]) -> None:
    there = {(each.path, each.before, each.after) for each in document_changes(one, other, "p")}
    back = {(each.path, each.after, each.before) for each in document_changes(other, one, "p")}
    assert there == back


def _respelled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        chance.shuffle(items)
        return {key: _respelled(inner, chance) if key not in ("Sid", "Effect") else inner for key, inner in items}
    if isinstance(value, list):
        shuffled = [_respelled(each, chance) if isinstance(each, dict) else each for each in value]
        chance.shuffle(shuffled)
        return shuffled
    return [value]

"""What a policy becomes where the config needs more than it allows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.grant import beyond, widened
from ecsdeploy.policy import Document
from ecsdeploy.policy.execution import execution_permissions
from ecsdeploy.policy.secrets import Secret
from tests.unit.policy.documents import PLACE, may

NAMES = st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3)


def policy(*names: str) -> Document:
    secrets = tuple(Secret("ssm", name) for name in names)
    return execution_permissions(PLACE, repository="hello", log_group="/ecs/hello", secrets=secrets)


def test_what_is_enough_stays_as_it_is() -> None:
    assert widened(policy("a"), policy("a")) == policy("a")
    assert widened(policy("a", "b"), policy("a")) == policy("a", "b")


@given(NAMES, NAMES)
def test_both_are_allowed_and_nothing_else(had: list[str], needs: list[str]) -> None:
    found = dict(widened(policy(*had), policy(*needs)))
    for name in ("a", "b", "c"):
        arn = PLACE.regional("ssm", f"parameter/{name}")
        assert may(found, "ssm:GetParameters", arn) is (name in {*had, *needs})
    assert widened(found, policy(*needs)) == found


def sids(document: Document) -> list[str]:
    return [each["Sid"] for each in document["Statement"]]


@given(NAMES, NAMES)
def test_what_is_allowed_beyond_the_need_is_named(had: list[str], needs: list[str]) -> None:
    told = beyond(policy(*had), policy(*needs))
    for name in ("a", "b", "c"):
        arn = PLACE.regional("ssm", f"parameter/{name}")
        assert (f"ssm:GetParameters on {arn}" in told) is (name in set(had) - set(needs))
    assert bool(told) is bool(set(had) - set(needs))


def test_what_only_somebody_else_wrote_is_named_too_but_no_refusal() -> None:
    by_hand = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["a", "b"]}
    refused = {"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    odd = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "c"}
    found = {**policy("a"), "Statement": [*policy("a")["Statement"], by_hand, refused, odd]}
    assert beyond(found, policy("a")) == (
        "s3:GetObject and s3:PutObject on a",
        "s3:GetObject and s3:PutObject on b",
        "everything but some actions on everything but some resources",
    )


def test_a_statement_that_somebody_changed_gets_a_namesake_with_a_number() -> None:
    narrowed = [dict(each) for each in policy("a")["Statement"]]
    next(each for each in narrowed if each["Sid"] == "Pull")["Action"] = "ecr:BatchGetImage"
    found = widened({"Version": "2012-10-17", "Statement": narrowed}, policy("a"))
    assert sids(found) == [*sids(policy("a")), "Pull2"]
    assert may(found, "ecr:GetDownloadUrlForLayer", PLACE.repository("hello"))
    more = widened(found, policy("a", "b"))
    assert sids(more) == sids(found)
    assert widened(more, policy("a", "b")) == more


def test_what_somebody_added_stays() -> None:
    by_hand = {"Sid": "Mine", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    assert widened({"Version": "2012-10-17", "Statement": by_hand}, policy("a"))["Statement"][0] == by_hand

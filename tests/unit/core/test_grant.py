"""What a policy becomes where the config needs more than it allows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.grant import widened
from ecsdeploy.policy import Document
from ecsdeploy.policy.execution import Secret, execution_permissions
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


def test_what_somebody_added_stays() -> None:
    by_hand = {"Sid": "Mine", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    assert widened({"Version": "2012-10-17", "Statement": by_hand}, policy("a"))["Statement"][0] == by_hand

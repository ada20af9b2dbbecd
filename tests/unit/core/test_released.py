"""What a revision remembers of the release commands that succeeded."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Unbuilt
from ecsdeploy.core.released import handed_on, mark_of, marks, with_mark
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.policy.grants.deploying import RELEASED
from tests.unit.core import builders as a

MARKS = st.lists(st.from_regex(r"[0-9a-f]{12}", fullmatch=True), unique=True, max_size=40)


def releasing(*command: str, digest: str = a.DIGEST, environment: str | None = None) -> Wanted:
    of = a.target(environment, release={"command": list(command or ("migrate",))})
    return a.wanted(target=of, image=replace(a.IMAGE, digest=digest))


def remembering(newest: str, running: str = "") -> Account:
    return a.account(
        newest=a.revision(2, {}, tags={RELEASED: newest} if newest else {}),
        running=a.revision(1, {}, tags={RELEASED: running} if running else {}),
    )


def test_a_mark_is_of_an_image_and_a_command() -> None:
    mine = mark_of(releasing())
    others = [releasing("migrate", "--fast"), releasing(digest="sha256:" + "b" * 64), releasing(environment="staging")]
    assert mine == mark_of(releasing())
    assert len({mine, *map(mark_of, others)}) == 4


def test_there_is_none_without_a_command_or_a_digest() -> None:
    assert mark_of(a.wanted()) == ""
    assert mark_of(replace(releasing(), image=Unbuilt("hello:1", "1"))) == ""


def test_both_revisions_are_looked_at() -> None:
    assert marks(remembering("b a", "c a")) == ("b", "a", "c")
    assert handed_on(remembering("b a", "c a")) == {RELEASED: "b a c"}
    assert handed_on(remembering("")) == {}
    assert with_mark(remembering("b a"), "a") == "a b"


@given(MARKS, st.from_regex(r"[0-9a-f]{12}", fullmatch=True))
def test_a_tag_holds_as_many_as_fit_the_newest_first(known: list[str], new: str) -> None:
    value = with_mark(remembering(" ".join(known)), new)
    assert len(value) <= 256
    assert value.split()[0] == new
    assert len(set(value.split())) == len(value.split())

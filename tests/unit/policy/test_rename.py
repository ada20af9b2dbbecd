from __future__ import annotations

from dataclasses import replace

import pytest

from ecsdeploy.policy.rename import Trusted, renamed, trusted
from ecsdeploy.policy.trust import github_trust, subjects_of
from tests.unit.policy.documents import PLACE, SOURCE, TRUST


def test_whom_a_trust_policy_names() -> None:
    assert trusted(TRUST) == Trusted(("acme/hello",), ("1234",), ("99",))
    assert trusted({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}) == Trusted()


@pytest.mark.parametrize("new", ["acme/greeter", "Acme/hello", "acme/hello-2"])
def test_a_renamed_subject_is_what_the_new_name_would_be_trusted_by(new: str) -> None:
    before, after = replace(SOURCE, tags=("v*",)), replace(SOURCE, tags=("v*",), repository=new)
    found, wanted = subjects_of(before), subjects_of(after)
    owner = new.partition("/")[0]
    for old, expected in zip((*found.exact, *found.patterns), (*wanted.exact, *wanted.patterns), strict=True):
        number = "99" if owner == "acme" else f"ID-OF-{owner}"
        assert renamed(old, "acme/hello", new) == expected.replace("@99/", f"@{number}/")


def test_a_subject_of_another_repository_stays() -> None:
    other = github_trust(PLACE, replace(SOURCE, repository="acme/other"))
    for subject in other["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]:
        assert renamed(subject, "acme/hello", "acme/greeter") == subject

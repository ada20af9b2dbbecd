from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.config.placeholders import expand, near_miss, used


def expanded(value: str) -> str:
    return expand(value, commit="3f2c1ab", tag="v1", env="staging")


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ("{commit}", "3f2c1ab"),
        ("{tag}-{env}", "v1-staging"),
        ("v{tag}+{commit}{env}", "vv1+3f2c1abstaging"),
        ('{"a":1,"env":{"tag":2}}', '{"a":1,"env":{"tag":2}}'),
        ('{"version":"{commit}"}', '{"version":"3f2c1ab"}'),
        ("{{commit}}", "{{commit}}"),
        ("${HOME}/{user}", "${HOME}/{user}"),
        ("{}", "{}"),
        ("{author}: {comment}", "{author}: {comment}"),
        ("/{stage}/api/{target}/{end}/{tab}", "/{stage}/api/{target}/{end}/{tab}"),
        ("{tagline} {app_env} {content}", "{tagline} {app_env} {content}"),
        ("a literal \\{tag}, and {tag}", "a literal {tag}, and v1"),
        ("\\{environment} \\{x}", "{environment} \\{x}"),
    ],
)
def test_exactly_three_placeholders_are_replaced(value: str, becomes: str) -> None:
    assert expanded(value) == becomes
    assert near_miss(value) is None


@pytest.mark.parametrize(
    ("value", "wrong", "meant"),
    [
        ("{comit}", "{comit}", "{commit}"),
        ("{commmit}", "{commmit}", "{commit}"),
        ("x-{Commit}", "{Commit}", "{commit}"),
        ("{ env }", "{ env }", "{env}"),
        ("${commit}", "${commit}", "{commit}"),
        ("{environment}", "{environment}", "{env}"),
        ("{git-sha}", "{git-sha}", "{commit}"),
        ("{tag}{tags}", "{tags}", "{tag}"),
    ],
)
def test_what_is_nearly_a_placeholder_is_found(value: str, wrong: str, meant: str) -> None:
    assert near_miss(value) == (wrong, meant)


@given(st.text())
def test_text_without_a_placeholder_is_never_touched(value: str) -> None:
    assert bool(used(value)) or expanded(value) == value


def test_a_replacement_is_never_expanded_again() -> None:
    assert expand("{tag}", commit="c", tag="{commit}", env="e") == "{commit}"

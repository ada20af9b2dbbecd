"""The sandbox takes what AWS takes, and refuses what AWS refuses, in AWS's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.sandbox.refusals.areas import AREAS
from tests.sandbox.refusals.document import PAGE, text
from tests.sandbox.refusals.rule import SUBNET, Call, Rule

RULES = [rule for _, area in AREAS for rule in area.RULES]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One sandbox for every rule: each names things of its own."""
    with running_sandbox(tmp_path_factory.mktemp("refusals")) as sandbox:
        yield sandbox


def say(sandbox: RunningSandbox, call: Call) -> Any:
    """Make a call; raises botocore's `ClientError`."""
    client = sandbox.client(call.service)
    form = filled_in(call.form, subnet_of(sandbox))
    return getattr(client, xform_name(call.operation.partition(":")[2]))(**form)


@cache
def subnet_of(sandbox: RunningSandbox) -> str:
    """Return the id of one of the sandbox's subnets."""
    subnets: list[dict[str, str]] = sandbox.client("ec2").describe_subnets()["Subnets"]
    return subnets[0]["SubnetId"]


def filled_in(part: Any, subnet: str) -> Any:
    """Return a part of a form with the subnet's id where it belongs."""
    if isinstance(part, Mapping):
        return {key: filled_in(value, subnet) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [filled_in(value, subnet) for value in part]
    return subnet if part == SUBNET else part


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_aws_refuses_is_refused_and_what_it_takes_is_taken(rule: Rule, shared: RunningSandbox) -> None:
    for call in rule.before:
        say(shared, call)
    with pytest.raises(ClientError) as refused:
        say(shared, Call(operation=rule.operation, form=rule.bad))
    said = refused.value.response["Error"]
    # An empty element is None to botocore.
    message = said["Message"] or ""
    assert (said["Code"], message[: len(rule.words)] if rule.begins else message) == (rule.code, rule.words)
    say(shared, Call(operation=rule.operation, form=rule.good))


def test_a_rule_is_in_the_table_once_or_left_out_with_a_reason() -> None:
    names = [rule.name for rule in RULES] + [name for _, area in AREAS for name in area.LEFT_OUT]
    assert sorted(names) == sorted(set(names))


def test_the_page_is_that_of_the_table() -> None:
    assert PAGE.read_text() == text()

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change
from ecsdeploy.core.network import (
    MAX_SUBNETS,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    ingress_changes,
    open_port,
    public_subnets,
)

MAIN_OUT = RouteTable("vpc-1", (), is_main=True, has_internet_gateway=True)
MAIN_IN = RouteTable("vpc-1", (), is_main=True, has_internet_gateway=False)
NAMED_OUT = RouteTable("vpc-1", ("subnet-1",), is_main=False, has_internet_gateway=True)
NAMED_IN = RouteTable("vpc-1", ("subnet-1",), is_main=False, has_internet_gateway=False)
OF_ANOTHER = RouteTable("vpc-2", (), is_main=True, has_internet_gateway=True)


@pytest.mark.parametrize(
    ("tables", "is_public"),
    [
        ([MAIN_OUT], True),
        ([MAIN_IN], False),
        ([MAIN_OUT, NAMED_IN], False),
        ([MAIN_IN, NAMED_OUT], True),
        ([OF_ANOTHER], False),
        ([], False),
    ],
)
def test_a_subnets_own_route_table_counts_and_the_main_one_where_it_has_none(
    tables: list[RouteTable], is_public: bool
) -> None:
    subnet = Subnet("subnet-1", "vpc-1", "us-east-1a")

    assert public_subnets([subnet], tables) == ((subnet,) if is_public else ())


def test_mapping_public_addresses_is_enough() -> None:
    subnet = Subnet("subnet-1", "vpc-1", "us-east-1a", maps_public_ip=True)

    assert public_subnets([subnet], [MAIN_IN]) == (subnet,)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_of_too_many_each_zone_keeps_its_share_in_a_stable_order(zones: list[str], chance: random.Random) -> None:
    subnets = [Subnet(f"subnet-{number:02}", "vpc-1", zone, True) for number, zone in enumerate(zones)]
    shuffled = sorted(subnets, key=lambda _each: chance.random())

    chosen = public_subnets(subnets, [])

    assert public_subnets(shuffled, []) == chosen
    assert len(chosen) == min(MAX_SUBNETS, len(subnets))
    kept = {zone: sum(each.zone == zone for each in chosen) for zone in set(zones)}
    cut = [count for zone, count in kept.items() if count < zones.count(zone)]
    assert all(count >= max(kept.values()) - 1 for count in cut)


RULES = st.builds(
    lambda port, peer: Rule("tcp", port, port, peer), st.integers(1, 3), st.sampled_from(["0.0.0.0/0", "::/0", "sg-1"])
)


@given(st.frozensets(RULES), st.frozensets(RULES))
def test_the_changes_lead_from_what_is_to_what_is_wanted(now: frozenset[Rule], wanted: frozenset[Rule]) -> None:
    changes = ingress_changes(SecurityGroup("sg-9", "x", "vpc-1", now), wanted)

    after = {str(rule) for rule in now} - {change.before for change in changes} | {
        str(change.after) for change in changes if change.after is not None
    }
    assert after == {str(rule) for rule in wanted}
    assert (changes == ()) == (now == wanted)


def test_a_port_is_opened_to_everybody_and_no_port_to_nobody() -> None:
    assert {str(rule) for rule in open_port(80)} == {"tcp 80 from 0.0.0.0/0", "tcp 80 from ::/0"}
    assert open_port(None) == frozenset()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("tcp", 80, 90, "10.0.0.0/8"), "tcp 80-90 from 10.0.0.0/8"),
        (Rule("-1", None, None, "sg-2"), "all from sg-2"),
    ],
)
def test_rules_in_words(rule: Rule, words: str) -> None:
    group = SecurityGroup("sg-9", "x", "vpc-1", frozenset({rule}))

    assert ingress_changes(group, frozenset()) == (Change("ingress", words, None),)

"""Security groups and tasks -> who may reach what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.firewall.groups import (
    ANYONE,
    INTERNET,
    Group,
    Member,
    Opening,
    Rule,
    admits_internet,
    groups_of,
    openings,
)
from ecsdeploy.sandbox.firewall.tables import TASK, dropped, restore_text

WEB = Member(("sg-web",), "172.31.0.10", "172.20.0.2")
DATABASE = Member(("sg-db", "sg-all"), "172.31.16.9", "172.20.0.3")
GATEWAY = "172.20.0.1"


def group(*rules: Rule, id: str = "sg-1", name: str = "mine", vpc: str = "vpc-1") -> Group:
    return Group(id, name, vpc, rules)


@pytest.mark.parametrize(
    ("rule", "sources"),
    [
        (Rule("tcp", 80, 80, cidrs=("0.0.0.0/0",)), {ANYONE}),
        (Rule("tcp", 80, 80, cidrs=("127.0.0.0/8",)), {INTERNET}),
        (Rule("tcp", 80, 80, cidrs=("0.0.0.0/1",)), {INTERNET}),
        (Rule("tcp", 80, 80, cidrs=("203.0.113.0/24",)), set()),
        (Rule("tcp", 80, 80, cidrs=("172.31.0.0/20",)), {WEB.inside}),
        (Rule("tcp", 80, 80, cidrs=("172.31.0.0/16",)), {WEB.inside, DATABASE.inside}),
        (Rule("tcp", 80, 80, groups=("sg-all",)), {DATABASE.inside}),
        (Rule("tcp", 80, 80, groups=("sg-nobody",)), set()),
        (Rule("tcp", 80, 80, cidrs=("no network",)), set()),
        (Rule("tcp", 80, 80), set()),
    ],
)
def test_whom_a_rule_lets_in(rule: Rule, sources: set[str]) -> None:
    found = openings([group(rule)], [WEB, DATABASE])
    assert found == {Opening("tcp", 80, 80, source) for source in sources}


@pytest.mark.parametrize(
    ("rule", "protocol", "port", "open_"),
    [
        (Rule("tcp", 80, 80), "tcp", 80, True),
        (Rule("6", 80, 80), "tcp", 80, True),
        (Rule("tcp", 80, 80), "tcp", 81, False),
        (Rule("tcp", 80, 80), "udp", 80, False),
        (Rule("udp", 50, 60), "udp", 60, True),
        (Rule("tcp", 0, 65_535), "tcp", 65_535, True),
        (Rule("tcp", 8080, 8080), "tcp", 80, False),
        (Rule("-1"), "udp", 53, True),
        (Rule("-1", 80, 80), "tcp", 53, True),
        (Rule("icmp", -1, -1), "tcp", 80, False),
    ],
)
def test_which_ports_a_rule_opens(rule: Rule, protocol: str, port: int, open_: bool) -> None:
    found = openings([group(replace(rule, cidrs=("0.0.0.0/0",)))], [])
    assert admits_internet(found, protocol, port) is open_


def test_a_task_without_groups_has_the_default_one_of_its_network() -> None:
    mine, theirs = group(id="sg-d", name="default"), group(id="sg-e", name="default", vpc="vpc-2")
    known = {each.id: each for each in (mine, theirs, group())}
    assert groups_of((), "vpc-1", known) == (mine,)
    assert groups_of(("sg-1", "sg-gone"), "vpc-1", known) == (known["sg-1"],)


def test_the_table_that_iptables_reads() -> None:
    rules = [
        Rule("tcp", 80, 90, cidrs=("127.0.0.1/32",)),
        Rule("udp", 53, 53, groups=("sg-web",)),
        Rule("icmp", 8, -1, cidrs=("0.0.0.0/0",)),
        Rule("-1", groups=("sg-db",)),
        Rule("50", cidrs=("0.0.0.0/0",)),
        Rule("tcp -j ACCEPT\n*nat", 1, 1, cidrs=("0.0.0.0/0",)),
    ]
    text = restore_text(openings([group(*rules)], [WEB, DATABASE]), [("tcp", 80)], GATEWAY)
    assert text == (
        "*filter\n"
        ":INPUT ACCEPT [0:0]\n"
        "-A INPUT -i lo -j ACCEPT\n"
        "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
        "-A INPUT -p 50 -j ACCEPT\n"
        "-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT\n"
        "-A INPUT -s 172.20.0.1 -p tcp -m tcp --dport 80:90 -j ACCEPT\n"
        "-A INPUT -s 172.20.0.2 -p udp -m udp --dport 53:53 -j ACCEPT\n"
        "-A INPUT -s 172.20.0.3 -j ACCEPT\n"
        '-A INPUT -s 172.20.0.1 -p tcp -m tcp --dport 80 -m comment --comment "internet tcp 80" -j DROP\n'
        '-A INPUT -p tcp -m tcp --dport 80 -m comment --comment "task tcp 80" -j DROP\n'
        "-A INPUT -j DROP\n"
        "COMMIT\n"
    )


def test_what_iptables_counted() -> None:
    saved = (
        "[7:420] -A INPUT -i lo -j ACCEPT\n"
        '[3:180] -A INPUT -s 172.20.0.1/32 -p tcp -m tcp --dport 80 -m comment --comment "internet tcp 80" -j DROP\n'
        '[4:240] -A INPUT -p udp -m udp --dport 53 -m comment --comment "task udp 53" -j DROP\n'
        "[9:540] -A INPUT -j DROP\n"
    )
    assert dropped(saved) == {(("tcp", 80), INTERNET): 3, (("udp", 53), TASK): 4}


ports = st.integers(0, 65_535)
rules = st.builds(
    Rule,
    st.sampled_from(["tcp", "udp", "6", "17", "icmp", "1", "-1", "50"]),
    st.one_of(st.none(), st.just(-1), ports),
    st.one_of(st.none(), st.just(-1), ports),
    st.lists(st.sampled_from(["0.0.0.0/0", "127.0.0.0/8", "172.31.0.0/16", "10.0.0.0/8"]), max_size=2).map(tuple),
    st.lists(st.sampled_from(["sg-web", "sg-db", "sg-x"]), max_size=2).map(tuple),
)


@given(st.lists(rules, max_size=5), rules, ports)
def test_another_rule_never_closes_anything(some: list[Rule], more: Rule, port: int) -> None:
    before = openings([group(*some)], [WEB, DATABASE])
    after = openings([group(*some), group(more)], [WEB, DATABASE])
    assert before <= after
    assert admits_internet(after, "tcp", port) >= admits_internet(before, "tcp", port)


@given(st.lists(rules, max_size=5), ports)
def test_who_is_let_in_from_the_internet_needs_a_cidr_that_contains_it(some: list[Rule], port: int) -> None:
    without = [replace(rule, cidrs=("172.31.0.0/16", "10.0.0.0/8")) for rule in some]
    assert not admits_internet(openings([group(*without)], [WEB, DATABASE]), "tcp", port)

"""Tasks come and go, rules change, and machines cannot do everything."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from ecsdeploy.sandbox.firewall.door import NamespaceDoor, run_inside
from ecsdeploy.sandbox.firewall.groups import INTERNET, Group, Opening, Rule
from ecsdeploy.sandbox.firewall.tables import Dropped
from ecsdeploy.sandbox.firewall.wall import Wall
from ecsdeploy.sandbox.firewall.words import sentence
from ecsdeploy.sandbox.report import group_lines
from tests.sandbox.runtime.witnesses import container, eventually, task


class Door:
    """Remembers what it was told; `broken` is what it raises instead."""

    def __init__(self, broken: Exception | None = None) -> None:
        self.admitted: list[frozenset[Opening]] = []
        self.lost: Dropped = Counter()
        self.broken = broken

    def admit(self, found: frozenset[Opening]) -> None:
        if self.broken is not None:
            raise self.broken
        self.admitted.append(found)

    def dropped(self) -> Dropped:
        return self.lost

    def sources(self) -> set[str]:
        """Return whom it lets in now."""
        return {one.source for one in self.admitted[-1]}


class Ec2:
    """The security groups that there are."""

    def __init__(self, **rules: Rule) -> None:
        self.asked = 0
        self.rules = rules

    def read(self) -> Mapping[str, Group]:
        self.asked += 1
        return {f"sg-{name}": Group(f"sg-{name}", name, "vpc-1", (rule,)) for name, rule in self.rules.items()}


def wall(ec2: Ec2, **options: Any) -> Wall:
    return Wall(ec2.read, lambda subnet: "vpc-1", **options)


def member(*groups: str, **fields: Any) -> Any:
    return task(container("web"), group="service:web", subnet="subnet-1", security_groups=groups, **fields)


def test_rules_that_name_a_group_follow_the_tasks_that_have_it() -> None:
    ec2, door = Ec2(db=Rule("tcp", 80, 80, groups=("sg-web",)), web=Rule("tcp")), Door()
    guard, first, second = wall(ec2), member("sg-web"), member("sg-web")
    guard.enter(member("sg-db"), door, "172.20.0.2")
    assert door.sources() == set()
    guard.enter(first, Door(), "172.20.0.3")
    guard.enter(second, Door(), "172.20.0.4")
    eventually(lambda: door.sources() == {"172.20.0.3", "172.20.0.4"})
    guard.leave(first.arn)
    eventually(lambda: door.sources() == {"172.20.0.4"})
    guard.close()
    assert ec2.asked == 1, "nobody changed a group: nobody asks again"


def test_what_has_not_changed_is_not_done_again() -> None:
    ec2, door = Ec2(web=Rule("tcp", 80, 80, cidrs=("0.0.0.0/0",))), Door()
    guard = wall(ec2)
    guard.enter(member("sg-web"), door, "172.20.0.2")
    guard.changed()
    eventually(lambda: ec2.asked == 2)
    guard.forget_applied()
    eventually(lambda: len(door.admitted) == 2)
    guard.close()
    assert len(door.admitted) == 2, "once when it came, once when the Engine had been away"


def test_a_machine_that_cannot_filter_lets_everything_through_and_says_so() -> None:
    door, guard = Door(), wall(Ec2(), unable="that takes root")
    guard.enter(member("sg-web"), door)
    assert (door.admitted, guard.why_not) == ([], "that takes root")
    told = {"enforced": False, "why_not": guard.why_not, "dropped": []}
    assert group_lines(told) == ["Security groups are not enforced: that takes root."]


@pytest.mark.parametrize(
    ("error", "why"), [(OSError("no iptables"), "no iptables"), (ValueError("odd"), "ValueError: odd")]
)
def test_trouble_with_one_task_is_told_while_it_lasts(error: Exception, why: str) -> None:
    guard, spec, door = wall(Ec2()), member("sg-web"), Door()
    guard.enter(spec, Door(error))
    guard.enter(member("sg-web"), door)
    assert guard.why_not == why
    assert door.admitted == [frozenset()], "the others are guarded"
    guard.leave(spec.arn)
    assert guard.why_not == ""
    guard.close()


def test_what_was_dropped_in_words() -> None:
    door, guard = Door(), wall(Ec2(web=Rule("tcp", 8080, 8080, cidrs=("0.0.0.0/0",)), db=Rule("tcp")))
    spec = member("sg-web", "sg-db", id="1a2b3c4d5e", arn="arn:aws:ecs:us-east-1:1:task/c/1a2b3c4d5e")
    door.lost = Counter({(("tcp", 80), INTERNET): 3, (("udp", 53), "task"): 1})
    guard.enter(spec, door)
    groups = "no rule of sg-web (web) or sg-db (db) allowed it."
    told = [
        f"Dropped: 3 attempts to reach TCP port 80 of web's task 1a2b3c4d from the Internet: {groups}",
        f"Dropped: 1 attempt to reach UDP port 53 of web's task 1a2b3c4d from another task: {groups}",
    ]
    assert [sentence(loss) for loss in guard.losses()] == told
    guard.leave(spec.arn)
    assert [sentence(loss) for loss in guard.losses()] == told, "also once the task has ended"
    guard.close()


def test_counters_go_on_when_the_table_is_made_anew() -> None:
    calls: list[str] = []

    def run(_namespace: str, command: tuple[str, ...], _text: str) -> str:
        calls.append(command[0])
        drop = '-m comment --comment "internet tcp 80" -j DROP'
        return f"[2:120] -A INPUT -p tcp -m tcp --dport 80 {drop}\n" if command[0] == "iptables-save" else ""

    door = NamespaceDoor("/none", address="127.64.250.250", gateway="172.20.0.1", ports=[("tcp", 80)], run=run)
    door.admit(frozenset())
    door.admit(frozenset())
    assert door.dropped() == {(("tcp", 80), INTERNET): 4}
    assert calls == ["iptables-restore", "iptables-save", "iptables-restore", "iptables-save"]


def test_a_program_that_refuses_is_quoted() -> None:
    here = f"/proc/self/task/{threading.get_native_id()}/ns/net"
    with pytest.raises(OSError, match=r"Operation not permitted|iptables-restore: .+"):
        run_inside(here, ("iptables-restore", "--test"), "*nonsense\nCOMMIT\n")

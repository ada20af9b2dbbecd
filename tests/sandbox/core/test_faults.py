from __future__ import annotations

import pytest

from ecsdeploy.sandbox.faults import ApiFault, Faults, UnknownFaultError

IMAGE = "127.0.0.1:4566/hello:v2"


def test_the_next_deployment_suffers_and_the_one_after_does_not() -> None:
    faults = Faults()
    faults.break_next_deployment("crash")
    assert faults.take_for_deployment("web", [IMAGE]) == {"crash"}
    assert faults.take_for_deployment("web", [IMAGE]) == frozenset()


def test_a_tag_suffers_until_healed_and_other_tags_do_not() -> None:
    faults = Faults()
    faults.break_next_deployment("oom", tag="v2")
    assert faults.take_for_deployment("web", ["127.0.0.1:4566/hello:v1"]) == frozenset()
    assert faults.take_for_deployment("web", [IMAGE]) == {"oom"}
    assert faults.for_image([IMAGE]) == {"oom"}
    assert faults.heal() == 1
    assert faults.for_image([IMAGE]) == frozenset()


def test_a_tag_is_found_behind_a_digest() -> None:
    faults = Faults(tags_of=lambda image: {"v2"} if image.endswith("@sha256:abc") else ())
    faults.break_next_deployment("oom", tag="v2")
    assert faults.for_image(["127.0.0.1:4566/hello@sha256:abc"]) == {"oom"}


def test_a_registry_port_is_not_a_tag() -> None:
    faults = Faults()
    faults.break_next_deployment("oom", tag="4566/hello")
    assert faults.for_image(["127.0.0.1:4566/hello"]) == frozenset()


def test_one_off_tasks_do_not_use_up_what_waits_for_a_deployment() -> None:
    faults = Faults()
    faults.break_next_deployment("crash", count=2)
    assert faults.for_image([IMAGE]) == frozenset()
    assert faults.list() == [{"fault": "crash", "left": 2}]


@pytest.mark.parametrize(
    ("operation", "service", "name", "hit"),
    [
        (None, "iam", "CreateRole", True),
        ("*", "iam", "CreateRole", True),
        ("CreateRole", "iam", "CreateRole", True),
        ("iam:CreateRole", "iam", "CreateRole", True),
        ("iam:*", "iam", "CreateRole", True),
        ("ecs:*", "iam", "CreateRole", False),
        ("ecs:CreateRole", "iam", "CreateRole", False),
        ("DeleteRole", "iam", "CreateRole", False),
    ],
)
def test_an_api_fault_hits_the_calls_it_names(operation: str | None, service: str, name: str, hit: bool) -> None:
    faults = Faults()
    faults.break_api("throttle", operation)
    assert faults.take_api(service, name) == (ApiFault("throttle") if hit else None)


def test_an_api_fault_is_used_up_oldest_first() -> None:
    faults = Faults()
    faults.break_api("throttle", "ListTasks", 2)
    faults.break_api("server-error")
    kinds = [fault.kind if (fault := faults.take_api("ecs", "ListTasks")) else None for _ in range(4)]
    assert kinds == ["throttle", "throttle", "server-error", None]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownFaultError, match=r"no fault is called 'qqqq'; there are: crash, .*access-denied"):
        Faults().break_next_deployment("qqqq")
    with pytest.raises(UnknownFaultError, match=r"no fault is called 'crush'; did you mean 'crash'\?"):
        Faults().break_next_deployment("crush")
    with pytest.raises(UnknownFaultError):
        Faults().break_api("crash")

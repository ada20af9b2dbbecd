"""How many failures ECS's own circuit breaker waits for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.changes import Change
from ecsdeploy.config.deployment import Deployment
from ecsdeploy.core.service import Service
from ecsdeploy.core.things import service as things
from ecsdeploy.core.things.threshold import OWN_RULE, fitting
from ecsdeploy.core.upkeep import FILL
from tests.unit.core import builders as a
from tests.unit.core.things.deciding import DOCUMENT, OLDER, Made, decided, steady

PATH = "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration"


def failures(rule: Any, count: int) -> int:
    """Return how many failures end a deployment of `count` tasks (Developer Guide, deployment circuit breaker)."""
    if rule["type"] == "COUNT":
        return int(rule["value"])
    return min(max(-(-count * int(rule["value"]) // 100), 3), 200)


@pytest.mark.parametrize(
    ("count", "after", "rule"),
    [
        (1, 2, {"type": "COUNT", "value": 2}),
        (1, 1, {"type": "COUNT", "value": 2}),  # one flaky start is no reason to go back
        (1, 3, OWN_RULE),
        (1, 5, {"type": "COUNT", "value": 5}),
        (2, 2, OWN_RULE),  # both may fail in the same bad moment
        (10, 2, OWN_RULE),
        (10, 6, {"type": "COUNT", "value": 6}),
        (0, 2, OWN_RULE),
    ],
)
def test_a_single_task_has_two_tries_and_several_have_what_ecs_gives_them(
    count: int, after: int, rule: dict[str, object]
) -> None:
    assert fitting(Deployment(give_up_after=after), count) == rule


@given(count=st.integers(0, 1000), after=st.integers(1, 100))
def test_ecs_never_gives_up_before_us_nor_after_one_failure_nor_later_than_by_itself(count: int, after: int) -> None:
    limit = failures(fitting(Deployment(give_up_after=after), count), count)
    assert max(after, 2) <= limit <= max(after, failures(OWN_RULE, count))


@given(count=st.integers(0, 1000), after=st.integers(1, 100))
def test_a_breaker_that_does_not_roll_back_lets_us_be_first(count: int, after: int) -> None:
    limit = failures(fitting(Deployment(give_up_after=after), count, rollback=False), count)
    assert limit > after


@given(count=st.integers(0, 1000), after=st.integers(1, 100))
def test_who_never_gives_up_leaves_it_to_ecs(count: int, after: int) -> None:
    assert fitting(Deployment(give_up=False, give_up_after=after), count) == OWN_RULE


def breaking(**breaker: Any) -> Service:
    """Return the service with this circuit breaker."""
    raw = a.service().raw
    configuration: Any = raw["deploymentConfiguration"]
    return a.service(raw={**raw, "deploymentConfiguration": {**configuration, "deploymentCircuitBreaker": breaker}})


SILENT = breaking(enable=True, rollback=True)
"""As an ECS answers that does not know the thresholds, or a service that has none."""


def rolled(service: Service, **wants: Any) -> Made:
    """Decide about a service whose revision is an older one."""
    return decided(service, a.revision(1, OLDER), **wants)


def test_a_deployment_gets_its_threshold_and_the_plan_shows_that() -> None:
    made = rolled(SILENT)
    breaker = made.update["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert breaker == {"enable": True, "rollback": True, "thresholdConfiguration": {"type": "COUNT", "value": 2}}
    assert made.update["deploymentConfiguration"]["maximumPercent"] == 200
    assert made.write.changes == (Change(PATH, "BOUNDED_PERCENT 50", "COUNT 2"),)


def test_where_ecs_never_shows_a_threshold_it_is_no_difference_by_itself() -> None:
    assert steady(service=SILENT).unchanged


def test_a_threshold_that_another_count_left_behind_waits_for_the_next_deployment() -> None:
    assert steady(service=a.service(desired=5, running=5)).unchanged
    changed = rolled(a.service(desired=5, running=5)).update["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert changed["thresholdConfiguration"] == OWN_RULE


def test_what_the_config_says_of_the_breaker_stays() -> None:
    off = {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}}
    assert "deploymentConfiguration" not in rolled(breaking(enable=False, rollback=False), raw=off).update
    own = {"type": "COUNT", "value": 7}
    named = {"deploymentConfiguration": {"deploymentCircuitBreaker": {"thresholdConfiguration": own}}}
    update = rolled(SILENT, raw=named).update["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert update == {"enable": True, "rollback": True, "thresholdConfiguration": own}
    assert not steady(service=SILENT, raw=named).unchanged


def test_a_breaker_without_rollback_waits_for_us() -> None:
    stays = {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}}
    assert "deploymentConfiguration" not in rolled(breaking(enable=True, rollback=False), raw=stays).update
    breaker = rolled(a.service(), raw=stays).update["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert breaker == {"enable": True, "rollback": False, "thresholdConfiguration": OWN_RULE}


def again(service: Service) -> dict[str, Any]:
    """Return the update of `restart`, which changes no settings."""
    return decided(service, a.revision(1, DOCUMENT), settings=False, force=True, parts=("service",)).update


def test_what_starts_a_deployment_without_settings_only_corrects_a_threshold_that_was_set() -> None:
    assert again(SILENT) == again(a.service()) == {"forceNewDeployment": True}
    assert again(breaking(enable=False, rollback=False)) == {"forceNewDeployment": True}
    scaled = again(a.service(desired=5, running=5))["deploymentConfiguration"]
    before: Any = a.service().raw["deploymentConfiguration"]
    expected = {**before["deploymentCircuitBreaker"], "thresholdConfiguration": OWN_RULE}
    assert scaled == {**before, "deploymentCircuitBreaker": expected}


def test_who_never_gives_up_has_a_service_as_ecs_makes_it() -> None:
    target = a.target(service={"deployment": {"give_up": False}})
    made = Made(*things.decide(a.wanted(target=target), a.account(target, service=None), FILL))
    breaker = made.write.parameters["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert breaker == {"enable": True, "rollback": True}

"""Seeded rollouts in virtual time: what passes is left alone, what cannot succeed is not watched for ever.

`python -m benchmarks rollouts` plays a thousand of them.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecsdeploy.errors import ExitCode
from tests.support.rollouts.cases import HOPELESS, RECOVERING, Setting, case
from tests.support.rollouts.outcome import alone, play, steady

RECOVERING_SEEDS = range(5 * len(RECOVERING))
HOPELESS_SEEDS = range(3 * len(HOPELESS))


@pytest.mark.parametrize("seed", RECOVERING_SEEDS)
def test_what_passes_by_itself_is_never_given_up(seed: int) -> None:
    found = play(case(seed, RECOVERING))
    assert not found.aborted, found
    assert found.recovers == (found.code is ExitCode.DONE)


def ends(setting: Setting) -> tuple[ExitCode, ...]:
    """Return how a deployment that cannot succeed may end: a breaker without rollback may be faster than the tool."""
    if setting.first:
        return (ExitCode.FAILED,)
    ends_it = setting.breaker["enable"] and not setting.breaker["rollback"]
    return (ExitCode.ROLLED_BACK, ExitCode.FAILED) if ends_it else (ExitCode.ROLLED_BACK,)


@pytest.mark.parametrize("seed", HOPELESS_SEEDS)
def test_what_cannot_succeed_is_said_to_have_failed(seed: int) -> None:
    found = play(case(seed, HOPELESS))
    assert not found.recovers
    assert not found.continued, found
    assert found.code in ends(found.case.setting)
    assert found.code is ExitCode.FAILED or found.serving >= 1
    assert found.to_card is not None


def test_the_same_seed_gives_the_same_rollout() -> None:
    first, second = case(3, HOPELESS), case(3, HOPELESS)
    assert first.setting == second.setting
    assert replace(play(first), case=second) == play(second)


@pytest.mark.parametrize("kind", [*RECOVERING, *HOPELESS])
def test_each_kind_is_what_it_is_called(kind: str) -> None:
    hopeless = kind in HOPELESS
    kinds = HOPELESS if hopeless else RECOVERING
    ends = {alone(case(list(kinds).index(kind) + len(kinds) * turn, kinds)) for turn in range(8)}
    assert ("SUCCESSFUL" in ends) is not hopeless


@pytest.mark.parametrize("count", [1, 10, 100])
def test_a_good_deployment_is_told_soon_after_its_end(count: int) -> None:
    found = play(steady(count), expected="SUCCESSFUL")
    assert found.code is ExitCode.DONE
    assert found.late is not None
    assert found.late <= 3

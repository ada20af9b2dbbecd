"""Commands to which something happens at each of their calls: what they say, and what the next run makes of it."""

from __future__ import annotations

import re

import pytest

from tests.tool.hard import tables
from tests.tool.hard.lab import Lab
from tests.tool.hard.scenarios import DESTROYED, DRIFTED, FIRST, RELEASE, SCENARIOS, SET_UP, UNCHANGED, Scenario

TABLES = dict(tables.named())
MANY = pytest.mark.timeout(3600)
# A fault that stays is met by the code that all commands share: these scenarios have every operation among them.
VARIED = (FIRST, RELEASE, SET_UP, DRIFTED)
WIDE = {"a lasting fault": VARIED, "an outage": VARIED, "expired credentials": VARIED}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("table", "scenario", "every"),
    [
        pytest.param("killed", FIRST, 9, id="killed-first"),
        pytest.param("killed", RELEASE, 8, id="killed-release"),
        pytest.param("killed", UNCHANGED, 9, id="killed-unchanged"),
        pytest.param("killed", DESTROYED, 29, id="killed-destroy"),
        pytest.param("interrupted", FIRST, 29, id="interrupted"),
        pytest.param("one fault", FIRST, 29, id="one-fault"),
        pytest.param("expired credentials", RELEASE, 9, id="expired"),
    ],
)
def test_some_calls(lab: Lab, table: str, scenario: Scenario, every: int) -> None:
    row = tables.at_every_call(lab, scenario, table, TABLES[table], every=every)
    assert row.cases
    assert not row.failures, str(row)


@pytest.mark.parametrize(("kind", "code", "word"), [("int", 130, "Interrupted."), ("term", 143, "Terminated.")])
def test_a_signal_while_it_waits(lab: Lab, kind: str, code: int, word: str) -> None:
    command = RELEASE.prepare(lab)
    trial = lab.trial(*command, plan={"kind": kind, "asleep": 1})
    assert (trial.code, trial.after_fired) == (code, [])
    assert f"error: {word}\n" in trial.err
    assert re.search(
        rf"  Done: registered {lab.app}:2; updated the service {lab.app}\. Not finished: watching the deployment\.\n"
        rf"  ECS goes on with the deployment of {lab.app}:2(: \d of \d tasks run)?\.\n"
        r"  Watch it:\n      ecsdeploy watch\n  Roll it back:\n      ecsdeploy rollback\n$",
        trial.err,
    ), trial.err
    assert lab.trial(*command).code == 0


def test_a_signal_while_a_service_goes(lab: Lab) -> None:
    command = DESTROYED.prepare(lab)
    lab.clock.stop()  # else its tasks may have stopped before anybody looks
    try:
        trial = lab.trial(*command, plan={"kind": "int", "asleep": 1})
    finally:
        lab.clock.go_on()
    assert (trial.code, trial.after_fired) == (130, [])
    assert trial.err.endswith(
        "error: Interrupted.\n"
        f"  Done: deleted the service {lab.app}. Not finished: waiting until the service {lab.app} is gone.\n"
        "  Run `ecsdeploy destroy --images --oidc-provider` again: it continues from here.\n"
    )
    assert lab.trial(*command).code == 0


@pytest.mark.hard
@MANY
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize("table", TABLES)
def test_every_call(lab: Lab, table: str, scenario: Scenario) -> None:
    if scenario not in WIDE.get(table, SCENARIOS):
        pytest.skip("the same code, elsewhere")
    tables.at_every_call(lab, scenario, table, TABLES[table]).tell()

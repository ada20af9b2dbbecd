"""`[smoke]`: what has to answer after a deployment. The simulated tasks answer `simulated`."""

from __future__ import annotations

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Smoke tests"
GOOD = '[smoke]\ntimeout = "2s"\n[[smoke.requests]]\ntext = "simulated"\n'
BAD = GOOD.replace('"simulated"', '"hello"')


@row(AREA, "its answers are as expected", command="deploy", does="deploys it")
def smoke_passed(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.config(GOOD)
    bench.change()
    ran = yield
    assert "Smoke test: passed\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "an answer is wrong", command="deploy", does="goes back to the revision that ran before, watched", code=13)
def smoke_failed(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.config(BAD)
    bench.change()
    ran = yield
    assert f"{bench.app}:2 was deployed, and failed its smoke test.\n" in ran.err
    assert f' answered without the text "hello": simulated. Rolled back to {bench.app}:1.\n' in ran.err
    assert bench.runs() == f"{bench.app}:1"


@row(
    AREA,
    "an answer is wrong, and what ran before is deregistered",
    command="deploy",
    does="stays, and says why",
    code=13,
)
def smoke_failed_with_nothing_usable(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.ecs.deregister_task_definition(taskDefinition=f"{bench.app}:1")
    bench.config(BAD)
    bench.change()
    ran = yield
    assert f". Not rolled back: {bench.app}:1 is INACTIVE: it can no longer be deployed.\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "the first deployment failed, and nothing differs", command="deploy", does="asks again", code=13)
def smoke_failed_of_what_runs(bench: Bench) -> Steps:
    bench.config(BAD)
    bench.release()
    assert ". Not rolled back: There is nothing to go back to" in bench.require("deploy", code=13)
    ran = yield
    assert ran.writes == {}
    assert ". Nothing was deployed, so nothing was rolled back.\n" in ran.err


@row(AREA, "it cannot be asked from here", command="deploy", does="deploys it, and proves nothing", code=12)
def smoke_unproven(bench: Bench) -> Steps:
    bench.deployed(GOOD)
    bench.config(GOOD.replace("[smoke]", '[smoke]\nurl = "http://hello.invalid"'))
    bench.change()
    ran = yield
    assert "nothing is proven: its smoke test could not be done.\n" in ran.err
    assert bench.runs() == f"{bench.app}:2"

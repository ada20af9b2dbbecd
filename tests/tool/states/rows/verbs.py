"""What rollback, scale and restart have in common: whose service they touch, and when."""

from __future__ import annotations

from collections.abc import Callable

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

VERBS = {"Rollback": "rollback --to 1", "Scale": "scale 3", "Restart": "restart"}


def _set_up(bench: Bench) -> None:
    bench.require("setup")


def _never(bench: Bench) -> None:
    """Leave the account as it is: there is not even a cluster."""


def _deployed_twice(bench: Bench) -> None:
    bench.deployed()
    bench.change()
    bench.require("deploy")


def _untagged(bench: Bench) -> None:
    _deployed_twice(bench)
    arn = bench.service()["serviceArn"]
    bench.ecs.untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])


def _tagged(key: str, value: str) -> Callable[[Bench], None]:
    def bring_about(bench: Bench) -> None:
        _deployed_twice(bench)
        bench.ecs.tag_resource(resourceArn=bench.service()["serviceArn"], tags=[{"key": key, "value": value}])

    return bring_about


def _draining(bench: Bench) -> None:
    bench.deployed()
    bench.wait_until_steady()
    bench.record(status="DRAINING")


def _of_codedeploy(bench: Bench) -> None:
    _deployed_twice(bench)
    bench.record(extras={"deploymentController": {"type": "CODE_DEPLOY"}})


def refuses(
    area: str, command: str, name: str, state: str, bring_about: Callable[[Bench], None], words: str, code: int
) -> None:
    """Add a row in which the verb writes nothing, and says `words`."""

    def play(bench: Bench) -> Steps:
        bring_about(bench)
        ran = yield
        assert ran.writes == {}
        assert words.format(app=bench.app) in ran.err

    play.__name__ = f"{area.lower()}_{name}"
    does = "changes nothing; says to try again later" if code == 9 else "refuses"
    row(area, state, command=command, does=does, code=code)(play)


_MISSING = "error: There is no service {app} in the cluster {app}.\n  Run `ecsdeploy deploy` first.\n"
REFUSALS: tuple[tuple[str, str, Callable[[Bench], None], str, int], ...] = (
    ("without_a_cluster", "nothing was ever deployed", _never, _MISSING, 3),
    ("without_a_service", "set up, and nothing deployed", _set_up, _MISSING, 3),
    ("untagged", "the service is untagged", _untagged, "error: The service {app} exists and was not made by", 3),
    (
        "another_app",
        "the service is another app's",
        _tagged("ecsdeploy:app", "shop"),
        "error: The service {app} belongs to the app 'shop'.\n",
        3,
    ),
    (
        "another_environment",
        "the service is another environment's",
        _tagged("ecsdeploy:env", "staging"),
        "error: The service {app} belongs to the environment 'staging'.\n",
        3,
    ),
    ("draining", "the service is being deleted (DRAINING)", _draining, "error: The service {app} is being", 9),
    (
        "codedeploy",
        "the service is deployed by CodeDeploy",
        _of_codedeploy,
        "error: The service {app} is deployed by CODE_DEPLOY, not by ECS.\n",
        3,
    ),
)
"""Name, state, what brings it about, what is said of it, and the exit code."""

for _area, _command in VERBS.items():
    for _name, _state, _bring_about, _words, _code in REFUSALS:
        refuses(_area, _command, _name, _state, _bring_about, _words, _code)

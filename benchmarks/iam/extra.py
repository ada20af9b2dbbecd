"""States that no row of docs/states.md is about: what the config turns on, and what a shared account has."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.tool.states.bench import Bench
from tests.tool.states.rows.networks import without_public_subnets
from tests.tool.states.table import Row, Steps

NOWHERE = "https://127.0.0.1:9/hook"
GROUP = "/shared/apps"


def _scanned(bench: Bench) -> None:
    """Have ECR scan nothing by itself, and the config ask for it."""
    bench.config('[image]\nfail_on = "critical"')
    bench.require("setup")
    bench.client("ecr").put_image_scanning_configuration(
        repositoryName=bench.app, imageScanningConfiguration={"scanOnPush": False}
    )
    bench.sandbox.faults.break_scan("vulnerable")
    bench.release()


def _telling(where: str) -> Callable[[Bench], None]:
    def prepare(bench: Bench) -> None:
        bench.client("ssm").put_parameter(Name="/team/hook", Value=NOWHERE, Type="SecureString")
        bench.client("secretsmanager").create_secret(Name="team/hook", SecretString=json.dumps({"url": NOWHERE}))
        bench.config(f'[notify]\nurl_from = "{where}"')
        bench.require("setup")
        bench.release()

    return prepare


def _elsewhere(bench: Bench) -> None:
    """Let the container log to a group of somebody else."""
    bench.client("logs").create_log_group(logGroupName=GROUP)
    log = f'logConfiguration = {{ logDriver = "awslogs", options = {{ awslogs-group = "{GROUP}" }} }}\n'
    bench.deployed(f'\n[[task.raw.containerDefinitions]]\nname = "{bench.app}"\n{log}')


def _dying_elsewhere(bench: Bench) -> None:
    """Have its tasks die, whose last words are there."""
    _elsewhere(bench)
    bench.suffer("crash")
    ecs = bench.ecs
    for task in ecs.list_tasks(cluster=bench.app)["taskArns"]:
        ecs.stop_task(cluster=bench.app, task=task)
    bench.eventually(lambda: len(ecs.list_tasks(cluster=bench.app, desiredStatus="STOPPED")["taskArns"]) > 2)


def _private(bench: Bench) -> None:
    """Have subnets that only their route table shows to be public, and nothing that names them."""
    bench.require("setup")
    bench.release()
    without_public_subnets(bench)


def _with_parameters(bench: Bench) -> None:
    bench.client("ssm").put_parameter(Name=f"/{bench.app}/url", Value="x", Type="SecureString")
    secret = bench.client("secretsmanager").create_secret(Name=f"{bench.app}/key", SecretString="x")
    assert secret["ARN"]
    bench.config(f'[task.secrets]\nURL = "ssm:/{bench.app}/url"\nKEY = "secretsmanager:{bench.app}/key"')
    bench.require("setup")
    bench.release()


def _drifted(bench: Bench) -> None:
    bench.deployed()


def _set_up(bench: Bench) -> None:
    bench.require("setup")
    bench.release()


def _without_an_image(bench: Bench) -> None:
    bench.require("setup")


def _scene(name: str, command: str, prepare: Callable[[Bench], None], code: int = 0) -> Row:
    def play(bench: Bench) -> Steps:
        prepare(bench)
        yield

    return Row(id=f"scene-{name}", area="", state="", command=command, does="", code=code, play=play)


EXTRA = (
    _scene("first", "deploy", _set_up),
    _scene("before-an-image", "plan", _without_an_image),
    _scene("scan", "build-push", _scanned),
    _scene("notify", "deploy", _telling("ssm:/team/hook")),
    _scene("notify-secret", "deploy", _telling("secretsmanager:team/hook:url")),
    _scene("logs-elsewhere", "logs", _elsewhere),
    _scene("dying-elsewhere", "deploy", _dying_elsewhere, 5),
    _scene("private", "deploy", _private, 3),
    _scene("secrets", "plan", _with_parameters),
    _scene("status", "status", _drifted),
    _scene("destroy", "destroy --images --yes", _drifted),
)

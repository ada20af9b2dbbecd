"""How many tasks, on what capacity, and who decides that."""

from __future__ import annotations

from tests.tool.states.bench import BREAKER_OFF, Bench
from tests.tool.states.table import Steps, row

AREA = "Count and capacity"


def _scaled_automatically(bench: Bench) -> None:
    bench.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{bench.app}/{bench.app}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=2,
        MaxCapacity=6,
    )


@row(AREA, "autoscaling decides the count, and the config names none", does="deploys and leaves the count alone")
def autoscaling_without_a_count(bench: Bench) -> Steps:
    bench.deployed()
    _scaled_automatically(bench)
    bench.eventually(lambda: bench.service()["desiredCount"] >= 1)
    bench.update(desiredCount=4)
    bench.change()
    ran = yield
    assert bench.service()["desiredCount"] == 4
    assert "warning: Autoscaling" not in ran.err


@row(
    AREA, "autoscaling decides the count, and the config names one", does="sets the config's, and warns of the conflict"
)
def autoscaling_with_a_count(bench: Bench) -> Steps:
    bench.deployed()
    _scaled_automatically(bench)
    bench.config("[service]", "count = 3")
    bench.change()
    ran = yield
    assert "warning: Autoscaling keeps this service between 2 and 6 tasks, and the config sets 3." in ran.err
    assert bench.service()["desiredCount"] == 3


@row(AREA, "scaled by hand, and the config names no count", does="leaves the count alone")
def scaled_by_hand(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(desiredCount=3)
    bench.wait_until_steady()
    ran = yield
    assert ran.writes == {}
    assert bench.service()["desiredCount"] == 3


@row(AREA, "scaled by hand, and the config names a count", does="sets it back, and waits until that many run")
def scaled_away_from_the_config(bench: Bench) -> Steps:
    bench.deployed("[service]", "count = 2")
    bench.update(desiredCount=1)
    ran = yield
    assert "    desiredCount: 1 -> 2\n" in ran.err
    assert bench.service()["runningCount"] == 2
    assert len(bench.deployments()) == 1


@row(AREA, "scaled to zero by hand", does="deploys, and says that nothing is proven", code=12)
def desired_count_zero(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(desiredCount=0)
    bench.wait_until_steady()
    bench.change()
    ran = yield
    assert bench.runs() == f"{bench.app}:2"
    assert f"nothing is proven: {bench.app} is set to run 0 tasks.\n" in ran.err


@row(AREA, "scaled to zero by hand, nothing to deploy", does="writes nothing, and says that nothing is proven", code=12)
def desired_count_zero_unchanged(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(desiredCount=0)
    bench.wait_until_steady()
    ran = yield
    assert ran.writes == {}


@row(AREA, "no task runs", command="chaos-stop --yes", does="stops nothing, and says that nothing is proven", code=12)
def chaos_without_tasks(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(desiredCount=0)
    bench.wait_until_steady()
    ran = yield
    assert ran.writes == {}


@row(AREA, "two tasks run", command="chaos-stop --yes", does="stops one, and waits until ECS has replaced it")
def chaos_with_tasks(bench: Bench) -> Steps:
    bench.deployed("[service]\ncount = 2")
    before = set(bench.ecs.list_tasks(cluster=bench.app)["taskArns"])
    ran = yield
    assert ran.writes == {"ecs:StopTask": 1}
    after = set(bench.ecs.list_tasks(cluster=bench.app)["taskArns"])
    assert (len(before & after), len(after - before)) == (1, 1)


@row(
    AREA,
    "fewer tasks run than are desired, nothing to deploy",
    does="waits until they run, and says how it ended",
    code=6,
    command="deploy --timeout 2s",
)
def fewer_than_desired(bench: Bench) -> Steps:
    bench.deployed()
    bench.lame()
    ran = yield
    assert "runs 0 of 1 tasks" in ran.err
    assert ran.writes == {}


@row(AREA, "circuit breaker switched off by hand", does="switches it on again, without a new deployment")
def breaker_off(bench: Bench) -> Steps:
    bench.deployed()
    bench.update(deploymentConfiguration=BREAKER_OFF)
    ran = yield
    assert "    deploymentConfiguration.deploymentCircuitBreaker.enable: False -> True\n" in ran.err
    breaker = bench.service()["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert (breaker["enable"], breaker["rollback"]) == (True, True)
    assert len(bench.deployments()) == 1


@row(AREA, "moved to Fargate Spot by hand", does="moves it back, and replaces the tasks that run there")
def capacity_by_hand(bench: Bench) -> Steps:
    bench.deployed()
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    bench.update(capacityProviderStrategy=spot, forceNewDeployment=True)
    bench.wait_until_steady()
    ran = yield
    assert "    capacityProviderStrategy: FARGATE_SPOT (weight 1) -> (none)\n" in ran.err
    assert bench.service()["launchType"] == "FARGATE"
    bench.wait_until_steady()
    tasks = bench.ecs.describe_tasks(cluster=bench.app, tasks=bench.ecs.list_tasks(cluster=bench.app)["taskArns"])
    assert {task["launchType"] for task in tasks["tasks"]} == {"FARGATE"}
    assert bench.run("deploy", "--debug").writes == {}


@row(AREA, "moved off the config's capacity providers by hand", does="moves it back to what the config says")
def capacity_off_the_config(bench: Bench) -> Steps:
    spot = '[[service.raw.capacityProviderStrategy]]\ncapacityProvider = "FARGATE_SPOT"\nweight = 1'
    bench.deployed(spot)
    bench.update(capacityProviderStrategy=[], forceNewDeployment=True)
    bench.wait_until_steady()
    ran = yield
    assert "    capacityProviderStrategy: (none) -> FARGATE_SPOT (weight 1)\n" in ran.err
    assert bench.service()["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
    assert bench.run("deploy", "--debug").writes == {}


@row(AREA, "the account's Fargate quota is reached", does="fails, rolls back, and says which quota", code=4)
def quota_reached(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    bench.sandbox.faults.break_next_deployment("quota-reached")
    ran = yield
    assert "warning: No task was started. A Fargate quota of the account is reached: vCPUs. Ask for more in" in ran.err
    _, verdict, last = ran.err.partition("  now in service: ")
    assert verdict
    assert "No task was started: A Fargate quota of the account is reached: vCPUs.\n" in last
    assert bench.runs() == f"{bench.app}:1"

"""The cluster."""

from __future__ import annotations

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Cluster"
SPOT = '[[service.raw.capacityProviderStrategy]]\ncapacityProvider = "FARGATE_SPOT"\nweight = 1'


@row(AREA, "missing", command="deploy --image v1", does="makes it")
def cluster_missing(bench: Bench) -> Steps:
    bench.push_image("v1")
    ran = yield
    assert f"+ cluster {bench.app}: created (with FARGATE and FARGATE_SPOT)\n" in ran.err


@row(AREA, "missing", command="chaos-stop", does="refuses: there is nothing to stop", code=3)
def cluster_missing_chaos(bench: Bench) -> Steps:
    ran = yield
    assert "Run `ecsdeploy deploy` first.\n" in ran.err


@row(AREA, "deleted (INACTIVE)", does="makes it again, with the service")
def cluster_inactive(bench: Bench) -> Steps:
    bench.deployed()
    bench.ecs.delete_service(cluster=bench.app, service=bench.app, force=True)
    bench.eventually(lambda: bench.service()["status"] == "INACTIVE")
    bench.eventually(lambda: _deleted(bench))
    ran = yield
    assert f"+ cluster {bench.app}: created (with FARGATE and FARGATE_SPOT)\n" in ran.err
    assert bench.service()["status"] == "ACTIVE"


def _deleted(bench: Bench) -> bool:
    try:
        bench.ecs.delete_cluster(cluster=bench.app)
    except bench.ecs.exceptions.ClusterContainsTasksException:
        return False
    return True


def _without_fargate(bench: Bench) -> None:
    bench.ecs.put_cluster_capacity_providers(
        cluster=bench.app, capacityProviders=[], defaultCapacityProviderStrategy=[]
    )


@row(AREA, "without the FARGATE provider", does="deploys: the launch type FARGATE needs none")
def cluster_without_fargate(bench: Bench) -> Steps:
    bench.deployed()
    _without_fargate(bench)
    bench.change()
    ran = yield
    assert not any(line.startswith(("+ cluster", "~ cluster")) for line in ran.err.splitlines())
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "without the FARGATE provider", command="setup", does="adds FARGATE and FARGATE_SPOT; others stay")
def cluster_without_fargate_setup(bench: Bench) -> Steps:
    bench.deployed()
    _without_fargate(bench)
    ran = yield
    assert f"~ cluster {bench.app}: updated\n" in ran.err
    assert ran.writes.keys() == {"ecs:PutClusterCapacityProviders"}


@row(
    AREA,
    "without a provider that [service.raw] names",
    does="refuses before anything is built or written, and names `setup`",
    code=3,
)
def cluster_without_spot(bench: Bench) -> Steps:
    bench.deployed()
    _without_fargate(bench)
    bench.config(SPOT)
    bench.change()
    ran = yield
    assert f"error: The cluster {bench.app} has no capacity provider FARGATE_SPOT.\n" in ran.err
    assert ran.writes == {}
    bench.require("setup")
    bench.require("deploy")


@row(AREA, "of somebody else (shared by several services)", does="uses it as it is")
def cluster_of_somebody_else(bench: Bench) -> Steps:
    bench.ecs.create_cluster(clusterName=f"{bench.app}-shared", tags=[{"key": "owner", "value": "platform"}])
    bench.config("[names]", f'cluster = "{bench.app}-shared"')
    bench.release()
    ran = yield
    assert not any(line.startswith(("+ cluster", "~ cluster")) for line in ran.err.splitlines())
    shown = bench.ecs.describe_clusters(clusters=[f"{bench.app}-shared"], include=["TAGS"])["clusters"][0]
    assert shown["tags"] == [{"key": "owner", "value": "platform"}]

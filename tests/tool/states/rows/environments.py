"""Several environments, and whose account it is."""

from __future__ import annotations

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Environments"
TWO = "[environments.staging]\n[environments.production]"


@row(AREA, "two in the config", does="refuses to guess: `--env`, or `default_environment`", code=2)
def environment_not_named(bench: Bench) -> Steps:
    bench.config(TWO)
    ran = yield
    assert "staging" in ran.err
    assert ran.calls == {}


@row(AREA, "two, one deployed", command="deploy --env production", does="deploys that one; the other stays as it is")
def environments_two(bench: Bench) -> Steps:
    bench.require("create-repo")
    bench.config(TWO)
    bench.release()
    bench.require("deploy", "--env", "staging")
    ran = yield
    name = f"{bench.app}-production"
    assert f"+ service {name}: created\n" in ran.err
    assert f"{bench.app}-staging" not in ran.err
    clusters = bench.ecs.list_clusters()["clusterArns"]
    assert sum(arn.endswith((f"/{bench.app}-staging", f"/{bench.app}-production")) for arn in clusters) == 2
    assert bench.run("deploy", "--env", "staging", "--debug").writes == {}


@row(
    AREA,
    "the service is another environment's, by its tag",
    does="refuses: it would replace what that one runs",
    code=3,
)
def service_of_another_environment(bench: Bench) -> Steps:
    _of_staging(bench)
    ran = yield
    assert f"error: The service {bench.app} belongs to the environment 'staging'.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "the service is another environment's, and handed over",
    command="deploy --adopt",
    does="tags it anew, and deploys if anything differs",
)
def service_of_another_environment_adopted(bench: Bench) -> Steps:
    _of_staging(bench)
    ran = yield
    assert "    tags.ecsdeploy:env: staging -> default\n" in ran.err
    assert ran.writes.keys() == {"ecs:TagResource"}


def _of_staging(bench: Bench) -> None:
    bench.deployed()
    arn = bench.service()["serviceArn"]
    bench.ecs.tag_resource(resourceArn=arn, tags=[{"key": "ecsdeploy:env", "value": "staging"}])


@row(
    AREA, "two that share one service by [names]", command="deploy --env production", does="refuses the config", code=2
)
def environments_sharing_a_service(bench: Bench) -> Steps:
    bench.config("[names]", 'cluster = "shared"', f'service = "{bench.app}"', TWO)
    ran = yield
    assert f"staging and production are the same service shared/{bench.app}\n" in ran.err
    assert ran.calls == {}


@row(AREA, "not in the config", command="deploy --env nowhere", does="names those that are", code=2)
def environment_unknown(bench: Bench) -> Steps:
    bench.config(TWO)
    ran = yield
    assert ran.err.startswith("error: There is no environment nowhere.")
    assert ran.calls == {}


@row(AREA, "another account than the config's", does="refuses before anything is written", code=3)
def account_is_another(bench: Bench) -> Steps:
    bench.configure(bench.config_text().replace("123456789012", "210987654321"))
    ran = yield
    assert "error: These credentials belong to account 123456789012, the config says 210987654321.\n" in ran.err
    assert ran.calls.keys() == {"sts:GetCallerIdentity"}


@row(
    AREA,
    "the other has an image of this commit, and this one builds another target",
    command="deploy --env staging",
    does="does not use the other's image: it has to build its own; without an engine it refuses",
    code=3,
)
def environment_with_another_target(bench: Bench) -> Steps:
    bench.require("create-repo")
    bench.config(
        '[image]\ntarget = "runtime"\n[environments.production]\n[environments.staging.image]\ntarget = "debug"'
    )
    bench.release()
    bench.require("deploy", "--env", "production")
    bench.without_an_engine()
    ran = yield
    assert "error: No Docker Engine answers at unix:///nonexistent.sock.\n" in ran.err
    assert ran.writes == {}

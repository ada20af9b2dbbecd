"""What only looks: `status` and `history`."""

from __future__ import annotations

import re

from tests.tool.states.bench import NO_BREAKER, Bench
from tests.tool.states.table import Steps, row

AREA = "Looking"


def _compared(out: str) -> str:
    """Return the first sentence on why nothing was compared, as it was before it was folded."""
    _, _, why = " ".join(out.split()).partition("Not compared with the config. ")
    return why.partition(". ")[0].rstrip(".") + "."


@row(AREA, "nothing deployed yet", command="status", does="says so, and what to do")
def status_of_nothing(bench: Bench) -> Steps:
    ran = yield
    assert ran.out.startswith(f"Nothing is deployed yet: there is no service {bench.app}/{bench.app}.\n")


@row(AREA, "nothing deployed yet", command="history", does="says so, and what to do")
def history_of_nothing(bench: Bench) -> Steps:
    ran = yield
    assert ran.out.startswith(f"Nothing is deployed yet: there is no service {bench.app}/{bench.app}.")


@row(AREA, "a cluster without the service", command="status", does="says that nothing is deployed yet")
def status_of_an_empty_cluster(bench: Bench) -> Steps:
    bench.ecs.create_cluster(clusterName=bench.app)
    ran = yield
    assert ran.out.startswith("Nothing is deployed yet")


@row(AREA, "a cluster without the service", command="history", does="says that nothing is deployed yet")
def history_of_an_empty_cluster(bench: Bench) -> Steps:
    bench.ecs.create_cluster(clusterName=bench.app)
    ran = yield
    assert ran.out.startswith("Nothing is deployed yet")


@row(AREA, "deployed, and matches the config", command="status", does="shows it; writes nothing")
def status_of_what_is_well(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert f"{bench.app}/{bench.app} is ACTIVE: 1 of 1 tasks run.\n" in ran.out
    assert ran.out.endswith("\nThe service matches the config.\n")
    assert ran.writes == {}


@row(AREA, "changed by hand since", command="status", does="names what `deploy` would restore, resource by resource")
def status_of_what_drifted(bench: Bench) -> Steps:
    bench.deployed("[service]\ncount = 1")
    bench.update(desiredCount=2, enableExecuteCommand=True, propagateTags="NONE")
    bench.client("logs").delete_log_group(logGroupName=f"/ecs/{bench.app}")
    ran = yield
    assert f"  + create log group /ecs/{bench.app}: keeps 30 days\n" in ran.out
    assert f"  ~ update service {bench.app}: desiredCount 2 -> 1, propagateTags NONE -> SERVICE\n" in ran.out
    assert ran.writes == {}


@row(AREA, "a deployment in flight", command="status", does="shows both sides of it; compares nothing with the config")
def status_of_a_flight(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.stuck()
    ran = yield
    assert "  last deployment: in flight, begun " in ran.out
    assert "  PRIMARY " in ran.out
    assert "  ACTIVE " in ran.out
    assert _compared(ran.out) == "A deployment is in flight; `ecsdeploy deploy` changes nothing until it ends."


@row(AREA, "a deployment in flight", command="history", does="shows it as in flight")
def history_of_a_flight(bench: Bench) -> Steps:
    bench.deployed(NO_BREAKER)
    bench.stuck()
    ran = yield
    newest, oldest = ran.out.splitlines()[1:]
    assert newest.endswith("in flight")
    assert " succeeded " in oldest


@row(AREA, "the service has no tags of ours", command="status", does="shows it, and why it is not compared")
def status_of_an_untagged_service(bench: Bench) -> Steps:
    bench.deployed()
    arn = bench.service()["serviceArn"]
    bench.ecs.untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])
    ran = yield
    assert " is ACTIVE: 1 of 1 tasks run.\n" in ran.out
    assert _compared(ran.out) == f"The service {bench.app} exists and was not made by ecsdeploy."


@row(AREA, "the service is another app's, by its tag", command="status", does="shows it, and why it is not compared")
def status_of_another_app(bench: Bench) -> Steps:
    bench.deployed()
    arn = bench.service()["serviceArn"]
    bench.ecs.tag_resource(resourceArn=arn, tags=[{"key": "ecsdeploy:app", "value": "other"}])
    ran = yield
    assert _compared(ran.out) == f"The service {bench.app} belongs to the app 'other'."


@row(AREA, "the service is another environment's", command="status", does="shows it, and why it is not compared")
def status_of_another_environment(bench: Bench) -> Steps:
    bench.deployed()
    arn = bench.service()["serviceArn"]
    bench.ecs.tag_resource(resourceArn=arn, tags=[{"key": "ecsdeploy:env", "value": "staging"}])
    ran = yield
    assert _compared(ran.out) == f"The service {bench.app} belongs to the environment 'staging'."


@row(AREA, "the service is being deleted", command="status", does="shows it as DRAINING")
def status_of_a_draining_service(bench: Bench) -> Steps:
    bench.deployed()
    bench.record(status="DRAINING")
    ran = yield
    assert f"{bench.app}/{bench.app} is DRAINING: " in ran.out
    assert _compared(ran.out) == f"The service {bench.app} is being deleted."


@row(AREA, "the service may not be read", command="status", does="names the permission", code=3)
def status_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:DescribeServices", 1)
    ran = yield
    assert "error: These credentials lack permission for ecs:DescribeServices" in ran.err


@row(AREA, "the roles may not be read", command="status", does="says what could not be checked; shows all else")
def status_without_roles(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "iam:GetRole", 2)
    ran = yield
    assert "\nAs far as was checked, the service matches the config.\n" in ran.out
    assert f"  ? task role {bench.app}-task: could not be checked, no permission for iam:GetRole\n" in ran.out


@row(AREA, "the deployments may not be read", command="history", does="names the permission", code=3)
def history_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:ListServiceDeployments", 1)
    ran = yield
    assert "error: These credentials lack permission for ecs:ListServiceDeployments" in ran.err


@row(AREA, "several environments, one deployed", command="status --all-envs", does="shows them side by side")
def status_of_environments(bench: Bench) -> Steps:
    bench.require("create-repo")
    bench.config("[environments.staging]\n[environments.production]")
    bench.release()
    bench.require("deploy", "--env", "staging")
    ran = yield
    assert re.search(r"^  staging      \S+-staging:1  \w{7}  1/1 .* no$", ran.out, re.MULTILINE)
    assert "\n  production   nothing is deployed\n" in ran.out


@row(
    AREA,
    "an environment in another account than the credentials",
    command="status --all-envs",
    does="says so in its line; shows the others",
)
def status_of_an_environment_elsewhere(bench: Bench) -> Steps:
    bench.config('[environments.staging]\n[environments.production]\naccount = "210987654321"')
    ran = yield
    assert "\n  staging      nothing is deployed\n" in ran.out
    assert "\n  production   These credentials belong to account 123456789012, " in ran.out


@row(AREA, "`--env` names an unknown environment", command="status --env stagin", does="names those that exist", code=2)
def status_of_an_unknown_environment(bench: Bench) -> Steps:
    bench.config("[environments.staging]")
    ran = yield
    assert "Did you mean --env staging?" in ran.err

"""Taking away what is old: what goes, and what stays because it runs or could be gone back to."""

from __future__ import annotations

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Deleting what is old"
ONE = "prune --keep 1 --yes"
VERSIONED = '[task.environment]\nVERSION = "{commit}"'


def _deployed(bench: Bench, times: int) -> None:
    bench.config(VERSIONED)
    for number in range(times):
        bench.release(str(number))
        bench.require("deploy")
    bench.wait_until_steady()


@row(AREA, "nothing was ever deployed", command="prune --images", does="says so, asks nothing and writes nothing")
def prune_nothing(bench: Bench) -> Steps:
    ran = yield
    assert f"Nothing to prune for {bench.app}.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "three revisions that succeeded", command=ONE, does="deregisters all but the last")
def prune_three(bench: Bench) -> Steps:
    _deployed(bench, 3)
    yield
    assert bench.revisions() == [f"{bench.app}:3"]
    assert bench.revisions("INACTIVE") == [f"{bench.app}:1", f"{bench.app}:2"]
    assert bench.run("deploy", "--debug").writes == {}
    assert bench.run("prune", "--keep", "1", "--debug").writes == {}


@row(AREA, "three revisions that succeeded", command="prune", does="keeps the last five, so all of them")
def prune_by_default(bench: Bench) -> Steps:
    _deployed(bench, 3)
    ran = yield
    assert ran.writes == {}


@row(AREA, "more revisions than are kept, and nobody at a terminal", command="prune --keep 1", does="refuses", code=3)
def prune_unattended(bench: Bench) -> Steps:
    _deployed(bench, 2)
    ran = yield
    assert f"- task definition {bench.app} (deregister: 1 revision: 1)\n" in ran.err
    assert ran.writes == {}


@row(AREA, "the newest failed and was rolled back", command=ONE, does="keeps it, and what runs in its place")
def prune_after_a_rollback(bench: Bench) -> Steps:
    _deployed(bench, 2)
    bench.change()
    bench.sandbox.faults.break_next_deployment("pull-error")
    bench.require("deploy", code=4)
    yield
    assert bench.revisions() == [f"{bench.app}:2", f"{bench.app}:3"]
    assert bench.runs() == f"{bench.app}:2"


@row(AREA, "a deployment is in flight", command=ONE, does="keeps both of its revisions")
def prune_in_flight(bench: Bench) -> Steps:
    _deployed(bench, 3)
    bench.stuck(taskDefinition=f"{bench.app}:1")
    yield
    assert bench.revisions() == [f"{bench.app}:1", f"{bench.app}:3"]


@row(AREA, "the cluster is missing", command=ONE, does="keeps the newest revision")
def prune_without_a_cluster(bench: Bench) -> Steps:
    _deployed(bench, 2)
    bench.ecs.delete_service(cluster=bench.app, service=bench.app, force=True)
    bench.eventually(lambda: bench.service()["status"] == "INACTIVE")
    bench.eventually(lambda: not bench.ecs.list_tasks(cluster=bench.app)["taskArns"])
    bench.eventually(lambda: _deleted(bench))
    yield
    assert bench.revisions() == [f"{bench.app}:2"]


def _deleted(bench: Bench) -> bool:
    try:
        bench.ecs.delete_cluster(cluster=bench.app)
    except bench.ecs.exceptions.ClusterContainsTasksException:
        return False
    return True


@row(AREA, "the service is somebody else's", command=ONE, does="keeps what that runs, and prunes ours")
def prune_beside_somebody_elses(bench: Bench) -> Steps:
    _deployed(bench, 3)
    bench.update(taskDefinition=f"{bench.app}:1")
    arn = bench.service()["serviceArn"]
    bench.ecs.untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])
    bench.wait_until_steady()
    yield
    assert bench.revisions() == [f"{bench.app}:1", f"{bench.app}:3"]


@row(AREA, "a revision is untagged, one another app's", command=ONE, does="keeps those, and says whose they are")
def prune_beside_revisions_of_others(bench: Bench) -> Steps:
    _deployed(bench, 1)
    document = bench.ecs.describe_task_definition(taskDefinition=bench.app)["taskDefinition"]
    bench.register(document)
    bench.register(document, tags=[{"key": "ecsdeploy:app", "value": "shop"}])
    bench.change()
    bench.require("deploy")
    ran = yield
    assert f"= task definition {bench.app}:2 (kept: it has no tag ecsdeploy:app, so ecsdeploy did not " in ran.err
    assert f"= task definition {bench.app}:3 (kept: it belongs to the app 'shop')\n" in ran.err
    assert bench.revisions() == [f"{bench.app}:{number}" for number in (2, 3, 4)]


@row(
    AREA,
    "old images, and one that is not deployed yet",
    command="prune --keep 1 --images --yes",
    does="deletes what is older than all that the revisions name",
)
def prune_images(bench: Bench) -> Steps:
    _deployed(bench, 3)
    commit = bench.change()
    ran = yield
    assert ran.writes == {"ecs:DeregisterTaskDefinition": 2, "ecr:BatchDeleteImage": 1}
    found = bench.client("ecr").describe_images(repositoryName=bench.app)["imageDetails"]
    assert len(found) == 2
    assert any(commit in image["imageTags"] for image in found)
    bench.require("deploy")


@row(
    AREA,
    "the repository is somebody else's",
    command="prune --images",
    does="leaves the images, and says whose they are",
)
def prune_images_of_somebody_else(bench: Bench) -> Steps:
    _deployed(bench, 1)
    ecr = bench.client("ecr")
    arn = ecr.describe_repositories(repositoryNames=[bench.app])["repositories"][0]["repositoryArn"]
    ecr.untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app"])
    ran = yield
    assert f"= image {bench.app} (kept: it has no tag ecsdeploy:app, so ecsdeploy did not make it)\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "two environments are deployed",
    command="prune --env staging --keep 1 --images --yes",
    does="prunes that one, and keeps what the other runs",
)
def prune_one_environment(bench: Bench) -> Steps:
    bench.require("create-repo")
    bench.config(VERSIONED, "[environments.staging]\n[environments.production]")
    commit = bench.release()
    bench.require("deploy", "--env", "production")
    for number in range(3):
        bench.release(f"staging {number}")
        bench.require("deploy", "--env", "staging")
    yield
    found = bench.client("ecr").describe_images(repositoryName=bench.app)["imageDetails"]
    assert commit in {tag for image in found for tag in image["imageTags"]}
    bench.require("deploy", "--env", "production", "--image", commit)


@row(AREA, "ecr:DescribeImages is missing", command="prune --images", does="leaves the images, and says so")
def prune_images_blind(bench: Bench) -> Steps:
    _deployed(bench, 1)
    bench.sandbox.faults.break_api("access-denied", "ecr:DescribeImages", 1000)
    ran = yield
    assert f"Not checked, no permission for ecr:DescribeImages: image {bench.app}.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "ecs:DeregisterTaskDefinition is missing", command=ONE, does="names it; nothing was changed", code=3)
def prune_without_permission(bench: Bench) -> Steps:
    _deployed(bench, 2)
    bench.sandbox.faults.break_api("access-denied", "ecs:DeregisterTaskDefinition", 1000)
    ran = yield
    assert "error: These credentials lack permission for ecs:DeregisterTaskDefinition" in ran.err


@row(AREA, "nothing is to be kept", command="prune --keep 0", does="refuses: something runs", code=2)
def prune_keeping_nothing(bench: Bench) -> Steps:
    ran = yield
    assert "'--keep'" in ran.err
    assert ran.calls == {}

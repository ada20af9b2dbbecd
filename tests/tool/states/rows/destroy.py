"""Taking an app away: what goes, what stays, and whose it is."""

from __future__ import annotations

import json
from typing import Any

from tests.support.world import Ran
from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, account_row, row

AREA = "Deleting an app"
YES = "destroy --yes"
TWO = "[environments.staging]\n[environments.production]"
FOUNDATION = ("task definition", "log group", "security group", "cluster", "execution role", "task role")
THEIRS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def _gone(ran: Ran) -> list[str]:
    """Return the kinds of what was deleted, in order."""
    ends = ": deleted"
    return [
        line[2:].rsplit(" ", 2)[0] for line in ran.err.splitlines() if line.startswith("- ") and line.endswith(ends)
    ]


def _nothing_left(bench: Bench) -> None:
    """Look at what AWS has under the app's name."""
    assert not bench.revisions()
    assert not bench.revisions("INACTIVE")
    assert bench.ecs.describe_clusters(clusters=[bench.app])["clusters"][0]["status"] == "INACTIVE"
    groups = bench.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": [bench.app]}])
    assert groups["SecurityGroups"] == []
    names = {role["RoleName"] for role in bench.client("iam").list_roles()["Roles"]}
    assert not {f"{bench.app}-execution", f"{bench.app}-task"} & names
    assert not bench.client("logs").describe_log_groups(logGroupNamePrefix=f"/ecs/{bench.app}")["logGroups"]


@row(AREA, "nothing was ever deployed", command="destroy", does="says so, asks nothing and writes nothing")
def destroy_nothing(bench: Bench) -> Steps:
    ran = yield
    assert f"Nothing to destroy for {bench.app}.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "deployed", command=YES, does="deletes all of it, and keeps the images and what the account shares")
def destroy_everything(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert _gone(ran) == ["service", *FOUNDATION]
    _nothing_left(bench)
    assert bench.client("ecr").describe_repositories(repositoryNames=[bench.app])["repositories"]
    assert bench.run("destroy", "--debug").writes == {}


@row(AREA, "destroyed", does="makes everything again")
def deploy_after_destroy(bench: Bench) -> Steps:
    bench.deployed()
    bench.require(*YES.split())
    bench.change()
    ran = yield
    for what in ("execution role", "task role", "cluster", "log group", "security group", "task definition", "service"):
        assert f"\n+ {what} " in ran.err
    assert bench.service()["runningCount"] == 1
    assert bench.run("deploy", "--debug").writes == {}


@row(AREA, "destroyed with its images", command="destroy --images", does="has nothing left to do")
def destroy_twice(bench: Bench) -> Steps:
    bench.deployed()
    bench.require("destroy", "--images", "--yes")
    ran = yield
    assert ran.err.startswith(f"Nothing to destroy for {bench.app}.\n")
    assert ran.writes == {}


@row(AREA, "another app has images in its repository", command="destroy --images --yes", does="keeps all images")
def destroy_beside_images_of_others(bench: Bench) -> Steps:
    bench.deployed()
    bench.push_image("web." + "c" * 40)
    ran = yield
    assert (
        f"= repository {bench.app} (kept: it also holds images of other apps (1), whose services may run them)"
        in ran.err
    )
    assert "ecr:DeleteRepository" not in ran.writes


@row(
    AREA,
    "deployed, and nobody at a terminal",
    command="destroy",
    does="shows what would be deleted, and refuses",
    code=3,
)
def destroy_unattended(bench: Bench) -> Steps:
    bench.deployed()
    ran = yield
    assert f"- service {bench.app} (1 of 1 tasks run)\n" in ran.err, ran.err
    assert "  Confirm with --yes.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "the cluster is missing", command=YES, does="deletes the rest")
def destroy_without_a_cluster(bench: Bench) -> Steps:
    bench.require("setup")
    bench.ecs.delete_cluster(cluster=bench.app)
    ran = yield
    assert _gone(ran) == ["log group", "security group", "execution role", "task role"]


@row(AREA, "the service is being deleted (DRAINING)", command=YES, does="waits for it, then deletes the rest")
def destroy_what_drains(bench: Bench) -> Steps:
    bench.deployed()
    bench.wait_until_steady()
    bench.ecs.delete_service(cluster=bench.app, service=bench.app, force=True)
    ran = yield
    assert _gone(ran)[-6:] == list(FOUNDATION)
    _nothing_left(bench)


@row(AREA, "a deployment is in flight", command=YES, does="says that it ends with the service, and deletes all of it")
def destroy_in_flight(bench: Bench) -> Steps:
    bench.deployed()
    bench.stuck()
    ran = yield
    assert f"warning: A deployment of {bench.app}:1 is in flight: it ends with the service.\n" in ran.err
    _nothing_left(bench)


@row(AREA, "the service is scaled by Application Auto Scaling", command=YES, does="deletes it with its scalable target")
def destroy_what_is_scaled(bench: Bench) -> Steps:
    bench.deployed()
    scaling = bench.client("application-autoscaling")
    known = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    resource = f"service/{bench.app}/{bench.app}"
    scaling.register_scalable_target(**known, ResourceId=resource, MinCapacity=1, MaxCapacity=4)
    ran = yield
    assert "(1 of 1 tasks run; with its scalable target of 1 to 4 tasks)\n" in ran.err
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[resource])["ScalableTargets"] == []


def _kept_with(bench: Bench, ran: Ran, why: str) -> None:
    assert f"= service {bench.app} (kept: {why})\n" in ran.err
    stands = f"(kept: the service {bench.app} may need it, and stays)"
    for what in FOUNDATION:
        assert any(line.startswith(f"= {what} ") and line.endswith(stands) for line in ran.err.splitlines()), what
    assert ran.writes == {}
    assert bench.service()["status"] == "ACTIVE"


@row(AREA, "the service is untagged", command=YES, does="keeps it and all that it may need, and says why")
def destroy_untagged(bench: Bench) -> Steps:
    bench.deployed()
    arn = bench.service()["serviceArn"]
    bench.ecs.untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])
    ran = yield
    _kept_with(bench, ran, "it has no tag ecsdeploy:app, so ecsdeploy did not make it")


def _tag(bench: Bench, **tags: str) -> None:
    bench.deployed()
    pairs = [{"key": f"ecsdeploy:{key}", "value": value} for key, value in tags.items()]
    bench.ecs.tag_resource(resourceArn=bench.service()["serviceArn"], tags=pairs)


@row(AREA, "the service is another app's", command=YES, does="keeps it and all that it may need, and says whose")
def destroy_another_apps(bench: Bench) -> Steps:
    _tag(bench, app="shop")
    ran = yield
    _kept_with(bench, ran, "it belongs to the app 'shop'")


@row(AREA, "the service is another environment's", command=YES, does="keeps it and all that it may need")
def destroy_another_environments(bench: Bench) -> Steps:
    _tag(bench, env="staging")
    ran = yield
    _kept_with(bench, ran, "it belongs to the environment 'staging'")


@row(AREA, "the log group and a revision are untagged", command=YES, does="keeps those, and deletes the rest")
def destroy_beside_somebody_elses(bench: Bench) -> Steps:
    bench.deployed()
    document = bench.ecs.describe_task_definition(taskDefinition=bench.app)["taskDefinition"]
    bench.register(document)
    arn = bench.client("logs").describe_log_groups(logGroupNamePrefix=f"/ecs/{bench.app}")["logGroups"][0]
    bench.client("logs").untag_resource(resourceArn=arn["logGroupArn"], tagKeys=["ecsdeploy:app", "ecsdeploy:env"])
    ran = yield
    why = "(kept: it has no tag ecsdeploy:app, so ecsdeploy did not make it)"
    assert f"= task definition {bench.app}:2 {why}\n" in ran.err
    assert f"= log group /ecs/{bench.app} {why}\n" in ran.err
    assert _gone(ran) == ["service", "task definition", "security group", "cluster", "execution role", "task role"]
    assert bench.revisions() == [f"{bench.app}:2"]


@row(AREA, "another service is in the cluster", command=YES, does="keeps the cluster, and names that service")
def destroy_in_a_shared_cluster(bench: Bench) -> Steps:
    bench.deployed()
    running = bench.service()
    bench.ecs.create_service(
        cluster=bench.app,
        serviceName="web",
        taskDefinition=running["taskDefinition"],
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration=running["networkConfiguration"],
    )
    ran = yield
    assert f"= cluster {bench.app} (kept: it also has the service web)\n" in ran.err
    assert "cluster" not in _gone(ran)
    assert "service" in _gone(ran)


@row(AREA, "a task of ours runs that no service started", command=YES, does="keeps what that task needs")
def destroy_beside_a_task(bench: Bench) -> Steps:
    bench.deployed()
    running = bench.service()
    bench.ecs.run_task(
        cluster=bench.app,
        taskDefinition=running["taskDefinition"],
        launchType="FARGATE",
        networkConfiguration=running["networkConfiguration"],
    )
    ran = yield
    assert _gone(ran) == ["service"]
    assert f" runs {bench.app}:1 and may need it)\n" in ran.err


@row(AREA, "the task role has policies of its owner", command=YES, does="keeps that role, and names them")
def destroy_a_role_with_policies(bench: Bench) -> Steps:
    bench.deployed()
    role = f"{bench.app}-task"
    bench.client("iam").put_role_policy(RoleName=role, PolicyName="s3", PolicyDocument=json.dumps(THEIRS))
    ran = yield
    assert f"= task role {role} (kept: it has a policy that ecsdeploy did not write: s3)\n" in ran.err
    assert _gone(ran) == ["service", *FOUNDATION[:-1]]
    bench.client("iam").delete_role_policy(RoleName=role, PolicyName="s3")
    bench.require(*YES.split())
    _nothing_left(bench)


@row(AREA, "another security group names ours", command=YES, does="keeps the group, and names the other")
def destroy_a_group_in_use(bench: Bench) -> Steps:
    bench.deployed()
    ec2 = bench.client("ec2")
    ours = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [bench.app]}])["SecurityGroups"][0]
    other = ec2.create_security_group(GroupName=f"{bench.app}-db", Description="db", VpcId=ours["VpcId"])["GroupId"]
    rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    rule["UserIdGroupPairs"] = [{"GroupId": ours["GroupId"]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[rule])
    ran = yield
    assert f"= security group {bench.app} (kept: the rules of {other} name it)\n" in ran.err
    assert "security group" not in _gone(ran)


def _two(bench: Bench) -> None:
    bench.require("create-repo")
    bench.config(TWO)
    bench.release()
    for environment in ("staging", "production"):
        bench.require("deploy", "--env", environment)


@row(
    AREA,
    "two environments are deployed",
    command="destroy --env staging --images --yes",
    does="deletes that one; the images stay while the other has a service",
)
def destroy_one_environment(bench: Bench) -> Steps:
    _two(bench)
    ran = yield
    assert _gone(ran) == ["service", *FOUNDATION]
    shared = "the environment production shares it, and has a service"
    assert f"= repository {bench.app} (kept: {shared})\n" in ran.err
    assert f"{bench.app}-production" not in ran.err
    assert bench.run("deploy", "--env", "production", "--debug").writes == {}


@row(
    AREA,
    "two environments, and the other is destroyed",
    command="destroy --env production --images --yes",
    does="deletes the images with the last of them",
)
def destroy_the_last_environment(bench: Bench) -> Steps:
    _two(bench)
    bench.require("destroy", "--env", "staging", "--images", "--yes")
    ran = yield
    assert f"- repository {bench.app} (with its 1 image)\n" in ran.err
    assert _gone(ran)[-1] == "repository"


@row(AREA, "two environments in the config", command=YES, does="refuses to guess which", code=2)
def destroy_which_environment(bench: Bench) -> Steps:
    bench.config(TWO)
    ran = yield
    assert "Add --env staging" in ran.err
    assert ran.calls == {}


@row(AREA, "iam:DeleteRole is missing", command=YES, does="names it, and what was deleted before", code=5)
def destroy_without_permission(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "iam:DeleteRole", 1000)
    ran = yield
    assert "error: These credentials lack permission for iam:DeleteRole" in ran.err
    assert f"; deleted cluster {bench.app}; began deleting execution role {bench.app}-execution.\n" in ran.err
    bench.sandbox.faults.heal()
    bench.require(*YES.split())
    _nothing_left(bench)


@row(AREA, "ecs:DeleteService is missing", command=YES, does="names it; nothing was changed", code=3)
def destroy_without_permission_for_the_first(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:DeleteService", 1000)
    ran = yield
    assert "error: These credentials lack permission for ecs:DeleteService" in ran.err
    assert "Done before that" not in ran.err


@row(AREA, "no permission to read the service", command=YES, does="leaves it and all that it may need")
def destroy_blind(bench: Bench) -> Steps:
    bench.deployed()
    bench.sandbox.faults.break_api("access-denied", "ecs:DescribeServices", 1000)
    ran = yield
    assert f"Not checked, no permission for ecs:DescribeServices: service {bench.app}.\n" in ran.err
    assert f"Nothing to destroy for {bench.app}.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "an option that does not exist", command="destroy --force", does="says so", code=2)
def destroy_with_force(bench: Bench) -> Steps:
    ran = yield
    assert "No such option: --force" in ran.err


PROVIDER = "OIDC provider token.actions.githubusercontent.com"
GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99'


def _providers(bench: Bench) -> list[Any]:
    found: list[Any] = bench.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return found


@account_row(AREA, "set up for GitHub", command=YES, does="keeps GitHub's OIDC provider: it cannot know who created it")
def destroy_beside_the_provider(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("setup")
    ran = yield
    assert f"= {PROVIDER} (kept: the account has one for all repositories; --oidc-provider deletes it " in ran.err
    assert _gone(ran)[-1] == "deploy role"
    assert len(_providers(bench)) == 1


@account_row(AREA, "set up for GitHub", command="destroy --oidc-provider --yes", does="deletes the provider too")
def destroy_the_provider(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("setup")
    ran = yield
    assert _gone(ran)[-1] == "OIDC provider"
    assert _providers(bench) == []
    bench.require("setup")


@account_row(
    AREA,
    "set up for GitHub, and a role of others trusts it too",
    command="destroy --oidc-provider --yes",
    does="keeps the provider, and names that role",
)
def destroy_beside_a_role_that_trusts(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("setup")
    iam = bench.client("iam")
    trust = iam.get_role(RoleName=f"{bench.app}-github-deploy")["Role"]["AssumeRolePolicyDocument"]
    iam.create_role(RoleName="shop-deploy", AssumeRolePolicyDocument=json.dumps(trust))
    ran = yield
    assert f"= {PROVIDER} (kept: the role shop-deploy trusts it)\n" in ran.err
    assert len(_providers(bench)) == 1

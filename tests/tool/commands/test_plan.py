"""`ecsdeploy plan` and `ecsdeploy cost`, as a user sees them."""

from __future__ import annotations

import json

from tests.support.world import CONFIG, World
from tests.tool.commands.test_deploy import normal

FIRST = """\
+ image hello:COMMIT: create (built and pushed; its digest is known after that)
+ repository hello: create (immutable tags, scan on push, keeps 30 images)
+ execution role hello-execution: create
+ task role hello-task: create
+ service-linked role AWSServiceRoleForECS: create
+ cluster hello: create (with FARGATE and FARGATE_SPOT)
+ log group /ecs/hello: create (keeps 30 days)
+ security group hello: create (in VPC: tcp 3000 from 0.0.0.0/0, tcp 3000 from ::/0)
+ task definition hello: create
+ service hello: create
Tasks cost $12.66 a month (list prices of us-east-1, 2026-09-29).
Plan: 10 to create, 0 to update, 0 to delete, 0 unchanged. A new deployment is started and watched to its verdict.
Nothing was changed. `ecsdeploy deploy` does this.
"""
CHANGED = """\
= image hello:COMMIT: unchanged (it is in ECR already)
= execution role hello-execution: unchanged
= task role hello-task: unchanged
= service-linked role AWSServiceRoleForECS: unchanged
= cluster hello: unchanged
= log group /ecs/hello: unchanged
= security group hello: unchanged (SG)
+ task definition hello: create
    cpu: 256 -> 512
    memory: 512 -> 1024
~ service hello: update
    desiredCount: 1 -> 2
    deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration: COUNT 2 -> BOUNDED_PERCENT 50
Tasks cost $43.34 a month, +$30.68 (before: $12.66) (list prices of us-east-1, 2026-09-29).
Plan: 1 to create, 1 to update, 0 to delete, 7 unchanged. A new deployment is started and watched to its verdict.
Nothing was changed. `ecsdeploy deploy` does this.
"""
COST = """\
Fargate, x86_64                 $9.01  1 task of 0.25 vCPU and 0.5 GB, 730 h
Public IPv4                     $3.65  1 address, 730 h
ECR storage                 not known  the amount is not known
CloudWatch Logs, ingestion  not known  the amount is not known
CloudWatch Logs, storage    not known  the amount is not known
a month                        $12.66 (list prices of us-east-1, 2026-09-29)
"""


def test_an_empty_account_would_get_everything(world: World) -> None:
    ran = world.run("plan")
    assert ran.code == 0, ran.err
    assert normal(ran.out) == FIRST
    assert ran.err == ""


def test_a_change_is_shown_with_what_it_costs(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.configure(CONFIG.replace("[task]\n", "[task]\ncpu = 512\nmemory = 1024\n") + "[service]\ncount = 2\n")
    world.push_image(world.commit("larger"))
    world.release()
    ran = world.run("plan", "--exit-code")
    assert ran.code == 10, ran.err
    shown = [
        line for line in normal(ran.out).splitlines(keepends=True) if "containerDefinitions.hello.image" not in line
    ]
    assert "".join(shown) == CHANGED


def test_nothing_to_do_is_no_change(world: World) -> None:
    commit = world.release()
    assert world.run("deploy").code == 0
    ran = world.run("plan", "--image", commit, "--exit-code")
    assert ran.code == 0, ran.err
    assert "Plan: 0 to create, 0 to update, 0 to delete, 9 unchanged. No task is replaced.\n" in ran.out
    assert world.run("plan", "--image", commit, "--exit-code", "--force-new-deployment").code == 10


def test_what_would_be_asked_is_said(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    ecs = world.client("ecs")
    document = ecs.describe_task_definition(taskDefinition="hello")["taskDefinition"]
    known = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    sidecar = {"name": "by-hand", "image": "busybox", "essential": False}
    containers = [*document["containerDefinitions"], sidecar]
    kept = {key: value for key, value in document.items() if key in known}
    ecs.register_task_definition(**kept | {"containerDefinitions": containers})
    ecs.update_service(cluster="hello", service="hello", taskDefinition="hello")
    world.wait_until_steady()
    world.configure(CONFIG.replace("[task]\n", "[task]\nmemory = 1024\n"))
    world.release()
    ran = world.run("plan")
    assert ran.code == 0, ran.err
    assert "warning: The config does not have the container 'by-hand': the new revision goes without.\n" in ran.err
    assert "`deploy` asks first: Register a revision without what was added by hand?\n" in ran.err


def test_what_may_not_be_looked_at_is_said_and_stops_nothing(world: World) -> None:
    commit = world.release()
    assert world.run("deploy").code == 0
    world.sandbox.faults.break_api("access-denied", "iam:GetRole", 1000)
    world.sandbox.faults.break_api("access-denied", "logs:DescribeLogGroups", 1000)
    ran = world.run("plan", "--image", commit)
    assert ran.code == 0, ran.err
    assert "? execution role hello-execution: could not be checked, no permission for iam:GetRole\n" in ran.out
    assert "? log group /ecs/hello: could not be checked, no permission for logs:DescribeLogGroups\n" in ran.out
    told = world.run("deploy", "--image", commit)
    assert told.code == 0, told.err
    assert "Not checked, no permission for logs:DescribeLogGroups: log group /ecs/hello.\n" in told.err


def test_json_has_the_calls_and_the_amounts(world: World) -> None:
    events = [json.loads(line) for line in world.run("plan", "--output", "json").out.splitlines()]
    service = next(each for each in events if each["event"] == "Planned" and each["kind"] == "service")
    assert (service["action"], service["calls"]) == ("create", ["ecs:CreateService"])
    cost = next(each for each in events if each["event"] == "MonthlyCost")
    assert (cost["dollars"], cost["before"], cost["unknown"]) == ("12.66", None, [])


def test_what_deploy_would_refuse_is_refused_in_the_same_words(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    world.client("ecs").untag_resource(resourceArn=world.service()["serviceArn"], tagKeys=["ecsdeploy:app"])
    planned, deployed = world.run("plan"), world.run("deploy")
    assert (planned.code, planned.out) == (3, "")
    assert planned.err == deployed.err.partition("\n= ")[0] or planned.err in deployed.err
    assert world.run("plan", "--adopt").code == 0


def test_the_cost_of_the_config_needs_no_aws(world: World) -> None:
    ran = world.run("cost", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert ran.code == 0, ran.err
    assert ran.out.startswith(COST)
    assert "  arm64: $1.80 a month. The image, and everything in it, has to be built for arm64.\n" in ran.out
    assert "From the config, since what runs could not be read: " in ran.err


def test_the_cost_of_more_tasks_is_reckoned_without_aws(world: World) -> None:
    ran = world.run("cost", "--count", "10", "--debug")
    assert ran.code == 0, ran.err
    assert ran.calls == {}
    assert "Fargate, x86_64                $90.10  10 tasks of 0.25 vCPU and 0.5 GB, 730 h\n" in ran.out


def test_the_cost_of_what_runs(world: World) -> None:
    world.release()
    assert world.run("deploy").code == 0
    ran = world.run("cost")
    assert ran.code == 0, ran.err
    assert ran.err == "hello/hello as it runs, 1 task:\n"
    assert "ECR storage                     $0.00  less than 0.01 GB\n" in ran.out


def test_a_region_without_prices_is_said(world: World) -> None:
    world.configure(CONFIG.replace("us-east-1", "ca-west-1"))
    ran = world.run("cost", "--count", "1")
    assert ran.code == 0, ran.err
    assert "Fargate, x86_64             not known  no price for ca-west-1 is known here\n" in ran.out

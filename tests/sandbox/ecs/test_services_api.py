"""Creating, changing and ending services, and what clients may rely on."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.sandbox.runtime.base import ContainerStopped
from tests.sandbox.ecs.small_ecs import DIGEST, SmallEcs, breaker, network

NOT_IDEMPOTENT = ("InvalidParameterException", "Creation of service was not idempotent.")


def update(lab: SmallEcs, **fields: Any) -> Any:
    return lab.call("UpdateService", cluster="c", service="s", **fields)["service"]


def test_the_same_request_with_its_token_changes_nothing(lab: SmallEcs) -> None:
    arn = lab.register()
    first = lab.create(arn, clientToken="t")
    assert lab.create(arn, clientToken="t")["deployments"] == first["deployments"]
    fields = {"cluster": "c", "serviceName": "s", "taskDefinition": arn, "desiredCount": 2, "launchType": "FARGATE"}
    assert lab.error("CreateService", **fields, networkConfiguration=network(), clientToken="t") == NOT_IDEMPOTENT
    assert lab.error("CreateService", **fields, networkConfiguration=network()) == NOT_IDEMPOTENT


UNSUPPORTED: dict[str, Any] = {
    "loadBalancers": [{"containerName": "web", "containerPort": 80}],
    "serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1"}],
    "serviceConnectConfiguration": {"enabled": True},
    "volumeConfigurations": [{"name": "data"}],
}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"cluster": "nowhere"}, ("ClusterNotFoundException", "Cluster not found.")),
        ({"taskDefinition": "nothing"}, ("ClientException", "TaskDefinition not found.")),
        ({"platformVersion": "9.9.9"}, ("PlatformUnknownException", "The specified platform does not exist.")),
        (
            {"launchType": "EC2"},
            ("InvalidParameterException", "No Container Instances were found in your cluster."),
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-missing"]}}},
            (
                "InvalidParameterException",
                "Error retrieving subnet information for [subnet-missing]: The subnet ID 'subnet-missing' does not "
                "exist (ErrorCode: InvalidSubnetID.NotFound)",
            ),
        ),
        (
            {"networkConfiguration": None},
            (
                "InvalidParameterException",
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ),
        ),
        (
            {"deploymentConfiguration": {"strategy": "BLUE_GREEN"}},
            ("UnsupportedFeatureException", "The sandbox supports the deployment strategy ROLLING only."),
        ),
        *(
            ({field: value}, ("UnsupportedFeatureException", f"The sandbox does not support {field}."))
            for field, value in UNSUPPORTED.items()
        ),
        *(
            (
                {"deploymentController": {"type": kind}},
                (
                    "UnsupportedFeatureException",
                    f"The sandbox does not support the deployment controller {kind}.",
                ),
            )
            for kind in ("CODE_DEPLOY", "EXTERNAL")
        ),
        (
            {"schedulingStrategy": "DAEMON"},
            ("InvalidParameterException", "The daemon scheduling strategy is not supported on Fargate."),
        ),
        (
            {"placementStrategy": [{"type": "random"}]},
            ("InvalidParameterException", "Placement strategies are not supported with FARGATE launch type."),
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 99}},
            ("InvalidParameterException", "maximumPercent must be at least 100"),
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": -1, "maximumPercent": 200}},
            ("InvalidParameterException", "minimumHealthyPercent must be at least 0"),
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 150, "maximumPercent": 200}},
            ("InvalidParameterException", "minimumHealthyPercent must be at most 100"),
        ),
        (
            {"serviceName": "my service"},
            (
                "InvalidParameterException",
                r"ServiceName must match ^[a-zA-Z0-9\-_]{1,255}$, but was my service",
            ),
        ),
        (
            {"placementConstraints": [{"type": "distinctInstance"}]},
            ("InvalidParameterException", "Placement constraints are not supported with FARGATE launch type."),
        ),
        (
            {"role": "ecsServiceRole"},
            (
                "InvalidParameterException",
                "You cannot specify an IAM role for services that require a service linked role.",
            ),
        ),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    lab: SmallEcs, fields: dict[str, Any], error: tuple[str, str]
) -> None:
    params = {
        "cluster": "c",
        "serviceName": "s",
        "taskDefinition": lab.register(),
        "desiredCount": 1,
        "launchType": "FARGATE",
        "networkConfiguration": network(),
        **fields,
    }
    assert lab.error("CreateService", **{k: v for k, v in params.items() if v is not None}) == error
    assert lab.call("ListServices", cluster="c")["serviceArns"] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"desiredCount": 3},
        {"deploymentConfiguration": breaker()},
        {"healthCheckGracePeriodSeconds": 5},
        {"enableECSManagedTags": True},
        {"propagateTags": "SERVICE"},
        {"taskDefinition": "web:1"},
        {"networkConfiguration": network()},
        {"platformVersion": "LATEST"},
        {"availabilityZoneRebalancing": "DISABLED"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_these_changes_start_no_deployment(lab: SmallEcs, fields: dict[str, Any]) -> None:
    created = lab.create(lab.register())
    lab.run(60)
    updated = update(lab, **fields)
    assert [d["id"] for d in updated["deployments"]] == [created["deployments"][0]["id"]]
    assert len(lab.deployments()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"forceNewDeployment": True},
        {"taskDefinition": "web:2"},
        {"platformVersion": "1.4.0"},
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-2"]}}},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_these_changes_start_a_deployment(lab: SmallEcs, fields: dict[str, Any]) -> None:
    created = lab.create(lab.register())
    lab.register()
    lab.run(60)
    updated = update(lab, **fields)
    assert [d["status"] for d in updated["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert updated["deployments"][1]["id"] == created["deployments"][0]["id"]
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "PENDING"]


@pytest.mark.parametrize(
    "percentages", [{"maximumPercent": 100}, {"minimumHealthyPercent": 100, "maximumPercent": 100}]
)
def test_an_update_that_would_block_every_deployment_is_refused(lab: SmallEcs, percentages: dict[str, int]) -> None:
    lab.create(lab.register())
    refused = lab.error("UpdateService", cluster="c", service="s", deploymentConfiguration=percentages)
    assert refused == (
        "InvalidParameterException",
        "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    )
    assert lab.service()["deploymentConfiguration"]["maximumPercent"] == 200


def test_capacity_of_which_the_cluster_knows_nothing_is_refused(lab: SmallEcs) -> None:
    only = {"cluster": "c", "capacityProviders": ["FARGATE"]}
    lab.call("PutClusterCapacityProviders", **only, defaultCapacityProviderStrategy=[])
    asked = {"cluster": "c", "taskDefinition": lab.register(), "networkConfiguration": network()}
    spot: dict[str, Any] = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    refused = (
        "InvalidParameterException",
        "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the "
        "cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    )
    assert lab.error("RunTask", **asked, **spot) == refused
    assert lab.error("CreateService", **asked, serviceName="s", desiredCount=1, **spot) == refused
    own = {"capacityProviderStrategy": [{"capacityProvider": "mine", "weight": 1}]}
    assert lab.error("RunTask", **asked, **own) == (
        "InvalidParameterException",
        "The specified capacity provider 'mine' was not found. Specify a valid name or ARN and try again.",
    )


def test_a_cluster_may_have_a_strategy_without_weight_until_something_relies_on_it(lab: SmallEcs) -> None:
    """As users report of CreateService (terraform-aws-modules/terraform-aws-ecs 27)."""
    lab.call(
        "PutClusterCapacityProviders",
        cluster="c",
        capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE"}],
    )
    asked = {"cluster": "c", "taskDefinition": lab.register(), "networkConfiguration": network()}
    assert lab.error("CreateService", **asked, serviceName="s", desiredCount=1) == (
        "InvalidParameterException",
        "There are no capacity providers with a weight value greater than zero defined in the default capacity "
        "provider strategy. At least one capacity provider must have a weight value greater than zero specified. "
        "Update the cluster's default capacity provider strategy or specify a valid capacity provider strategy and try "
        "again.",
    )


def test_other_capacity_needs_a_new_deployment(lab: SmallEcs) -> None:
    lab.create(lab.register())
    lab.run(60)
    spot: dict[str, Any] = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    one = {"cluster": "c", "service": "s"}
    assert lab.error("UpdateService", **one, **spot) == (
        "InvalidParameterException",
        "When switching from launch type to capacity provider strategy on an existing service, or making a change to "
        "a capacity provider strategy on a service that is already using one, you must force a new deployment.",
    )
    assert [d["status"] for d in update(lab, **spot, forceNewDeployment=True)["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert len(update(lab, **spot)["deployments"]) == 2
    assert lab.error("UpdateService", **one, enableExecuteCommand=True) == (
        "InvalidParameterException",
        "The service couldn't be updated because a valid taskRoleArn is not being used. Specify a valid task role in "
        "your task definition and try again.",
    )


def test_a_missing_service_is_a_failure_and_changing_one_an_error(lab: SmallEcs) -> None:
    answer = lab.call("DescribeServices", cluster="c", services=["none"])
    assert answer == {
        "services": [],
        "failures": [{"arn": "arn:aws:ecs:us-east-1:123456789012:service/none", "reason": "MISSING"}],
    }
    missing = ("ServiceNotFoundException", "Service not found.")
    assert lab.error("UpdateService", cluster="c", service="none", desiredCount=1) == missing
    assert lab.error("DeleteService", cluster="c", service="none") == missing


def test_a_deleted_service_drains_becomes_inactive_and_its_name_is_free(lab: SmallEcs) -> None:
    arn = lab.register("stubborn:1")
    lab.create(arn)
    lab.run(60)
    assert lab.error("DeleteService", cluster="c", service="s") == (
        "InvalidParameterException",
        "The service cannot be stopped while it is scaled above 0.",
    )
    assert lab.call("DeleteService", cluster="c", service="s", force=True)["service"]["status"] == "DRAINING"
    fields = {"cluster": "c", "serviceName": "s", "taskDefinition": arn, "desiredCount": 1, "launchType": "FARGATE"}
    assert lab.error("CreateService", **fields, networkConfiguration=network()) == (
        "InvalidParameterException",
        "Unable to Start a service that is still Draining.",
    )
    lab.run(5)
    assert lab.service()["status"] == "INACTIVE"
    assert lab.call("ListServices", cluster="c")["serviceArns"] == []
    assert lab.error("UpdateService", cluster="c", service="s", desiredCount=1) == (
        "ServiceNotActiveException",
        "Service was not ACTIVE.",
    )
    again = lab.create(arn)
    assert (again["status"], again["runningCount"], len(again["events"])) == ("ACTIVE", 0, 0)
    lab.run(60)
    stopped = lab.tasks("STOPPED")
    assert [task["lastStatus"] for task in stopped] == ["STOPPED"]


def test_a_service_in_its_steady_state_is_described_in_full(lab: SmallEcs) -> None:
    lab.create(lab.register(), 2, tags=[{"key": "team", "value": "web"}], propagateTags="SERVICE")
    lab.run(60)
    service = lab.call("DescribeServices", cluster="c", services=["s"], include=["TAGS"])["services"][0]
    deployment = service["deployments"][0]
    assert (service["runningCount"], service["pendingCount"], service["desiredCount"]) == (2, 0, 2)
    assert service["tags"] == [{"key": "team", "value": "web"}]
    assert (deployment["rolloutState"], deployment["rolloutStateReason"]) == (
        "COMPLETED",
        f"ECS deployment {deployment['id']} completed.",
    )
    done = lab.deployments()[0]
    assert done["serviceDeploymentArn"] == service["currentServiceDeployment"]
    assert done["targetServiceRevision"] == {
        "arn": service["currentServiceRevisions"][0]["arn"],
        "requestedTaskCount": 2,
        "runningTaskCount": 2,
        "pendingTaskCount": 0,
    }
    assert service["currentServiceRevisions"] == [done["targetServiceRevision"]]


def test_a_tag_is_resolved_once_and_later_tasks_use_its_digest(lab: SmallEcs) -> None:
    lab.create(lab.register("app:latest"))
    lab.run(60)
    revision_arn = lab.service()["currentServiceRevisions"][0]["arn"]
    revision = lab.call("DescribeServiceRevisions", serviceRevisionArns=[revision_arn])["serviceRevisions"][0]
    assert revision["containerImages"] == [{"containerName": "web", "image": "app:latest", "imageDigest": DIGEST}]
    assert [spec.containers[0]["image"] for spec in lab.runtime.specs.values()] == [f"app@{DIGEST}"]


def test_a_rollback_returns_to_the_last_completed_deployment(lab: SmallEcs) -> None:
    good = lab.register("check:1")
    created = lab.create(good, 2, deploymentConfiguration=breaker())
    lab.run(60)
    update(lab, taskDefinition=lab.register("nopull:2"))
    lab.run(20)
    failing = lab.deployments()[-1]
    assert (failing["status"], failing["lifecycleStage"]) == ("IN_PROGRESS", "SCALE_UP")
    assert failing["deploymentCircuitBreaker"] == {"status": "MONITORING", "failureCount": 2, "threshold": 3}
    lab.run(10.8)
    assert lab.deployments()[-1]["status"] == "ROLLBACK_IN_PROGRESS"
    lab.run(300)
    service, failed = lab.service(), lab.deployments()[-1]
    assert service["taskDefinition"] == good
    assert [d["id"] for d in service["deployments"]] == [created["deployments"][0]["id"]]
    assert failed["status"] == "ROLLBACK_SUCCESSFUL"
    assert failed["rollback"]["serviceRevisionArn"] == failed["sourceServiceRevisions"][0]["arn"]
    assert service["currentServiceDeployment"] == failed["serviceDeploymentArn"]


def test_a_finished_deployment_cannot_be_stopped(lab: SmallEcs) -> None:
    lab.create(lab.register())
    lab.run(60)
    arn = lab.deployments()[0]["serviceDeploymentArn"]
    assert lab.error("StopServiceDeployment", serviceDeploymentArn=arn)[0] == "ConflictException"
    assert lab.error("StopServiceDeployment", serviceDeploymentArn=f"{arn}x") == (
        "ServiceDeploymentNotFoundException",
        "Service deployment not found.",
    )


@pytest.mark.parametrize(("reset", "failures", "failed_tasks"), [(True, 0, 0), (False, 1, 0)])
def test_a_healthy_task_resets_the_count_unless_told_otherwise(
    lab: SmallEcs, reset: bool, failures: int, failed_tasks: int
) -> None:
    lab.create(lab.register("app:1"), 3, deploymentConfiguration=breaker(resetOnHealthyTask=reset))
    lab.run(20)
    lab.engine.observe(ContainerStopped(lab.tasks()[0]["taskArn"], "web", 1, None, lab.clock.now()))
    lab.run(1)
    assert lab.deployments()[0]["deploymentCircuitBreaker"]["failureCount"] == 1
    lab.run(35)
    assert lab.deployments()[0]["deploymentCircuitBreaker"]["failureCount"] == failures
    assert lab.service()["deployments"][0]["failedTasks"] == failed_tasks


def test_a_grace_period_overlooks_failing_checks(lab: SmallEcs) -> None:
    lab.create(lab.register("sick:1"), healthCheckGracePeriodSeconds=100)
    lab.run(100)
    assert len(lab.tasks("STOPPED")) == 0
    lab.run(15)
    stopped = lab.tasks("STOPPED")
    assert [(t["stopCode"], t["stoppedReason"]) for t in stopped] == [
        ("ServiceSchedulerInitiated", "Task failed container health checks")
    ]


def test_a_rollback_that_fails_too_says_so(lab: SmallEcs) -> None:
    lab.create(lab.register("check:1"), 1, deploymentConfiguration=breaker(), availabilityZoneRebalancing="DISABLED")
    lab.run(60)
    update(
        lab,
        taskDefinition=lab.register("crash:2"),
        deploymentConfiguration={**breaker(), "minimumHealthyPercent": 0, "maximumPercent": 100},
    )
    lab.run(15)
    # The image of the revision to return to is broken meanwhile.
    lab.runtime.overrule = "crash"
    lab.run(300)
    failed = lab.deployments()[-1]
    assert (failed["status"], failed["statusReason"]) == (
        "ROLLBACK_FAILED",
        "Service deployment rollback failed because the circuit breaker threshold was exceeded.",
    )
    assert [d["rolloutState"] for d in lab.service()["deployments"]] == ["FAILED", "FAILED"]


def test_an_update_during_a_rollback_supersedes_it(lab: SmallEcs) -> None:
    lab.create(lab.register("check:1"), 1, deploymentConfiguration=breaker())
    lab.run(60)
    update(lab, taskDefinition=lab.register("app:2"))
    lab.run(5)
    lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
    lab.run(1.5)
    assert lab.deployments()[-1]["status"] == "ROLLBACK_IN_PROGRESS"
    update(lab, taskDefinition=lab.register("check:3"))
    lab.run(60)
    assert [d["status"] for d in lab.deployments()] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert lab.service()["taskDefinition"].endswith("web:3")


def test_the_steady_state_is_repeated_every_six_hours(lab: SmallEcs) -> None:
    lab.create(lab.register())
    lab.run(60 + 2 * 21600)
    assert [line.partition(" ")[2] for line in lab.story()].count("has reached a steady state.") == 3


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        ("role-missing", "failed to launch a task with (error ECS was unable to assume the role ''"),
        ("no-capacity", "was unable to place a task. Reason: Capacity is unavailable at this time."),
    ],
)
def test_a_launch_that_fails_tells_why(lab: SmallEcs, fault: str, event: str) -> None:
    lab.faults.loaded.append(frozenset({fault}))
    lab.create(lab.register())
    lab.run(5)
    assert [line.startswith(f"0.2 {event}") for line in lab.story()] == [True]
    assert lab.service()["deployments"][0]["failedTasks"] == 1


def test_a_network_interface_that_cannot_be_made_stops_the_task(lab: SmallEcs) -> None:
    lab.faults.loaded.append(frozenset({"eni-error"}))
    lab.create(lab.register())
    lab.run(17)
    task = lab.tasks("STOPPED")[0]
    assert (task["lastStatus"], task["stopCode"], task["stoppedReason"]) == (
        "STOPPED",
        "TaskFailedToStart",
        "Timeout waiting for network interface provisioning to complete.",
    )


@pytest.mark.parametrize(
    ("rule", "desired", "threshold"),
    [
        (None, 1, 3),
        (None, 25, 13),
        (None, 1000, 200),
        ({"type": "UNBOUNDED_PERCENT", "value": 50}, 1, 1),
        ({"type": "UNBOUNDED_PERCENT", "value": 50}, 1000, 500),
        ({"type": "COUNT", "value": 2}, 1000, 2),
    ],
)
def test_the_threshold_follows_the_desired_count(
    lab: SmallEcs, rule: dict[str, Any] | None, desired: int, threshold: int
) -> None:
    fields: dict[str, Any] = {"thresholdConfiguration": rule} if rule else {}
    lab.create(lab.register(), desired, deploymentConfiguration=breaker(**fields))
    assert lab.deployments()[0]["deploymentCircuitBreaker"]["threshold"] == threshold


def test_the_newest_hundred_events_are_kept(lab: SmallEcs) -> None:
    lab.create(lab.register("crash:1"))
    lab.run(2000)
    events = lab.service()["events"]
    assert len(events) == 100
    assert events[0]["createdAt"] > events[-1]["createdAt"]


def test_autoscaling_sets_the_count_as_an_update_does(lab: SmallEcs) -> None:
    lab.create(lab.register())
    lab.run(60)
    lab.engine.set_desired_count("c", "s", 3)
    lab.run(60)
    assert (lab.engine.service_desired_count("c", "s"), lab.service()["runningCount"]) == (3, 3)
    assert lab.engine.service_desired_count("c", "none") is None
    with pytest.raises(LookupError):
        lab.engine.set_desired_count("c", "none", 1)

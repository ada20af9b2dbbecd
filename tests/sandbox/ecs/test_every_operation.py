"""Every operation of the table answers, and what it answers fits AWS's model (`SmallEcs.call` checks that)."""

from __future__ import annotations

from tests.sandbox.ecs.small_ecs import SmallEcs, network


def test_every_operation_answers_as_the_model_says(lab: SmallEcs) -> None:
    call, c = lab.call, {"cluster": "c"}
    arn = lab.register()
    created = lab.create(arn)
    lab.run(60)
    task = lab.tasks()[0]["taskArn"]
    call("DescribeClusters", clusters=["c"], include=["TAGS", "SETTINGS", "STATISTICS", "CONFIGURATIONS"])
    call("ListClusters")
    call("ListContainerInstances", **c)
    call("DescribeContainerInstances", **c, containerInstances=["none"])
    call("UpdateCluster", **c, settings=[{"name": "containerInsights", "value": "enabled"}])
    call("UpdateClusterSettings", **c, settings=[{"name": "containerInsights", "value": "disabled"}])
    call("PutClusterCapacityProviders", **c, capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[])
    call("DescribeCapacityProviders")
    call("DescribeTaskDefinition", taskDefinition=arn)
    call("ListTaskDefinitions")
    call("ListTaskDefinitionFamilies")
    call("ListServices", **c)
    call("TagResource", resourceArn=created["serviceArn"], tags=[{"key": "a"}])
    call("ListTagsForResource", resourceArn=created["serviceArn"])
    call("UntagResource", resourceArn=created["serviceArn"], tagKeys=["a"])
    call("UpdateTaskProtection", **c, tasks=[task], protectionEnabled=False)
    call("GetTaskProtection", **c, tasks=[task])
    call("RunTask", **c, taskDefinition=arn, launchType="FARGATE", networkConfiguration=network())
    call("UpdateService", **c, service="s", forceNewDeployment=True)
    lab.run(5)
    current = lab.service()
    call("DescribeServiceRevisions", serviceRevisionArns=[r["arn"] for r in current["currentServiceRevisions"]])
    call("StopServiceDeployment", serviceDeploymentArn=current["currentServiceDeployment"])
    lab.deployments()
    call("StopTask", **c, task=task)
    for operation in ("PutAccountSetting", "PutAccountSettingDefault"):
        call(operation, name="containerInsights", value="enabled")
    call("ListAccountSettings", effectiveSettings=True)
    call("DeleteAccountSetting", name="containerInsights")
    call("DeleteService", **c, service="s", force=True)
    for stray in lab.tasks():
        call("StopTask", **c, task=stray["taskArn"])
    lab.run(60)
    lab.tasks("STOPPED")
    call("DeregisterTaskDefinition", taskDefinition=arn)
    call("DeleteTaskDefinitions", taskDefinitions=[arn])
    call("DeleteCluster", **c)
    refused_only = {"StartTask", "ExecuteCommand"}
    assert lab.called == set(lab.operations) - refused_only

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.session import Session

from ecsdeploy.sandbox.seeding import Seeding
from tests.sandbox.conftest import QUICK, RunningSandbox
from tests.sandbox.operations.furnished import wait_for


def network(sandbox: RunningSandbox) -> dict[str, Any]:
    ec2 = sandbox.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    return {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": "ENABLED"}}


def start_service(sandbox: RunningSandbox, count: int = 2) -> Any:
    """Create cluster c with service web, wait until it is steady, and return the ECS client."""
    ecs = sandbox.client("ecs")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "web", "image": "example.com/web:1", "essential": True}],
    )
    ecs.create_service(
        cluster="c",
        serviceName="web",
        taskDefinition="web",
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration=network(sandbox),
    )
    waiter = ecs.get_waiter("services_stable")
    waiter.wait(cluster="c", services=["web"], WaiterConfig=QUICK)
    wait_for(lambda: the_service(ecs)["deployments"][0]["rolloutState"] == "COMPLETED", "the end of the deployment")
    return ecs


def the_service(ecs: Any) -> Any:
    return ecs.describe_services(cluster="c", services=["web"])["services"][0]


def refused(call: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_network_of_which_ec2_knows_nothing_is_refused(sandbox: RunningSandbox) -> None:
    ecs = start_service(sandbox, 1)
    one = {"cluster": "c", "taskDefinition": "web", "launchType": "FARGATE"}
    for key, kind, code, noun in (
        ("subnets", "subnet", "InvalidSubnetID.NotFound", "subnet ID"),
        ("securityGroups", "security group", "InvalidGroup.NotFound", "security group"),
    ):
        wrong = {"awsvpcConfiguration": {**network(sandbox)["awsvpcConfiguration"], key: ["x-1"]}}
        said = f"Error retrieving {kind} information for [x-1]: The {noun} 'x-1' does not exist (ErrorCode: {code})"
        for call in (
            lambda: ecs.run_task(**one, networkConfiguration=wrong),  # noqa: B023
            lambda: ecs.update_service(cluster="c", service="web", networkConfiguration=wrong),  # noqa: B023
        ):
            assert refused(call) == ("InvalidParameterException", said)


def test_a_security_group_of_another_network_is_refused(sandbox: RunningSandbox) -> None:
    ecs, ec2 = start_service(sandbox, 1), sandbox.client("ec2")
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="other", Description="of another network", VpcId=other)["GroupId"]
    wrong = {"awsvpcConfiguration": {**network(sandbox)["awsvpcConfiguration"], "securityGroups": [group]}}
    assert refused(lambda: ecs.update_service(cluster="c", service="web", networkConfiguration=wrong)) == (
        "InvalidParameterException",
        f"Security group {group} does not appear to belong to the same VPC as the input subnets.",
    )


def test_a_service_becomes_steady_and_its_tasks_have_addresses(sandbox: RunningSandbox) -> None:
    ecs = start_service(sandbox)
    service = ecs.describe_services(cluster="c", services=["web"])["services"][0]
    assert (service["runningCount"], service["deployments"][0]["rolloutState"]) == (2, "COMPLETED")
    tasks = ecs.describe_tasks(cluster="c", tasks=ecs.list_tasks(cluster="c")["taskArns"])["tasks"]
    ids = [
        detail["value"]
        for task in tasks
        for detail in task["attachments"][0]["details"]
        if detail["name"] == "networkInterfaceId"
    ]
    ec2 = sandbox.client("ec2")
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
    assert {one["NetworkInterfaceId"] for one in found} == set(ids)
    assert all(one["Association"]["PublicIp"].startswith("127.") for one in found)
    assert sandbox.sandbox.status()["running_tasks"] == 2


def test_task_interfaces_are_found_by_filter_and_beside_others(sandbox: RunningSandbox) -> None:
    start_service(sandbox, 1)
    ec2 = sandbox.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    own = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    everything = ec2.describe_network_interfaces()["NetworkInterfaces"]
    task = next(one for one in everything if one["NetworkInterfaceId"] != own)
    assert len(everything) == 2
    for name, value in [
        ("network-interface-id", task["NetworkInterfaceId"]),
        ("association.public-ip", task["Association"]["PublicIp"]),
        ("private-ip-address", task["PrivateIpAddress"]),
    ]:
        found = ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": ["nothing", value]}])
        assert [one["NetworkInterfaceId"] for one in found["NetworkInterfaces"]] == [task["NetworkInterfaceId"]]
    both = ec2.describe_network_interfaces(NetworkInterfaceIds=[own, task["NetworkInterfaceId"]])
    assert len(both["NetworkInterfaces"]) == 2
    assert refused(lambda: ec2.describe_network_interfaces(NetworkInterfaceIds=["eni-0123456789abcdef0"])) == (
        "InvalidNetworkInterfaceID.NotFound",
        "The networkInterface ID 'eni-0123456789abcdef0' does not exist",
    )


def test_the_default_vpc_leads_to_the_internet(sandbox: RunningSandbox) -> None:
    ec2 = sandbox.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    routes = {route["DestinationCidrBlock"]: route.get("GatewayId", "") for route in tables[0]["Routes"]}
    assert routes["0.0.0.0/0"].startswith("igw-")
    gateway = ec2.describe_internet_gateways(InternetGatewayIds=[routes["0.0.0.0/0"]])["InternetGateways"][0]
    assert gateway["Attachments"][0]["VpcId"] == vpc
    assert all(subnet["MapPublicIpOnLaunch"] for subnet in ec2.describe_subnets()["Subnets"])


def test_callers_have_an_identity(sandbox: RunningSandbox) -> None:
    assert sandbox.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/sandbox"
    iam = sandbox.client("iam")
    statement = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(trust))
    role = "arn:aws:iam::123456789012:role/deployer"
    given = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    key = {"access_key": given["AccessKeyId"], "secret_key": given["SecretAccessKey"], "token": given["SessionToken"]}
    session = "arn:aws:sts::123456789012:assumed-role/deployer/ci"
    assert sandbox.client("sts", **key).get_caller_identity()["Arn"] == session
    definition = sandbox.client("ecs", **key).register_task_definition(
        family="f", containerDefinitions=[{"name": "a", "image": "i", "memory": 10}]
    )["taskDefinition"]
    assert definition["registeredBy"] == session


def test_create_cluster_brings_the_service_linked_role(sandbox: RunningSandbox) -> None:
    iam = sandbox.client("iam")
    missing = ("NoSuchEntity", "The role with name AWSServiceRoleForECS cannot be found.")
    assert refused(lambda: iam.get_role(RoleName="AWSServiceRoleForECS")) == missing
    ecs = sandbox.client("ecs")
    ecs.create_cluster(clusterName="a")
    ecs.create_cluster(clusterName="b")
    role = iam.get_role(RoleName="AWSServiceRoleForECS")["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    assert refused(lambda: iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")) == (
        "InvalidInput",
        "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
    )


def test_services_that_would_leave_the_machine_are_absent(sandbox: RunningSandbox) -> None:
    code, message = refused(lambda: sandbox.client("lambda").list_functions())
    assert (code, "no lambda" in message) == ("UnknownOperationException", True)


def test_faults_reach_every_protocol(sandbox: RunningSandbox) -> None:
    sandbox.faults.break_api("throttle", "sts:GetCallerIdentity")
    sandbox.faults.break_api("access-denied", "iam:CreateRole")
    sandbox.faults.break_api("server-error", "ec2:DescribeVpcs")
    sandbox.faults.break_api("expired-token", "ssm:GetParameter")
    assert refused(sandbox.client("sts").get_caller_identity) == ("Throttling", "Rate exceeded")
    iam = sandbox.client("iam")
    assert refused(lambda: iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")) == (
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: iam:CreateRole on resource: * "
        "because no identity-based policy allows the iam:CreateRole action",
    )
    assert refused(sandbox.client("ec2").describe_vpcs)[0] == "InternalError"
    assert refused(lambda: sandbox.client("ssm").get_parameter(Name="a"))[0] == "ExpiredTokenException"
    assert sandbox.faults.list() == []


JSON = ("ThrottlingException", "InternalFailure", "ServiceUnavailableException", "ExpiredTokenException")
QUERY = ("Throttling", "InternalFailure", "ServiceUnavailable", "ExpiredToken")
CODES = {
    ("ecs", "list_clusters"): ("ThrottlingException", "ServerException", *JSON[2:], "AccessDeniedException"),
    ("logs", "describe_log_groups"): (*JSON, "AccessDeniedException"),
    ("application-autoscaling", "describe_scaling_policies"): (*JSON, "AccessDeniedException"),
    ("secretsmanager", "list_secrets"): (*JSON, "AccessDeniedException"),
    ("iam", "list_roles"): (*QUERY, "AccessDenied"),
    ("sts", "get_caller_identity"): (*QUERY, "AccessDenied"),
    ("elbv2", "describe_load_balancers"): (*QUERY, "AccessDenied"),
    ("ec2", "describe_vpcs"): (
        *("RequestLimitExceeded", "InternalError", "Unavailable", "RequestExpired", "UnauthorizedOperation"),
    ),
    ("cloudwatch", "list_metrics"): (*JSON, "AccessDeniedException"),
    ("route53", "list_hosted_zones"): (*QUERY, "AccessDenied"),
    ("s3", "list_buckets"): ("SlowDown", "InternalError", "ServiceUnavailable", "ExpiredToken", "AccessDenied"),
}


def test_every_protocol_has_its_own_words_for_a_fault(sandbox: RunningSandbox) -> None:
    """JSON, query, EC2's own, CBOR and REST with XML: as a client of each reads them."""
    kinds = ("throttle", "server-error", "unavailable", "expired-token", "access-denied")
    said = {}
    for service, method in CODES:
        params = {"ServiceNamespace": "ecs"} if service == "application-autoscaling" else {}
        call = partial(getattr(sandbox.client(service), method), **params)
        answers = []
        for kind in kinds:
            sandbox.faults.break_api(kind)
            answers.append(refused(call)[0])
        for kind in ("drop", "lost-answer"):
            sandbox.faults.break_api(kind)
            with pytest.raises(ConnectionClosedError):
                call()
        said[service, method] = tuple(answers)
    assert said == CODES


def test_a_client_that_retries_gets_over_a_fault(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs", attempts=3)
    for kind in ("throttle", "unavailable", "drop", "lost-answer"):
        sandbox.faults.break_api(kind, "ListClusters")
        answer = ecs.list_clusters()
        assert answer["clusterArns"] == []
        assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_lost_answer_was_acted_upon(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    sandbox.faults.break_api("lost-answer", "CreateCluster")
    with pytest.raises(ConnectionClosedError):
        ecs.create_cluster(clusterName="c")
    assert len(ecs.list_clusters()["clusterArns"]) == 1
    sandbox.faults.break_api("drop", "CreateCluster")
    with pytest.raises(ConnectionClosedError):
        ecs.create_cluster(clusterName="d")
    assert len(ecs.list_clusters()["clusterArns"]) == 1


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("/app/url", "postgres://"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/app/url", "postgres://"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/plain", "p"),
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:db", '{"user": "u", "port": 1}'),
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:db:user::", "u"),
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:db:port:AWSCURRENT:", "1"),
    ],
)
def test_secrets_are_resolved_as_ecs_does(sandbox: RunningSandbox, reference: str, value: str) -> None:
    fill(sandbox)
    assert sandbox.resolve(reference) == value


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (
            "/app/other",
            "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
            "invalid ssm parameters: /app/other",
        ),
        (
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:no:x::",
            "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:no from secrets manager: "
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        ),
        (
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:db:word::",
            "unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from "
            "Secrets Manager did not contain json key word",
        ),
    ],
)
def test_a_missing_secret_is_told_in_the_words_of_ecs(sandbox: RunningSandbox, reference: str, reason: str) -> None:
    from ecsdeploy.sandbox.runtime.base import SecretError

    fill(sandbox)
    with pytest.raises(SecretError) as caught:
        sandbox.resolve(reference)
    assert str(caught.value) == (
        "ResourceInitializationError: unable to pull secrets or registry auth: "
        f"execution resource retrieval failed: {reason}"
    )


def fill(sandbox: RunningSandbox) -> None:
    ssm, secrets = sandbox.client("ssm"), sandbox.client("secretsmanager")
    ssm.put_parameter(Name="/app/url", Value="postgres://", Type="SecureString")
    ssm.put_parameter(Name="plain", Value="p", Type="String")
    secrets.create_secret(Name="db", SecretString='{"user": "u", "port": 1}')


def test_a_service_finds_subnets_of_any_region(sandbox: RunningSandbox) -> None:
    elsewhere: Any = Session().create_client(
        "ec2",
        region_name="eu-central-1",
        endpoint_url=sandbox.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    subnet = elsewhere.describe_subnets()["Subnets"][0]
    ecs = sandbox.client("ecs")
    ecs.create_cluster(clusterName="far")
    ecs.register_task_definition(
        family="far",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "app"}],
    )
    there = {"awsvpcConfiguration": {"subnets": [subnet["SubnetId"]]}}
    ran = ecs.run_task(cluster="far", taskDefinition="far", launchType="FARGATE", networkConfiguration=there)
    assert ran["failures"] == []
    nowhere = {"awsvpcConfiguration": {"subnets": ["subnet-0123456789abcdef0"]}}
    with pytest.raises(ClientError, match="does not exist"):
        ecs.run_task(cluster="far", taskDefinition="far", launchType="FARGATE", networkConfiguration=nowhere)


def test_a_region_that_was_completed_already_stays_as_it_is(sandbox: RunningSandbox) -> None:
    Seeding(sandbox.sandbox._moto).ensure("us-east-1")
    routes = sandbox.client("ec2").describe_route_tables()["RouteTables"][0]["Routes"]
    assert len([route for route in routes if route["DestinationCidrBlock"] == "0.0.0.0/0"]) == 1

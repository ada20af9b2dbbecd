from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ecsdeploy.aws.cluster import Clusters
from ecsdeploy.aws.ecr import Ecr
from ecsdeploy.aws.iam import Iam
from ecsdeploy.aws.log_group import LogGroups
from ecsdeploy.aws.network import Networks
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.log_group import LogGroup
from ecsdeploy.core.network import RouteTable, Rule, SecurityGroup
from ecsdeploy.core.repository import Repository, RepositoryDetails, lifecycle
from ecsdeploy.core.role import Role, WantedRole
from ecsdeploy.errors import AwsError, PermissionDenied
from tests.aws.stubs import StubbedAws

TRUST = {"Version": "2012-10-17", "Statement": []}
WANTED = WantedRole("deploy role", "role-name", "why", TRUST, None, {"ecsdeploy:app": "hello"})
ARN = "arn:aws:iam::123456789012:role/role-name"


def raw_role() -> dict[str, Any]:
    """Return a role as IAM sends it; a new one, since botocore decodes it in place."""
    return {
        "Path": "/",
        "RoleName": "role-name",
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": ARN,
        "CreateDate": datetime(2026, 1, 1, tzinfo=UTC),
        "AssumeRolePolicyDocument": "%7B%22Version%22%3A%20%222012-10-17%22%2C%20%22Statement%22%3A%20%5B%5D%7D",
        "Description": "why",
        "MaxSessionDuration": 3600,
        "Tags": [{"Key": "ecsdeploy:app", "Value": "hello"}],
    }


def of(aws: StubbedAws) -> Aws:
    return cast(Aws, aws)


class TestIam:
    def test_a_role_is_read_with_its_policy_decoded(self, aws: StubbedAws) -> None:
        aws.answers("iam", "get_role", {"Role": raw_role()}, RoleName="role-name")

        assert Iam(of(aws)).role("role-name") == Role("role-name", ARN, TRUST, "why", 3600, {"ecsdeploy:app": "hello"})

    def test_what_does_not_exist_is_none(self, aws: StubbedAws) -> None:
        for operation in ("get_role", "get_role_policy", "get_open_id_connect_provider"):
            aws.refuses("iam", operation, "NoSuchEntity", status=404)
        iam = Iam(of(aws))

        assert iam.role("x") is None
        assert iam.policy("x") is None
        assert iam.provider_audiences("arn:aws:iam::123456789012:oidc-provider/x") is None

    def test_a_role_is_created_in_one_call_with_its_tags(self, aws: StubbedAws) -> None:
        aws.answers(
            "iam",
            "create_role",
            {"Role": raw_role()},
            RoleName="role-name",
            AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}',
            Description="why",
            MaxSessionDuration=3600,
            Tags=[{"Key": "ecsdeploy:app", "Value": "hello"}],
        )

        made = Iam(of(aws)).create_role(WANTED)

        assert made is not None
        assert made.arn == ARN

    def test_what_appeared_in_between_is_no_error(self, aws: StubbedAws) -> None:
        aws.refuses("iam", "create_role", "EntityAlreadyExists", status=409)
        aws.refuses("iam", "create_open_id_connect_provider", "EntityAlreadyExists", status=409)
        aws.refuses(
            "iam",
            "create_service_linked_role",
            "InvalidInput",
            "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
        )
        iam = Iam(of(aws))

        assert iam.create_role(WANTED) is None
        assert iam.create_provider("https://token.actions.githubusercontent.com", "sts.amazonaws.com") is False
        assert iam.create_service_linked_role() is False

    def test_another_invalid_input_is_an_error(self, aws: StubbedAws) -> None:
        aws.refuses("iam", "create_service_linked_role", "InvalidInput", "no such service")

        with pytest.raises(AwsError, match="InvalidInput"):
            Iam(of(aws)).create_service_linked_role()

    def test_a_full_account_is_told_in_awss_words(self, aws: StubbedAws) -> None:
        aws.refuses("iam", "create_role", "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", 409)

        with pytest.raises(AwsError) as caught:
            Iam(of(aws)).create_role(WANTED)

        assert caught.value.why == "Cannot exceed quota for RolesPerAccount: 1000"

    def test_a_refusal_names_the_action_and_the_resource(self, aws: StubbedAws) -> None:
        message = (
            "User: arn:aws:iam::123456789012:user/dev is not authorized to perform: iam:CreateRole on resource: "
            "arn:aws:iam::123456789012:role/role-name because no identity-based policy allows the iam:CreateRole action"
        )
        aws.refuses("iam", "create_role", "AccessDenied", message, 403)

        with pytest.raises(PermissionDenied) as caught:
            Iam(of(aws)).create_role(WANTED)

        assert (caught.value.action, caught.value.resource) == ("iam:CreateRole", ARN)

    def test_policies_of_others_are_listed_over_all_pages(self, aws: StubbedAws) -> None:
        aws.answers(
            "iam",
            "list_role_policies",
            {"PolicyNames": ["ecsdeploy", "a"], "IsTruncated": True, "Marker": "m"},
            RoleName="x",
        )
        aws.answers("iam", "list_role_policies", {"PolicyNames": ["b"], "IsTruncated": False}, RoleName="x", Marker="m")
        attached = {"PolicyName": "Admin", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
        aws.answers("iam", "list_attached_role_policies", {"AttachedPolicies": [attached]}, RoleName="x")

        assert Iam(of(aws)).other_policies("x") == ("a", "b", "arn:aws:iam::aws:policy/AdministratorAccess")

    def test_ecss_own_role_is_found_by_its_path(self, aws: StubbedAws) -> None:
        path = "/aws-service-role/ecs.amazonaws.com/"
        aws.answers("iam", "list_roles", {"Roles": []}, PathPrefix=path)
        aws.answers("iam", "list_roles", {"Roles": [raw_role() | {"Path": path}]}, PathPrefix=path)
        iam = Iam(of(aws))

        assert [iam.has_service_linked_role(), iam.has_service_linked_role()] == [False, True]


class TestEcr:
    RAW: dict[str, Any] = {
        "repositoryArn": "arn:aws:ecr:us-east-1:123456789012:repository/hello",
        "repositoryName": "hello",
        "repositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello",
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "key"},
    }

    def test_a_repository_is_read(self, aws: StubbedAws) -> None:
        aws.answers("ecr", "describe_repositories", {"repositories": [self.RAW]}, repositoryNames=["hello"])

        assert Ecr(of(aws)).repository("hello") == Repository(
            "hello", self.RAW["repositoryArn"], self.RAW["repositoryUri"], "MUTABLE", False, "KMS"
        )

    def test_what_does_not_exist_is_none(self, aws: StubbedAws) -> None:
        aws.refuses("ecr", "describe_repositories", "RepositoryNotFoundException")

        assert Ecr(of(aws)).repository("hello") is None

    def test_details_of_a_repository_without_any(self, aws: StubbedAws) -> None:
        aws.answers("ecr", "list_tags_for_resource", {"tags": []}, resourceArn="arn")
        aws.refuses("ecr", "get_lifecycle_policy", "LifecyclePolicyNotFoundException")

        assert Ecr(of(aws)).details(Repository("hello", "arn", "uri")) == RepositoryDetails(None, {})

    def test_what_appeared_in_between_is_no_error(self, aws: StubbedAws) -> None:
        aws.refuses("ecr", "create_repository", "RepositoryAlreadyExistsException")

        assert Ecr(of(aws)).create("hello", {}) is None

    def test_a_lifecycle_policy_is_sent_as_json(self, aws: StubbedAws) -> None:
        policy = lifecycle(30)
        aws.answers(
            "ecr",
            "put_lifecycle_policy",
            {},
            repositoryName="hello",
            lifecyclePolicyText=json.dumps(policy),
        )

        Ecr(of(aws)).put_lifecycle("hello", policy)


class TestClusters:
    def test_a_missing_one_is_none_and_a_deleted_one_is_seen(self, aws: StubbedAws) -> None:
        expected: dict[str, Any] = {"clusters": ["shop"], "include": ["TAGS"]}
        aws.answers("ecs", "describe_clusters", {"clusters": [], "failures": [{"reason": "MISSING"}]}, **expected)
        gone = {"clusterName": "shop", "clusterArn": "arn", "status": "INACTIVE"}
        aws.answers("ecs", "describe_clusters", {"clusters": [gone]}, **expected)
        clusters = Clusters(of(aws))

        assert clusters.find("shop") is None
        assert clusters.find("shop") == Cluster("shop", "arn", "INACTIVE")

    def test_one_is_created_with_fargate(self, aws: StubbedAws) -> None:
        raw = {"clusterName": "shop", "clusterArn": "arn", "status": "PROVISIONING"}
        aws.answers(
            "ecs",
            "create_cluster",
            {"cluster": raw},
            clusterName="shop",
            capacityProviders=["FARGATE", "FARGATE_SPOT"],
            tags=[{"key": "ecsdeploy:app", "value": "hello"}],
        )

        assert Clusters(of(aws)).create("shop", {"ecsdeploy:app": "hello"}).status == "PROVISIONING"


class TestLogGroups:
    def test_the_exact_name_is_found_behind_others_on_a_later_page(self, aws: StubbedAws) -> None:
        def group(name: str, **more: Any) -> dict[str, Any]:
            return {"logGroupName": name, "arn": f"arn:{name}:*", **more}

        first = {"logGroups": [group("/ecs/hello-2")], "nextToken": "t"}
        aws.answers("logs", "describe_log_groups", first, logGroupNamePrefix="/ecs/hello")
        second = {"logGroups": [group("/ecs/hello", retentionInDays=30)]}
        aws.answers("logs", "describe_log_groups", second, logGroupNamePrefix="/ecs/hello", nextToken="t")

        assert LogGroups(of(aws)).find("/ecs/hello") == LogGroup("/ecs/hello", "arn:/ecs/hello", 30)

    def test_what_appeared_in_between_is_no_error(self, aws: StubbedAws) -> None:
        aws.refuses("logs", "create_log_group", "ResourceAlreadyExistsException")

        assert LogGroups(of(aws)).create("/ecs/hello", {}) is False


class TestNetworks:
    def test_a_group_is_read_rule_by_rule(self, aws: StubbedAws) -> None:
        permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81}
        raw = {
            "GroupId": "sg-1",
            "GroupName": "hello",
            "VpcId": "vpc-1",
            "Tags": [{"Key": "ecsdeploy:app", "Value": "hello"}],
            "IpPermissions": [
                permission | {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
                {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2"}]},
                permission | {"PrefixListIds": [{"PrefixListId": "pl-1"}]},
            ],
        }
        filters = [{"Name": "group-name", "Values": ["hello"]}, {"Name": "vpc-id", "Values": ["vpc-1"]}]
        aws.answers("ec2", "describe_security_groups", {"SecurityGroups": [raw]}, Filters=filters)

        found = Networks(of(aws)).security_group("hello", "vpc-1")

        rules = {
            Rule("tcp", 80, 81, "0.0.0.0/0"),
            Rule("tcp", 80, 81, "::/0"),
            Rule("-1", None, None, "sg-2"),
            Rule("tcp", 80, 81, "pl-1"),
        }
        assert found == SecurityGroup("sg-1", "hello", "vpc-1", frozenset(rules), {"ecsdeploy:app": "hello"})

    def test_every_kind_of_rule_can_be_taken_away(self, aws: StubbedAws) -> None:
        aws.answers(
            "ec2",
            "revoke_security_group_ingress",
            {},
            GroupId="sg-1",
            IpPermissions=[
                {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2"}]},
                {"IpProtocol": "tcp", "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "FromPort": 80, "ToPort": 81},
                {"IpProtocol": "tcp", "PrefixListIds": [{"PrefixListId": "pl-1"}], "FromPort": 80, "ToPort": 81},
            ],
        )

        Networks(of(aws)).revoke(
            "sg-1",
            [Rule("tcp", 80, 81, "pl-1"), Rule("tcp", 80, 81, "::/0"), Rule("-1", None, None, "sg-2")],
        )

    def test_no_rule_is_no_call(self, aws: StubbedAws) -> None:
        Networks(of(aws)).allow("sg-1", [])
        Networks(of(aws)).revoke("sg-1", [])

    def test_a_rule_or_group_that_appeared_in_between_is_no_error(self, aws: StubbedAws) -> None:
        aws.refuses("ec2", "authorize_security_group_ingress", "InvalidPermission.Duplicate")
        aws.refuses("ec2", "create_security_group", "InvalidGroup.Duplicate")
        networks = Networks(of(aws))

        networks.allow("sg-1", [Rule("tcp", 80, 80, "0.0.0.0/0")])
        assert networks.create_security_group("hello", "why", "vpc-1", {}) is None

    def test_a_route_table_leads_out_unless_its_gateway_is_gone(self, aws: StubbedAws) -> None:
        def table(state: str, **association: Any) -> dict[str, Any]:
            route = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": state}
            return {"VpcId": "vpc-1", "Routes": [{"GatewayId": "local"}, route], "Associations": [association]}

        tables = {"RouteTables": [table("active", Main=True), table("blackhole", SubnetId="subnet-1", Main=False)]}
        filters = [{"Name": "vpc-id", "Values": ["vpc-1"]}]
        aws.answers("ec2", "describe_route_tables", tables, Filters=filters)

        assert Networks(of(aws)).route_tables("vpc-1") == [
            RouteTable("vpc-1", (), True, True),
            RouteTable("vpc-1", ("subnet-1",), False, False),
        ]

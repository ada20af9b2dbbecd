from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from ecsdeploy.aws.cluster import Clusters
from ecsdeploy.aws.ecr import Ecr
from ecsdeploy.aws.iam import Iam
from ecsdeploy.aws.log_group import LogGroups
from ecsdeploy.aws.network import Networks
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.log_group import LogGroup
from ecsdeploy.core.network import RouteTable, Rule, SecurityGroup
from ecsdeploy.core.repository import Repository
from ecsdeploy.core.role import Role
from tests.unit.aws.stubs import StubbedAws

TRUST = {"Version": "2012-10-17", "Statement": []}
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

        assert Iam(of(aws)).inline_policies("x") == ("ecsdeploy", "a", "b")
        assert Iam(of(aws)).attached_policies("x") == ("arn:aws:iam::aws:policy/AdministratorAccess",)

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
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "cache*"}],
    }

    def test_a_repository_is_read(self, aws: StubbedAws) -> None:
        aws.answers("ecr", "describe_repositories", {"repositories": [self.RAW]}, repositoryNames=["hello"])

        assert Ecr(of(aws)).repository("hello") == Repository(
            "hello", self.RAW["repositoryArn"], self.RAW["repositoryUri"], "MUTABLE", False, "KMS", ("cache*",)
        )

    def test_what_does_not_exist_is_none(self, aws: StubbedAws) -> None:
        aws.refuses("ecr", "describe_repositories", "RepositoryNotFoundException")

        assert Ecr(of(aws)).repository("hello") is None

    def test_details_of_a_repository_without_any(self, aws: StubbedAws) -> None:
        aws.answers("ecr", "list_tags_for_resource", {"tags": []}, resourceArn="arn")
        aws.refuses("ecr", "get_lifecycle_policy", "LifecyclePolicyNotFoundException")

        assert Ecr(of(aws)).tags(Repository("hello", "arn", "uri")) == {}
        assert Ecr(of(aws)).lifecycle("hello") is None


class TestClusters:
    def test_a_missing_one_is_none_and_a_deleted_one_is_seen(self, aws: StubbedAws) -> None:
        expected: dict[str, Any] = {"clusters": ["shop"], "include": ["TAGS"]}
        aws.answers("ecs", "describe_clusters", {"clusters": [], "failures": [{"reason": "MISSING"}]}, **expected)
        gone = {"clusterName": "shop", "clusterArn": "arn", "status": "INACTIVE"}
        aws.answers("ecs", "describe_clusters", {"clusters": [gone]}, **expected)
        clusters = Clusters(of(aws))

        assert clusters.find("shop") is None
        assert clusters.find("shop") == Cluster("shop", "arn", "INACTIVE")


class TestLogGroups:
    def test_the_exact_name_is_found_behind_others_on_a_later_page(self, aws: StubbedAws) -> None:
        def group(name: str, **more: Any) -> dict[str, Any]:
            return {"logGroupName": name, "arn": f"arn:{name}:*", **more}

        first = {"logGroups": [group("/ecs/hello-2")], "nextToken": "t"}
        aws.answers("logs", "describe_log_groups", first, logGroupNamePrefix="/ecs/hello")
        second = {"logGroups": [group("/ecs/hello", retentionInDays=30)]}
        aws.answers("logs", "describe_log_groups", second, logGroupNamePrefix="/ecs/hello", nextToken="t")

        assert LogGroups(of(aws)).find("/ecs/hello") == LogGroup("/ecs/hello", "arn:/ecs/hello", 30)


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
        filters = [{"Name": "group-name", "Values": ["hello"]}]
        aws.answers("ec2", "describe_security_groups", {"SecurityGroups": [raw]}, Filters=filters)

        (found,) = Networks(of(aws)).security_groups("hello")

        rules = {
            Rule("tcp", 80, 81, "0.0.0.0/0"),
            Rule("tcp", 80, 81, "::/0"),
            Rule("-1", None, None, "sg-2"),
            Rule("tcp", 80, 81, "pl-1"),
        }
        assert found == SecurityGroup("sg-1", "hello", "vpc-1", frozenset(rules), {"ecsdeploy:app": "hello"})

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

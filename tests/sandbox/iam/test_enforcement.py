"""`--enforce-iam`: a session does what its policies allow, and is told in AWS's words what they do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from botocore.exceptions import ClientError

from ecsdeploy.aws.errors import from_client_error
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.trust import ecs_tasks_trust
from tests.sandbox.conftest import RunningSandbox, running_sandbox

ACCOUNT = "123456789012"
PLACE = Place("aws", "us-east-1", ACCOUNT)
GROUPS = PLACE.regional("ec2", "security-group")
OPEN = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}


def allow(*actions: str, resource: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass
class Account:
    """A sandbox that enforces, and its administrator."""

    running: RunningSandbox
    made: int = 0

    def client(self, service: str) -> Any:
        return self.running.client(service)

    def signed(self, service: str, found: dict[str, str]) -> Any:
        """Return a client that signs with these credentials."""
        key, secret, token = found["access_key"], found["secret_key"], found.get("token", "")
        return self.running.client(service, access_key=key, secret_key=secret, token=token)

    def role(self, *statements: dict[str, Any], trust: dict[str, Any] = OPEN, boundary: str = "") -> str:
        """Make a role and return its ARN."""
        iam, name = self.client("iam"), f"role-{self.made}"
        self.made += 1
        limit = {"PermissionsBoundary": boundary} if boundary else {}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), **limit)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return str(role["Role"]["Arn"])

    def policy(self, *statements: dict[str, Any]) -> str:
        """Make a managed policy and return its ARN."""
        self.made += 1
        made = self.client("iam").create_policy(PolicyName=f"policy-{self.made}", PolicyDocument=document(*statements))
        return str(made["Policy"]["Arn"])

    def session(self, role: str, **parameters: Any) -> dict[str, str]:
        """Assume a role; return the credentials."""
        sts = self.client("sts")
        return keys(sts.assume_role(RoleArn=role, RoleSessionName="job", **parameters)["Credentials"])

    def may(self, *statements: dict[str, Any], **parameters: Any) -> Any:
        """Return what makes clients for a session of a role with these statements."""
        credentials = self.session(self.role(*statements), **parameters)
        return lambda service: self.signed(service, credentials)


def keys(found: dict[str, Any]) -> dict[str, str]:
    token = {"token": found["SessionToken"]} if "SessionToken" in found else {}
    return {"access_key": found["AccessKeyId"], "secret_key": found["SecretAccessKey"], **token}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), enforce_iam=True) as running:
        place = Account(running)
        ecs = place.client("ecs")
        for cluster in ("shop", "other"):
            ecs.create_cluster(clusterName=cluster)
        iam = place.client("iam")
        for name in ("app", "admin"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ecs_tasks_trust(PLACE)))
        place.client("ecr").create_repository(repositoryName="web", tags=[{"Key": "team", "Value": "web"}])
        yield place


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_session_does_what_its_role_may_and_no_more(here: Account) -> None:
    ecs = here.may(allow("ecs:DescribeClusters", resource=PLACE.cluster("shop")))("ecs")
    assert ecs.describe_clusters(clusters=["shop"])["clusters"][0]["clusterName"] == "shop"
    code, message = refused(ecs.describe_clusters, clusters=["shop", "other"])
    assert code == "AccessDeniedException"
    assert message.startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/role-")
    assert message.endswith(
        "/job is not authorized to perform: ecs:DescribeClusters on resource: "
        f"{PLACE.cluster('other')} because no identity-based policy allows the ecs:DescribeClusters action"
    )


def test_each_protocol_refuses_in_its_own_way(here: Account) -> None:
    client = here.may(allow("ecs:ListClusters"))
    assert refused(client("iam").list_roles)[0] == "AccessDenied"
    assert refused(client("elbv2").describe_load_balancers)[0] == "AccessDenied"
    assert refused(client("ssm").get_parameter, Name="x")[0] == "AccessDeniedException"
    assert refused(client("logs").describe_log_groups)[0] == "AccessDeniedException"
    code, message = refused(client("ec2").describe_vpcs)
    assert code == "UnauthorizedOperation"
    assert message.startswith("You are not authorized to perform this operation. User: arn:aws:sts::")
    assert message.endswith(
        "is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the "
        "ec2:DescribeVpcs action"
    )


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action", "resource"),
    [
        ("ecs", "describe_clusters", {"clusters": ["x"]}, "ecs:DescribeClusters", PLACE.cluster("x")),
        ("iam", "get_role", {"RoleName": "app"}, "iam:GetRole", PLACE.role("app")),
        ("ec2", "describe_vpcs", {}, "ec2:DescribeVpcs", ""),
        ("ec2", "delete_security_group", {"GroupId": "sg-1"}, "ec2:DeleteSecurityGroup", f"{GROUPS}/sg-1"),
        ("ssm", "get_parameter", {"Name": "/a/b"}, "ssm:GetParameter", PLACE.regional("ssm", "parameter/a/b")),
    ],
)
def test_the_tool_reads_from_a_refusal_what_is_missing(
    here: Account, service: str, operation: str, parameters: dict[str, Any], action: str, resource: str
) -> None:
    client = here.may(allow("ecs:ListClusters"))(service)
    with pytest.raises(ClientError) as raised:
        getattr(client, operation)(**parameters)
    error = from_client_error(raised.value, service)
    assert isinstance(error, PermissionDenied)
    assert (error.action, error.resource) == (action, resource)


def test_what_nobody_knows_the_permissions_of_is_refused_by_its_name(here: Account) -> None:
    client = here.may(allow("*"))
    code, message = refused(client("sqs").list_queues)
    assert code == "AccessDeniedException"
    assert "no table says what sqs:ListQueues asks of IAM in this sandbox" in message
    assert refused(client("s3").list_buckets)[0] == "AccessDenied"


def test_who_somebody_is_needs_no_permission(here: Account) -> None:
    client = here.may({"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert client("sts").get_caller_identity()["Arn"].endswith("/job")


def test_the_administrator_may_everything_and_a_key_that_nobody_has_nothing(here: Account) -> None:
    assert here.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    stranger = here.running.client("ecs", access_key="AKIASTRANGER00000000", secret_key="x")
    assert refused(stranger.list_clusters)[0] == "UnrecognizedClientException"
    stranger = here.running.client("iam", access_key="AKIASTRANGER00000000", secret_key="x")
    assert refused(stranger.list_roles)[0] == "InvalidClientTokenId"
    stranger = here.running.client("ec2", access_key="AKIASTRANGER00000000", secret_key="x")
    assert refused(stranger.describe_vpcs)[0] == "AuthFailure"


def test_an_explicit_deny_wins(here: Account) -> None:
    deny = {"Effect": "Deny", "Action": "ecs:Describe*", "Resource": PLACE.cluster("other")}
    ecs = here.may(allow("ecs:*"), deny)("ecs")
    assert ecs.describe_clusters(clusters=["shop"])["failures"] == []
    message = refused(ecs.describe_clusters, clusters=["other"])[1]
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_conditions_are_those_of_the_call(here: Account) -> None:
    cluster = {"ecs:cluster": PLACE.cluster("shop")}
    ecs = here.may(allow("ecs:ListTasks", ArnEquals=cluster), allow("ecs:ListServices", StringEquals=REGION))("ecs")
    assert ecs.list_tasks(cluster="shop")["taskArns"] == []
    assert refused(ecs.list_tasks, cluster="other")[0] == "AccessDeniedException"
    assert ecs.list_services(cluster="other")["serviceArns"] == []


REGION = {"aws:RequestedRegion": "us-east-1"}


def test_a_session_has_the_tags_of_its_role(here: Account) -> None:
    role = here.role(allow("ecs:ListClusters", StringEquals={"aws:PrincipalTag/team": "web"}))
    ecs = here.signed("ecs", here.session(role))
    assert refused(ecs.list_clusters)[0] == "AccessDeniedException"
    here.client("iam").tag_role(RoleName=role.rpartition("/")[2], Tags=[{"Key": "team", "Value": "web"}])
    assert ecs.list_clusters()["clusterArns"]


def test_a_role_is_passed_only_where_it_may_be(here: Account) -> None:
    passing = allow(
        "iam:PassRole", resource=PLACE.role("app"), StringEquals={"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    )
    ecs = here.may(allow("ecs:RegisterTaskDefinition", resource=PLACE.revisions("web")), passing)("ecs")
    parameters = {"family": "web", "containerDefinitions": [{"name": "app", "image": "x", "memory": 128}]}
    ecs.register_task_definition(**parameters, taskRoleArn=PLACE.role("app"))
    code, message = refused(ecs.register_task_definition, **parameters, taskRoleArn=PLACE.role("admin"))
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {PLACE.role('admin')} because" in message
    tags = [{"key": "team", "value": "web"}]
    assert "ecs:TagResource" in refused(ecs.register_task_definition, **parameters, tags=tags)[1]


def test_a_boundary_and_a_session_policy_limit_what_a_role_may(here: Account) -> None:
    reading = here.policy(allow("ecs:List*"))
    limited = here.session(here.role(allow("ecs:*"), boundary=reading))
    ecs = here.signed("ecs", limited)
    assert ecs.list_clusters()["clusterArns"]
    message = refused(ecs.describe_clusters)[1]
    assert message.endswith("because no permissions boundary allows the ecs:DescribeClusters action")
    for policies in ({"Policy": document(allow("ecs:List*"))}, {"PolicyArns": [{"arn": reading}]}):
        ecs = here.signed("ecs", here.session(here.role(allow("ecs:*")), **policies))
        assert ecs.list_clusters()["clusterArns"]
        message = refused(ecs.describe_clusters)[1]
        assert message.endswith("because no session policy allows the ecs:DescribeClusters action")


def test_attached_policies_count_by_their_default_version(here: Account) -> None:
    iam, arn = here.client("iam"), here.policy(allow("ecs:ListClusters"))
    role = here.role()
    iam.attach_role_policy(RoleName=role.rpartition("/")[2], PolicyArn=arn)
    ecs = here.signed("ecs", here.session(role))
    assert ecs.list_clusters()["clusterArns"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("ecs:ListServices")), SetAsDefault=True)
    assert refused(ecs.list_clusters)[0] == "AccessDeniedException"


def test_a_session_of_a_deleted_role_may_nothing(here: Account) -> None:
    role = here.role(allow("ecs:*"))
    ecs = here.signed("ecs", here.session(role))
    assert ecs.list_clusters()["clusterArns"]
    name = role.rpartition("/")[2]
    here.client("iam").delete_role_policy(RoleName=name, PolicyName="own")
    here.client("iam").delete_role(RoleName=name)
    assert refused(ecs.list_clusters)[0] == "AccessDeniedException"


def test_a_user_does_what_it_and_its_groups_may(here: Account) -> None:
    iam = here.client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="readers")
    iam.put_user_policy(
        UserName="ann", PolicyName="own", PolicyDocument=document(allow("ecs:ListClusters", StringEquals=ANN))
    )
    iam.put_group_policy(GroupName="readers", PolicyName="own", PolicyDocument=document(allow("ecs:ListServices")))
    made = keys(iam.create_access_key(UserName="ann")["AccessKey"])
    ecs = here.signed("ecs", made)
    assert ecs.list_clusters()["clusterArns"]
    assert refused(ecs.list_services, cluster="shop")[0] == "AccessDeniedException"
    iam.add_user_to_group(UserName="ann", GroupName="readers")
    assert ecs.list_services(cluster="shop")["serviceArns"] == []
    message = refused(ecs.describe_clusters)[1]
    assert message.startswith(f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized")
    iam.update_access_key(UserName="ann", AccessKeyId=made["access_key"], Status="Inactive")
    assert refused(ecs.list_clusters)[0] == "UnrecognizedClientException"


ANN = {"aws:username": "ann"}


def test_tags_of_resources_count(here: Account) -> None:
    ecr = here.may(allow("ecr:DescribeImages", StringEquals={"aws:ResourceTag/team": "web"}))("ecr")
    here.client("ecr").create_repository(repositoryName="other")
    assert ecr.describe_images(repositoryName="web")["imageDetails"] == []
    assert refused(ecr.describe_images, repositoryName="other")[0] == "AccessDeniedException"


def test_a_repository_lets_somebody_in_by_its_own_policy(here: Account) -> None:
    role = here.role()
    statement = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "ecr:DescribeImages"}
    here.client("ecr").create_repository(repositoryName="shared")
    ecr = here.signed("ecr", here.session(role))
    assert refused(ecr.describe_images, repositoryName="shared")[0] == "AccessDeniedException"
    here.client("ecr").set_repository_policy(repositoryName="shared", policyText=document(statement))
    assert ecr.describe_images(repositoryName="shared")["imageDetails"] == []


def test_a_role_that_is_made_without_the_boundary_that_is_asked_for_is_refused(here: Account) -> None:
    limit = here.policy(allow("ecs:*"))
    iam = here.may(allow("iam:CreateRole", StringEquals={"iam:PermissionsBoundary": limit}))("iam")
    trust = {"AssumeRolePolicyDocument": document(OPEN)}
    iam.create_role(RoleName="limited", PermissionsBoundary=limit, **trust)
    assert refused(iam.create_role, RoleName="free", **trust)[0] == "AccessDenied"


def test_a_session_assumes_what_it_may_and_what_trusts_it(here: Account) -> None:
    target = here.role(allow("ecs:ListClusters"))
    assert (
        refused(here.may(allow("ecs:*"))("sts").assume_role, RoleArn=target, RoleSessionName="chained")[0]
        == "AccessDenied"
    )
    chained = here.may(allow("sts:AssumeRole", resource=target))("sts").assume_role(
        RoleArn=target, RoleSessionName="chained"
    )
    assert here.signed("ecs", keys(chained["Credentials"])).list_clusters()["clusterArns"]


def docker(here: Account, client: Any) -> Any:
    """Return what asks the registry as whoever `client` is; it gives the status and the words of a refusal."""
    token = client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    host, _, port = here.running.registry.partition(":")

    def ask(method: str, path: str) -> tuple[int, str]:
        connection = HTTPConnection(host, int(port), timeout=10)
        connection.request(method, path, headers={"Authorization": f"Basic {token}"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, json.loads(body)["errors"][0]["message"] if answer.status == 403 and body else ""

    return ask


def test_the_registry_asks_for_the_session_that_logged_in(here: Account) -> None:
    pushing = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
    login = allow("ecr:GetAuthorizationToken")
    ask = docker(here, here.may(login, allow(*pushing, resource=PLACE.repository("web"))))
    here.client("ecr").create_repository(repositoryName="foreign")
    assert ask("GET", "/v2/") == (200, "")
    assert ask("POST", "/v2/web/blobs/uploads/") == (202, "")
    status, message = ask("GET", "/v2/web/manifests/latest")
    assert status == 403
    assert message.endswith(
        f"/job is not authorized to perform: ecr:BatchGetImage on resource: {PLACE.repository('web')} because no "
        "identity-based policy allows the ecr:BatchGetImage action"
    )
    for method, path in (
        ("POST", "/v2/foreign/blobs/uploads/"),
        ("HEAD", f"/v2/web/blobs/sha256:{'0' * 64}"),
        ("GET", f"/v2/web/blobs/sha256:{'0' * 64}"),
        ("DELETE", f"/v2/web/manifests/sha256:{'0' * 64}"),
        ("GET", "/v2/web/tags/list"),
    ):
        assert ask(method, path)[0] == 403
    ask = docker(here, here.may(login, allow("ecr:*", resource=PLACE.repository("web"))))
    assert ask("GET", "/v2/web/manifests/latest") == (404, "")


def test_a_sandbox_asks_nobody_unless_it_is_told_to(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as running:
        account = Account(running, made=100)
        assert account.may()("ecs").list_clusters()["clusterArns"] == []
        assert running.sandbox.status()["iam_enforced"] is False


SCOPE = "{}/{}/us-east-1/{}/aws4_request"
FORM = "application/x-www-form-urlencoded"


def as_parts(form: dict[str, str]) -> str:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form.items()]
    return "".join(parts) + "--x--\r\n"


def test_what_is_done_is_what_was_asked_for_however_a_request_can_be_read(here: Account) -> None:
    role = here.role()
    found = here.session(here.role(allow("iam:GetRole", resource=role)))
    host, _, port = here.running.registry.partition(":")

    def status(target: str, body: str = "", *, form: str = FORM, scopes: tuple[tuple[str, str], ...]) -> int:
        credentials = ", ".join(f"Credential={SCOPE.format(found['access_key'], *each)}" for each in scopes)
        signed = f"AWS4-HMAC-SHA256 {credentials}, SignedHeaders=host, Signature=0"
        headers = {"Authorization": signed, "X-Amz-Security-Token": found["token"], "Content-Type": form}
        connection = HTTPConnection(host, int(port), timeout=10)
        connection.request("POST" if body else "PUT", target, body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    name = role.rpartition("/")[2]
    wished = {"PolicyName": "stolen", "PolicyDocument": document(allow("*"))}
    write = urlencode({"Action": "PutRolePolicy", "RoleName": name, **wished})
    read = urlencode({"Action": "GetRole", "RoleName": name})
    iam = (("20260101", "iam"),)
    answered = [
        status("/", f"{write}&{read}", scopes=iam),
        status(f"/?{write}", read, scopes=iam),
        status(f"/?{read}", write, form="text/plain", scopes=iam),
        status(f"/?{read}", write, form=FORM.upper(), scopes=iam),
        status(f"/?{read}", as_parts(dict(parse_qsl(write))), form="multipart/form-data; boundary=x", scopes=iam),
        status(f"/service/IAM/operation/GetRole?{write}", " ", form="text/plain", scopes=iam),
    ]
    assert answered == [200] * len(answered)
    assert here.client("iam").list_role_policies(RoleName=name)["PolicyNames"] == []
    both = (("202601011", "s3"), ("20260101", "sts"))  # a date of nine digits is none
    assert status("/stolen?Action=AssumeRoleWithSAML", scopes=both) >= 400
    assert here.client("s3").list_buckets()["Buckets"] == []

"""What is read for which part, and what becomes of it where it may not be."""

from __future__ import annotations

import threading
from typing import get_args

import pytest

from ecsdeploy.core.account import Account, Hidden
from ecsdeploy.core.upkeep import RECONCILE
from ecsdeploy.core.wanted import FOUNDATION, SETUP, Part, Wanted
from ecsdeploy.errors import ConfigError, PermissionDenied, Refused, WrongAccount
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.made import bring_up
from ecsdeploy.workflow.read import Need, read
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import CONFIG, Bench

TAG = "3f2c1ab"


def account_of(bench: Bench, run: Run, *parts: Part, reconcile: bool = False, image: str = "") -> Account:
    """Return what is read for these parts; `bench.reads` are all the questions then, waited for or not."""
    before = set(threading.enumerate())
    bench.reads.clear()
    try:
        return read(run.aws, run.target, run.clock, Need(parts=parts, reconcile=reconcile, image=image))
    finally:
        while asking := set(threading.enumerate()) - before:
            for thread in asking:
                if thread.is_alive():  # one that is about to start cannot be waited for yet
                    thread.join(30)
        del bench.reads["sts:GetCallerIdentity"]


READS: dict[Part, set[str]] = {
    "repository": {"ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"},
    "github": {
        "iam:GetOpenIDConnectProvider",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
    },
    "task roles": {"iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"},
    "service-linked role": {"iam:ListRoles"},
    "cluster": {"ecs:DescribeClusters"},
    "log group": {"logs:DescribeLogGroups", "logs:ListTagsForResource"},
    "security group": {"ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"},
    "image": set(),
    "task definition": {
        "ecs:DescribeTaskDefinition",
        "ecs:DescribeServices",
        "ecs:ListServiceDeployments",
        "iam:GetRole",
    },
    "service": {"ecs:DescribeServices", "ecs:ListServiceDeployments"},
}


@pytest.fixture
def run(bench: Bench) -> Run:
    """A run in an account that is set up, in which nothing was deployed yet."""
    first, _ = bench.run()
    bring_up(first, Wanted(target=first.target, parts=("repository", *FOUNDATION)), RECONCILE)
    bench.answers["ecs:ListServiceDeployments"] = {"serviceDeployments": []}  # moto does not know it
    return bench.run()[0]


@pytest.mark.parametrize("part", get_args(Part))
def test_only_what_a_part_needs_is_read_and_once(bench: Bench, run: Run, part: Part) -> None:
    account_of(bench, run, part, reconcile=True)
    assert bench.reads.keys() == READS[part]
    assert all(count == 1 for call, count in bench.reads.items() if call != "iam:GetRole")


def test_nothing_is_read_that_is_not_asked_for(bench: Bench, run: Run) -> None:
    found = account_of(bench, run)
    assert bench.reads == {}
    assert found == Account(place=found.place)


def test_a_deployment_reads_less_than_an_admin(bench: Bench, run: Run) -> None:
    account_of(bench, run, *FOUNDATION)
    assert "iam:ListRolePolicies" not in bench.reads
    assert "iam:ListRoles" not in bench.reads  # there is a cluster
    assert "logs:ListTagsForResource" not in bench.reads
    assert "ec2:DescribeRouteTables" not in bench.reads  # every subnet maps public addresses


def test_what_is_there_is_seen(bench: Bench, run: Run) -> None:
    found = account_of(bench, run, *SETUP, reconcile=True)
    assert found.repository is not None
    assert found.repository.name == "hello-service"
    assert found.provider is None
    assert found.roles["hello-service-github-deploy"] is None
    assert found.linked_role is True
    assert found.place == a.PLACE


HIDES: list[tuple[str, str]] = [
    ("iam:GetOpenIDConnectProvider", "provider"),
    ("iam:ListRoles", "linked_role"),
    ("ecs:DescribeClusters", "cluster"),
    ("logs:DescribeLogGroups", "log_group"),
    ("ec2:DescribeVpcs", "network"),
    ("ec2:DescribeSubnets", "network"),
    ("ec2:DescribeSecurityGroups", "security_groups"),
    ("ecr:GetLifecyclePolicy", "repository_details"),
    ("ecr:ListTagsForResource", "repository_details"),
]


@pytest.mark.parametrize(("action", "noun"), HIDES)
def test_what_may_not_be_looked_at_is_hidden_and_the_rest_is_seen(
    bench: Bench, run: Run, action: str, noun: str
) -> None:
    seen = account_of(bench, run, *SETUP, reconcile=True)
    bench.deny = {action}
    found = account_of(bench, run, *SETUP, reconcile=True)
    for name in vars(found):
        value = getattr(found, name)
        if name == noun:
            assert isinstance(value, Hidden)
            assert str(value) == action
        else:
            assert value == getattr(seen, name), name


PARAMETERS = """
[task.secrets]
URL = "ssm:/hello/url"
PLAIN = "ssm:plain"
ARN = "arn:aws:ssm:us-east-1:123456789012:parameter/of-arn"
FAR = "arn:aws:ssm:eu-west-1:123456789012:parameter/far"
"""


def test_parameters_are_looked_up_where_there_are_some_and_never_read(bench: Bench, run: Run) -> None:
    ssm = bench.client("ssm")
    for name in ("/hello/url", "plain", "of-arn"):
        ssm.put_parameter(Name=name, Value="x", Type="String")
    with_parameters, _ = bench.run(CONFIG + PARAMETERS)
    found = account_of(bench, with_parameters, "task definition")
    assert found.unasked == ()
    asked = {call for call in bench.reads if call.startswith("ssm:")}
    assert asked == {"ssm:ListTagsForResource"}
    bench.deny = {"ssm:ListTagsForResource"}
    assert list(map(str, account_of(bench, with_parameters, "task definition").unasked)) == ["ssm:ListTagsForResource"]


SECRET = "arn:aws:secretsmanager:{region}:{account}:secret:{name}-a1B2c3"
FAR = (
    SECRET.format(region="eu-west-1", account="123456789012", name="far"),
    SECRET.format(region="us-east-1", account="999999999999", name="theirs"),
)


def sidecar(*references: str) -> str:
    """Return a config whose sidecar names these."""
    named = ", ".join(f'{{ name = "S{number}", valueFrom = "{each}" }}' for number, each in enumerate(references))
    return f'{CONFIG}[[task.raw.containerDefinitions]]\nname = "agent"\nimage = "agent:1"\nsecrets = [{named}]\n'


def test_secrets_with_an_arn_are_looked_up_where_that_is_here_and_each_once(bench: Bench) -> None:
    arn = bench.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    run, _ = bench.run(sidecar(f"{arn}:user::", f"{arn}:password::", *FAR))
    assert account_of(bench, run, "task definition").unasked == ()
    assert {call: n for call, n in bench.reads.items() if call.startswith("secretsmanager:")} == {
        "secretsmanager:DescribeSecret": 1
    }
    bench.deny = {"secretsmanager:DescribeSecret"}
    assert list(map(str, account_of(bench, run, "task definition").unasked)) == ["secretsmanager:DescribeSecret"]


def test_what_is_missing_is_found_beside_what_may_not_be_asked(bench: Bench) -> None:
    run, _ = bench.run(sidecar("/hello/none", SECRET.format(region="us-east-1", account="123456789012", name="none")))
    bench.deny = {"ssm:ListTagsForResource"}
    with pytest.raises(Refused, match="There is no secret 'none-a1B2c3' in Secrets Manager in us-east-1") as caught:
        account_of(bench, run, "task definition")
    assert caught.value.why == "[task.raw] S1 of container agent names it."
    bench.deny = {"secretsmanager:DescribeSecret"}
    with pytest.raises(Refused, match="There is no SSM parameter '/hello/none' in us-east-1") as caught:
        account_of(bench, run, "task definition")
    assert caught.value.why == "[task.raw] S0 of container agent names it."


def test_a_sidecar_reads_no_parameter_of_another_account_either(bench: Bench) -> None:
    run, _ = bench.run(sidecar("arn:aws:ssm:us-east-1:222233334444:parameter/x"))
    with pytest.raises(ConfigError, match=r"\[task.raw\] S0 of container agent names an SSM parameter of account 2222"):
        account_of(bench, run, "task definition")


def test_a_registrys_login_has_to_be_there(bench: Bench) -> None:
    raw = '[[task.raw.containerDefinitions]]\nname = "agent"\nrepositoryCredentials.credentialsParameter = "login"\n'
    run, _ = bench.run(CONFIG + raw)
    with pytest.raises(Refused, match="There is no secret 'login' in Secrets Manager") as caught:
        account_of(bench, run, "task definition")
    assert caught.value.why == "[task.raw] repositoryCredentials of container agent names it."
    bench.client("secretsmanager").create_secret(Name="login", SecretString="x")
    assert account_of(bench, run, "task definition").unasked == ()


def test_a_secret_whose_arn_may_not_be_asked_for_sends_to_setup_too(bench: Bench) -> None:
    run, _ = bench.run(f'{CONFIG}[task.secrets]\nDB = "secretsmanager:db"\n')
    bench.deny = {"secretsmanager:DescribeSecret"}
    with pytest.raises(PermissionDenied, match="secretsmanager:DescribeSecret") as caught:
        account_of(bench, run, "task definition")
    assert "`ecsdeploy setup` allows it to the deploy role" in str(caught.value.fix)


@pytest.mark.parametrize("reference", ["ssm:/hello/none", "arn:aws:ssm:us-east-1:123456789012:parameter/none"])
def test_one_that_is_missing_stops_everything(bench: Bench, run: Run, reference: str) -> None:
    wanting, _ = bench.run(f'{CONFIG}[task.secrets]\nURL = "{reference}"\n')
    with pytest.raises(Refused, match=r"There is no SSM parameter '/.*none' in us-east-1") as caught:
        account_of(bench, wanting, "task definition")
    assert caught.value.why == "[task.secrets] URL names it."


def test_so_are_roles(bench: Bench, run: Run) -> None:
    bench.deny = {"iam:GetRole"}
    found = account_of(bench, run, *SETUP)
    assert {str(role) for role in found.roles.values()} == {"iam:GetRole"}
    assert len(found.roles) == 3


@pytest.mark.parametrize(
    "action",
    ["ecr:DescribeRepositories", "ecr:DescribeImages", "ecs:DescribeServices", "ecs:DescribeTaskDefinition"],
)
def test_without_some_nothing_can_be_decided(bench: Bench, run: Run, action: str) -> None:
    bench.deny = {action}
    with pytest.raises(PermissionDenied, match=action):
        account_of(bench, run, "repository", *FOUNDATION, "task definition", "service", image=TAG)


def test_another_account_is_not_even_read(bench: Bench) -> None:
    run, _ = bench.run(CONFIG.replace("[github]", 'account = "999999999999"\n[github]', 1))
    with pytest.raises(WrongAccount):
        account_of(bench, run, *SETUP)
    assert bench.reads == {}

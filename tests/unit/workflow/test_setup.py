from __future__ import annotations

import pytest

from ecsdeploy.errors import Refused
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions
from ecsdeploy.workflow.create_repo import create_repo
from ecsdeploy.workflow.setup import setup
from tests.unit.workflow.fakes import CONFIG, Bench

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello-service"
ROLE = "arn:aws:iam::123456789012:role/hello-service-github-deploy"


def done(bench: Bench) -> None:
    """Let `setup` have run before."""
    run, _ = bench.run()
    setup(run, run.target, OidcOptions())


def test_an_empty_account_gets_everything_in_order(bench: Bench) -> None:
    run, report = bench.run()

    setup(run, run.target, OidcOptions())

    assert report.resources == [
        ("repository", "hello-service", "created"),
        ("execution role", "hello-service-execution", "created"),
        ("task role", "hello-service-task", "created"),
        ("OIDC provider", "token.actions.githubusercontent.com", "created"),
        ("deploy role", "hello-service-github-deploy", "created"),
        ("service-linked role", "AWSServiceRoleForECS", "created"),
        ("cluster", "hello-service", "created"),
        ("log group", "/ecs/hello-service", "created"),
        ("security group", "hello-service", "created"),
    ]
    assert report.results == {
        "repository": URI,
        "deploy-role": ROLE,
    }


def test_the_second_run_writes_nothing(bench: Bench) -> None:
    done(bench)
    run, report = bench.run()

    setup(run, run.target, OidcOptions())

    assert bench.writes == {}
    assert {action for _, _, action in report.resources} == {"unchanged"}
    assert len(report.resources) == 9
    assert report.results["deploy-role"] == ROLE


def test_all_that_is_asked_is_asked_before_the_first_write(bench: Bench) -> None:
    done(bench)
    config = CONFIG.replace('["main"]', '["main", "release"]').replace("3000", "8080") + "[image]\nkeep = 5\n"
    run, report = bench.run(config, answer=False)

    with pytest.raises(Refused) as caught:
        setup(run, run.target, OidcOptions())

    assert caught.value.what == "This needs your consent, so nothing was changed."
    assert bench.writes == {}
    assert len(report.questions) == 1

    run, report = bench.run(config, answer=True)
    setup(run, run.target, OidcOptions())
    assert [question.splitlines()[0] for question in report.questions] == [
        "The deploy role hello-service-github-deploy differs from the config:",
        "The security group hello-service lets in more than the config allows:",
    ]
    assert bench.writes["ecr:PutLifecyclePolicy"] == 1


def test_a_refusal_after_a_write_does_not_say_that_nothing_was_changed(bench: Bench) -> None:
    """Which comes of somebody who was faster: what is theirs by then was not known before."""
    run, _ = bench.run(answer=False)

    def somebody_else() -> None:
        ec2 = bench.client("ec2")
        vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
        tags = [{"Key": key, "Value": value} for key, value in run.target.tags.items()]
        tagged = [{"ResourceType": "security-group", "Tags": tags}]
        group = ec2.create_security_group(
            GroupName="hello-service", Description="theirs", VpcId=vpc, TagSpecifications=tagged
        )["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8"
        )

    bench.meanwhile["ec2:CreateSecurityGroup"] = somebody_else
    with pytest.raises(Refused) as caught:
        setup(run, run.target, OidcOptions())
    assert caught.value.what == "This needs your consent, so it was left as it is."
    assert "created cluster hello-service" in run.journal.done


@pytest.mark.parametrize(
    "write", ["ecr:CreateRepository", "iam:CreateOpenIDConnectProvider", "iam:CreateRole", "ec2:CreateSecurityGroup"]
)
@pytest.mark.parametrize("story", ["setup", "create-repo"])
def test_what_somebody_else_made_meanwhile_is_told_as_well(bench: Bench, write: str, story: str) -> None:
    run, report = bench.run()
    bench.meanwhile = {write: lambda: done(bench)}

    if story == "setup":
        setup(run, run.target, OidcOptions())
        assert report.results == {"repository": URI, "deploy-role": ROLE}
    else:
        create_repo(run, run.target)
        assert report.results == {"repository": URI}

"""AWS's other partitions: an administrator sets a job up, and it signs in.

The sandbox's ECS is of the partition `aws` alone, so its IAM and STS are what is asked here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.access import ISSUER
from tests.support.world import CONFIG, World, aws_session, open_world
from tests.tool.commands.test_credentials import GITHUB, MAIN, run, shown

PARTITIONS = [
    ("cn-north-1", "aws-cn", "sts.amazonaws.com.cn"),
    ("us-gov-west-1", "aws-us-gov", "sts.amazonaws.com"),
    ("eusc-de-east-1", "aws-eusc", "sts.amazonaws.com"),
]


def client(world: World, region: str) -> Any:
    """Return a client of the partition's IAM."""
    return aws_session().create_client(
        "iam",
        region_name=region,
        endpoint_url=world.sandbox.settings.endpoint(),
        aws_access_key_id="somebody",
        aws_secret_access_key="test",
    )


@pytest.mark.parametrize(("region", "partition", "audience"), PARTITIONS)
def test_a_job_signs_in_in_every_partition(tmp_path: Path, region: str, partition: str, audience: str) -> None:
    with open_world(tmp_path, config=CONFIG.replace("us-east-1", region) + GITHUB) as world:
        made = world.run("bootstrap-oidc")
        assert made.code == 0, made.err
        role = f"arn:{partition}:iam::123456789012:role/hello-github-deploy"
        assert f"{role}\n" in made.out
        iam = client(world, region)
        provider = f"arn:{partition}:iam::123456789012:oidc-provider/{ISSUER}"
        assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)["ClientIDList"] == [audience]
        (statement,) = iam.get_role(RoleName="hello-github-deploy")["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Federated": provider}
        assert statement["Condition"]["StringEquals"][f"{ISSUER}:aud"] == audience

        status = run(world, "status", "--debug")

        assert status.code == 0, status.err
        assert status.calls["sts:AssumeRoleWithWebIdentity"] == 1
        assert "Nothing is deployed yet" in status.out + status.err
        stranger = run(world, "deploy", "--output", "plain", job=replace(MAIN, repository="mallory/hello"))
        assert stranger.code == 3
        assert role in shown(stranger)
        judged = run(world, "doctor", "--oidc", "--output", "plain")
        assert judged.code == 0, judged.out
        assert f"aud: {audience}\n" in judged.out
        assert f"ok         provider: It accepts the audience {audience}.\n" in judged.out


@pytest.mark.parametrize(("region", "partition", "audience"), PARTITIONS)
def test_what_is_printed_and_granted_is_of_the_partition(
    tmp_path: Path, region: str, partition: str, audience: str
) -> None:
    with open_world(tmp_path, config=CONFIG.replace("us-east-1", region) + GITHUB) as world:
        for command in (("bootstrap-oidc", "--print", "json"), ("iam", "--for", "deploy")):
            printed = world.run(*command)
            assert printed.code == 0, printed.err
            assert f"arn:{partition}:" in printed.out
            assert "arn:aws:" not in printed.out
        assert audience in world.run("bootstrap-oidc", "--print", "terraform").out

"""Tokens of other CIs: their subjects as documented, and the sandbox's STS that takes them as it takes GitHub's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from ecsdeploy.cli.sandbox_ci import Ci
from ecsdeploy.sandbox.ci.claims import CIS, claims_of
from ecsdeploy.sandbox.ci.job import BadCiJobError, CiJob, as_json, job_of
from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.support.world import aws_session

NOW = 1_800_000_000
ONE, TWO, THREE = (f"{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}" for digit in "123")


def claims(ci: str, **given: Any) -> dict[str, Any]:
    return dict(claims_of(CiJob(**{"ci": ci, "project": "acme/hello", **given}), NOW, "an-id"))


@pytest.mark.parametrize(
    ("ci", "given", "issuer", "audience", "subject"),
    [
        (
            "gitlab",
            {},
            "https://gitlab.com",
            "sts.amazonaws.com",
            "project_path:acme/hello:ref_type:branch:ref:main",
        ),
        (
            "gitlab",
            {"project": "acme/web/hello", "ref": "refs/tags/v1", "issuer": "https://git.example.com", "audience": "a"},
            "https://git.example.com",
            "a",
            "project_path:acme/web/hello:ref_type:tag:ref:v1",
        ),
        (
            "circleci",
            {"owner_id": ONE, "project_id": TWO, "ref": "refs/heads/a/b"},
            f"https://oidc.circleci.com/org/{ONE}",
            ONE,
            f"org/{ONE}/project/{TWO}/user/USER/vcs-origin/github.com/acme/hello/vcs-ref/refs/heads/a/b",
        ),
        (
            "bitbucket",
            {"owner_id": ONE, "project_id": TWO, "environment": THREE},
            "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
            f"ari:cloud:bitbucket::workspace/{ONE}",
            f"{{{TWO}}}:{{{THREE}}}:{{STEP}}",
        ),
        (
            "buildkite",
            {},
            "https://agent.buildkite.com",
            "sts.amazonaws.com",
            "organization:acme:pipeline:hello:ref:refs/heads/main:commit:COMMIT:step:deploy",
        ),
    ],
)
def test_the_subject_is_the_documented_one(
    ci: str, given: dict[str, Any], issuer: str, audience: str, subject: str
) -> None:
    found = claims(ci, **given)
    job = CiJob(**{"ci": ci, "project": "acme/hello", **given})
    made = {"USER": job.uuid("user"), "STEP": job.uuid("acme/hello step"), "COMMIT": job.commit}
    for placeholder, value in made.items():
        subject = subject.replace(placeholder, value)
    assert (found["iss"], found["aud"], found["sub"]) == (issuer, audience, subject)
    assert (found["iat"], found["exp"]) == (NOW, NOW + 3600)


def test_a_bitbucket_step_without_an_environment_names_two() -> None:
    assert claims("bitbucket")["sub"].count(":") == 1


def test_claims_can_be_given_and_tokens_be_old() -> None:
    found = claims("gitlab", claims={"ref_protected": "false", "nbf": "4000000000"}, seconds=-1)
    assert (found["ref_protected"], found["nbf"], found["exp"]) == ("false", 4_000_000_000, NOW - 1)


@pytest.mark.parametrize(
    "given",
    [
        {"project": "hello"},
        {"ref": "main"},
        {"issuer": "http://x"},
        {"ci": "travis"},
        {"claims": {"exp": "soon"}},
    ],
)
def test_what_is_no_job(given: dict[str, Any]) -> None:
    with pytest.raises(BadCiJobError):
        claims(**{"ci": "gitlab", **given})


def test_the_command_offers_every_ci_and_jobs_travel_as_json() -> None:
    assert {each.value for each in Ci} == set(CIS)
    job = CiJob(ci="gitlab", project="acme/hello", claims={"a": "b"})
    assert job_of(as_json(job)) == job
    with pytest.raises(BadCiJobError):
        job_of({"ci": "gitlab", "project": "a/b", "colour": "blue"})


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.mark.parametrize("ci", CIS)
def test_sts_takes_them_as_it_takes_githubs(sandbox: RunningSandbox, ci: str) -> None:
    job, other = (CiJob(ci=ci, project=f"acme/{name}") for name in ("hello", "world"))
    found = claims_of(job, NOW, "an-id")
    issuer = str(found["iss"]).removeprefix("https://")
    iam, sts = sandbox.client("iam"), unsigned(sandbox)
    provider = iam.create_open_id_connect_provider(Url=found["iss"], ClientIDList=[found["aud"]])
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:aud": found["aud"], f"{issuer}:sub": found["sub"]}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName=ci, AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    def code(asking: CiJob) -> str:
        token = sandbox.sandbox.github.ci_token(asking)
        try:
            sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="ci", WebIdentityToken=token)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    assert code(job) == ""
    # CircleCI's audience and issuer are the organisation's, and stay the same for its other project.
    assert code(other) == "AccessDenied"
    forged = CiJob(ci=ci, project="acme/hello", forged=True)
    assert code(forged) == "InvalidIdentityToken"


def unsigned(sandbox: RunningSandbox) -> Any:
    return aws_session().create_client(
        "sts", region_name="us-east-1", endpoint_url=sandbox.endpoint, config=Config(signature_version=UNSIGNED)
    )

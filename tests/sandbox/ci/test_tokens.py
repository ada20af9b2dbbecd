"""Tokens of other CIs: their subjects as documented, and the sandbox's STS that takes them as it takes GitHub's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from ecsdeploy.cli.sandbox_ci import Ci
from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.ci.bitbucket import BitbucketSource
from ecsdeploy.policy.ci.buildkite import BuildkiteSource
from ecsdeploy.policy.ci.circleci import CircleCiSource
from ecsdeploy.policy.ci.gitlab import GitLabSource
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


class Source(Protocol):
    """What every CI's source says."""

    @property
    def issuer(self) -> str: ...
    def audience(self, place: Place, /) -> str: ...
    def trust(self, place: Place, /) -> Document: ...


IDS = {"owner_id": ONE, "project_id": TWO}
TOPIC = {"ref": "refs/heads/topic"}
Fields = dict[str, Any]
CASES: dict[str, tuple[Source, list[Fields], list[Fields]]] = {
    "gitlab": (
        GitLabSource("acme/hello", "7", "9", branches=("main",), tags=("v*",)),
        [{"project_id": "7", "owner_id": "9"}, {"project_id": "7", "owner_id": "9", "ref": "refs/tags/v1"}],
        [
            TOPIC,
            {"ref": "refs/tags/w1"},
            {"project_id": "8"},
            {"owner_id": "8"},
            {"claims": {"ref_protected": "false"}},
        ],
    ),
    "bitbucket": (
        BitbucketSource("acme", ONE, TWO, (THREE,)),
        [{**IDS, "environment": THREE}],
        [{"environment": ONE}, {"environment": ""}, {"project_id": THREE}],
    ),
    "circleci": (
        CircleCiSource(ONE, TWO, "github.com/acme/hello", ("main",)),
        [IDS],
        [TOPIC, {"ref": "refs/tags/main"}, {"project_id": THREE}, {"project": "acme/world"}],
    ),
    "buildkite": (
        BuildkiteSource("acme", ONE, "hello", TWO, ("main",)),
        [IDS],
        [TOPIC, {"ref": "refs/tags/main"}, {"project_id": THREE}, {"owner_id": THREE}, {"project": "acme/world"}],
    ),
}


@pytest.mark.parametrize("ci", CIS)
def test_whom_a_config_means_gets_in_and_nobody_else(sandbox: RunningSandbox, ci: str) -> None:
    source, inside, outside = CASES[ci]
    place = Place("aws", "us-east-1", "123456789012")
    iam, sts = sandbox.client("iam"), unsigned(sandbox)
    iam.create_open_id_connect_provider(Url=f"https://{source.issuer}", ClientIDList=[source.audience(place)])
    trust = json.dumps(source.trust(place))
    role = iam.create_role(RoleName=ci, AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    def refusal(fields: Fields) -> str:
        token = sandbox.sandbox.github.ci_token(CiJob(**{"ci": ci, "project": "acme/hello", **fields}))
        try:
            sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="ci", WebIdentityToken=token)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    assert [refusal(job) for job in inside] == [""] * len(inside)
    for other in outside:
        assert refusal({**inside[0], **other}) == "AccessDenied", other
    assert refusal({**inside[0], "forged": True}) == "InvalidIdentityToken"
    assert refusal({**inside[0], "seconds": 0}) == "ExpiredTokenException"


def unsigned(sandbox: RunningSandbox) -> Any:
    return aws_session().create_client(
        "sts", region_name="us-east-1", endpoint_url=sandbox.endpoint, config=Config(signature_version=UNSIGNED)
    )

"""Each trust policy that a config can ask for, tried with the jobs that it means and with those next to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from ecsdeploy.policy.arns import GITHUB_ISSUER, Place
from ecsdeploy.policy.issuers import github_issuer
from ecsdeploy.policy.trust import GitHubSource, github_trust
from ecsdeploy.sandbox.github.job import Job
from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.support.world import aws_session

PLACE = Place("aws", "us-east-1", "123456789012")
SHARED = "acme/shared/.github/workflows/deploy.yml@refs/heads/main"
Fields = dict[str, Any]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        yield running


def branch(name: str) -> Fields:
    return {"ref": f"refs/heads/{name}"}


def tag(name: str) -> Fields:
    return {"ref": f"refs/tags/{name}"}


CASES: dict[str, tuple[Fields, list[Fields], list[Fields]]] = {
    "a branch": (
        {"branches": ("main",)},
        [branch("main"), {**branch("main"), "runner": "self-hosted"}],
        [branch("main2"), branch("Main"), tag("main"), {"event": "pull_request"}, {"environment": "main"}],
    ),
    "a tag": ({"tags": ("v1",)}, [tag("v1")], [branch("v1"), tag("v10"), {**tag("v1"), "environment": "prod"}]),
    "a pattern of tags": (
        {"tags": ("v*",)},
        [tag("v1"), tag("v1.2/rc")],
        [tag("w1"), branch("v1"), {**tag("v1"), "owner_id": "66"}, {**tag("v1"), "repository": "evil/hello"}],
    ),
    "an environment": (
        {"environments": ("prod",)},
        [{"environment": "prod"}, {"environment": "prod", "event": "pull_request"}],
        [{"environment": "prod2"}, {"environment": "Prod"}, branch("prod"), branch("main")],
    ),
    "an environment with a colon": (
        {"environments": ("prod:eu",)},
        [{"environment": "prod:eu"}],
        [{"environment": "prod%3Aeu"}, {"environment": "prod"}],
    ),
    "a reusable workflow": (
        {"branches": ("main",), "workflows": (SHARED,)},
        [{"job_workflow_ref": SHARED}],
        [{}, {"job_workflow_ref": SHARED.replace("heads/main", "heads/topic")}],
    ),
    "a customised subject": (
        {"environments": ("prod",), "workflows": (SHARED,), "claim_keys": ("repo", "context", "job_workflow_ref")},
        [
            {
                "environment": "prod",
                "job_workflow_ref": SHARED,
                "subject_claims": ("repo", "context", "job_workflow_ref"),
            }
        ],
        [{"environment": "prod", "subject_claims": ("repo", "context", "job_workflow_ref")}, {"environment": "prod"}],
    ),
    "an enterprise": (
        {"branches": ("main",), "issuer": github_issuer(enterprise="acme-inc").name},
        [{"issuer": github_issuer(enterprise="acme-inc").url}],
        [{}, {"issuer": github_issuer(enterprise="evil-inc").url}],
    ),
    "a server": (
        {"branches": ("main",), "issuer": github_issuer("https://git.example.com").name},
        [{"issuer": github_issuer("https://git.example.com").url}],
        [{}, {"issuer": github_issuer("https://git.example.org").url}],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_whom_a_config_means_gets_in_and_nobody_else(sandbox: RunningSandbox, case: str) -> None:
    wanted, inside, outside = CASES[case]
    source = GitHubSource("acme/hello", "74", "65", **wanted)
    iam, name = sandbox.client("iam"), case.replace(" ", "-")
    url = source.minted_by.url
    if all(url.removeprefix("https://") != each["Arn"].partition("/")[2] for each in providers(iam)):
        iam.create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"])
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(github_trust(PLACE, source)))
    forms = [{"immutable": True}, {"immutable": False}]
    forms = [{"immutable": True}, {"immutable": False}]
    assert {refusal(sandbox, name, {**job, **form}) for job in inside for form in forms} == {""}
    strangers = [*outside, {**inside[0], "repository": "evil/hello"}, {**inside[0], "repository": "acme/hello2"}]
    if source.issuer == GITHUB_ISSUER:
        # Of other issuers IAM may not know the ids; then the subject alone has them.
        strangers += [{**inside[0], "repository_id": "75"}, {**inside[0], "owner_id": "66"}]
    for job in strangers:
        for form in forms:
            assert refusal(sandbox, name, {**job, **form}) in {"AccessDenied", "InvalidIdentityToken"}, job


def providers(iam: Any) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return listed


def refusal(sandbox: RunningSandbox, role: str, fields: Fields) -> str:
    """Return the code with which a job is refused, or nothing."""
    job = Job(**{"repository": "acme/hello", "repository_id": "74", "owner_id": "65", **fields})
    sts: Any = aws_session().create_client(
        "sts", region_name="us-east-1", endpoint_url=sandbox.endpoint, config=Config(signature_version=UNSIGNED)
    )
    token = sandbox.sandbox.github.token(job, "sts.amazonaws.com")
    try:
        sts.assume_role_with_web_identity(RoleArn=PLACE.role(role), RoleSessionName="ci", WebIdentityToken=token)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""

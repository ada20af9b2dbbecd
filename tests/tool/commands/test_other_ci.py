"""`bootstrap-oidc` and `setup` for another CI than GitHub Actions: made, used by its jobs, and by nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from tests.support.world import CONFIG, World
from tests.unit.policy.ci.issuers import (
    BITBUCKET,
    BUILDKITE,
    CIRCLECI,
    ORG,
    PRODUCTION,
    PROJECT,
    STAGING,
    STEP,
    USER,
    bitbucket,
    buildkite,
    circleci,
    gitlab,
)

AT_ONCE = {"ECSDEPLOY_IAM_SETTLE": "0s"}
TABLES = {
    "gitlab": '[gitlab]\nproject = "acme/hello"\nproject_id = 20\nnamespace_id = 7\nbranches = ["main"]\n'
    'tags = ["v*"]\n',
    "bitbucket": f'[bitbucket]\nworkspace = "acme"\nworkspace_id = "{{{ORG.upper()}}}"\n'
    f'repository_id = "{{{PROJECT}}}"\nenvironments = ["{{{PRODUCTION}}}"]\n',
    "circleci": f'[circleci]\norganization_id = "{ORG}"\nproject_id = "{PROJECT}"\norigin = "github.com/acme/hello"\n'
    'branches = ["main"]\n',
    "buildkite": f'[buildkite]\norganization = "acme"\norganization_id = "{ORG}"\npipeline = "hello"\n'
    f'pipeline_id = "{PROJECT}"\nbranches = ["main"]\n',
}
GITLAB_JOB = {
    "aud": "sts.amazonaws.com",
    "project": "acme/hello",
    "project_id": "20",
    "namespace_id": "7",
    "kind": "branch",
    "ref": "main",
    "protected": "true",
}
BUILDKITE_JOB = {
    "aud": "sts.amazonaws.com",
    "organization": "acme",
    "organization_id": ORG,
    "pipeline": "hello",
    "pipeline_id": PROJECT,
    "ref": "refs/heads/main",
    "branch": "main",
    "commit": "a" * 40,
    "step": "deploy",
}
CIRCLECI_JOB = {
    "aud": ORG,
    "project": PROJECT,
    "user": USER,
    "origin": "github.com/acme/hello",
    "ref": "refs/heads/main",
    "version": "2",
}
BITBUCKET_JOB = {
    "aud": f"ari:cloud:bitbucket::workspace/{ORG}",
    "repository": PROJECT,
    "environment": PRODUCTION,
    "step": STEP,
}
JOBS: dict[str, tuple[str, Any, Mapping[str, str], Mapping[str, str]]] = {
    "gitlab": ("gitlab.com", gitlab, GITLAB_JOB, {"project_id": "21"}),
    "bitbucket": (BITBUCKET.issuer, bitbucket, BITBUCKET_JOB, {"environment": STAGING}),
    "circleci": (CIRCLECI.issuer, circleci, CIRCLECI_JOB, {"ref": "refs/heads/other"}),
    "buildkite": (BUILDKITE.issuer, buildkite, BUILDKITE_JOB, {"branch": "other"}),
}


def assume(world: World, ci: str, issuer: str, claims: Mapping[str, str]) -> str:
    """Return whose session a job gets for its token, or AWS's code."""
    now = int(world.clock.now())
    token = world.sandbox.github.key.sign({**claims, "iss": f"https://{issuer}", "iat": now, "exp": now + 300})
    try:
        answer = world.client("sts").assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::123456789012:role/hello-{ci}-deploy",
            RoleSessionName="job",
            WebIdentityToken=token,
        )
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(answer["AssumedRoleUser"]["Arn"])


@pytest.mark.parametrize("ci", TABLES)
def test_a_job_of_the_ci_gets_the_role_and_another_job_does_not(world: World, ci: str) -> None:
    world.configure(CONFIG + TABLES[ci])
    issuer, mint, job, other = JOBS[ci]

    made = world.run("bootstrap-oidc", "--ci", ci, **AT_ONCE)

    assert made.code == 0, made.err
    assert f"+ OIDC provider {issuer}: created (audience {job['aud']})\n" in made.err
    assert f"+ deploy role hello-{ci}-deploy: created\n" in made.err
    assert made.out == f"arn:aws:iam::123456789012:role/hello-{ci}-deploy\n"
    session = f"arn:aws:sts::123456789012:assumed-role/hello-{ci}-deploy/job"
    assert assume(world, ci, issuer, mint(job)) == session
    assert assume(world, ci, issuer, mint({**job, **other})) == "AccessDenied"

    again = world.run("bootstrap-oidc", "--debug", **AT_ONCE)
    assert again.code == 0, again.err
    assert again.writes == {}

    checked = world.run("bootstrap-oidc", "--check", **AT_ONCE)
    assert checked.code == 0, checked.err
    assert "may deploy hello as the config says." in checked.err
    printed = json.loads(world.run("bootstrap-oidc", "--print", "json").out)
    assert issuer in json.dumps(printed)
    assert job["aud"] in json.dumps(printed)

    world.configure((CONFIG + TABLES[ci]).replace('["main"]', '["main", "next"]').replace('["{1111', '["{2222'))
    changed = world.run("bootstrap-oidc", "--yes", "--debug", **AT_ONCE)
    assert changed.code == 0, changed.err
    assert set(changed.writes) <= {"iam:UpdateAssumeRolePolicy"}


@pytest.mark.parametrize(
    ("ci", "file", "token", "caveat"),
    [
        ("gitlab", ".gitlab-ci.yml", "$AWS_ID_TOKEN", ""),
        ("bitbucket", "bitbucket-pipelines.yml", "$BITBUCKET_STEP_OIDC_TOKEN", "cannot test the branch"),
        ("circleci", ".circleci/config.yml", "$CIRCLE_OIDC_TOKEN_V2", "rerun with SSH"),
        (
            "buildkite",
            ".buildkite/pipeline.yml",
            "oidc request-token --audience sts.amazonaws.com",
            "not seen in a real",
        ),
    ],
)
def test_the_job_to_paste_is_yaml_and_what_is_not_certain_is_said(
    world: World, ci: str, file: str, token: str, caveat: str
) -> None:
    world.configure(CONFIG + TABLES[ci])

    made = world.run("setup", "--ci", ci, **AT_ONCE)

    assert made.code == 0, made.err
    assert caveat in made.err
    told = re.search(
        rf"^To deploy from .*, add this to {re.escape(file)}:\n(.*?)(?=^\S+ can be)", made.err, re.M | re.S
    )
    assert told is not None
    job = told[1]
    assert yaml.safe_load(job)
    assert token in job
    assert f"AWS_ROLE_ARN=arn:aws:iam::123456789012:role/hello-{ci}-deploy" in job
    assert "ecsdeploy deploy --yes" in job


@pytest.mark.parametrize(
    ("ci", "old", "new", "told"),
    [
        ("gitlab", '["main"]', '["release/*"]', "The branch 'release/*' in [gitlab] is a pattern"),
        ("circleci", '["main"]', '["\u751f\u4ea7"]', "has '\u751f' (U+751F), a character beyond U+00FF"),
        ("buildkite", '"hello"\npipeline_id', '"he*"\npipeline_id', "pipeline = 'he*' in [buildkite] is not a name"),
    ],
)
def test_what_would_let_others_in_is_refused_before_anything_is_made(
    world: World, ci: str, old: str, new: str, told: str
) -> None:
    world.configure(CONFIG + TABLES[ci].replace(old, new))

    refused = world.run("bootstrap-oidc", "--debug", **AT_ONCE)

    assert refused.code == 3
    assert told in refused.err
    assert refused.writes == {}


def test_a_ci_without_a_table_says_what_to_write(world: World) -> None:
    refused = world.run("bootstrap-oidc", "--ci", "circleci")

    assert refused.code == 2
    assert "The config has no [circleci] table." in refused.err
    assert 'origin = "github.com/OWNER/REPOSITORY"' in refused.err


def test_two_cis_are_one_too_many(world: World) -> None:
    world.configure(CONFIG + TABLES["gitlab"] + TABLES["circleci"])

    refused = world.run("bootstrap-oidc")

    assert refused.code == 2
    assert "[gitlab] deploys already: a service has one deploy role, which trusts one CI" in refused.err


def test_githubs_ids_are_not_another_cis(world: World) -> None:
    world.configure(CONFIG + TABLES["gitlab"])

    refused = world.run("bootstrap-oidc", "--repository-id", "1")

    assert refused.code == 2
    assert "--repository-id and --owner-id are GitHub's." in refused.err


def test_destroy_takes_the_role_and_knows_the_provider(world: World) -> None:
    world.configure(CONFIG + TABLES["gitlab"])
    assert world.run("bootstrap-oidc", **AT_ONCE).code == 0

    gone = world.run("destroy", "--yes", "--oidc-provider")

    assert gone.code == 0, gone.err
    assert "- deploy role hello-gitlab-deploy: deleted" in gone.err
    assert "- OIDC provider gitlab.com: deleted" in gone.err


@pytest.mark.parametrize("ci", TABLES)
def test_doctor_audits_the_role_of_the_ci(world: World, ci: str) -> None:
    world.configure(CONFIG + TABLES[ci])
    missing = world.run("doctor", "--oidc")
    assert missing.code == 3
    assert f"problem    trust: The role hello-{ci}-deploy does not exist.\n" in missing.out
    assert f"problem    provider: The account has no OIDC provider for https://{JOBS[ci][0]}.\n" in missing.out
    assert world.run("setup", **AT_ONCE).code == 0

    well = world.run("doctor", "--oidc", "--debug")

    assert (well.code, well.writes) == (0, {}), well.out
    assert f"ok         permissions: hello-{ci}-deploy may do nothing beyond its service.\n" in well.out
    assert f"ok         provider: It accepts the audience {JOBS[ci][2]['aud']}.\n" in well.out
    assert "warning" not in well.out
    assert f"ok         deploy role hello-{ci}-deploy: It exists" in world.run("doctor").out

    iam, name = world.client("iam"), f"hello-{ci}-deploy"
    document = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Condition"] = {"StringLike": {f"{JOBS[ci][0]}:sub": "*a*"}}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(document))

    opened = world.run("doctor", "--oidc")

    assert opened.code == 3
    assert "nothing but the audience is required, or only a pattern.\n" in opened.out
    assert f"warning    trust: The trust policy of {name} may let in more than the config says.\n" in opened.out

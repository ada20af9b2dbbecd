"""What a config may name: which subs come of it, and why some names are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.issuers import github_issuer
from ecsdeploy.policy.trust import GitHubSource, SourceError, github_trust, subjects, subjects_of
from tests.unit.policy.documents import PLACE
from tests.unit.policy.github_issuer import GITHUB, SERVER, WORKFLOW

PLAIN = GitHubSource("acme/hello", "1234", "99", branches=("main",))
TAGGED = GitHubSource("acme/hello", "1234", "99", tags=("v1", "v*"))
SLUG = f"{GITHUB}/acme-corp"


@pytest.mark.parametrize(
    ("change", "what", "why"),
    [
        ({"branches": ("release/*",)}, "The branch 'release/*' in [github] is a pattern", "also matches release/a/b"),
        ({"branches": ("*",)}, "The branch '*' in [github] is a pattern", "also matches a/b"),
        ({"branches": ("ma?n",)}, "The branch 'ma?n' in [github] has a wildcard that is not *", "any character"),
        (
            {"environments": ("prod-*",)},
            "The environment 'prod-*' in [github] is a pattern",
            "may create an environment",
        ),
        ({"environments": ("${aws:username}",)}, "has a variable of IAM's", "IAM replaces ${...}"),
        (
            {"environments": ("eu%3Aprod",)},
            "The environment 'eu%3Aprod' in [github] holds %3A",
            "two names would be one",
        ),
        ({"branches": ("a:b",)}, "The branch 'a:b' in [github] has a colon", "Git has no such name"),
        ({"tags": ("v[0-9]",)}, "The tag 'v[0-9]' in [github] has a wildcard that is not *", "brackets mean nothing"),
        ({"branches": ("生产",)}, "has '生' (U+751F), a character beyond U+00FF", "IAM accepts no such character"),
        ({"environments": ("Production \u2013 web",)}, "(U+2013), a character beyond U+00FF", "IAM accepts no such"),
        ({"branches": ("ma\nin",)}, "is not a name", "There is no such name"),
        ({"repository": "acme/*"}, "'acme/*' is not OWNER/REPOSITORY", "repositories of others"),
        ({"repository": "acme@1/hello"}, "is not OWNER/REPOSITORY", "repositories of others"),
        ({"repository_id": ""}, "'' is not an id of GitHub's", "when somebody reuses its name"),
        ({"owner_id": "*"}, "'*' is not an id of GitHub's", "when somebody reuses its name"),
        ({"branches": ()}, "No branch, no tag and no environment is named", "a name that the role trusts"),
        (
            {"workflows": ("acme/w/.github/workflows/d.yml@main",)},
            "is not OWNER/REPOSITORY/.github",
            "job_workflow_ref",
        ),
        ({"workflows": ("acme/w/.github/workflows/d.yml@refs/heads/*",)}, "exact", "job_workflow_ref"),
        (
            {"environments": ("eu:prod",), "issuer": SERVER},
            "The environment 'eu:prod' in [github] has a colon",
            "same sub",
        ),
        ({"workflows": (WORKFLOW,), "issuer": SLUG}, "Whether AWS can test job_workflow_ref", "lock everybody out"),
    ],
)
def test_each_name_that_would_be_unsafe_or_useless_is_refused(change: dict[str, object], what: str, why: str) -> None:
    with pytest.raises(SourceError) as caught:
        subjects(replace(PLAIN, **change))  # type: ignore[arg-type]

    assert what in caught.value.what
    assert why in caught.value.why
    assert caught.value.fix


@pytest.mark.parametrize(
    ("source", "keys", "sub"),
    [
        (PLAIN, ("repo", "context"), "repo:acme/hello:ref:refs/heads/main"),
        (PLAIN, ("repository_owner", "repo", "context"), "repository_owner:acme:repo:acme/hello:ref:refs/heads/main"),
        (PLAIN, ("repository_id", "repo", "context"), "repository_id:1234:repo:acme/hello:ref:refs/heads/main"),
        (PLAIN, ("repo", "context", "ref_type"), "repo:acme/hello:ref:refs/heads/main:ref_type:branch"),
        (
            replace(PLAIN, workflows=(WORKFLOW,)),
            ("repo", "context", "job_workflow_ref"),
            f"repo:acme/hello:ref:refs/heads/main:job_workflow_ref:{WORKFLOW}",
        ),
        (
            replace(PLAIN, issuer=SLUG),
            ("enterprise", "repo", "context"),
            "enterprise:acme-corp:repo:acme/hello:ref:refs/heads/main",
        ),
        (
            replace(PLAIN, environments=("prod",)),
            ("repo", "context", "ref"),
            "repo:acme/hello:environment:prod:ref:refs/heads/main",
        ),
    ],
)
def test_a_customised_sub_is_composed_of_its_claims(source: GitHubSource, keys: tuple[str, ...], sub: str) -> None:
    assert sub in subjects(replace(source, claim_keys=keys))


@pytest.mark.parametrize(
    ("source", "keys", "what", "fix"),
    [
        (PLAIN, ("job_workflow_ref",), "without repo and context", "include_claim_keys[]=repo"),
        (PLAIN, ("repo", "ref"), "without context", "include_claim_keys[]=context"),
        (PLAIN, ("repo", "context", "actor"), "with actor, whose value of a job of a branch is not known", "Remove it"),
        (
            PLAIN,
            ("repo", "context", "job_workflow_ref"),
            "job_workflow_ref, whose value is not known",
            "workflows = [...]",
        ),
        (PLAIN, ("repo", "context", "environment"), "environment, whose value of a job of a branch", "Remove it"),
        (
            TAGGED,
            ("repo", "context", "repository_id"),
            "'v*' in [github] is a pattern, and GitHub writes other claims",
            "-f",
        ),
        (
            replace(PLAIN, branches=(), environments=("prod",)),
            ("repo", "context", "ref"),
            "no branch may deploy to the environment prod",
            'branches = ["main"]',
        ),
    ],
)
def test_a_sub_whose_text_is_not_known_is_refused_with_what_to_do(
    source: GitHubSource, keys: tuple[str, ...], what: str, fix: str
) -> None:
    with pytest.raises(SourceError) as caught:
        subjects(replace(source, claim_keys=keys))

    assert what in caught.value.what
    assert fix in caught.value.fix


def test_patterns_of_tags_have_a_statement_of_their_own_and_names_stay_exact() -> None:
    document = github_trust(PLACE, replace(TAGGED, branches=("main",)))

    exact, patterns = (each["Condition"] for each in document["Statement"])
    assert list(exact) == ["StringEquals"]
    assert exact["StringEquals"][f"{GITHUB}:sub"] == [
        "repo:acme/hello:ref:refs/heads/main",
        "repo:acme@99/hello@1234:ref:refs/heads/main",
        "repo:acme/hello:ref:refs/tags/v1",
        "repo:acme@99/hello@1234:ref:refs/tags/v1",
    ]
    assert patterns["StringLike"] == {
        f"{GITHUB}:sub": ["repo:acme/hello:ref:refs/tags/v*", "repo:acme@99/hello@1234:ref:refs/tags/v*"]
    }
    assert f"{GITHUB}:repository_id" in patterns["StringEquals"]


def test_a_server_has_no_sub_with_ids_and_its_ids_count_where_aws_knows_them() -> None:
    source = replace(PLAIN, issuer=SERVER)

    (statement,) = github_trust(PLACE, source)["Statement"]

    assert subjects_of(source).exact == ("repo:acme/hello:ref:refs/heads/main",)
    assert statement["Principal"]["Federated"] == f"arn:aws:iam::123456789012:oidc-provider/{SERVER}"
    assert statement["Condition"]["StringEqualsIfExists"] == {
        f"{SERVER}:repository_id": "1234",
        f"{SERVER}:repository_owner_id": "99",
    }


@pytest.mark.parametrize(
    ("server", "enterprise", "name", "address"),
    [
        ("", "", GITHUB, "https://github.com"),
        ("", "acme-corp", SLUG, "https://github.com"),
        ("https://github.example.com", "", SERVER, "https://github.example.com"),
        ("https://acme.ghe.com", "", "token.actions.acme.ghe.com", "https://acme.ghe.com"),
    ],
)
def test_whose_tokens_they_are(server: str, enterprise: str, name: str, address: str) -> None:
    issuer = github_issuer(server, enterprise)

    assert (issuer.name, issuer.url, issuer.server) == (name, f"https://{name}", address)
    assert issuer.knows("repository_id") == (name == GITHUB)


@pytest.mark.parametrize(
    ("partition", "audience"),
    [("aws", "sts.amazonaws.com"), ("aws-cn", "sts.amazonaws.com.cn"), ("aws-us-gov", "sts.amazonaws.com")],
)
def test_each_partition_has_its_audience(partition: str, audience: str) -> None:
    (statement,) = github_trust(Place(partition, "somewhere", "123456789012"), PLAIN)["Statement"]

    assert statement["Condition"]["StringEquals"][f"{GITHUB}:aud"] == audience
    assert statement["Principal"]["Federated"] == f"arn:{partition}:iam::123456789012:oidc-provider/{GITHUB}"

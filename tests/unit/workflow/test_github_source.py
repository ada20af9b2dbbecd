"""What stops `bootstrap-oidc` and `setup` before the first write, and what they say about whom the role trusts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping

import pytest

from ecsdeploy.errors import Refused
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions, bootstrap_oidc
from tests.unit.workflow.fakes import CONFIG, Bench

REPOSITORY = {"id": 1234, "full_name": "acme/hello-service", "owner": {"id": 99}}
TOKEN = {"GITHUB_TOKEN": "s3cret"}
TEMPLATE = {"use_default": False, "include_claim_keys": ["repository_owner", "repo", "context"]}


class GitHub:
    """Answers for a repository and for the template of its sub."""

    def __init__(self, template: Mapping[str, object] | None = None) -> None:
        self.template = template or {"use_default": True}

    def __call__(self, request: urllib.request.Request) -> bytes:
        return json.dumps(self.template if request.full_url.endswith("/sub") else REPOSITORY).encode()


def subs(bench: Bench) -> list[str]:
    role = bench.client("iam").get_role(RoleName="hello-service-github-deploy")["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    return [
        each
        for key, values in statement["Condition"]["StringEquals"].items()
        if key.endswith(":sub")
        for each in values
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('["main"]', '["release/*"]', "The branch 'release/.' in .github. is a pattern"),
        ('["main"]', '["生产"]', "a character beyond U.00FF"),
        ("1234", "77", "The repository acme/hello-service has the id 1234 on GitHub, not 77"),
        ("99", "66", "The owner of acme/hello-service has the id 99 on GitHub, not 66"),
        (
            '"acme/hello-service"',
            '"Acme/Hello-Service"',
            "GitHub calls the repository acme/hello-service, the config Acme",
        ),
        ("[github]", '[github]\ninclude_claim_keys = ["repo", "context", "actor"]', "GitHub composes the sub of"),
    ],
)
def test_nothing_is_made_for_whom_nobody_meant(bench: Bench, old: str, new: str, what: str) -> None:
    run, _ = bench.run(CONFIG.replace(old, new, 1), environ=TOKEN)

    with pytest.raises(Refused, match=what) as caught:
        bootstrap_oidc(run, run.target, OidcOptions(), GitHub())

    assert caught.value.exit_code == 3
    assert bench.writes == {}


def test_a_customised_sub_is_read_honoured_and_said(bench: Bench) -> None:
    run, report = bench.run(environ=TOKEN)

    bootstrap_oidc(run, run.target, OidcOptions(), GitHub(TEMPLATE))

    assert subs(bench)[0] == "repository_owner:acme:repo:acme/hello-service:ref:refs/heads/main"
    (told,) = [text for text in report.texts if "composes" in text]
    assert 'Write include_claim_keys = ["repository_owner", "repo", "context"] in [github]' in told

    # Without a token the config says the same: nothing differs.
    config = CONFIG.replace("[github]", '[github]\ninclude_claim_keys = ["repository_owner", "repo", "context"]')
    again, report = bench.run(config)
    bootstrap_oidc(again, again.target, OidcOptions())
    assert bench.writes == {}
    assert not any("composes" in text for text in report.texts)


def test_a_tag_is_said_to_be_anybodys_who_may_push_it(bench: Bench) -> None:
    run, report = bench.run(CONFIG.replace('branches = ["main"]', 'tags = ["v*"]'))

    bootstrap_oidc(run, run.target, OidcOptions())

    assert report.texts[0] == (
        "Whoever may push a tag v* to acme/hello-service may deploy (* is any text, slashes included): protect them at "
        "https://github.com/acme/hello-service/settings/rules."
    )


@pytest.mark.parametrize(
    ("key", "issuer"),
    [
        ('server = "https://github.example.com"', "github.example.com/_services/token"),
        ('enterprise = "acme-corp"', "token.actions.githubusercontent.com/acme-corp"),
    ],
)
def test_another_issuer_has_its_own_provider_and_its_limits_are_said(bench: Bench, key: str, issuer: str) -> None:
    run, report = bench.run(CONFIG.replace("[github]", f"[github]\n{key}"))

    bootstrap_oidc(run, run.target, OidcOptions())

    assert ("OIDC provider", issuer, "created") in report.resources
    provider = f"arn:aws:iam::123456789012:oidc-provider/{issuer}"
    assert bench.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=provider)["Url"] == issuer
    assert "is not documented" in report.texts[0]
    assert "repository_id" in report.texts[0]

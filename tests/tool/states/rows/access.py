"""GitHub's access: the provider, and the roles that `bootstrap-oidc` makes."""

from __future__ import annotations

import json

from tests.tool.states.bench import Bench
from tests.tool.states.rows.roles import ANYBODY, GITHUB
from tests.tool.states.table import Steps, account_row, row

AREA = "GitHub's access"


def _configured(bench: Bench, *more: str, **changed: str) -> None:
    text = GITHUB
    for old, new in changed.items():
        text = text.replace(old, new)
    bench.config(text, *more)


def _made(bench: Bench) -> str:
    """Run the command once; return the deploy role's name."""
    _configured(bench)
    bench.require("bootstrap-oidc")
    return f"{bench.app}-github-deploy"


def _foreign(bench: Bench, name: str, *tags: tuple[str, str]) -> None:
    bench.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(ANYBODY),
        Tags=[{"Key": key, "Value": value} for key, value in tags],
    )


@row(AREA, "made before, and nothing has changed", command="bootstrap-oidc", does="leaves everything as it is")
def access_again(bench: Bench) -> Steps:
    _made(bench)
    ran = yield
    assert ran.writes == {}
    assert ran.out == f"arn:aws:iam::123456789012:role/{bench.app}-github-deploy\n"


@row(
    AREA,
    "a branch was added to the config, and nobody can be asked",
    command="bootstrap-oidc",
    does="shows who would be let in, and asks for `--yes`",
    code=3,
)
def access_widened_by_config(bench: Bench) -> Steps:
    _made(bench)
    _configured(bench, main='main", "release')
    ran = yield
    assert ran.writes == {}
    assert "error: This needs your consent, so nothing was changed.\n" in ran.err
    assert "nothing -> repo:acme/hello:ref:refs/heads/release\n" in ran.err
    assert "Confirm with --yes.\n" in ran.err


@row(AREA, "a branch was added to the config", command="bootstrap-oidc --yes", does="trusts it too")
def access_widened_by_config_with_consent(bench: Bench) -> Steps:
    _made(bench)
    _configured(bench, main='main", "release')
    ran = yield
    assert dict(ran.writes) == {"iam:UpdateAssumeRolePolicy": 1}


@row(AREA, "a branch was removed from the config", command="bootstrap-oidc", does="trusts it no longer")
def access_narrowed_by_config(bench: Bench) -> Steps:
    _configured(bench, main='main", "release')
    bench.require("bootstrap-oidc")
    _configured(bench)
    ran = yield
    assert dict(ran.writes) == {"iam:UpdateAssumeRolePolicy": 1}
    assert "repo:acme/hello:ref:refs/heads/release -> (none)\n" in ran.err


@row(
    AREA,
    "a role of the deploy role's name is another app's",
    command="bootstrap-oidc --yes --adopt",
    does="refuses before anything is made",
    code=3,
)
def access_role_of_another_app(bench: Bench) -> Steps:
    _configured(bench)
    _foreign(bench, f"{bench.app}-github-deploy", ("ecsdeploy:app", "shop"))
    ran = yield
    assert ran.writes == {}
    assert f"error: The deploy role {bench.app}-github-deploy belongs to the app 'shop'.\n" in ran.err


@row(
    AREA,
    "[names] task_role is a role that ecsdeploy did not make",
    command="bootstrap-oidc --yes",
    does="refuses; the deploy role is never allowed to pass it",
    code=3,
)
def access_would_pass_a_foreign_role(bench: Bench) -> Steps:
    role = _made(bench)
    _foreign(bench, f"{bench.app}-admin")
    _configured(bench, f'[names]\ntask_role = "{bench.app}-admin"')
    ran = yield
    assert ran.writes == {}
    assert f"error: The task role {bench.app}-admin exists and was not made by ecsdeploy.\n" in ran.err
    policy = bench.client("iam").get_role_policy(RoleName=role, PolicyName="ecsdeploy")
    assert f"{bench.app}-admin" not in json.dumps(policy["PolicyDocument"])


@row(
    AREA,
    "the account allows iam:CreateRole with a permissions boundary alone",
    command="bootstrap-oidc",
    does="refuses; names `--permissions-boundary`",
    code=3,
)
def access_boundary_demanded(bench: Bench) -> Steps:
    _configured(bench)
    bench.sandbox.faults.break_api("access-denied", "iam:CreateRole", 1000)
    ran = yield
    assert "name it: --permissions-boundary ARN (or [iam] permissions_boundary in the config)" in ran.err


@row(
    AREA,
    "other inline policies leave no room for the deploy role's",
    command="bootstrap-oidc --yes",
    does="refuses; says how long they are, and what to do",
    code=3,
)
def access_role_is_full(bench: Bench) -> Steps:
    role, iam = _made(bench), bench.client("iam")
    iam.delete_role_policy(RoleName=role, PolicyName="ecsdeploy")
    buckets = [f"arn:aws:s3:::bucket-{number:04}/*" for number in range(300)]
    extra = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": buckets}}
    iam.put_role_policy(RoleName=role, PolicyName="extra", PolicyDocument=json.dumps(extra))
    ran = yield
    assert ran.writes == {}
    assert "characters long together, and IAM takes 10,240.\n" in ran.err


@row(
    AREA,
    "more branches than a trust policy has room for",
    command="bootstrap-oidc",
    does="refuses; says how long it would be, and what to do",
    code=3,
)
def access_trust_too_long(bench: Bench) -> Steps:
    _configured(bench, main='", "'.join(f"release-{number}" for number in range(40)))
    ran = yield
    assert ran.writes == {}
    assert "does not fit into IAM: the trust policy would be 4," in ran.err


@row(AREA, "nothing made yet", command="bootstrap-oidc --dry-run", does="shows what would be made, and makes nothing")
def access_foreseen(bench: Bench) -> Steps:
    _configured(bench)
    ran = yield
    assert ran.writes == {}
    assert f"+ deploy role {bench.app}-github-deploy: create\n" in ran.out


@row(AREA, "as the config says", command="bootstrap-oidc --check", does="says so")
def access_checked(bench: Bench) -> Steps:
    _made(bench)
    ran = yield
    assert ran.writes == {}
    assert f"acme/hello may deploy {bench.app} as the config says.\n" in ran.err


@row(AREA, "nothing made yet", command="bootstrap-oidc --check", does="says what is missing", code=3)
def access_checked_and_missing(bench: Bench) -> Steps:
    _configured(bench)
    ran = yield
    assert ran.writes == {}
    assert "not as the config says.\n" in ran.err


@row(
    AREA,
    "the repository was renamed, and the config too",
    command="bootstrap-oidc --check",
    does="knows it by its id; says what to run",
    code=3,
)
def access_renamed(bench: Bench) -> Steps:
    _made(bench)
    _configured(bench, **{"acme/hello": "acme/greeter"})
    ran = yield
    assert "acme/hello and acme/greeter have the same id: it is one repository, which was renamed or" in ran.err
    assert "  To change it: `ecsdeploy bootstrap-oidc`.\n" in ran.err


@row(AREA, "nothing made yet", command="bootstrap-oidc --print terraform", does="prints it; asks AWS nothing")
def access_printed(bench: Bench) -> Steps:
    _configured(bench)
    ran = yield
    assert ran.calls.total() == 0
    assert "aws_iam_openid_connect_provider" in json.loads(ran.out)["resource"]


@account_row(
    AREA,
    "GitHub's OIDC provider is there, with another audience only",
    command="bootstrap-oidc",
    does="adds STS's, and takes none away",
)
def provider_with_another_audience(bench: Bench) -> Steps:
    bench.config(GITHUB)
    iam = bench.client("iam")
    url = "https://token.actions.githubusercontent.com"
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["mine"])["OpenIDConnectProviderArn"]
    ran = yield
    assert ran.writes["iam:AddClientIDToOpenIDConnectProvider"] == 1
    assert "    audiences: ['mine'] -> ['mine', 'sts.amazonaws.com']\n" in ran.err
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]
    assert sorted(found) == ["mine", "sts.amazonaws.com"]

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ecsdeploy.errors import ConfigError, Refused, UsageError
from ecsdeploy.events import Note
from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions, bootstrap_oidc
from ecsdeploy.workflow.setup import setup
from tests.unit.workflow.fakes import CONFIG, Bench

ROLE = "hello-service-github-deploy"
ARN = f"arn:aws:iam::123456789012:role/{ROLE}"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{GITHUB_ISSUER}"
WITHOUT_GITHUB = 'app = "hello-service"\nregion = "us-east-1"\n[task]\nport = 3000\n'


NOTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::none/*"}],
}


def bootstrap(bench: Bench, config: str = CONFIG, **options: Any) -> None:
    run, _ = bench.run(config)
    bootstrap_oidc(run, run.target, OidcOptions(**options))


def trust(bench: Bench) -> dict[str, Any]:
    document: dict[str, Any] = bench.client("iam").get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    return document


def test_it_makes_the_provider_and_three_roles(bench: Bench) -> None:
    run, report = bench.run()

    bootstrap_oidc(run, run.target, OidcOptions())

    assert report.resources == [
        ("execution role", "hello-service-execution", "created"),
        ("task role", "hello-service-task", "created"),
        ("OIDC provider", GITHUB_ISSUER, "created"),
        ("deploy role", ROLE, "created"),
    ]
    assert report.results == {"deploy-role": ARN}
    iam = bench.client("iam")
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)["ClientIDList"] == ["sts.amazonaws.com"]
    role = iam.get_role(RoleName=ROLE)["Role"]
    assert role["Description"] == "GitHub Actions of acme/hello-service deploys hello-service with it"
    assert role["Tags"] == [
        {"Key": "ecsdeploy:app", "Value": "hello-service"},
        {"Key": "ecsdeploy:env", "Value": "default"},
    ]
    assert iam.list_role_policies(RoleName=ROLE)["PolicyNames"] == ["ecsdeploy"]
    assert iam.list_role_policies(RoleName="hello-service-task")["PolicyNames"] == []


def test_new_roles_are_waited_for_and_old_ones_are_not(bench: Bench) -> None:
    first, _ = bench.run()
    bootstrap_oidc(first, first.target, OidcOptions())
    second, _ = bench.run()
    bootstrap_oidc(second, second.target, OidcOptions())

    assert bench.slept(first) == [10.0]
    assert bench.slept(second) == []
    assert bench.writes == {}


@pytest.mark.parametrize(("setting", "slept"), [("0s", []), ("3s", [3.0]), ("", [10.0])])
def test_how_long_is_a_setting(bench: Bench, setting: str, slept: list[float]) -> None:
    run, _ = bench.run(environ={"ECSDEPLOY_IAM_SETTLE": setting})

    bootstrap_oidc(run, run.target, OidcOptions())

    assert bench.slept(run) == slept


def test_a_setting_that_is_no_duration_is_refused(bench: Bench) -> None:
    run, _ = bench.run(environ={"ECSDEPLOY_IAM_SETTLE": "soon"})

    with pytest.raises(UsageError, match="ECSDEPLOY_IAM_SETTLE is 'soon'"):
        bootstrap_oidc(run, run.target, OidcOptions())


def test_it_says_how_the_workflow_is_written(bench: Bench) -> None:
    run, report = bench.run()

    bootstrap_oidc(run, run.target, OidcOptions())

    config = bench.folder / "ecsdeploy.toml"
    assert (
        f"To deploy from acme/hello-service, write its workflow: ecsdeploy workflow --config {config}" in report.texts
    )


def test_a_role_whose_path_the_config_does_not_know_is_told_of(bench: Bench) -> None:
    run, _ = bench.run(CONFIG + '[iam]\npath = "/platform/"\n')
    bootstrap_oidc(run, run.target, OidcOptions())
    run, report = bench.run()

    bootstrap_oidc(run, run.target, OidcOptions())

    told = 'The role has a path of its own, which a job must know: write path = "/platform/" in [iam].'
    assert told in report.texts


def test_the_protection_of_an_environment_is_linked(bench: Bench) -> None:
    run, report = bench.run(CONFIG.replace('branches = ["main"]', 'environments = ["production"]'))

    bootstrap_oidc(run, run.target, OidcOptions())

    assert report.texts[-1] == (
        "Until production has protection rules, any branch may use it: "
        "https://github.com/acme/hello-service/settings/environments"
    )


def test_without_github_it_says_what_to_write(bench: Bench) -> None:
    with pytest.raises(ConfigError, match=r"The config has no \[github\] table") as caught:
        bootstrap(bench, WITHOUT_GITHUB)

    assert caught.value.exit_code == 2
    assert 'repository = "OWNER/REPOSITORY"' in caught.value.fix


def test_setup_without_github_makes_the_task_roles_only(bench: Bench) -> None:
    run, report = bench.run(WITHOUT_GITHUB)

    setup(run, run.target, OidcOptions())

    made = [name for kind, name, _ in report.resources if kind.endswith(" role")]
    assert made == ["hello-service-execution", "hello-service-task", "AWSServiceRoleForECS"]
    assert "deploy-role" not in report.results


def test_the_provider_of_other_repositories_only_gets_the_audience(bench: Bench) -> None:
    iam = bench.client("iam")
    iam.create_open_id_connect_provider(Url=f"https://{GITHUB_ISSUER}", ClientIDList=["other"])
    bench.answers["iam:AddClientIDToOpenIDConnectProvider"] = {}  # moto does not know it
    run, report = bench.run()

    bootstrap_oidc(run, run.target, OidcOptions())

    assert report.changes("OIDC provider") == {"audiences": (["other"], ["other", "sts.amazonaws.com"])}
    assert bench.writes["iam:AddClientIDToOpenIDConnectProvider"] == 1
    assert "iam:CreateOpenIDConnectProvider" not in bench.writes


def test_a_changed_config_is_brought_in_with_the_difference(bench: Bench) -> None:
    bootstrap(bench)
    run, report = bench.run(CONFIG.replace('["main"]', '["main", "release"]'), answer=True)

    bootstrap_oidc(run, run.target, OidcOptions())

    path = f"trust.GitHubActions.Condition.StringEquals.{GITHUB_ISSUER}:sub"
    assert report.all_changes("deploy role") == [
        (path, None, "repo:acme/hello-service:ref:refs/heads/release"),
        (path, None, "repo:acme@99/hello-service@1234:ref:refs/heads/release"),
    ]
    assert bench.writes == {"iam:UpdateAssumeRolePolicy": 1}


def test_nobody_else_is_let_in_where_nobody_can_say_yes(bench: Bench) -> None:
    bootstrap(bench)
    run, _ = bench.run(CONFIG.replace('["main"]', '["main", "release"]'))

    with pytest.raises(Refused, match="This needs your consent, so nothing was changed"):
        bootstrap_oidc(run, run.target, OidcOptions())

    assert bench.writes == {}


def test_fewer_are_let_in_without_a_question_that_nobody_hears(bench: Bench) -> None:
    bootstrap(bench, CONFIG.replace('["main"]', '["main", "release"]'))

    bootstrap(bench)

    assert bench.writes == {"iam:UpdateAssumeRolePolicy": 1}


def widened(bench: Bench) -> None:
    document = trust(bench)
    document["Statement"][0]["Condition"] = {"StringLike": {f"{GITHUB_ISSUER}:sub": "repo:acme/*"}}
    bench.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))


@pytest.mark.parametrize("answer", [None, True])
def test_a_trust_that_was_widened_by_hand_is_shown_and_narrowed_when_told(bench: Bench, answer: bool | None) -> None:
    bootstrap(bench)
    intended = trust(bench)
    widened(bench)
    run, report = bench.run(answer=answer)
    with pytest.raises(Refused, match=f"The trust policy of the deploy role {ROLE} has been changed by hand"):
        bootstrap_oidc(run, run.target, OidcOptions())
    assert bench.writes == {}

    bootstrap_oidc(run, run.target, OidcOptions(repair=True))

    assert trust(bench) == intended
    (question,) = report.questions
    first, *_, last = question.splitlines()
    assert (first, last) == (f"The deploy role {ROLE} differs from the config:", "Change it to what the config says?")
    path = f"trust.GitHubActions.Condition.StringLike.{GITHUB_ISSUER}:sub"
    assert f"  {path}: repo:acme/* -> nothing" in question
    assert (path, "repo:acme/*", None) in report.all_changes("deploy role")


def test_a_person_can_keep_it_as_it_is(bench: Bench) -> None:
    bootstrap(bench)
    widened(bench)
    run, _ = bench.run(answer=False)

    with pytest.raises(Refused, match="so nothing was changed"):
        bootstrap_oidc(run, run.target, OidcOptions(repair=True))

    assert bench.writes == {}


def test_permissions_added_by_hand_are_taken_back_when_told(bench: Bench) -> None:
    bootstrap(bench)
    iam = bench.client("iam")
    document = iam.get_role_policy(RoleName=ROLE, PolicyName="ecsdeploy")["PolicyDocument"]
    document["Statement"].append({"Sid": "More", "Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    iam.put_role_policy(RoleName=ROLE, PolicyName="ecsdeploy", PolicyDocument=json.dumps(document))
    run, report = bench.run()
    with pytest.raises(Refused, match=f"The permissions of the deploy role {ROLE} have been changed by hand"):
        bootstrap_oidc(run, run.target, OidcOptions())
    assert bench.writes == {}

    bootstrap_oidc(run, run.target, OidcOptions(repair=True))

    assert report.changes("deploy role") == {
        "permissions.More.Action": ("iam:*", None),
        "permissions.More.Effect": ("Allow", None),
        "permissions.More.Resource": ("*", None),
    }
    assert bench.writes == {"iam:PutRolePolicy": 1}


def test_the_same_document_in_another_spelling_is_no_difference(bench: Bench) -> None:
    bootstrap(bench)
    document = trust(bench)
    statement = document["Statement"][0]
    statement["Action"] = [statement["Action"]]
    condition = statement["Condition"]["StringEquals"]
    condition[f"{GITHUB_ISSUER}:sub"] = condition[f"{GITHUB_ISSUER}:sub"][::-1]
    condition[f"{GITHUB_ISSUER}:aud"] = [condition[f"{GITHUB_ISSUER}:aud"]]
    respelled = {"Statement": dict(reversed(statement.items())), "Version": document["Version"]}
    bench.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(respelled))
    run, report = bench.run()

    bootstrap_oidc(run, run.target, OidcOptions())

    assert bench.writes == {}
    assert {action for _, _, action in report.resources} == {"unchanged"}


def test_further_policies_are_pointed_out_and_stay(bench: Bench) -> None:
    bootstrap(bench)
    iam = bench.client("iam")
    iam.put_role_policy(RoleName=ROLE, PolicyName="extra", PolicyDocument=json.dumps(NOTHING))
    run, report = bench.run()

    bootstrap_oidc(run, run.target, OidcOptions())

    assert report.texts[0] == (
        f"The deploy role {ROLE} also has the policy extra, which is not in the config. "
        "It stays; remove it unless you added it."
    )
    assert bench.writes == {}


def test_what_somebody_gave_the_task_role_is_its_own_affair(bench: Bench) -> None:
    bootstrap(bench)
    iam = bench.client("iam")
    iam.put_role_policy(RoleName="hello-service-task", PolicyName="ecsdeploy", PolicyDocument=json.dumps(NOTHING))
    run, report = bench.run()

    bootstrap_oidc(run, run.target, OidcOptions())

    assert ("task role", "hello-service-task", "unchanged") in report.resources
    assert bench.writes == {}


def test_a_role_of_somebody_else_is_refused_and_can_be_adopted(bench: Bench) -> None:
    anybody = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
    bench.client("iam").create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(anybody), MaxSessionDuration=7200, Description="mine"
    )
    run, _ = bench.run()
    with pytest.raises(Refused, match=f"The deploy role {ROLE} exists and was not made by ecsdeploy"):
        bootstrap_oidc(run, run.target, OidcOptions())
    assert trust(bench) == anybody

    run, report = bench.run()
    bootstrap_oidc(run, run.target, OidcOptions(adopt=True))
    changes = report.changes("deploy role")
    assert changes["maxSessionDuration"] == (7200, 3600)
    assert changes["tags.ecsdeploy:app"] == (None, "hello-service")
    assert trust(bench)["Statement"][0]["Sid"] == "GitHubActions"

    run, report = bench.run()
    bootstrap_oidc(run, run.target, OidcOptions())
    assert bench.writes == {}


def test_the_command_lines_ids_count_before_the_configs(bench: Bench) -> None:
    bootstrap(bench, repository_id="77", owner_id="66")

    condition = trust(bench)["Statement"][0]["Condition"]["StringEquals"]
    assert condition[f"{GITHUB_ISSUER}:repository_id"] == "77"
    assert condition[f"{GITHUB_ISSUER}:repository_owner_id"] == "66"


def test_ids_that_github_does_not_confirm_are_said(bench: Bench) -> None:
    def unreachable(_request: object) -> bytes:
        raise OSError("no route to host")

    run, report = bench.run(environ={"GH_TOKEN": "s3cret"})
    bootstrap_oidc(run, run.target, OidcOptions(), unreachable)

    said = "The ids of acme/hello-service were not compared with GitHub's. GitHub does not answer: no route to host."
    assert said in [each.text for each in report.events if isinstance(each, Note)]


@pytest.mark.parametrize("story", [bootstrap_oidc, setup])
def test_unknown_ids_stop_before_the_first_write(bench: Bench, story: Callable[..., None]) -> None:
    def unreachable(_request: object) -> bytes:
        raise OSError("no route to host")

    run, _ = bench.run(CONFIG.replace("repository_id = 1234\nowner_id = 99\n", ""))

    with pytest.raises(Refused, match="The ids of the repository acme/hello-service are not known"):
        story(run, run.target, OidcOptions(), unreachable)

    assert bench.writes == {}


def test_another_account_stops_before_the_first_write(bench: Bench) -> None:
    run, _ = bench.run(CONFIG.replace("[github]", 'account = "999999999999"\n[github]', 1))

    with pytest.raises(Refused, match="These credentials belong to account 123456789012, the config says 999999999999"):
        setup(run, run.target, OidcOptions())

    assert bench.writes == {}


def test_more_branches_than_a_trust_policy_holds_stop_before_the_first_write(bench: Bench) -> None:
    branches = ", ".join(f'"release-{number}"' for number in range(40))
    run, _ = bench.run(CONFIG.replace('"main"', branches))

    with pytest.raises(Refused, match=f"The deploy role {ROLE} does not fit into IAM: the trust policy would be"):
        setup(run, run.target, OidcOptions())

    assert bench.writes == {}


def test_environments_have_roles_of_their_own_and_share_the_repository(bench: Bench) -> None:
    config = CONFIG + "[environments.staging]\n[environments.production]\n"
    for env in ("staging", "production"):
        run, report = bench.run(config, env=env)
        setup(run, run.target, OidcOptions())
        assert report.results["deploy-role"] == f"arn:aws:iam::123456789012:role/hello-service-{env}-github-deploy"
        action = "created" if env == "staging" else "unchanged"
        assert ("repository", "hello-service", action) in report.resources
        assert ("OIDC provider", GITHUB_ISSUER, action) in report.resources
        assert ("cluster", f"hello-service-{env}", "created") in report.resources

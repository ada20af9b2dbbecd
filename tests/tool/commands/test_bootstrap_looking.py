"""`bootstrap-oidc --dry-run`, `--check` and `--print`, as a user sees them: nothing is ever written."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.access import ANYBODY, ARN, GITHUB, ISSUER, ROLE, account, loosen, set_trust, trust_of
from tests.support.world import CONFIG, World

TO_CREATE = f"""\
+ execution role hello-execution: create
+ task role hello-task: create
+ OIDC provider {ISSUER}: create (audience sts.amazonaws.com)
+ deploy role {ROLE}: create
Plan: 4 to create, 0 to update, 0 to delete, 0 unchanged.
Nothing was changed. `ecsdeploy bootstrap-oidc` does this.
"""
AS_IT_IS = f"""\
= execution role hello-execution: unchanged
= task role hello-task: unchanged
= OIDC provider {ISSUER}: unchanged
= deploy role {ROLE}: unchanged
Plan: 0 to create, 0 to update, 0 to delete, 4 unchanged.
"""
TRUSTS = f"The deploy role {ROLE} trusts acme/hello (repository id 1234, owner id 99).\n"


@pytest.fixture
def made(world: World) -> World:
    """Return a world in which the command has run once."""
    world.configure(CONFIG + GITHUB)
    assert world.run("bootstrap-oidc").code == 0
    return world


def test_a_dry_run_shows_what_would_be_done(world: World) -> None:
    world.configure(CONFIG + GITHUB)
    before = account(world)

    ran = world.run("bootstrap-oidc", "--dry-run", "--debug")

    assert (ran.code, ran.out, ran.writes) == (0, TO_CREATE, {})
    assert account(world) == before


def test_a_dry_run_shows_the_question_too(made: World) -> None:
    made.configure(CONFIG + GITHUB.replace('["main"]', '["main", "release"]'))

    ran = made.run("bootstrap-oidc", "--dry-run")

    assert ran.code == 0, ran.err
    assert f"~ deploy role {ROLE}: update\n" in ran.out
    assert "Plan: 0 to create, 1 to update, 0 to delete, 3 unchanged.\n" in ran.out
    assert ran.err == f"`ecsdeploy bootstrap-oidc` asks first: Change the deploy role {ROLE} to what the config says?\n"


def test_a_dry_run_of_setup_shows_all_of_it(world: World) -> None:
    world.configure(CONFIG + GITHUB)

    ran = world.run("setup", "--dry-run", "--debug")

    assert (ran.code, ran.writes) == (0, {}), ran.err
    assert re.findall(r"^\+ ([\w -]+?) \S+: create", ran.out, re.MULTILINE) == [
        *("repository", "execution role", "task role", "OIDC provider", "deploy role"),
        *("service-linked role", "cluster", "log group", "security group"),
    ]
    assert ran.out.endswith("Nothing was changed. `ecsdeploy setup` does this.\n")
    assert world.run("setup").code == 0
    again = world.run("setup", "--dry-run")
    assert "Plan: 0 to create, 0 to update, 0 to delete, 9 unchanged.\n" in again.out


@pytest.mark.parametrize("two", [("--dry-run", "--check"), ("--print", "json", "--check"), ("--new-repository", "a/b")])
def test_options_that_contradict_each_other(world: World, two: tuple[str, ...]) -> None:
    world.configure(CONFIG + GITHUB)

    ran = world.run("bootstrap-oidc", *two)

    assert (ran.code, ran.out) == (2, "")


# ---- --check


def test_a_check_ends_with_zero_if_all_is_as_the_config_says(made: World) -> None:
    ran = made.run("bootstrap-oidc", "--check", "--debug")

    assert (ran.code, ran.out, ran.writes) == (0, AS_IT_IS, {})
    assert ran.err.startswith(TRUSTS)
    assert "acme/hello may deploy hello as the config says.\n" in ran.err
    assert ran.calls.total() == 11


def test_a_check_ends_with_three_if_others_let_the_role_do_more(made: World) -> None:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made.client("iam").put_role_policy(RoleName=ROLE, PolicyName="more", PolicyDocument=json.dumps(everything))

    ran = made.run("bootstrap-oidc", "--check")

    assert ran.code == 3
    assert ran.err.endswith(
        f"error: The deploy role {ROLE} may do more than the config says.\n"
        "  It has policies that ecsdeploy did not write: more.\n"
        "  `ecsdeploy doctor --oidc` says what is wrong with them, and how to remove them.\n"
    )


def test_a_check_ends_with_three_if_it_is_not(world: World) -> None:
    world.configure(CONFIG + GITHUB)

    ran = world.run("bootstrap-oidc", "--check")

    assert (ran.code, ran.out) == (3, TO_CREATE)
    assert ran.err == ("error: 4 resources are not as the config says.\n  To change it: `ecsdeploy bootstrap-oidc`.\n")


def test_what_a_rename_would_change(made: World) -> None:
    ran = made.run("bootstrap-oidc", "--check", "--new-repository", "acme/greeter")

    assert (ran.code, ran.out) == (0, AS_IT_IS)
    assert ran.err == TRUSTS + (
        "If acme/hello becomes acme/greeter:\n"
        "  The repository's id stays 1234: whoever registers acme/hello after that stays out.\n"
        "  The owner's id stays 99.\n"
        "  GitHub then writes other subs, and the role refuses them until it is updated:\n"
        "    repo:acme/hello:ref:refs/heads/main -> repo:acme/greeter:ref:refs/heads/main\n"
        "    repo:acme@99/hello@1234:ref:refs/heads/main -> repo:acme@99/greeter@1234:ref:refs/heads/main\n"
        '  Right after it, write repository = "acme/greeter" in [github], and run `ecsdeploy bootstrap-oidc --yes`.\n'
        "GitHub Actions of acme/hello may deploy hello as the config says.\n"
    )


def test_what_a_transfer_would_change(made: World) -> None:
    ran = made.run("bootstrap-oidc", "--check", "--new-repository", "corp/hello")

    assert ran.code == 0, ran.err
    assert (
        "  The owner's id stays 99 if acme itself is renamed. In a transfer it becomes that of corp: "
        "gh api users/corp --jq .id\n" in ran.err
    )
    assert "acme@99/hello@1234:ref:refs/heads/main -> repo:corp@ID-OF-corp/hello@1234:ref:refs/heads/main\n" in ran.err


def test_what_to_run_after_a_rename(made: World) -> None:
    made.configure(CONFIG + GITHUB.replace("acme/hello", "acme/greeter"))

    ran = made.run("bootstrap-oidc", "--check")

    assert ran.code == 3
    assert ran.err.startswith(
        TRUSTS + "acme/hello and acme/greeter have the same id: it is one repository, which was renamed or "
        "transferred. Its jobs are refused until the role knows its new name.\n"
    )
    assert ran.err.endswith("  To change it: `ecsdeploy bootstrap-oidc`.\n")
    assert made.run("bootstrap-oidc", "--yes").code == 0
    assert made.run("bootstrap-oidc", "--check").code == 0


def test_another_repository_is_not_taken_for_a_new_name(made: World) -> None:
    made.configure(CONFIG + GITHUB.replace("acme/hello", "acme/greeter").replace("1234", "77"))

    ran = made.run("bootstrap-oidc", "--check")

    assert "warning: acme/greeter has another id than acme/hello: it is another repository.\n" in ran.err


def test_a_job_of_the_renamed_repository_says_so(made: World) -> None:
    runner = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/greeter", "GITHUB_REPOSITORY_ID": "1234"}

    ran = made.run("bootstrap-oidc", "--check", **runner)

    assert "The repository acme/hello is called acme/greeter now" in ran.err
    assert 'write repository = "acme/greeter" in [github].' in ran.err


def test_a_trust_that_is_open_is_called_so(made: World) -> None:
    loosen(made)

    ran = made.run("bootstrap-oidc", "--check")

    assert (ran.code, ran.out) == (3, "")
    assert "It is open to whoever registers the name again: the id may be any.\n" in ran.err


def test_a_trust_without_the_repositorys_id_is_not_called_another_repository(made: World) -> None:
    trust = trust_of(made)
    trust["Statement"][0]["Condition"] = {"StringLike": {f"{ISSUER}:sub": "repo:acme/*"}}
    set_trust(made, trust)

    ran = made.run("bootstrap-oidc", "--check")

    assert ran.code == 3
    assert "another repository" not in ran.err


def test_a_dry_run_names_the_options_that_it_takes(made: World) -> None:
    loosen(made)

    ran = made.run("bootstrap-oidc", "--repair", "--dry-run")

    assert ran.out.endswith("Nothing was changed. `ecsdeploy bootstrap-oidc --repair` does this.\n")
    assert ran.err.startswith("`ecsdeploy bootstrap-oidc --repair` asks first: Change the deploy role ")


def test_a_trust_of_somebody_else_is_judged_too(world: World) -> None:
    world.configure(CONFIG + GITHUB)
    world.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(ANYBODY))

    ran = world.run("bootstrap-oidc", "--check")

    assert (ran.code, ran.out) == (3, "")
    assert f"warning: {ROLE} was not made by ecsdeploy. A statement lets everybody" in ran.err


# ---- --print


Roles = dict[str, dict[str, Any]]
"""Roles by their names, each as IAM would have it."""


def of_terraform(text: str) -> tuple[dict[str, Any], Roles]:
    """Return the provider and the roles, as Terraform's JSON syntax says them: each string is a template."""
    resources = json.loads(text)["resource"]
    (provider,) = resources["aws_iam_openid_connect_provider"].values()
    assert provider["count"] == "${var.create_oidc_provider ? 1 : 0}"
    assert provider["lifecycle"] == {"prevent_destroy": True}
    roles = {}
    for name, role in resources["aws_iam_role"].items():
        policy = resources["aws_iam_role_policy"].get(name)
        assert policy is None or policy["role"] == f"${{aws_iam_role.{name}.id}}"
        roles[role["name"]] = {
            "Path": role["path"],
            "Description": role["description"],
            "AssumeRolePolicyDocument": json.loads(plain(role["assume_role_policy"])),
            "Tags": role["tags"],
            "MaxSessionDuration": role["max_session_duration"],
            "PermissionsBoundary": role.get("permissions_boundary"),
            **({policy["name"]: json.loads(plain(policy["policy"]))} if policy else {}),
        }
    return {"Url": provider["url"], "Audiences": provider["client_id_list"]}, roles


def plain(template: str) -> str:
    """Return what a template without expressions stands for."""
    assert not re.search(r"(?<![$])[$]\{|(?<!%)%\{", template)
    return template.replace("$${", "${").replace("%%{", "%{")


def of_cloudformation(text: str) -> tuple[dict[str, Any], Roles]:
    """Return the provider and the roles of a template, whose shape is checked against what CloudFormation knows."""
    template = json.loads(text)
    assert template.keys() == {
        *("AWSTemplateFormatVersion", "Description", "Parameters", "Conditions", "Resources", "Outputs")
    }
    resources = dict(template["Resources"])
    provider = resources.pop("OidcProvider")
    assert (provider["Type"], provider["DeletionPolicy"]) == ("AWS::IAM::OIDCProvider", "Retain")
    assert provider["Condition"] in template["Conditions"]
    assert template["Parameters"]["CreateOidcProvider"]["AllowedValues"] == ["true", "false"]
    roles = {}
    for resource in resources.values():
        assert resource["Type"] == "AWS::IAM::Role"
        of = resource["Properties"]
        assert of.keys() <= ROLE_PROPERTIES
        roles[of["RoleName"]] = {
            "Path": of["Path"],
            "Description": of["Description"],
            "AssumeRolePolicyDocument": of["AssumeRolePolicyDocument"],
            "Tags": {tag["Key"]: tag["Value"] for tag in of["Tags"]},
            "MaxSessionDuration": of["MaxSessionDuration"],
            "PermissionsBoundary": of.get("PermissionsBoundary"),
            **{each["PolicyName"]: each["PolicyDocument"] for each in of.get("Policies", [])},
        }
    return {"Url": provider["Properties"]["Url"], "Audiences": provider["Properties"]["ClientIdList"]}, roles


ROLE_PROPERTIES = {
    *("AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "Path"),
    *("PermissionsBoundary", "Policies", "RoleName", "Tags"),
}
"""Those of AWS::IAM::Role (CloudFormation template reference)."""


def of_json(text: str) -> tuple[dict[str, Any], Roles]:
    found = json.loads(text)
    provider, roles = found["OpenIDConnectProvider"], {}
    assert provider["CreateOnlyIfMissing"] is True
    for role in found["Roles"].values():
        named = {key: value for key, value in role.items() if key not in ("Arn", "RoleName", "InlinePolicies")}
        roles[role["RoleName"]] = {**named, **role["InlinePolicies"]}
    return {"Url": provider["Url"], "Audiences": provider["ClientIDList"]}, roles


FORMATS = {"terraform": of_terraform, "cloudformation": of_cloudformation, "json": of_json}


@pytest.mark.parametrize("language", FORMATS)
def test_what_is_printed_is_what_the_command_makes(world: World, language: str) -> None:
    world.configure(CONFIG + GITHUB)
    before = account(world)

    ran = world.run("bootstrap-oidc", "--print", language, "--debug")

    assert (ran.code, ran.calls.total()) == (0, 0), ran.err
    assert account(world) == before
    provider, roles = FORMATS[language](ran.out)
    assert provider == {"Url": f"https://{ISSUER}", "Audiences": ["sts.amazonaws.com"]}
    assert world.run("bootstrap-oidc").code == 0
    made = account(world)
    assert roles.keys() == {ROLE, "hello-execution", "hello-task"}
    for name, role in roles.items():
        tags = {tag["Key"]: tag["Value"] for tag in made[name]["Tags"]}
        assert role == {**made[name], "Tags": tags}


@pytest.mark.parametrize("language", FORMATS)
def test_what_another_tool_has_made_of_it_is_left_alone(world: World, language: str) -> None:
    boundary = "arn:aws:iam::123456789012:policy/developers"
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = world.client("iam")
    iam.create_policy(PolicyName="developers", PolicyDocument=json.dumps(allowed))
    world.configure(CONFIG + GITHUB + '[iam]\npath = "/platform/"\n')
    ran = world.run("bootstrap-oidc", "--print", language, "--permissions-boundary", boundary)
    provider, roles = FORMATS[language](ran.out)

    iam.create_open_id_connect_provider(Url=provider["Url"], ClientIDList=provider["Audiences"])
    for name, role in roles.items():
        iam.create_role(
            RoleName=name,
            Path=role["Path"],
            Description=role["Description"],
            MaxSessionDuration=role["MaxSessionDuration"],
            PermissionsBoundary=role["PermissionsBoundary"],
            AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
            Tags=[{"Key": key, "Value": value} for key, value in role["Tags"].items()],
        )
        if "ecsdeploy" in role:
            iam.put_role_policy(RoleName=name, PolicyName="ecsdeploy", PolicyDocument=json.dumps(role["ecsdeploy"]))

    after = world.run("bootstrap-oidc", "--permissions-boundary", boundary, "--debug")
    assert (after.code, after.writes) == (0, {}), after.err
    assert after.out == ARN.replace(":role/", ":role/platform/") + "\n"


def test_without_an_account_in_the_config_the_credentials_say_which(world: World) -> None:
    world.configure(CONFIG.replace('account = "123456789012"\n', "") + GITHUB)

    ran = world.run("bootstrap-oidc", "--print", "json", "--debug")

    assert ran.calls == {"sts:GetCallerIdentity": 1}
    assert json.loads(ran.out)["Roles"]["deploy"]["Arn"] == ARN


def test_in_china_it_is_printed_for_china(world: World) -> None:
    world.configure(CONFIG.replace("us-east-1", "cn-north-1") + GITHUB)

    ran = world.run("bootstrap-oidc", "--print", "json")

    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["OpenIDConnectProvider"]["ClientIDList"] == ["sts.amazonaws.com.cn"]
    assert "arn:aws:" not in ran.out
    assert f"arn:aws-cn:iam::123456789012:role/{ROLE}" in ran.out


def test_as_json_events_it_is_one_object(world: World) -> None:
    world.configure(CONFIG + GITHUB)

    ran = world.run("bootstrap-oidc", "--print", "terraform", "--output", "json")

    events = [json.loads(line) for line in ran.out.splitlines()]
    (printed,) = (each for each in events if each["event"] == "Printed")
    assert printed["name"] == "terraform"
    assert of_terraform(printed["text"])[1].keys() == {ROLE, "hello-execution", "hello-task"}

"""`bootstrap-oidc`, run again and over what others have made of its roles, as a user sees it."""

from __future__ import annotations

import json

import pytest

from tests.support.access import ANYBODY, GITHUB, ISSUER, ROLE, SUB, account, loosen, refused, set_trust, trust_of
from tests.support.world import CONFIG, World

UNCHANGED = f"""\
= execution role hello-execution: unchanged
= task role hello-task: unchanged
= OIDC provider {ISSUER}: unchanged
= deploy role {ROLE}: unchanged
"""


@pytest.fixture
def made(world: World) -> World:
    """Return a world in which the command has run once."""
    world.configure(CONFIG + GITHUB)
    assert world.run("bootstrap-oidc").code == 0
    return world


LOOSENED = f"""\
error: The trust policy of the deploy role {ROLE} has been changed by hand.
  It lets in others than the config does.
  Nothing is required of aud. A token that was made for another service is accepted too.
  The sub 'repo:acme@*/hello@*:*' has a wildcard in the owner or the repository. It is open to whoever registers the \
name again: the id may be any.
  The sub 'repo:acme@*/hello@*:*' matches more than one branch, tag, pull request or environment. Whoever can push a \
branch of that name, or open a pull request, can deploy.
  What the role has, and what the config says:
    trust.GitHubActions.Condition.StringEquals.{ISSUER}:aud: nothing -> sts.amazonaws.com
    trust.GitHubActions.Condition.StringEquals.{ISSUER}:repository_id: nothing -> 1234
    trust.GitHubActions.Condition.StringEquals.{ISSUER}:repository_owner_id: nothing -> 99
    {SUB}: nothing -> repo:acme/hello:ref:refs/heads/main
    {SUB}: nothing -> repo:acme@99/hello@1234:ref:refs/heads/main
    trust.GitHubActions.Condition.StringLike.{ISSUER}:sub: repo:acme@*/hello@*:* -> nothing
  To set it to what the config says, add --repair. To keep what was added, write it into the config.
"""


@pytest.mark.parametrize("command", ["bootstrap-oidc", "setup"])
@pytest.mark.parametrize("option", [(), ("--yes",), ("--dry-run",), ("--adopt",)])
def test_a_trust_that_was_changed_by_hand_is_shown_and_left_alone(
    made: World, command: str, option: tuple[str, ...]
) -> None:
    loosen(made)

    assert refused(made, command, *option) == LOOSENED


def test_repair_narrows_it_to_what_the_config_says(made: World) -> None:
    intended = account(made)
    loosen(made)

    repaired = made.run("bootstrap-oidc", "--repair")

    assert repaired.code == 0, repaired.err
    assert f"~ deploy role {ROLE}: updated\n" in repaired.err
    assert account(made) == intended
    again = made.run("bootstrap-oidc", "--debug")
    assert (again.code, again.writes) == (0, {})
    assert again.err.startswith(UNCHANGED)


def test_a_branch_that_was_added_in_one_form_was_added_by_hand(made: World) -> None:
    document = trust_of(made)
    document["Statement"][0]["Condition"]["StringEquals"][f"{ISSUER}:sub"].append("repo:acme/hello:ref:refs/heads/evil")
    set_trust(made, document)

    said = refused(made, "bootstrap-oidc", "--yes")

    assert "  It lets in all that the config does, and more.\n" in said
    assert f"    {SUB}: repo:acme/hello:ref:refs/heads/evil -> nothing\n" in said


def test_permissions_that_were_added_by_hand_are_shown_and_left_alone(made: World) -> None:
    iam, intended = made.client("iam"), account(made)
    document = iam.get_role_policy(RoleName=ROLE, PolicyName="ecsdeploy")["PolicyDocument"]
    document["Statement"].append({"Sid": "More", "Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    iam.put_role_policy(RoleName=ROLE, PolicyName="ecsdeploy", PolicyDocument=json.dumps(document))

    assert refused(made, "bootstrap-oidc", "--yes") == (
        f"error: The permissions of the deploy role {ROLE} have been changed by hand.\n"
        "  They allow all that the config does, and more.\n"
        "  What the role has, and what the config says:\n"
        "    permissions.More.Action: iam:* -> nothing\n"
        "    permissions.More.Effect: Allow -> nothing\n"
        "    permissions.More.Resource: * -> nothing\n"
        "  To set it to what the config says, add --repair. To keep what was added, write it into the config.\n"
    )
    assert made.run("bootstrap-oidc", "--repair").code == 0
    assert account(made) == intended


def test_the_trust_of_a_tasks_role_is_not_anybodys_to_change_either(made: World) -> None:
    set_trust(made, ANYBODY, "hello-task")

    said = refused(made, "setup", "--yes")

    assert said.startswith("error: The trust policy of the task role hello-task has been changed by hand.\n")


def test_more_is_let_in_with_a_yes_alone(made: World) -> None:
    made.configure(CONFIG + GITHUB.replace('["main"]', '["main", "release"]'))

    assert refused(made, "bootstrap-oidc") == (
        "error: This needs your consent, so nothing was changed.\n"
        f"  The deploy role {ROLE} differs from the config:\n"
        f"    {SUB}: nothing -> repo:acme/hello:ref:refs/heads/release\n"
        f"    {SUB}: nothing -> repo:acme@99/hello@1234:ref:refs/heads/release\n"
        "  Change it to what the config says?\n"
        "  Confirm with --yes.\n"
    )
    assert made.run("bootstrap-oidc", "--yes").code == 0
    made.configure(CONFIG + GITHUB)
    assert made.run("bootstrap-oidc").code == 0
    assert "release" not in json.dumps(account(made))


FOREIGN = [
    pytest.param([], "exists and was not made by ecsdeploy.", id="untagged"),
    pytest.param([{"Key": "ecsdeploy:app", "Value": "shop"}], "belongs to the app 'shop'.", id="another app"),
]


@pytest.mark.parametrize("command", ["bootstrap-oidc", "setup"])
@pytest.mark.parametrize("role", [ROLE, "hello-task", "hello-execution"])
@pytest.mark.parametrize(("tags", "said"), FOREIGN)
def test_a_role_of_somebody_else_stops_everything(
    world: World, command: str, role: str, tags: list[dict[str, str]], said: str
) -> None:
    world.configure(CONFIG + GITHUB)
    world.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(ANYBODY), Tags=tags)

    assert f"role {role} {said}\n" in refused(world, command, "--yes")


@pytest.mark.parametrize(("tags", "said"), FOREIGN)
def test_the_deploy_role_is_never_allowed_to_pass_a_role_of_somebody_else(
    made: World, tags: list[dict[str, str]], said: str
) -> None:
    made.client("iam").create_role(RoleName="Admin", AssumeRolePolicyDocument=json.dumps(ANYBODY), Tags=tags)
    made.configure(CONFIG + GITHUB + '[names]\ntask_role = "Admin"\n')

    assert f"error: The task role Admin {said}\n" in refused(made, "bootstrap-oidc", "--yes")
    assert "Admin" not in json.dumps(account(made)[ROLE])


def test_a_provider_with_another_audience_gets_ours(world: World) -> None:
    world.configure(CONFIG + GITHUB)
    iam = world.client("iam")
    arn = iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["mine"])
    ran = world.run("bootstrap-oidc")

    assert ran.code == 0, ran.err
    assert f"~ OIDC provider {ISSUER}: updated\n    audiences: ['mine'] -> ['mine', 'sts.amazonaws.com']\n" in ran.err
    assert account(world)[arn["OpenIDConnectProviderArn"]] == ["mine", "sts.amazonaws.com"]


# ---- limits and boundaries


def limit(world: World, name: str = "limit") -> str:
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made = world.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(wide))
    return str(made["Policy"]["Arn"])


@pytest.mark.parametrize("command", ["bootstrap-oidc", "setup"])
def test_a_boundary_limits_all_three_roles_and_counts_before_the_configs(world: World, command: str) -> None:
    other, boundary = limit(world, "other"), limit(world)
    world.configure(CONFIG + GITHUB + f'[iam]\npermissions_boundary = "{other}"\n')

    ran = world.run(command, "--permissions-boundary", boundary)

    assert ran.code == 0, ran.err
    found = account(world)
    for role in (ROLE, "hello-task", "hello-execution"):
        assert found[role]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    world.configure(CONFIG + GITHUB)
    again = world.run(command, "--debug")
    assert (again.code, again.writes) == (0, {})


def test_what_is_no_policy_is_no_boundary(world: World) -> None:
    world.configure(CONFIG + GITHUB)

    ran = world.run("bootstrap-oidc", "--permissions-boundary", "developers")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: --permissions-boundary 'developers' is not the ARN of a policy.\n"
        "  Write --permissions-boundary arn:aws:iam::ACCOUNT:policy/NAME.\n"
    )


def test_an_account_that_demands_a_boundary_is_told_apart(world: World) -> None:
    world.configure(CONFIG + GITHUB)
    world.sandbox.faults.break_api("access-denied", "iam:CreateRole", 1000)

    said = refused(world, "bootstrap-oidc")

    assert said.startswith("error: These credentials lack permission for iam:CreateRole")
    assert (
        "  Where an account demands a permissions boundary of every role, name it: --permissions-boundary ARN (or "
        "[iam] permissions_boundary in the config). Else: allow iam:CreateRole" in said
    )
    boundary = limit(world)
    said = refused(world, "bootstrap-oidc", "--permissions-boundary", boundary)
    assert f"  The account may demand another permissions boundary than {boundary}. Allow iam:CreateRole" in said


def test_a_role_without_room_for_our_policy_is_left_alone(made: World) -> None:
    iam = made.client("iam")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="ecsdeploy")
    resources = [f"arn:aws:s3:::bucket-{number:04}/*" for number in range(300)]
    own = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}
    extra = json.dumps({"Version": "2012-10-17", "Statement": own})
    iam.put_role_policy(RoleName=ROLE, PolicyName="extra", PolicyDocument=extra)

    said = refused(made, "bootstrap-oidc", "--yes")

    assert f"error: The deploy role {ROLE} has no room for what the config needs: its inline policies would be " in said
    assert "characters long together, and IAM takes 10,240.\n" in said
    assert ", extra 8," in said
    assert "  Make a managed policy of what the others allow, which has a limit of its own, or delete them.\n" in said


def test_more_branches_than_a_trust_policy_holds_are_refused(world: World) -> None:
    branches = ", ".join(f'"release-{number}"' for number in range(40))
    world.configure(CONFIG + GITHUB.replace('"main"', branches))

    said = refused(world, "bootstrap-oidc")

    assert said.startswith(f"error: The deploy role {ROLE} does not fit into IAM: the trust policy would be 4,")

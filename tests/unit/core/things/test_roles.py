"""The three roles: what is made, what is changed, what is asked, and how they are called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, Hidden, RoleSeen
from ecsdeploy.core.step import Step
from ecsdeploy.core.things import roles
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.task_definition import rendered
from ecsdeploy.core.things.wanted_roles import TaskRole, execution_role, role_arn
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import ConfigError, PermissionDenied, Refused
from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.policy.size import compact
from ecsdeploy.policy.trust import ecs_tasks_trust, github_trust
from tests.unit.core import builders as a

Decide = Callable[[Wanted, Account, Upkeep], Decision]

ADOPT = Upkeep(adopt=True)
REPAIR = Upkeep(repair=True)
EXECUTION, TASK, DEPLOY = "hello-execution", "hello-task", "hello-github-deploy"
ALL: tuple[tuple[Decide, str], ...] = (
    (roles.decide_execution_role, EXECUTION),
    (roles.decide_task_role, TASK),
    (roles.decide_deploy_role, DEPLOY),
)
GET_ROLE = a.hidden("iam:GetRole")


def with_role(name: str, role: RoleSeen | Hidden | None) -> Account:
    """Return an account in which one role is otherwise."""
    return replace(a.account(), roles={**a.account().roles, name: role})


def seen(name: str) -> RoleSeen:
    """Return a role as the config has it."""
    found = a.account().roles[name]
    assert isinstance(found, RoleSeen)
    return found


def changed(name: str, **facts: Any) -> Account:
    """Return an account in which a role has other facts than the config."""
    found = seen(name)
    return with_role(name, replace(found, role=replace(found.role, **facts)))


def calls(decision: Decision) -> list[str]:
    return [step.call for step in decision.steps]


def parsed(step: Step, key: str) -> Document:
    document: Document = json.loads(step.parameters[key])
    return document


@pytest.mark.parametrize(("decide", "name"), ALL)
@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_a_role_as_the_config_has_it_is_left_alone(decide: Decide, name: str, upkeep: Upkeep) -> None:
    decision = decide(a.wanted(), a.account(), upkeep)
    assert decision.steps == ()
    assert decision.questions == ()
    assert decision.warnings == ()
    assert decision.quiet is not upkeep.reconcile
    assert decision.ref.name == name


@pytest.mark.parametrize(("decide", "name"), ALL)
@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_a_role_that_is_missing_is_made_with_its_policy(decide: Decide, name: str, upkeep: Upkeep) -> None:
    decision = decide(a.wanted(), with_role(name, None), upkeep)
    ours = seen(name)
    created, *rest = decision.steps
    assert created.call == "iam:CreateRole"
    assert created.parameters == {
        "RoleName": name,
        "AssumeRolePolicyDocument": created.parameters["AssumeRolePolicyDocument"],
        "Description": ours.role.description,
        "MaxSessionDuration": 3600,
        "Tags": [{"Key": "ecsdeploy:app", "Value": "hello"}, {"Key": "ecsdeploy:env", "Value": "default"}],
    }
    assert parsed(created, "AssumeRolePolicyDocument") == ours.role.trust
    assert [step.call for step in rest] == ([] if name == TASK else ["iam:PutRolePolicy"])
    for step in rest:
        assert (step.parameters["RoleName"], step.parameters["PolicyName"]) == (name, "ecsdeploy")
        assert parsed(step, "PolicyDocument") == ours.policy
    assert decision.questions == ()


def test_the_task_roles_permissions_are_its_owners_affair() -> None:
    for policy in (None, {"Version": "2012-10-17", "Statement": []}):
        found = replace(seen(TASK), policy=policy, others=("extra",))
        decision = roles.decide_task_role(a.wanted(), with_role(TASK, found), RECONCILE)
        assert decision.steps == ()
        assert decision.warnings == ()


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_a_policy_that_an_interrupted_run_left_out_is_written_without_asking(upkeep: Upkeep) -> None:
    decision = roles.decide_execution_role(
        a.wanted(), with_role(EXECUTION, replace(seen(EXECUTION), policy=None)), upkeep
    )
    assert calls(decision) == ["iam:PutRolePolicy"]
    assert decision.questions == ()


WIDE: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
}


def test_what_differs_is_written_trust_and_permissions_first_and_asked_before() -> None:
    found = seen(DEPLOY)
    drifted = replace(
        found,
        role=replace(found.role, trust=WIDE, description="mine", max_session=7200, tags={"ecsdeploy:app": "hello"}),
        policy={"Version": "2012-10-17", "Statement": [{"Sid": "More", "Effect": "Allow", "Action": "*"}]},
    )
    decision = roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, drifted), REPAIR)
    assert calls(decision) == ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:UpdateRole", "iam:TagRole"]
    trust, policy, described, _ = decision.steps
    assert parsed(trust, "PolicyDocument") == found.role.trust
    assert parsed(policy, "PolicyDocument") == found.policy
    assert described.parameters == {
        "RoleName": DEPLOY,
        "Description": found.role.description,
        "MaxSessionDuration": 3600,
    }
    (question,) = decision.questions
    assert question.unattended is True
    assert question.text.startswith(f"The deploy role {DEPLOY} differs from the config:\n")
    assert "  maxSessionDuration: 7200 -> 3600\n" in question.text
    assert question.text.endswith("\nChange it to what the config says?")


@pytest.mark.parametrize(
    ("facts", "call"),
    [
        ({"description": "mine"}, "iam:UpdateRole"),
        ({"max_session": 7200}, "iam:UpdateRole"),
        ({"tags": {"ecsdeploy:app": "hello"}}, "iam:TagRole"),
    ],
)
@pytest.mark.parametrize(("decide", "name"), ALL)
def test_only_what_differs_is_written_and_never_by_a_deploy(
    decide: Decide, name: str, facts: dict[str, Any], call: str
) -> None:
    account = changed(name, **facts)
    assert calls(decide(a.wanted(), account, RECONCILE)) == [call]
    assert decide(a.wanted(), account, FILL).steps == ()


@pytest.mark.parametrize(("decide", "name"), ALL)
def test_a_trust_that_another_config_gave_is_an_ordinary_difference(decide: Decide, name: str) -> None:
    elsewhere = replace(a.PLACE, region="eu-west-1")
    other = github_trust(a.PLACE, replace(a.SOURCE, branches=("old",)))
    account = changed(name, trust=other if name == DEPLOY else ecs_tasks_trust(elsewhere))
    assert calls(decide(a.wanted(), account, RECONCILE)) == ["iam:UpdateAssumeRolePolicy"]
    assert decide(a.wanted(), account, FILL).steps == ()


def test_what_was_changed_by_hand_is_left_alone_until_it_is_to_be_repaired() -> None:
    for decide, name in ALL:
        account = changed(name, trust=WIDE)
        with pytest.raises(Refused, match=f"The trust policy of the .* {name} has been changed by hand") as caught:
            decide(a.wanted(), account, RECONCILE)
        assert caught.value.fix.startswith("To set it to what the config says, add --repair.")
        assert calls(decide(a.wanted(), account, REPAIR)) == ["iam:UpdateAssumeRolePolicy"]
        assert decide(a.wanted(), account, FILL).steps == ()


@pytest.mark.parametrize(
    ("branches", "unattended"),
    [
        pytest.param(("main",), False, id="another branch"),
        pytest.param(("other",), False, id="another branch instead"),
        pytest.param(("main", "other", "third"), True, id="fewer branches"),
    ],
)
def test_nobody_else_is_let_in_without_a_yes(branches: tuple[str, ...], unattended: bool) -> None:
    before = github_trust(a.PLACE, replace(a.SOURCE, branches=branches))
    wanted = a.wanted(source=replace(a.SOURCE, branches=("main", "other")))
    for upkeep in (RECONCILE, REPAIR, ADOPT):  # neither option says anything of a role of ours that nobody changed
        (question,) = roles.decide_deploy_role(wanted, changed(DEPLOY, trust=before), upkeep).questions
        assert question.unattended is unattended


@pytest.mark.parametrize(
    ("condition", "unattended"),
    [
        pytest.param({"StringLike": {f"{GITHUB_ISSUER}:sub": "repo:acme/*"}}, True, id="widened"),
        pytest.param({"StringEquals": {f"{GITHUB_ISSUER}:actor": "alice"}}, False, id="narrowed"),
    ],
)
def test_a_repair_lets_in_more_with_a_yes_alone(condition: dict[str, dict[str, str]], unattended: bool) -> None:
    trust = json.loads(json.dumps(seen(DEPLOY).role.trust))
    conditions = trust["Statement"][0]["Condition"]
    for operator, keys in condition.items():
        conditions[operator] = {**conditions.get(operator, {}), **keys}
    if unattended:
        del conditions["StringEquals"]
    (question,) = roles.decide_deploy_role(a.wanted(), changed(DEPLOY, trust=trust), REPAIR).questions
    assert question.unattended is unattended


@pytest.mark.parametrize("tags", [{}, {"ecsdeploy:app": "another"}])
@pytest.mark.parametrize("name", [EXECUTION, TASK])
def test_the_deploy_role_passes_no_role_that_is_not_ours(name: str, tags: dict[str, str]) -> None:
    account = changed(name, tags=tags)
    with pytest.raises(Refused, match=f"{name} (exists and was not made by ecsdeploy|belongs to the app)"):
        roles.decide_deploy_role(a.wanted(), account, RECONCILE)
    if not tags:
        assert roles.decide_deploy_role(a.wanted(), account, ADOPT).steps == ()


def test_policies_of_others_take_room_from_ours() -> None:
    found = replace(seen(DEPLOY), policy=None, others=("extra", "arn:aws:iam::aws:policy/ReadOnlyAccess"))
    policy = seen(DEPLOY).policy
    assert isinstance(policy, Mapping)
    own = len(compact(policy))
    fits = replace(found, others_size=10_240 - own)
    assert calls(roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, fits), RECONCILE)) == ["iam:PutRolePolicy"]
    full = replace(found, others_size=10_241 - own)
    with pytest.raises(Refused, match="would be 10,241 characters long together, and IAM takes 10,240") as caught:
        roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, full), RECONCILE)
    assert caught.value.why == f"ecsdeploy's own has {own:,}, extra {10_241 - own:,}; white space does not count."
    written = replace(full, policy=policy)  # it is there, whatever the others are
    assert roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, written), RECONCILE).steps == ()


def test_a_long_value_is_shown_shortened() -> None:
    (question,) = roles.decide_task_role(a.wanted(), changed(TASK, description="x" * 500), RECONCILE).questions
    (line,) = (line for line in question.text.splitlines() if line.startswith("  description: "))
    before, _, after = line.partition(" -> ")
    assert before == "  description: " + "x" * 157 + "..."
    (question,) = roles.decide_task_role(a.wanted(), changed(TASK, description="x" * 160), RECONCILE).questions
    assert f"  description: {'x' * 160} -> " in question.text
    assert after == seen(TASK).role.description


def test_policies_of_others_are_pointed_out_to_an_admin() -> None:
    account = with_role(DEPLOY, replace(seen(DEPLOY), others=("extra",)))
    (warning,) = roles.decide_deploy_role(a.wanted(), account, RECONCILE).warnings
    assert warning == (
        f"The deploy role {DEPLOY} also has the policy extra, which is not in the config. "
        "It stays; remove it unless you added it."
    )
    assert roles.decide_deploy_role(a.wanted(), account, FILL).warnings == ()
    drifted = with_role(DEPLOY, replace(seen(DEPLOY), policy=None, others=("extra",)))
    decision = roles.decide_deploy_role(a.wanted(), drifted, RECONCILE)
    assert calls(decision) == ["iam:PutRolePolicy"]
    assert decision.warnings == (warning,)


@pytest.mark.parametrize(("decide", "name"), ALL)
def test_somebody_elses_is_refused_and_can_be_adopted(decide: Decide, name: str) -> None:
    account = changed(name, tags={}, trust=WIDE)
    with pytest.raises(Refused, match=f"{name} exists and was not made by ecsdeploy"):
        decide(a.wanted(), account, RECONCILE)
    assert calls(decide(a.wanted(), account, ADOPT)) == ["iam:UpdateAssumeRolePolicy", "iam:TagRole"]
    assert decide(a.wanted(), account, FILL).steps == ()
    with pytest.raises(Refused, match="belongs to the app 'other'"):
        decide(a.wanted(), changed(name, tags={"ecsdeploy:app": "other"}), ADOPT)


@pytest.mark.parametrize(("decide", "name"), ALL)
def test_a_role_that_may_not_be_looked_at_is_taken_to_be_as_setup_made_it(decide: Decide, name: str) -> None:
    decision = decide(a.wanted(), with_role(name, GET_ROLE), FILL)
    assert decision.steps == ()
    assert decision.hidden is GET_ROLE
    with pytest.raises(PermissionDenied, match="iam:GetRole"):
        decide(a.wanted(), with_role(name, GET_ROLE), RECONCILE)


def test_so_is_a_policy() -> None:
    hidden = a.hidden("iam:GetRolePolicy")
    account = with_role(EXECUTION, replace(seen(EXECUTION), policy=hidden))
    decision = roles.decide_execution_role(a.wanted(), account, FILL)
    assert decision.steps == ()
    assert decision.hidden is hidden
    with pytest.raises(PermissionDenied, match="iam:GetRolePolicy"):
        roles.decide_execution_role(a.wanted(), account, RECONCILE)


def test_what_iam_would_not_take_is_refused() -> None:
    branches = tuple(f"release-{number}" for number in range(40))
    with pytest.raises(Refused, match=rf"The deploy role {DEPLOY} does not fit into IAM: .* and environments\.$"):
        roles.decide_deploy_role(a.wanted(source=replace(a.SOURCE, branches=branches)), a.account(), RECONCILE)
    with pytest.raises(ConfigError, match=r"The deploy role cannot be created: ") as caught:
        roles.decide_deploy_role(a.wanted(source=replace(a.SOURCE, branches=("*",))), a.account(), RECONCILE)
    assert caught.value.fix == "Correct [github] in the config."
    secrets = {f"S{number}": f"secretsmanager:{'s' * 150}{number}" for number in range(80)}
    target = a.target(task={"secrets": secrets})
    with pytest.raises(ConfigError, match=r"The execution role cannot be created: .* or shorter ones\.$"):
        roles.decide_execution_role(a.wanted(target=target), a.account(), RECONCILE)


def test_the_trust_names_the_repository_and_its_branches() -> None:
    (created, _) = roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, None), RECONCILE).steps
    (statement,) = parsed(created, "AssumeRolePolicyDocument")["Statement"]
    condition = statement["Condition"]["StringEquals"]
    assert condition[f"{GITHUB_ISSUER}:sub"] == [
        "repo:acme/hello:ref:refs/heads/main",
        "repo:acme@99/hello@1234:ref:refs/heads/main",
    ]
    assert condition[f"{GITHUB_ISSUER}:repository_id"] == "1234"


def statement_of(decision: Decision, sid: str) -> dict[str, Any] | None:
    """Return a statement of the policy that a decision writes."""
    (step,) = (step for step in decision.steps if step.call == "iam:PutRolePolicy")
    found = [each for each in parsed(step, "PolicyDocument")["Statement"] if each["Sid"] == sid]
    return found[0] if found else None


def test_secrets_of_the_account_and_region_are_looked_up_by_the_deploy_role() -> None:
    arn = a.PLACE.regional("secretsmanager", "secret:known-a1B2c3")
    far = (arn.replace("us-east-1", "eu-west-1"), arn.replace("123456789012", "999999999999"))
    agent = {"name": "agent", "secrets": [{"name": "K", "valueFrom": f"{arn}:key::"}, {"name": "P", "valueFrom": "/p"}]}
    secrets = {"A": "secretsmanager:db", "B": far[0], "C": "ssm:/hello/url", "D": far[1]}
    named = a.target(task={"secrets": secrets, "raw": {"containerDefinitions": [agent]}})
    decision = roles.decide_deploy_role(a.wanted(target=named), with_role(DEPLOY, None), RECONCILE)
    found, parameters = statement_of(decision, "FindSecrets"), statement_of(decision, "FindParameters")
    assert found is not None
    assert found["Resource"] == [a.PLACE.regional("secretsmanager", "secret:db-??????"), arn]
    assert parameters is not None
    assert a.PLACE.regional("ssm", "parameter/p") in parameters["Resource"]
    none = roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, None), RECONCILE)
    assert statement_of(none, "FindSecrets") is None


def test_parameters_are_looked_up_by_the_deploy_role() -> None:
    arn = a.PLACE.regional("ssm", "parameter/known")
    named = a.target(task={"secrets": {"A": "ssm:/hello/url", "B": arn, "C": "secretsmanager:db"}})
    account = with_role(DEPLOY, None)
    found = statement_of(roles.decide_deploy_role(a.wanted(target=named), account, RECONCILE), "FindParameters")
    assert found is not None
    assert found["Resource"] == [a.PLACE.regional("ssm", "parameter/hello/url"), arn]
    assert statement_of(roles.decide_deploy_role(a.wanted(), account, RECONCILE), "FindParameters") is None


@pytest.mark.parametrize(
    ("address", "action", "resource"),
    [
        ("ssm:/team/hook", "ssm:GetParameter", a.PLACE.regional("ssm", "parameter/team/hook")),
        (
            "secretsmanager:team:url",
            "secretsmanager:GetSecretValue",
            a.PLACE.regional("secretsmanager", "secret:team-??????"),
        ),
    ],
)
def test_the_deploy_role_reads_the_address_of_the_team(address: str, action: str, resource: str) -> None:
    named = a.target(notify={"url_from": address})
    decision = roles.decide_deploy_role(a.wanted(target=named), with_role(DEPLOY, None), RECONCILE)
    (step,) = (step for step in decision.steps if step.call == "iam:PutRolePolicy")
    statements = parsed(step, "PolicyDocument")["Statement"]
    assert [each["Resource"] for each in statements if each["Action"] == action] == [resource]
    assert any(each["Action"] == "kms:Decrypt" for each in statements)
    tasks = roles.decide_execution_role(a.wanted(target=named), with_role(DEPLOY, None), RECONCILE)
    assert all("hook" not in str(step.parameters) and "team" not in str(step.parameters) for step in tasks.steps)


def test_an_address_in_a_variable_takes_no_permission() -> None:
    told, untold = a.wanted(target=a.target(notify={"url_from": "env:HOOK"})), a.wanted()
    account = with_role(DEPLOY, None)
    assert roles.decide_deploy_role(told, account, RECONCILE) == roles.decide_deploy_role(untold, account, RECONCILE)


# ---- what the roles of the task may do already


def knowing(*secrets: str) -> RoleSeen:
    """Return the execution role of a config with these parameters."""
    return replace(seen(EXECUTION), policy=execution_role(needing(*secrets).target, a.PLACE).permissions)


def needing(*secrets: str) -> Wanted:
    """Return what a config with these parameters wants."""
    named = {f"S{number}": f"ssm:/{each}" for number, each in enumerate(secrets)}
    return a.wanted(target=a.target(task={"secrets": named}))


def parameter(name: str) -> str:
    return a.PLACE.regional("ssm", f"parameter/{name}")


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL, ADOPT])
def test_what_a_revision_may_still_need_is_not_taken_back(upkeep: Upkeep) -> None:
    account = with_role(EXECUTION, knowing("a", "b"))
    assert roles.decide_execution_role(needing("a"), account, upkeep).steps == ()
    found = statement_of(roles.decide_execution_role(needing("a", "c"), account, upkeep), "Parameters")
    assert found is not None
    assert found["Resource"] == [parameter("a"), parameter("b"), parameter("c")]


def test_an_admin_hears_of_what_is_more_than_needed_and_how_to_take_it_back() -> None:
    account = with_role(EXECUTION, knowing("a", "b"))
    (note,) = roles.decide_execution_role(needing("a"), account, RECONCILE).notes
    assert note == (
        f"The execution role {EXECUTION} may do more than this config needs: ssm:GetParameters on {parameter('b')}. "
        "It stays, as older revisions may need it; `ecsdeploy setup --tighten` takes it back."
    )
    (note,) = roles.decide_execution_role(needing("a", "c"), account, RECONCILE).notes
    assert "ssm:GetParameters on" in note
    assert roles.decide_execution_role(needing("a"), account, FILL).notes == ()
    assert roles.decide_execution_role(needing("a", "b"), account, RECONCILE).notes == ()


def test_tightened_it_has_what_the_config_needs_and_nothing_else() -> None:
    account = with_role(EXECUTION, knowing("a", "b"))
    decision = roles.decide_execution_role(needing("a"), account, Upkeep(tighten=True))
    assert parsed(decision.steps[0], "PolicyDocument") == knowing("a").policy
    assert f"{parameter('b')} -> nothing" in decision.questions[0].text
    assert decision.notes == ()


def test_a_policy_that_gets_too_long_is_refused_with_the_way_out() -> None:
    old, new = ([f"{kind}-{number:0150}" for number in range(15)] for kind in ("old", "new"))
    account = with_role(EXECUTION, knowing(*old))
    for upkeep in (RECONCILE, FILL):
        with pytest.raises(
            Refused, match=rf"The execution role {EXECUTION} cannot be allowed more: the inline"
        ) as caught:
            roles.decide_execution_role(needing(*new), account, upkeep)
        assert caught.value.fix == "`ecsdeploy setup --tighten` takes back what this config does not need."
    assert calls(roles.decide_execution_role(needing(*new), account, Upkeep(tighten=True))) == ["iam:PutRolePolicy"]


NEW = "arn:aws:secretsmanager:us-east-1:123456789012:secret:new-a1B2c3"
AGENT = {"name": "agent", "secrets": [{"name": "N", "valueFrom": NEW}]}


@pytest.mark.parametrize("hides", ["iam:GetRole", "iam:GetRolePolicy"])
def test_where_the_role_is_hidden_what_the_running_revision_does_not_read_is_told(hides: str) -> None:
    found = GET_ROLE if hides == "iam:GetRole" else replace(seen(EXECUTION), policy=a.hidden(hides))
    named = {"A": f"{NEW}:key::", "B": "ssm:b"}
    target = a.target(task={"secrets": named, "raw": {"containerDefinitions": [AGENT]}})
    read = {"A": f"{NEW}:key::", "B": "b"}
    account = replace(with_role(EXECUTION, found), secrets=read)

    def told(*known: str, none: bool = False) -> tuple[str, ...]:
        containers = [{"name": "hello", "secrets": [{"name": "X", "valueFrom": each} for each in known]}]
        running = None if none else a.revision(1, {"containerDefinitions": containers})
        return roles.decide_execution_role(a.wanted(target=target), replace(account, running=running), FILL).warnings

    rest = (
        f"was not checked, no permission for {hides}. If it may not, no task will start: `ecsdeploy setup` allows it."
    )
    assert told() == (f"Whether the execution role {EXECUTION} may read new-a1B2c3, b {rest}",)
    assert told(f"{NEW}:other::") == (f"Whether the execution role {EXECUTION} may read b {rest}",)
    assert told(NEW, parameter("b")) == ()
    assert told(none=True) == ()


def test_the_deploy_role_may_do_what_the_config_says_and_nothing_else() -> None:
    found = seen(DEPLOY)
    assert isinstance(found.policy, Mapping)
    more = {"Sid": "More", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    wide = replace(found, policy={**found.policy, "Statement": [*found.policy["Statement"], more]})
    with pytest.raises(
        Refused, match=f"The permissions of the deploy role {DEPLOY} have been changed by hand"
    ) as caught:
        roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, wide), RECONCILE)
    assert "They allow all that the config does, and more." in caught.value.why
    assert "  permissions.More.Action: s3:* -> nothing" in caught.value.why
    decision = roles.decide_deploy_role(a.wanted(), with_role(DEPLOY, wide), REPAIR)
    assert parsed(decision.steps[0], "PolicyDocument") == found.policy
    assert decision.notes == ()


# ---- what the roles are called


ROLES: tuple[tuple[TaskRole, str, str], ...] = (
    ("execution role", EXECUTION, "executionRoleArn"),
    ("task role", TASK, "taskRoleArn"),
)
AT_A_PATH = a.PLACE.iam("role/platform/{name}")


def at_a_path(name: str) -> RoleSeen:
    """Return a role that an admin made below /platform/."""
    found = seen(name)
    return replace(found, role=replace(found.role, arn=AT_A_PATH.format(name=name)))


@pytest.mark.parametrize(("kind", "name", "key"), ROLES)
def test_a_role_keeps_its_path_wherever_it_is_named(kind: TaskRole, name: str, key: str) -> None:
    wanted, account = a.wanted(), with_role(name, at_a_path(name))
    arn = AT_A_PATH.format(name=name)
    assert role_arn(wanted.target, account, kind) == arn
    assert rendered(wanted, account)[key] == arn
    account = replace(account, roles={**account.roles, DEPLOY: None})
    passed = statement_of(roles.decide_deploy_role(wanted, account, RECONCILE), "PassRoles")
    assert passed is not None
    assert arn in passed["Resource"]
    assert a.PLACE.role(name) not in passed["Resource"]
    assert len(passed["Resource"]) == 2


@pytest.mark.parametrize(("kind", "name", "key"), ROLES)
def test_a_role_that_may_not_be_looked_at_is_the_one_that_runs(kind: TaskRole, name: str, key: str) -> None:
    arn = AT_A_PATH.format(name=name)
    ran, registered = (a.revision(number, {key: arn}) for number in (1, 2))
    hidden = with_role(name, GET_ROLE)
    other = a.revision(1, {key: a.PLACE.role(f"another-{name}")})
    target = a.target()
    assert role_arn(target, replace(hidden, running=ran, newest=None), kind) == arn
    assert role_arn(target, replace(hidden, running=None, newest=registered), kind) == arn
    assert role_arn(target, replace(hidden, running=other, newest=registered), kind) == arn
    assert rendered(a.wanted(), replace(hidden, running=ran))[key] == arn


@pytest.mark.parametrize(("kind", "name", "key"), ROLES)
def test_without_anything_to_go_by_a_role_has_no_path(kind: TaskRole, name: str, key: str) -> None:
    hidden, missing = (with_role(name, found) for found in (GET_ROLE, None))
    for revision in (None, a.revision(1, {}), a.revision(1, {key: a.PLACE.role(f"another-{name}")})):
        for account in (hidden, missing):
            account = replace(account, running=revision, newest=revision)
            assert role_arn(a.target(), account, kind) == a.PLACE.role(name)


@pytest.mark.parametrize(("kind", "name", "key"), ROLES)
def test_a_role_that_has_gone_is_not_the_one_that_ran(kind: TaskRole, name: str, key: str) -> None:
    """It is made anew, without a path, so the old ARN names nothing."""
    ran = a.revision(1, {key: AT_A_PATH.format(name=name)})
    assert role_arn(a.target(), replace(with_role(name, None), running=ran), kind) == a.PLACE.role(name)


# ---- the account's rules for roles


BOUNDARY = "arn:aws:iam::123456789012:policy/developers"
RULED = a.target(iam={"path": "/platform/", "permissions_boundary": BOUNDARY})


@pytest.mark.parametrize(("decide", "name"), ALL)
@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_a_role_is_made_with_the_path_and_the_boundary_of_the_config(decide: Decide, name: str, upkeep: Upkeep) -> None:
    created, *_ = decide(a.wanted(target=RULED), with_role(name, None), upkeep).steps
    assert created.parameters["Path"] == "/platform/"
    assert created.parameters["PermissionsBoundary"] == BOUNDARY


@pytest.mark.parametrize(("kind", "name", "key"), ROLES)
def test_a_role_to_make_is_named_with_the_path_of_the_config(kind: TaskRole, name: str, key: str) -> None:
    assert role_arn(RULED, with_role(name, None), kind) == AT_A_PATH.format(name=name)
    hidden = replace(with_role(name, GET_ROLE), running=None, newest=None)
    assert role_arn(RULED, hidden, kind) == AT_A_PATH.format(name=name)
    assert role_arn(RULED, with_role(name, seen(name)), kind) == a.PLACE.role(name)


@pytest.mark.parametrize(("decide", "name"), ALL)
def test_only_an_admin_sets_a_boundary_on_a_role_that_lacks_it(decide: Decide, name: str) -> None:
    ruled = a.account(RULED)
    found = ruled.roles[name]
    assert isinstance(found, RoleSeen)
    account = replace(ruled, roles={**ruled.roles, name: replace(found, role=replace(found.role, boundary=""))})
    decision = decide(a.wanted(target=RULED), account, RECONCILE)
    (step,) = decision.steps
    assert step.call == "iam:PutRolePermissionsBoundary"
    assert step.parameters == {"RoleName": name, "PermissionsBoundary": BOUNDARY}
    assert step.changes == (Change("permissionsBoundary", None, BOUNDARY),)
    assert decision.questions == ()
    assert decide(a.wanted(target=RULED), account, FILL).steps == ()
    others = replace(account.roles[name], role=replace(found.role, boundary="", tags={}))  # type: ignore[type-var]
    with pytest.raises(Refused, match="was not made by ecsdeploy"):
        decide(a.wanted(target=RULED), replace(account, roles={**account.roles, name: others}), RECONCILE)


@pytest.mark.parametrize(("decide", "name"), ALL)
def test_a_boundary_that_the_config_does_not_name_stays(decide: Decide, name: str) -> None:
    assert decide(a.wanted(), changed(name, boundary=BOUNDARY), RECONCILE).steps == ()


def test_another_boundary_is_replaced_after_a_question() -> None:
    ruled = a.account(RULED)
    found = ruled.roles[TASK]
    assert isinstance(found, RoleSeen)
    other = replace(found, role=replace(found.role, boundary=f"{BOUNDARY}-2"))
    account = replace(ruled, roles={**ruled.roles, TASK: other})
    decision = roles.decide_task_role(a.wanted(target=RULED), account, RECONCILE)
    assert calls(decision) == ["iam:PutRolePermissionsBoundary"]
    assert f"permissionsBoundary: {BOUNDARY}-2 -> {BOUNDARY}" in decision.questions[0].text


def test_an_admin_is_told_of_a_role_elsewhere_than_the_config_says() -> None:
    account = replace(a.account(RULED), roles=a.account(a.target(iam={"permissions_boundary": BOUNDARY})).roles)
    (warning,) = roles.decide_task_role(a.wanted(target=RULED), account, RECONCILE).warnings
    assert warning.startswith("The task role hello-task has the path /, not /platform/ as the config says.")


# ---- ECS Exec


EXEC = a.target(service={"raw": {"enableExecuteCommand": True}})
NEEDED = [f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")]
MINE = {"Sid": "Mine", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def with_task_role(**facts: Any) -> Account:
    """Return an account with ECS Exec in the config, and a task role from before."""
    return replace(a.account(EXEC), roles={**a.account().roles, TASK: replace(seen(TASK), **facts)})


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_exec_is_allowed_to_the_task_role_when_it_is_on(upkeep: Upkeep) -> None:
    decision = roles.decide_task_role(a.wanted(target=EXEC), with_task_role(), upkeep)
    assert calls(decision) == ["iam:PutRolePolicy"]
    found = statement_of(decision, "Exec")
    assert found is not None
    assert sorted(found["Action"]) == NEEDED
    assert decision.questions == ()
    assert roles.decide_task_role(a.wanted(target=EXEC), a.account(EXEC), upkeep).steps == ()


def test_a_deployment_adds_exec_to_what_a_person_wrote() -> None:
    before = {"Version": "2012-10-17", "Statement": [MINE]}
    decision = roles.decide_task_role(a.wanted(target=EXEC), with_task_role(policy=before), FILL)
    assert statement_of(decision, "Mine") == MINE
    assert statement_of(decision, "Exec") is not None


def test_a_task_role_of_somebody_else_is_told_of_once_exec_is_turned_on() -> None:
    foreign = with_task_role(role=replace(seen(TASK).role, tags={}))
    decision = roles.decide_task_role(a.wanted(target=EXEC), foreign, FILL)
    assert decision.steps == ()
    (warning,) = decision.warnings
    assert warning.startswith("ECS Exec needs ssmmessages:CreateControlChannel, ")
    assert "on the task role hello-task, which was not made by ecsdeploy" in warning
    assert foreign.service is not None
    on = replace(foreign.service.service, raw={**foreign.service.service.raw, "enableExecuteCommand": True})
    told = replace(foreign, service=replace(foreign.service, service=on))
    assert roles.decide_task_role(a.wanted(target=EXEC), told, FILL).warnings == ()
    assert roles.decide_task_role(a.wanted(), foreign, FILL).warnings == ()

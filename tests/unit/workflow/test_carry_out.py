"""What a person is told and asked before the first write, and who is named where it may not be done."""

from __future__ import annotations

import pytest

from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.step import Ref
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.upkeep import FILL, RECONCILE
from ecsdeploy.core.wanted import DEPLOY
from ecsdeploy.errors import PermissionDenied, Refused
from ecsdeploy.workflow.carry_out import applier, consent, tell_unchecked
from ecsdeploy.workflow.settling import Settling
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import CONFIG, Bench

ROLE, GROUP = Ref("task role", "hello-task"), Ref("security group", "hello")
DECISIONS = (
    Decision(ref=ROLE, questions=(Question("Narrow it?"),), warnings=("It is wide.",)),
    Decision(ref=GROUP, questions=(Question("Remove these rules?"), Question("Really?")), warnings=("It is open.",)),
)


def unchanged() -> Plan:
    """Return a plan of an account that is as its config says."""
    return make_plan(a.wanted(parts=DEPLOY), a.account(), FILL)


def test_all_warnings_come_before_the_first_question(bench: Bench) -> None:
    run, report = bench.run(answer=True)
    told = consent(run, DECISIONS)
    assert report.texts == ["It is wide.", "It is open."]
    assert report.questions == ["Narrow it?", "Remove these rules?", "Really?"]
    assert told == {*report.texts, *report.questions}


def test_nobody_is_told_or_asked_anything_twice(bench: Bench) -> None:
    run, report = bench.run(answer=True)
    told = consent(run, DECISIONS, before=frozenset({"It is wide.", "Remove these rules?"}))
    assert report.texts == ["It is open."]
    assert report.questions == ["Narrow it?", "Really?"]
    assert consent(run, DECISIONS, before=told) == told
    assert len(report.questions) == 2


@pytest.mark.parametrize(
    ("unattended", "yes", "goes_on"), [(True, False, True), (False, False, False), (False, True, True)]
)
def test_where_nobody_is_there_the_question_says_what_happens(
    bench: Bench, unattended: bool, yes: bool, goes_on: bool
) -> None:
    run, _ = bench.run(answer=None, yes=yes)
    decision = Decision(ref=ROLE, questions=(Question("Narrow it?", unattended=unattended),))
    if goes_on:
        consent(run, [decision])
        return
    with pytest.raises(Refused) as caught:
        consent(run, [decision])
    assert (caught.value.why, caught.value.fix) == ("Narrow it?", "Confirm with --yes.")


def test_a_no_ends_it_at_once(bench: Bench) -> None:
    run, report = bench.run(answer=False)
    with pytest.raises(Refused, match="so nothing was changed"):
        consent(run, DECISIONS)
    assert report.questions == ["Narrow it?"]


def test_what_could_not_be_looked_at_is_told_by_the_permission_that_is_missing(bench: Bench) -> None:
    run, report = bench.run()
    denied = a.hidden("iam:GetRole")
    account = a.account(roles=dict.fromkeys(a.account().roles, denied), log_group=a.hidden("logs:DescribeLogGroups"))
    tell_unchecked(run, make_plan(a.wanted(parts=DEPLOY), account, FILL))
    assert report.texts == [
        "Not checked, no permission for iam:GetRole: execution role hello-execution, task role hello-task.",
        "Not checked, no permission for logs:DescribeLogGroups: log group /ecs/hello.",
    ]
    tell_unchecked(run, unchanged())
    assert len(report.texts) == 2


def test_only_a_deployment_sends_for_an_admin(bench: Bench) -> None:
    denied = PermissionDenied("You may not.", action="iam:CreateRole", resource="*", why="AWS says so.", fix="Ask.")
    config = CONFIG + "[environments.staging]\n"
    for env, command in ((None, "ecsdeploy setup"), ("staging", "ecsdeploy setup --env staging")):
        run, _ = bench.run(config, env=env)
        told = applier(run, run.target, FILL, unchanged).missing(ROLE, denied)
        assert told.what == (
            "The task role hello-task is missing, and these credentials cannot create it: they lack iam:CreateRole."
        )
        assert (told.action, told.resource, told.why) == ("iam:CreateRole", "*", "AWS says so.")
        assert told.fix == f"Ask an admin to run this once: {command}"
        of_an_admin = applier(run, run.target, RECONCILE, unchanged).missing(ROLE, denied)
        assert (of_an_admin.what, of_an_admin.why) == (denied.what, denied.why)
        assert of_an_admin.fix.startswith("Where an account demands a permissions boundary of every role, name it: ")


def test_a_role_that_was_written_before_a_build_is_waited_for_after_it(bench: Bench) -> None:
    run, report = bench.run()
    roles = make_plan(a.wanted(parts=("task roles",)), a.empty(), FILL)
    settling = Settling(10.0)
    before, after = (applier(run, run.target, FILL, unchanged, settling) for _ in range(2))
    before.apply(roles)
    run.clock.sleep(4)  # the build
    after.settle()
    assert bench.slept(run) == [4, 6.0]
    assert report.texts == ["Waiting until the roles are known everywhere in IAM"]

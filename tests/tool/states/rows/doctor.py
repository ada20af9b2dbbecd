"""What `doctor` finds."""

from __future__ import annotations

import json
from typing import Any

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Doctor"
GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99'
ISSUER = "token.actions.githubusercontent.com"


def _open(bench: Bench, sub: str) -> None:
    """Have somebody edit the deploy role's trust policy, so that it takes a pattern."""
    iam, role = bench.client("iam"), f"{bench.app}-github-deploy"
    document: dict[str, Any] = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    aud = {f"{ISSUER}:aud": "sts.amazonaws.com"}
    document["Statement"][0]["Condition"] = {"StringEquals": aud, "StringLike": {f"{ISSUER}:sub": sub}}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))


@row(AREA, "nothing made yet", command="doctor", does="names everything that `setup` makes", code=3)
def doctor_of_nothing(bench: Bench) -> Steps:
    bench.config()
    ran = yield
    assert f"problem    cluster {bench.app}: It does not exist.\n           Run `ecsdeploy setup`.\n" in ran.out
    assert ran.writes == {}


@row(AREA, "made, and deployed", command="doctor", does="finds all of it well; writes nothing")
def doctor_of_what_is_well(bench: Bench) -> Steps:
    bench.config()
    bench.require("setup")
    ran = yield
    assert f"ok         cluster {bench.app}: It is as the config says.\n" in ran.out
    assert "problem" not in ran.out
    assert ran.writes == {}


@row(AREA, "a log group of somebody else", command="doctor", does="says whose it is", code=3)
def doctor_of_a_foreign_thing(bench: Bench) -> Steps:
    bench.config()
    bench.client("logs").create_log_group(logGroupName=f"/ecs/{bench.app}")
    ran = yield
    assert "problem    log group: " in ran.out
    assert ran.writes == {}


@row(AREA, "roles that may not be read", command="doctor", does="says that they are unchecked; checks the rest", code=3)
def doctor_without_permission(bench: Bench) -> Steps:
    bench.config()
    bench.sandbox.faults.break_api("access-denied", "iam:GetRole")
    ran = yield
    assert "unchecked  task roles: Not looked at: no permission for iam:GetRole.\n" in ran.out
    assert f"problem    cluster {bench.app}: It does not exist.\n" in ran.out


@row(AREA, "a trust policy as the config has it", command="doctor --oidc", does="finds it well; writes nothing")
def doctor_of_a_good_trust(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("setup")
    ran = yield
    assert f"ok         trust: The trust policy of {bench.app}-github-deploy lets in only what it names.\n" in ran.out
    assert f"ok         permissions: {bench.app}-github-deploy may do nothing beyond its service.\n" in ran.out
    assert ran.writes == {}


@row(
    AREA,
    "a trust policy that somebody opened",
    command="doctor --oidc",
    does="says who gets in, and that it is not the config's",
    code=3,
)
def doctor_of_an_open_trust(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("setup")
    _open(bench, "repo:acme@*/hello@*:ref:refs/heads/main")
    ran = yield
    assert "It is open to whoever registers the name again: the id may be any.\n" in ran.out
    assert "may let in more than the config says.\n" in ran.out
    assert ran.writes == {}


@row(
    AREA,
    "a deploy role that became an administrator",
    command="doctor --oidc",
    does="names the policy that is attached",
    code=3,
)
def doctor_of_an_administrator(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("setup")
    bench.client("iam").put_role_policy(
        RoleName=f"{bench.app}-github-deploy",
        PolicyName="all",
        PolicyDocument='{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}',
    )
    ran = yield
    assert "problem    permissions: The role is an administrator: * on *.\n" in ran.out


@row(AREA, "no [github] in the config", command="doctor --oidc", does="says so, and audits the task's roles")
def doctor_without_github(bench: Bench) -> Steps:
    bench.config()
    bench.require("setup")
    ran = yield
    assert "note       github: The config does not say whose jobs may deploy.\n" in ran.out
    assert f"ok         task role: Only ECS may assume {bench.app}-task, for this account.\n" in ran.out

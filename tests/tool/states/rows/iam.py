"""`iam`: the policies, from the config alone."""

from __future__ import annotations

import json

from ecsdeploy.core.role import POLICY
from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Permissions"
GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99'
LONG = "n" * 255
NAMES = "\n".join(f'{noun} = "{LONG}"' for noun in ("cluster", "service", "family", "log_group", "repository"))
BEYOND = '[iam]\ngrants = ["run", "destroy"]'


@row(AREA, "nothing deployed yet", command="iam --for deploy", does="prints the policy, with reasons; makes no call")
def iam_before_anything(bench: Bench) -> Steps:
    ran = yield
    document = json.loads(ran.out)
    assert document["Version"] == "2012-10-17"
    sids = [each["Sid"] for each in document["Statement"]]
    assert all(f"  {sid.ljust(16)}  " in ran.err for sid in sids)
    assert ran.calls == {}


@row(AREA, "`setup` has run", command="iam --for deploy", does="prints what the deploy role has")
def iam_of_what_is_there(bench: Bench) -> Steps:
    bench.config(GITHUB, '[iam]\ngrants = ["run"]')
    bench.require("setup", "--yes")
    ran = yield
    answer = bench.client("iam").get_role_policy(RoleName=f"{bench.app}-github-deploy", PolicyName=POLICY)
    assert json.loads(ran.out) == answer["PolicyDocument"]


@row(AREA, "a config without `account`", command="iam --for logs", does="asks AWS whose credentials these are")
def iam_without_an_account(bench: Bench) -> Steps:
    bench.configure(bench.config_text().replace('account = "123456789012"\n', ""))
    ran = yield
    assert f"arn:aws:ecs:us-east-1:123456789012:service/{bench.app}/{bench.app}" in ran.out
    assert ran.calls == {"sts:GetCallerIdentity": 1}


@row(AREA, "several environments, none named", command="iam --for deploy", does="refuses to guess: `--env`", code=2)
def iam_of_no_environment(bench: Bench) -> Steps:
    bench.config("[environments.staging]\n[environments.production]")
    ran = yield
    assert "--env" in ran.err
    assert ran.out == ""


@row(AREA, "no command is called so", command="iam --for rollbak", does="names the nearest", code=2)
def iam_of_nothing(bench: Bench) -> Steps:
    ran = yield
    assert "error: There is no policy for 'rollbak'.\n  Did you mean --for rollback?\n" in ran.err


@row(AREA, "names for which IAM has no room", command="iam --for deploy", does="says what to shorten", code=3)
def iam_of_long_names(bench: Bench) -> Steps:
    bench.config('[release]\ncommand = ["true"]', BEYOND, f"[names]\n{NAMES}")
    ran = yield
    assert "and IAM takes 10,240.\n  Give shorter names in [names], " in ran.err
    assert ran.out == ""


@row(
    AREA,
    "names for which IAM has no room",
    command="setup",
    does="refuses before it makes anything; says what to shorten",
    code=3,
)
def setup_of_long_names(bench: Bench) -> Steps:
    bench.config(GITHUB, '[release]\ncommand = ["true"]', BEYOND, f"[names]\n{NAMES}")
    ran = yield
    assert f"error: The deploy role {bench.app}-github-deploy does not fit into IAM: the inline policy " in ran.err
    assert "  Give shorter names in [names], " in ran.err
    assert ran.writes == {}


@row(AREA, "two roles with one name", does="refuses: each would have the other's rights", code=2)
def roles_of_one_name(bench: Bench) -> Steps:
    bench.config(f'[names]\ntask_role = "{bench.app}-github-deploy"')
    ran = yield
    assert "names.task_role: the deploy role and the task role are both called" in ran.err
    assert ran.calls == {}


@row(AREA, "a secret's ARN with a wildcard", does="refuses: other secrets could be read too", code=2)
def secret_of_any_name(bench: Bench) -> Steps:
    bench.config('[task.secrets]\nTOKEN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"')
    ran = yield
    assert "task.secrets.TOKEN: with a wildcard, other secrets could be read too\n" in ran.err
    assert ran.calls == {}


@row(
    AREA,
    "the service is untagged, and these credentials may not tag it",
    command="deploy --adopt",
    does="names the action, and the command for an admin",
    code=3,
)
def adopting_denied(bench: Bench) -> Steps:
    bench.deployed()
    arn = bench.service()["serviceArn"]
    bench.ecs.untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])
    bench.sandbox.faults.break_api("access-denied", "ecs:TagResource", 1)
    ran = yield
    assert f"error: The service {bench.app} lacks tags of ours, and these credentials cannot take it over" in ran.err
    assert "Ask an admin to run this once: ecsdeploy deploy --adopt\n" in ran.err

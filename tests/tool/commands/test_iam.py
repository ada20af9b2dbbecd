"""`ecsdeploy iam`, as a user sees it: a policy to paste, and why each statement is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecsdeploy.core.role import POLICY
from ecsdeploy.policy.grants.needs import NEEDS
from tests.support.world import CONFIG, Ran, World

GITHUB = '\n[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99\n'
CHAOS_STOP = """\
What `ecsdeploy chaos-stop` needs; the deploy role has it by [iam] grants:
  NoResource        IAM can limit these to no resource; the Region is what is
                    left.
  ReadService       Sees this service and what was deployed to it.
  ListTasks         Finds the service's tasks; IAM can limit this to the cluster
                    and no further.
  ReadTasks         Sees why a task does not start; a task's ARN names its
                    cluster, not its service.
  ChaosStop         Stops one task of this app; a task's ARN does not name its
                    service, so its tags decide.
"""


def policy(ran: Ran) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def granted(world: World) -> Any:
    """Return the policy that the deploy role has."""
    return world.client("iam").get_role_policy(RoleName="hello-github-deploy", PolicyName=POLICY)["PolicyDocument"]


def test_the_commands_are_listed_with_who_may_use_them(world: World) -> None:
    world.configure(f'{CONFIG}\n[iam]\ngrants = ["run"]\n')
    ran = world.run("iam")
    assert ran.code == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "COMMAND WHO DOES"
    assert [line.split()[0] for line in lines[1:]] == list(NEEDS)
    assert "run deploy role, as [iam] grants says run a command in a task of its own" in lines
    assert "exec by [iam] grants open a shell in a task" in lines
    assert "setup an admin make everything that a service needs" in lines
    assert ran.err == "`ecsdeploy iam --for COMMAND` shows the policy of one.\n"


def test_the_policy_is_on_stdout_and_its_reasons_are_beside_it(world: World) -> None:
    ran = world.run("iam", "--for", "chaos-stop", "--debug")
    *_, stop = policy(ran)["Statement"]
    assert stop == {
        "Sid": "ChaosStop",
        "Effect": "Allow",
        "Action": ["ecs:GetTaskProtection", "ecs:StopTask"],
        "Resource": "arn:aws:ecs:us-east-1:123456789012:task/hello/*",
        "Condition": {
            "StringEquals": {"aws:ResourceTag/ecsdeploy:app": "hello", "aws:ResourceTag/ecsdeploy:env": "default"}
        },
    }
    assert ran.err == f"{CHAOS_STOP}API calls: none\n"


def test_programs_get_the_same_as_objects(world: World) -> None:
    ran = world.run("iam", "--for", "chaos-stop", "--output", "json")
    _, note, *reasons, found = map(json.loads, ran.out.splitlines())
    assert note["event"] == "Note"
    assert [each["sid"] for each in reasons] == [each["Sid"] for each in found["document"]["Statement"]]
    assert found["document"] == policy(world.run("iam", "--for", "chaos-stop"))
    assert found["characters"] == len(json.dumps(found["document"], separators=(",", ":")))


@pytest.mark.parametrize("more", ["", '\n[iam]\ngrants = ["run", "chaos-stop"]\n', '\n[release]\ncommand = ["true"]\n'])
def test_what_it_shows_for_deploy_is_what_setup_writes(world: World, more: str) -> None:
    world.configure(CONFIG + GITHUB + more)
    assert world.run("setup", "--yes").code == 0
    assert policy(world.run("iam", "--for", "deploy")) == granted(world)


def test_a_grant_is_given_by_setup_and_taken_back(world: World) -> None:
    world.configure(f'{CONFIG}{GITHUB}[iam]\ngrants = ["exec"]\n')
    assert world.run("setup", "--yes").code == 0
    assert "Exec" in [each["Sid"] for each in granted(world)["Statement"]]
    world.configure(CONFIG + GITHUB)
    assert world.run("setup", "--yes").code == 0
    assert "Exec" not in [each["Sid"] for each in granted(world)["Statement"]]


def test_without_an_account_in_the_config_aws_is_asked_for_it(world: World) -> None:
    world.configure(CONFIG.replace('account = "123456789012"\n', ""))
    ran = world.run("iam", "--for", "logs", "--debug")
    assert "arn:aws:ecs:us-east-1:123456789012:service/hello/hello" in ran.out
    assert ran.calls == {"sts:GetCallerIdentity": 1}


def test_an_unknown_command_is_told_with_the_known_one(world: World) -> None:
    ran = world.run("iam", "--for", "chaos-stopp")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: There is no policy for 'chaos-stopp'.\n  Did you mean --for chaos-stop?\n"


def test_an_unknown_grant_is_told_with_those_that_there_are(world: World) -> None:
    world.configure(f'{CONFIG}\n[iam]\ngrants = ["everything"]\n')
    ran = world.run("iam")
    assert (ran.code, ran.out) == (2, "")
    assert "iam.grants[0]" in ran.err


def test_names_without_room_in_iam_are_told_with_what_to_do(world: World) -> None:
    long = "n" * 255
    names = "".join(f'{noun} = "{long}"\n' for noun in ("cluster", "service", "family", "log_group", "repository"))
    world.configure(f'{CONFIG}\n[release]\ncommand = ["true"]\n[iam]\ngrants = ["run", "destroy"]\n[names]\n{names}')
    ran = world.run("iam", "--for", "deploy")
    assert (ran.code, ran.out) == (3, "")
    assert "characters, and IAM takes 10,240.\n  Give shorter names in [names], " in ran.err

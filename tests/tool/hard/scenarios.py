"""Runs that something is done to at each of their calls: what was there before, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.tool.hard.lab import Lab

GITHUB = '[github]\nrepository = "acme/{app}"\nbranches = ["main"]\n'
IDS = ("--repository-id", "12345", "--owner-id", "678")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`prepare` makes an app that nothing has been done to yet, and returns the command's arguments.

    `patient` is for a command that may refuse while what its predecessor began is still going on, `repeats` for one
    that starts a deployment whenever it is run.
    """

    name: str
    prepare: Callable[[Lab], tuple[str, ...]]
    patient: bool = False
    repeats: bool = False

    def __str__(self) -> str:
        return self.name


def _pushed(lab: Lab, *more: str, head: str = "") -> str:
    lab.new_app(*more, head=head)
    lab.require("create-repo")
    return lab.release()


def _deployed(lab: Lab, *more: str, head: str = "") -> str:
    commit = _pushed(lab, *more, head=head)
    lab.require("deploy")
    return commit


def _first(lab: Lab) -> tuple[str, ...]:
    _pushed(lab)
    _forget_roles_of_the_account(lab)
    return ("deploy",)


def _release(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    lab.release("another")
    return ("deploy",)


def _unchanged(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    return ("deploy",)


def _resized(lab: Lab) -> tuple[str, ...]:
    commit = _deployed(lab)
    lab.write_config("[service]\ncount = 3")
    return ("deploy", "--image", commit)


def _rolled_back(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    lab.release("another")
    lab.sandbox.faults.break_next_deployment("pull-error")
    assert lab.trial("deploy").code == 4
    return ("deploy",)


def _forced(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    return ("deploy", "--force-new-deployment")


def _adopted(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    arn = lab.service()["serviceArn"]
    lab.client("ecs").untag_resource(resourceArn=arn, tagKeys=["ecsdeploy:app", "ecsdeploy:env"])
    lab.release("another")
    return ("deploy", "--adopt")


def _set_up(lab: Lab) -> tuple[str, ...]:
    lab.new_app()
    lab.write_config(GITHUB.format(app=lab.app))
    _forget_roles_of_the_account(lab)
    return ("setup", *IDS)


def _drifted(lab: Lab) -> tuple[str, ...]:
    command = _set_up(lab)
    lab.require(*command)
    app, iam, logs, ecr, ec2 = lab.app, *(lab.client(name) for name in ("iam", "logs", "ecr", "ec2"))
    for role in (f"{app}-execution", f"{app}-task", f"{app}-github-deploy"):
        iam.update_role(RoleName=role, Description="changed by hand")
        iam.untag_role(RoleName=role, TagKeys=["ecsdeploy:env"])
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    other = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    iam.update_assume_role_policy(RoleName=f"{app}-task", PolicyDocument=_policy(trust))
    iam.put_role_policy(RoleName=f"{app}-execution", PolicyName="ecsdeploy", PolicyDocument=_policy(other))
    logs.put_retention_policy(logGroupName=f"/ecs/{app}", retentionInDays=3)
    ecr.put_image_tag_mutability(repositoryName=app, imageTagMutability="MUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=app, imageScanningConfiguration={"scanOnPush": False})
    ecr.delete_lifecycle_policy(repositoryName=app)
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [app]}])["SecurityGroups"][0]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    lab.client("ecs").put_cluster_capacity_providers(
        cluster=app, capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    return (*command, "--repair", "--yes")


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _healing(lab: Lab) -> tuple[str, ...]:
    _deployed(lab, "[service]\ncount = 2")
    lab.wait_until_steady()
    return ("chaos-stop",)


def _to_roll_back(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    lab.release("another")
    lab.require("deploy")
    lab.wait_until_steady()
    return ("rollback", "--to", "1")


def _to_scale(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    return ("scale", "3")


def _to_restore(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    lab.require("scale", "3")
    lab.require("scale", "0")
    return ("scale", "--restore")


def _to_restart(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    lab.wait_until_steady()
    return ("restart",)


def _destroyed(lab: Lab) -> tuple[str, ...]:
    lab.new_app()
    lab.write_config(GITHUB.format(app=lab.app), "[service]\ncount = 2")
    lab.require("setup", *IDS)
    for message in ("one", "another"):
        lab.release(message)
        lab.require("deploy")
    lab.wait_until_steady()
    return ("destroy", "--images", "--oidc-provider", "--yes")


def _pruned(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    for message in ("one", "another", "a last"):
        lab.release(message)
        lab.require("deploy")
    lab.wait_until_steady()
    return ("prune", "--keep", "1", "--delete", "--images", "--yes")


def _shown(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    return ("status",)


def _told(lab: Lab) -> tuple[str, ...]:
    _deployed(lab)
    return ("history",)


def _releasing(lab: Lab) -> tuple[str, ...]:
    _deployed(lab, '[release]\ncommand = ["sh", "-c", "echo migrating"]')
    lab.release("another")
    return ("deploy",)


def _forget_roles_of_the_account(lab: Lab) -> None:
    """Take away what the account has once for all apps, so that it has to be made again."""
    iam = lab.client("iam")
    for role in iam.list_roles(PathPrefix="/aws-service-role/ecs.amazonaws.com/")["Roles"]:
        iam.delete_service_linked_role(RoleName=role["RoleName"])
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])


FIRST = Scenario(name="deploy, the first time", prepare=_first)
RELEASE = Scenario(name="deploy, a new commit", prepare=_release)
UNCHANGED = Scenario(name="deploy, nothing new", prepare=_unchanged)
RESIZED = Scenario(name="deploy, another count", prepare=_resized)
ROLLED_BACK = Scenario(name="deploy, after a rollback", prepare=_rolled_back)
FORCED = Scenario(name="deploy --force-new-deployment", prepare=_forced, repeats=True)
ADOPTED = Scenario(name="deploy --adopt", prepare=_adopted)
SET_UP = Scenario(name="setup, an empty account", prepare=_set_up)
DRIFTED = Scenario(name="setup, everything drifted", prepare=_drifted)
HEALING = Scenario(name="chaos-stop", prepare=_healing, patient=True)
ROLLBACK = Scenario(name="rollback --to", prepare=_to_roll_back)
SCALE = Scenario(name="scale", prepare=_to_scale)
RESTORE = Scenario(name="scale --restore", prepare=_to_restore)
RESTART = Scenario(name="restart", prepare=_to_restart, patient=True, repeats=True)
DESTROYED = Scenario(name="destroy", prepare=_destroyed)
PRUNED = Scenario(name="prune", prepare=_pruned)
STATUS = Scenario(name="status", prepare=_shown)
HISTORY = Scenario(name="history", prepare=_told)
RELEASING = Scenario(name="deploy, with a release command", prepare=_releasing)

SCENARIOS = (
    *(FIRST, RELEASE, UNCHANGED, RESIZED, ROLLED_BACK, FORCED, ADOPTED, SET_UP, DRIFTED, HEALING),
    *(ROLLBACK, SCALE, RESTORE, RESTART, DESTROYED, PRUNED, STATUS, HISTORY, RELEASING),
)

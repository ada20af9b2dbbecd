"""A state of an account, met by the deploy role's own session in a sandbox that asks IAM for every request."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.iam.scenes import CLIENTS, client
from ecsdeploy.policy import Document
from ecsdeploy.policy.grants import Grant, document
from ecsdeploy.sandbox.app import Sandbox
from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.iam.enforce import Enforcer
from ecsdeploy.sandbox.iam.principals import Principals
from ecsdeploy.sandbox.wire import AwsError, Caller, WireProtocol
from tests.support.authorized import SOMEBODY, RecordedCall, Recorder
from tests.support.held import Named, named
from tests.support.world import Ran, run_inside
from tests.tool.states.bench import Bench, open_bench, open_sandbox
from tests.tool.states.table import Row

ADMIN = "test"
"""The access key of whoever prepares a state."""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}],
}


@dataclass
class Enforced(Recorder):
    """A sandbox's `Permit` that asks IAM, and keeps what was asked and how often it was refused."""

    others: frozenset[str] = frozenset({ADMIN, SOMEBODY})
    enforcer: Enforcer | None = None
    refused: list[str] = field(default_factory=list)

    def enforce(self, sandbox: Sandbox, clock: Clock) -> None:
        """Ask the sandbox's IAM from now on."""
        principals = Principals(sandbox.stores.roles, sandbox.sessions.find)
        self.enforcer = Enforcer(tuple(self.others), principals, sandbox.stores, clock)

    def __call__(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        caller: Caller,
        protocol: WireProtocol = "json",
    ) -> None:
        """Keep a call; raise `AwsError` unless the caller may make it."""
        super().__call__(service, operation, parameters, caller, protocol)
        if self.enforcer is None:
            return
        try:
            self.enforcer(service, operation, parameters, caller, protocol)
        except AwsError:
            self.refused.append(f"{service}:{operation}")
            raise


@dataclass(frozen=True)
class Played:
    """What the role's session called in one state, and what became of it; `well` says that it did what it should."""

    row: str
    about: Named
    calls: tuple[RecordedCall, ...]
    refused: tuple[str, ...]
    ran: Ran
    well: bool


def play(row: Row, without: tuple[str, str] | None = None) -> Played:
    """Bring a state about as an administrator, and meet it as the deploy role; `without` is a `sid` and an action."""
    permit = Enforced()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_sandbox(home / "sandbox", permit) as sandbox:
            permit.enforce(sandbox, sandbox.engine.clock)
            bench = open_bench(sandbox, home, row.id)
            steps = row.play(bench)
            next(steps)
            arguments = shlex.split(row.command)
            about = named(bench.project, arguments, sandbox.stores.roles.arn)
            keys = session(bench, document(reduced(about.role(), without)))
            permit.taken()
            if row in CLIENTS:
                ran = client(row, bench, keys)
            else:
                env = {**bench.env, **keys}
                ran = run_inside(bench.project, [arguments[0], "--debug", *arguments[1:]], env, bench.tool_clock())
            calls = permit.taken()
            well = ran.code == row.code
            if without is None and well:
                with suppress(StopIteration):
                    steps.send(ran)
            steps.close()
    return Played(row.id, about, tuple(calls), tuple(permit.refused), ran, well)


def reduced(grants: tuple[Grant, ...], without: tuple[str, str] | None) -> list[Grant]:
    """Return the grants without one action of one of them."""
    if without is None:
        return list(grants)
    sid, action = without
    return [each.only(set(each.actions) - {action}) if each.sid == sid else each for each in grants]


def session(bench: Bench, policy: Document) -> dict[str, str]:
    """Return the environment of a session whose role has `policy` and nothing else."""
    iam, name = bench.client("iam"), f"{bench.app}-session"[-64:]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="deploy", PolicyDocument=json.dumps(policy))
    found = bench.client("sts").assume_role(RoleArn=role, RoleSessionName="job")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }

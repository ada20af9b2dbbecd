"""`docs/permissions.md`: which command calls what, recorded from every row of the states.

`python -m tests.tool.states.permissions` plays all rows and writes the page; each row of `make test` holds its own
calls against it, so a call that the page lacks fails the row that made it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

from ecsdeploy.policy.grants.policies import deploy_grants
from ecsdeploy.policy.grants.scope import DeployScope
from ecsdeploy.sandbox.app import Sandbox
from tests.tool.states.bench import Sandboxes, open_sandbox
from tests.tool.states.table import Row
from tests.unit.policy.documents import EVERYTHING, PLACE

PAGE = Path(__file__).parents[3] / "docs" / "permissions.md"
HEAD = """\
# What each command needs

The IAM actions that each command calls, over all account states: recorded from every row of [states.md](states.md), and
checked by each of those tests (`python -m tests.tool.states.permissions` writes this page). A command calls fewer if
there is less to do, and continues if a missing permission is not essential.

Some calls need another permission too: {implied}.

The last column shows what the deploy role has that `setup` creates for GitHub Actions, on exactly the resources of the
config; (x) is only there with `[release]` or a name in `[iam] grants`. `ecsdeploy iam --for NAME` prints the policy for
one command, with the reason for each statement ([iam.md](iam.md)). `build-push` and a `deploy` that builds also push
through the registry, which needs `ecr:GetAuthorizationToken`, `ecr:BatchCheckLayerAvailability`,
`ecr:InitiateLayerUpload`, `ecr:UploadLayerPart`, `ecr:CompleteLayerUpload`, `ecr:PutImage` and `ecr:BatchGetImage`.

"""
IMPLIED = {
    "ec2:CreateSecurityGroup": "ec2:CreateTags",
    "ecr:CreateRepository": "ecr:TagResource",
    "ecs:CreateCluster": "ecs:TagResource",
    "ecs:CreateService": "ecs:TagResource",
    "ecs:RegisterTaskDefinition": "iam:PassRole and ecs:TagResource",
    "ecs:RunTask": "iam:PassRole and ecs:TagResource",
    "ecs:UpdateService": "iam:PassRole",
    "iam:CreateRole": "iam:TagRole",
    "logs:CreateLogGroup": "logs:TagResource",
}
"""What a call needs beside itself, as it is made here (Service Authorization Reference: with tags, with roles)."""
_SERVICES = {
    "cloudwatch-logs": "logs",
    "application-auto-scaling": "application-autoscaling",
    "secrets-manager": "secretsmanager",
}


def action_of(call: str) -> str:
    """Return IAM's name of a call that botocore counts by a name of its own."""
    service, _, operation = call.partition(":")
    return f"{_SERVICES.get(service, service)}:{operation}"


@cache
def documented() -> dict[str, frozenset[str]]:
    """Return the actions of each command, as the page has them."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    commands = [cell.strip(" `") for cell in lines[0].strip("|").split("|")][1:-1]
    found: dict[str, set[str]] = {command: set() for command in commands}
    for line in lines[2:]:
        action, *marks = [cell.strip(" `") for cell in line.strip("|").split("|")]
        for command, mark in zip(commands, marks, strict=False):
            if mark:
                found[command].add(action)
    return {command: frozenset(actions) for command, actions in found.items()}


def undocumented(command: str, calls: Iterable[str]) -> set[str]:
    """Return what a command called that the page lacks."""
    return {action_of(call) for call in calls} - documented().get(command, frozenset())


def text(calls: dict[str, set[str]]) -> str:
    """Return the page."""
    commands = sorted(calls)
    implied = "; ".join(f"`{call}` {more}" for call, more in sorted(IMPLIED.items()))
    rows = [f"| permission | {' | '.join(f'`{command}`' for command in commands)} | deploy role |"]
    rows.append("|---" * (len(commands) + 2) + "|")
    most = replace(EVERYTHING, subnets=())
    granted, always = _granted(most), _granted(replace(most, releases=False, scans=False, grants=()))
    for action in sorted({action for found in calls.values() for action in found}):
        marks = ["x" if action in calls[command] else "" for command in commands]
        rows.append(
            f"| `{action}` | {' | '.join([*marks, 'x' if action in always else '(x)' if action in granted else ''])} |"
        )
    return HEAD.format(implied=implied) + "\n".join(rows) + "\n"


def _granted(scope: DeployScope) -> frozenset[str]:
    grants = deploy_grants(PLACE, scope)
    return frozenset({"sts:GetCallerIdentity"}.union(*(each.actions for each in grants)))


def recorded() -> dict[str, set[str]]:
    """Play every row, and return what each command called."""
    from tests.tool.states.play import play
    from tests.tool.states.rows import ACCOUNT, TABLE

    calls: dict[str, set[str]] = {}

    def keep(row: Row, sandbox: Sandbox, home: Path) -> None:
        home.mkdir(exist_ok=True)
        try:
            told = play(row, sandbox, home, documented=False)
        except AssertionError as error:  # a row that fails does so in `make test`, by its name
            sys.stderr.write(f"{row.id} failed: {str(error)[:200]}\n")
            return
        for command, found in told.items():
            calls.setdefault(command, set()).update(map(action_of, found))

    with tempfile.TemporaryDirectory() as folder:
        with closing(Sandboxes(Path(folder) / "sandboxes")) as sandboxes:
            for row in TABLE.rows:
                keep(row, sandboxes.for_a_row(), Path(folder) / row.id)
        for row in ACCOUNT.rows:
            with open_sandbox(Path(folder) / f"sandbox-{row.id}") as own:
                keep(row, own, Path(folder) / row.id)
    return calls


if __name__ == "__main__":
    PAGE.write_text(text(recorded()))

"""`ecsdeploy iam`: the permissions that each command takes, as a policy with its reasons."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsdeploy.cli import values
from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.options import with_shared_options
from ecsdeploy.runtime import Options


@with_shared_options
def iam(
    options: Options,
    *,
    wanted: Annotated[
        str | None,
        typer.Option(
            "--for",
            help="The command to show the policy for; `deploy` is all that the deploy role has.",
            metavar="COMMAND",
            autocompletion=values.policies,
        ),
    ] = None,
) -> None:
    """Show what permissions a command needs, as an IAM policy, and why each statement is there.

    The policy is made from the config: exact resources of this service, and conditions where IAM has them. It is
    printed to stdout as JSON, ready for `aws iam put-role-policy`; the reasons go to stderr. Without --for, it lists
    the commands: what the deploy role has, what [iam] grants adds to it, and what an admin does.

    Changes nothing. A config with environments needs --env for a policy; one without `account` makes it ask AWS whose
    credentials these are. Exit codes: 0 shown; 2 no such command or environment; 3 the policy is too long for IAM, or
    no credentials.
    """
    with command(options, changes=wanted is not None) as run:  # each environment has a policy of its own
        from ecsdeploy.workflow.iam import show_policies, show_policy

        if wanted is None:
            show_policies(run, run.target)
        else:
            show_policy(run, run.target, wanted)

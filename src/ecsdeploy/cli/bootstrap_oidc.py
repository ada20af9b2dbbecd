"""`ecsdeploy bootstrap-oidc`: GitHub Actions deploys without a stored key."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ecsdeploy.cli.boundary import command
from ecsdeploy.cli.github_options import Boundary, DryRun, OwnerId, Repair, RepositoryId, WhichCi, boundary_arn
from ecsdeploy.cli.options import Yes, with_shared_options
from ecsdeploy.errors import UsageError
from ecsdeploy.runtime import Options

if TYPE_CHECKING:
    from ecsdeploy.runtime import Run
    from ecsdeploy.workflow.bootstrap_oidc import OidcOptions


class Language(StrEnum):
    """The languages of `--print`."""

    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"
    JSON = "json"


@with_shared_options
def bootstrap_oidc(
    options: Options,
    *,
    ci: WhichCi = None,
    repository_id: RepositoryId = None,
    owner_id: OwnerId = None,
    permissions_boundary: Boundary = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over roles that ecsdeploy did not make.")] = False,
    repair: Repair = False,
    dry_run: DryRun = False,
    printed: Annotated[
        Language | None,
        typer.Option("--print", help="Print all of it for a tool that keeps IAM in code, and make nothing."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare what is there with the config, and change nothing.")
    ] = False,
    new_repository: Annotated[
        str | None,
        typer.Option(
            "--new-repository",
            help="With --check: what a rename or a transfer to this name would change.",
            metavar="OWNER/NAME",
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Let GitHub Actions deploy without a stored key: OIDC provider, deploy role, execution role, task role.

    Trusts only the repository, branches and environments in [github], by whole names and by GitHub's ids, in both
    forms of the sub claim. Prints the deploy role's ARN; `workflow` writes the workflow. Run again, it changes what
    differs from the config, and nothing else. The provider is the account's: it is made once, and nothing is taken
    from it.

    A policy of a role that was changed by hand is shown and left alone, and so is all the rest: --repair sets it to
    what the config says. If the config lets in more than the deploy role trusts now, that needs a yes: --yes where
    nobody can answer. A role of somebody else is left alone too, and never passed to a task.

    --print terraform is Terraform's JSON syntax (a .tf.json file), --print cloudformation a template in JSON. With
    account in the config, it asks AWS nothing. --check ends with 0 if all is as the config says, and with 3 if not.

    Exit codes: 0 done, or nothing to do; 2 a mistake in the config; 3 refused, and nothing was changed; 5 failed.
    """
    with command(options, changes=True) as run:
        _require_one(dry_run=dry_run, printed=printed, check=check, new_repository=new_repository)
        from ecsdeploy.workflow.bootstrap_oidc import OidcOptions

        wanted = OidcOptions(
            ci=ci.value if ci else "",
            repository_id=str(repository_id or ""),
            owner_id=str(owner_id or ""),
            boundary=boundary_arn(permissions_boundary),
            adopt=adopt,
            repair=repair,
        )
        _tell(run, wanted, dry_run=dry_run, printed=printed, check=check, new_repository=new_repository or "")


def _tell(
    run: Run, wanted: OidcOptions, *, dry_run: bool, printed: Language | None, check: bool, new_repository: str
) -> None:
    """Tell the story that was asked for."""
    if printed is not None:
        from ecsdeploy.workflow.print_access import print_access

        print_access(run, run.target, wanted, printed.value)
    elif check:
        from ecsdeploy.workflow.check_access import check_access

        check_access(run, run.target, wanted, new_repository)
    else:
        from ecsdeploy.workflow.bootstrap_oidc import bootstrap_oidc, foresee_oidc

        (foresee_oidc if dry_run else bootstrap_oidc)(run, run.target, wanted)


def _require_one(*, dry_run: bool, printed: Language | None, check: bool, new_repository: str | None) -> None:
    """Raise `UsageError` if options contradict each other."""
    given = {"--dry-run": dry_run, "--print": printed is not None, "--check": check}
    named = [name for name, there in given.items() if there]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other.", fix="Leave one of them out.")
    if new_repository is not None and not check:
        raise UsageError("--new-repository goes with --check.", fix="Add --check.")

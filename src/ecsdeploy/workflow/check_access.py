"""`ecsdeploy bootstrap-oidc --check`: whether GitHub's access is as the config says, and what a rename would change."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic_core import PydanticCustomError

from ecsdeploy.config.rules import repository
from ecsdeploy.core.account import RoleSeen
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import owned
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.events import Note, Outcome, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.github.repository import Fetch
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.audit import audit_trust
from ecsdeploy.policy.rename import renamed, trusted
from ecsdeploy.policy.trust import GitHubSource, subjects_of
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions, wanted_access
from ecsdeploy.workflow.made import foresee, seen


def check_access(
    run: Run, target: Target, options: OidcOptions, new_repository: str = "", fetch: Fetch | None = None
) -> None:
    """Show what differs from the config, and what a rename or a transfer to `new_repository` would change.

    Raises `Refused` unless all is as the config says and nothing beside it, and what `bootstrap_oidc` would refuse
    with.
    """
    new = _name(new_repository)
    wanted = wanted_access(run, target, options, fetch)
    assert wanted.source is not None
    account = seen(run, wanted, options.upkeep)
    found = account.roles[target.names.deploy_role]
    command = f"ecsdeploy bootstrap-oidc{run.options.place}{options.given}"
    if isinstance(wanted.source, GitHubSource):
        if isinstance(found, RoleSeen):
            run.report(*_of_trust(wanted, wanted.source, found, account.place))
        run.report(*_of_runner(run, wanted.source))
        if new:
            run.report(*_of_rename(wanted.source, new, command))
    elif new:
        raise UsageError("--new-repository is for GitHub.", fix="Change the config, and compare it with --check.")
    plan = foresee(run, wanted, options.upkeep, command, account)
    if plan.steps:
        raise Refused(
            f"{_count(sum(bool(each.steps) for each in plan.decisions))} not as the config says.",
            fix=f"To change it: `{command}`.",
        )
    if isinstance(found, RoleSeen) and found.others:
        raise Refused(
            f"The deploy role {found.role.name} may do more than the config says.",
            why=f"It has policies that ecsdeploy did not write: {', '.join(found.others)}.",
            fix="`ecsdeploy doctor --oidc` says what is wrong with them, and how to remove them.",
        )
    run.report(Outcome(True, f"{wanted.source.who} may deploy {target.names.service} as the config says."))


def _name(text: str) -> str:
    try:
        return repository(text) if text else ""
    except PydanticCustomError:
        raise UsageError(
            f"--new-repository {text!r} is not OWNER/NAME.", fix="Write for example --new-repository acme/hello."
        ) from None


def _of_trust(wanted: Wanted, source: GitHubSource, found: RoleSeen, place: Place) -> Iterator[Note | Warn]:
    """Yield whom the role trusts now, what in that is open to strangers, and whether the repository has moved."""
    now, name = trusted(found.role.trust), found.role.name
    ids = ", ".join(
        (*(f"repository id {one}" for one in now.repository_ids), *(f"owner id {o}" for o in now.owner_ids))
    )
    whom = f"{', '.join(now.names)} ({ids or 'whatever its ids are'})" if now.names else "no repository by its name"
    yield Note(f"The deploy role {name} trusts {whom}.")
    if not owned(found.role.tags, wanted.target.tags):  # what is wrong with ours is said where it is compared
        for each in audit_trust(found.role.trust, place, repository=source.repository, role=name):
            yield Warn(f"{name} was not made by ecsdeploy. {each.what} {each.why}")
    if len(now.names) != 1 or now.names[0] == source.repository:
        return
    if now.repository_ids == (source.repository_id,):
        yield Note(
            f"{now.names[0]} and {source.repository} have the same id: it is one repository, which was renamed or "
            "transferred. Its jobs are refused until the role knows its new name."
        )
    elif now.repository_ids:
        yield Warn(f"{source.repository} has another id than {now.names[0]}: it is another repository.")


def _of_runner(run: Run, source: GitHubSource) -> Iterator[Warn]:
    """Yield what this very job shows: that the repository was renamed."""
    runner = read_runner(run.environ)
    if runner.repository_id == source.repository_id and runner.repository != source.repository:
        yield Warn(
            f"The repository {source.repository} is called {runner.repository} now: write "
            f'repository = "{runner.repository}" in [github].'
        )


def _of_rename(source: GitHubSource, new: str, command: str) -> Iterator[Note]:
    """Yield what has to follow a rename or a transfer, and what does not."""
    old = source.repository
    owner, new_owner = old.partition("/")[0], new.partition("/")[0]
    yield Note(f"If {old} becomes {new}:")
    yield Note(f"  The repository's id stays {source.repository_id}: whoever registers {old} after that stays out.")
    if owner == new_owner:
        yield Note(f"  The owner's id stays {source.owner_id}.")
    else:
        yield Note(
            f"  The owner's id stays {source.owner_id} if {owner} itself is renamed. In a transfer it becomes that of "
            f"{new_owner}: gh api users/{new_owner} --jq .id"
        )
    yield Note("  GitHub then writes other subs, and the role refuses them until it is updated:")
    found = subjects_of(source)
    for subject in (*found.exact, *found.twins, *found.patterns):
        yield Note(f"    {subject} -> {renamed(subject, old, new)}")
    if any(each.startswith(f"{old}/") for each in source.workflows):
        yield Note(f"  The workflows in [github] that are in {old} are in {new} then.")
    ids = "" if owner == new_owner else " with the new owner_id"
    yield Note(f'  Right after it, write repository = "{new}"{ids} in [github], and run `{command} --yes`.')


def _count(number: int) -> str:
    return "1 resource is" if number == 1 else f"{number} resources are"

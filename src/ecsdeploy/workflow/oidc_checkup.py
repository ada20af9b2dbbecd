"""How a CI signs in: the job's token, whom the roles trust, and what the deploy role may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ecsdeploy.aws.iam import Iam
from ecsdeploy.core.account import Account, Hidden, RoleSeen
from ecsdeploy.core.ci_source import source_in
from ecsdeploy.core.doctor import hidden, of_error, of_findings
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.wanted_roles import role_arn
from ecsdeploy.core.wanted import Part
from ecsdeploy.errors import EcsdeployError, PermissionDenied
from ecsdeploy.facts import Check
from ecsdeploy.github.id_token import has_id_token
from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.audit import (
    Own,
    audit_attached,
    audit_permissions,
    audit_provider,
    audit_task_trust,
    audit_trust,
)
from ecsdeploy.policy.narrower import covers
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.checkup import credentials
from ecsdeploy.workflow.read import Need, read
from ecsdeploy.workflow.token_check import check_token
from ecsdeploy.workflow.trust_policy import Trust, likely_place, trust_in_file, trust_of_config

NO_TOKEN = Check(
    about="token", status="unchecked", text="No token could be held against the trust policy: see credentials, above."
)
BELOW = "What the token says, below, shows which claim does not fit."


def oidc_checkup(run: Run, target: Target, file: Path | None) -> Iterator[Check]:
    """Yield what is wrong with how the CI signs in. Raises `UsageError` if `file` holds no trust policy."""
    given = trust_in_file(file) if file is not None else None
    if not target.has_ci and given is None:
        yield Check(
            about="github",
            status="note",
            text="The config does not say whose jobs may deploy.",
            fix='To deploy from GitHub Actions, write: [github] repository = "OWNER/REPOSITORY", branches = ["main"]',
        )
    on_runner = has_id_token(run.environ) or run.environ.get("GITHUB_ACTIONS") == "true"
    identity = credentials(run, target)
    if identity.status != "ok" and not on_runner:
        identity = replace(identity, status="unchecked")
    elif "doctor --oidc" in identity.fix:  # which is this very command
        identity = replace(identity, fix=BELOW)
    yield identity
    account, *problems = _account(run, target) if identity.status == "ok" else (None, _unread())
    yield from problems
    place = account.place if account is not None else likely_place(target)
    live = _live(target, account)
    intended, error = trust_of_config(run, target, place)
    if error is not None:
        yield replace(of_error("github", error), status="warning")
    judged = given or live or intended
    if on_runner:
        certain = identity.status == "ok" or judged is given
        for check in check_token(run, place, judged, certain=certain):
            yield NO_TOKEN if check.text == identity.text else check
    else:
        text = "This is not a job of GitHub Actions: there is no id token that can be checked."
        yield Check(about="token", status="note", text=text)
    yield from _trust(target, place, judged, account)
    yield from _drift(live, intended)
    if account is not None:
        yield from _permissions(run, target, account)
        yield from _provider(target, account)
        yield from _task_roles(target, account)


def _account(run: Run, target: Target) -> tuple[Account | None, *tuple[Check, ...]]:
    parts: tuple[Part, ...] = ("github", "task roles") if target.has_ci else ("task roles",)
    need = Need(parts=parts, reconcile=True, issuer=target.issuer.name)
    try:
        return (read(run.aws, target, run.clock, need),)
    except EcsdeployError as error:
        return None, of_error("roles", error)


def _unread() -> Check:
    text = "Without credentials, the roles in AWS cannot be read."
    return Check(about="roles", status="unchecked", text=text, fix="Run it with an administrator's credentials too.")


def _live(target: Target, account: Account | None) -> Trust | None:
    role = account.roles.get(target.names.deploy_role) if account is not None else None
    if not isinstance(role, RoleSeen):
        return None
    return Trust(role.role.trust, f"The trust policy of {role.role.name}")


def _trust(target: Target, place: Place, judged: Trust | None, account: Account | None) -> Iterator[Check]:
    name = target.names.deploy_role
    role = account.roles.get(name) if account is not None else None
    if isinstance(role, Hidden):
        yield hidden("trust", str(role), f"The trust policy of {name} could not be read")
    elif account is not None and role is None and target.has_ci:
        text = f"The role {name} does not exist."
        yield Check(about="trust", status="problem", text=text, fix="Run `ecsdeploy bootstrap-oidc`.")
    if judged is not None:
        meant = target.config.github.repository if target.config.github is not None else ""
        findings = audit_trust(judged.document, place, repository=meant, role=name)
        yield from of_findings("trust", findings, f"{judged.whose} lets in only what it names.")


def _drift(live: Trust | None, intended: Trust | None) -> Iterator[Check]:
    if live is None or intended is None:
        return
    more, less = not covers(intended.document, live.document), not covers(live.document, intended.document)
    if more or less:
        yield Check(
            about="trust",
            status="warning",
            text=f"{live.whose} may {'let in more than' if more else 'not let in all that'} the config says.",
            why="It was changed by hand, or the config was changed since.",
            fix="Run `ecsdeploy bootstrap-oidc`, which shows the difference.",
            rule="not-as-config",
        )


def _permissions(run: Run, target: Target, account: Account) -> Iterator[Check]:
    role = account.roles.get(target.names.deploy_role)
    if not isinstance(role, RoleSeen):
        return
    passes = (role_arn(target, account, "execution role"), role_arn(target, account, "task role"))
    own = Own(account.place, role.role.arn, passes)
    if isinstance(role.policy, Hidden):
        yield hidden("permissions", str(role.policy), "What the deploy role may do could not be read")
        return
    try:
        others = dict(_other_documents(run, role))
    except PermissionDenied as error:
        yield hidden("permissions", error.action, "Not every policy of the deploy role could be read")
        others = {}
    findings = list(audit_permissions(role.policy, own)) if role.policy is not None else []
    for name, document in others.items():
        findings += (replace(each, fix=_delete(role, name)) for each in audit_permissions(document, own))
    findings += audit_attached((each for each in role.others if ":policy/" in each), role.role.name)
    yield from of_findings("permissions", findings, f"{role.role.name} may do nothing beyond its service.")


def _other_documents(run: Run, role: RoleSeen) -> Iterator[tuple[str, Document]]:
    for name in role.others:
        if ":policy/" not in name and (found := Iam(run.aws).policy(role.role.name, name)) is not None:
            yield name, found


def _delete(role: RoleSeen, policy: str) -> str:
    command = f"aws iam delete-role-policy --role-name {role.role.name} --policy-name {policy}"
    return f"The policy {policy} says so, which ecsdeploy did not write. Delete it: `{command}`."


def _provider(target: Target, account: Account) -> Iterator[Check]:
    if not target.has_ci:
        return
    found, other = account.provider, source_in(target.config, target.config.ci)
    audience = other.audience(account.place) if other else account.place.sts_audience
    if isinstance(found, Hidden):
        yield hidden("provider", str(found), "The OIDC provider could not be read")
    elif found is None:
        yield Check(
            about="provider",
            status="problem",
            text=f"The account has no OIDC provider for {target.issuer.url}.",
            why="STS then answers: No OpenIDConnect provider found in your account.",
            fix="Run `ecsdeploy bootstrap-oidc`, which creates it.",
        )
    else:
        yield from of_findings("provider", audit_provider(found, audience), f"It accepts the audience {audience}.")


def _task_roles(target: Target, account: Account) -> Iterator[Check]:
    for kind, name in (("execution role", target.names.execution_role), ("task role", target.names.task_role)):
        role = account.roles.get(name)
        if isinstance(role, Hidden):
            yield hidden(kind, str(role), f"{name} could not be read")
        elif isinstance(role, RoleSeen):
            findings = audit_task_trust(role.role.trust, account.place)
            yield from of_findings(kind, findings, f"Only ECS may assume {name}, for this account.")

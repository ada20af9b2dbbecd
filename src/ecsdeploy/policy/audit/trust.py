"""Whom a trust policy lets in who should not be: the rules that every such policy is held against.

A statement is judged by what it requires, not by its text: of several conditions on `sub` the narrowest counts, and a
claim that is compared exactly takes the edge off a wildcard elsewhere. Statements that deny are not weighed against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import ECS_TASKS, GITHUB_ISSUER, Place
from ecsdeploy.policy.audit.claims import Required, judge_operators, required
from ecsdeploy.policy.audit.finding import (
    Finding,
    Statement,
    allowing,
    conditions,
    is_policy,
    no_policy,
    texts,
    unique,
)
from ecsdeploy.policy.audit.subjects import EXACT, Bounds, judge_subject
from ecsdeploy.policy.issuers import issuer_named
from ecsdeploy.policy.patterns import like

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
_RESERVED = "GitHubActions"
_REPOSITORY = re.compile(r"\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}:")
"""The repository's id, which Bitbucket's `sub` begins with (Bitbucket, "Integrate Pipelines with AWS using OIDC")."""


def audit_trust(document: Document, place: Place, *, repository: str = "", role: str = "") -> tuple[Finding, ...]:
    """Return what is wrong with a deploy role's trust policy, the worst first; never raises, whatever it is given.

    `repository` is the one that is meant, in GitHub's spelling, and `role` the role's name, each "" if not known.
    """
    if not is_policy(document):
        return (no_policy(),)
    found = [*_role_name(role)]
    for statement in allowing(document):
        found += _statement(statement, place, repository)
    return unique(found)


def audit_task_trust(document: Document, place: Place) -> tuple[Finding, ...]:
    """Return what is wrong with the trust policy of a role that ECS gives to tasks; never raises."""
    if not is_policy(document):
        return (no_policy(),)
    found: list[Finding] = []
    for statement in allowing(document):
        services = _principals(statement, "Service")
        others = [name for kind in ("AWS", "Federated") for name in _principals(statement, kind)]
        found += [_other_principal(name) for name in [*others, *(each for each in services if each != ECS_TASKS)]]
        if ECS_TASKS in services and not _is_bound_to_source(statement, place):
            found.append(
                Finding(
                    "confused-deputy",
                    "warning",
                    f"{ECS_TASKS} may assume the role for any account.",
                    "Without aws:SourceAccount, ECS can be made to use the role on somebody else's behalf.",
                    "Require aws:SourceAccount and aws:SourceArn: `ecsdeploy bootstrap-oidc` writes it so.",
                )
            )
    return unique(found)


def audit_provider(audiences: Sequence[str], audience: str) -> tuple[Finding, ...]:
    """Return what is wrong with the client ids of an OIDC provider in IAM, where tokens are for `audience`."""
    if audience in audiences:
        return ()
    return (
        Finding(
            "provider-audience",
            "problem",
            f"The OIDC provider does not accept the audience {audience}.",
            "STS refuses every token that asks for it: Incorrect token audience.",
            "Run `ecsdeploy bootstrap-oidc`, which adds it.",
        ),
    )


def _role_name(role: str) -> Iterator[Finding]:
    if role == _RESERVED:
        yield Finding(
            "role-name",
            "warning",
            f"The role is named exactly {_RESERVED}.",
            "Roles of that name are reported not to work (aws-actions/configure-aws-credentials, 953).",
            "Give it another name: [names] deploy_role.",
        )


def _statement(statement: Statement, place: Place, repository: str) -> Iterator[Finding]:
    if "NotPrincipal" in statement or _is_anybody(statement.get("Principal")):
        yield Finding(
            "anybody",
            "problem",
            "A statement lets everybody but those it names, or everybody, assume the role.",
            "Its principal is *, or a NotPrincipal.",
            "Name the OIDC provider as the Federated principal.",
        )
        return
    yield from (_other_principal(name) for kind in ("AWS", "Service") for name in _principals(statement, kind))
    if not _allows_web_identity(statement):
        return
    for provider in _principals(statement, "Federated"):
        issuer = issuer_of(provider)
        if _is_github(issuer):
            yield from _github(statement, place, issuer, repository)
            if provider != place.iam(f"oidc-provider/{issuer}"):
                yield _foreign_provider(provider)
        else:
            yield _other_issuer(statement, issuer)


def issuer_of(provider: str) -> str:
    """Return the issuer of an OIDC provider's ARN, without https://."""
    return provider.partition(":oidc-provider/")[2] or provider


def _is_github(issuer: str) -> bool:
    host = issuer.split("/")[0]
    of_cloud = host.startswith("token.actions.") and host.endswith(".ghe.com")
    return host == GITHUB_ISSUER or of_cloud or issuer_named(issuer).is_server


def _github(statement: Statement, place: Place, issuer: str, repository: str) -> Iterator[Finding]:
    needs = required(statement, issuer)
    yield from judge_operators(statement, issuer)
    yield from _audience(needs, place)
    yield from _workflow(needs)
    bounds = Bounds(
        repository=_has_exact(needs, "repository_id"),
        ref=_has_exact(needs, "ref"),
        environment=_has_exact(needs, "environment"),
        ids_known=issuer_named(issuer).knows("repository_id"),
    )
    subs = [each for each in needs if each.claim == "sub"]
    if not subs:
        yield Finding(
            "no-sub",
            "warning" if bounds.repository else "problem",
            "Nothing is required of sub.",
            "Every branch and every pull request of the repository gets the role."
            if bounds.repository
            else "Every workflow of every repository on GitHub gets the role.",
            EXACT,
        )
        return
    judged = [_subjects(each, bounds, repository) for each in subs]
    yield from min(judged, key=lambda found: sum(each.severity == "problem" for each in found))


def _subjects(need: Required, bounds: Bounds, repository: str) -> list[Finding]:
    found = [
        finding
        for value in need.values
        for finding in judge_subject(value, pattern=need.pattern, bounds=bounds, repository=repository)
    ]
    if need.pattern and need.exact:
        found.append(
            Finding(
                "needless-pattern",
                "warning",
                "sub is compared as a pattern, and no value has a wildcard.",
                "A * that somebody adds later opens it without being noticed.",
                "Use StringEquals.",
            )
        )
    return found


def _audience(needs: Sequence[Required], place: Place) -> Iterator[Finding]:
    values = [value for need in needs if need.claim == "aud" and need.exact for value in need.values]
    if not values:
        yield Finding(
            "no-aud",
            "problem",
            "Nothing is required of aud.",
            "A token that was made for another service is accepted too.",
            f"Require {place.sts_audience}.",
        )
    elif place.sts_audience not in values or len(set(values)) > 1:
        yield Finding(
            "audience",
            "warning",
            f"The audience is {', '.join(map(repr, values))}.",
            f"ecsdeploy asks for {place.sts_audience}, and one audience is enough.",
            f"Require {place.sts_audience} alone.",
        )


def _workflow(needs: Sequence[Required]) -> Iterator[Finding]:
    for value in (value for need in needs if need.claim == "job_workflow_ref" for value in need.values):
        if not re.fullmatch(r"[^@*?]+@(refs/(heads|tags)/[^*?]+|[0-9a-f]{40}|[0-9a-f]{64})", value):
            yield Finding(
                "workflow-unpinned",
                "problem",
                f"The reusable workflow {value!r} is not bound to one branch or commit.",
                "Whoever can push any branch to its repository can change what it does.",
                "End it with @refs/heads/main, or with @ and the whole commit.",
            )


def _has_exact(needs: Sequence[Required], claim: str) -> bool:
    return any(need.claim == claim and need.exact and need.values for need in needs)


def _other_principal(name: str) -> Finding:
    return Finding(
        "other-principal",
        "warning",
        f"{name} may assume the role too.",
        "It is another way in, past GitHub and everything that is required of its tokens.",
        "Leave it out, unless it is meant.",
    )


def _other_issuer(statement: Statement, issuer: str) -> Finding:
    if not any(need.claim != "aud" and need.values and _pins(need) for need in required(statement, issuer)):
        return Finding(
            "no-sub",
            "problem",
            f"Of tokens of {issuer}, nothing but the audience is required, or only a pattern.",
            "Whoever has an account there gets the role.",
            "Require the project's or repository's id, exactly.",
        )
    return Finding(
        "other-issuer",
        "note",
        f"Tokens of {issuer} may get the role.",
        "Only what GitHub's claims mean is audited here.",
        "Compare each claim with that service's documentation.",
    )


def _pins(need: Required) -> bool:
    """Return whether it names something whole: a value, or the id that Bitbucket's `sub` begins with."""
    return need.exact or all(_REPOSITORY.match(value) for value in need.values)


def _foreign_provider(provider: str) -> Finding:
    return Finding(
        "foreign-provider",
        "problem",
        f"The OIDC provider {provider} is not this account's.",
        "IAM knows providers of the role's own account only.",
        "Run `ecsdeploy bootstrap-oidc --repair`.",
    )


def _allows_web_identity(statement: Statement) -> bool:
    if "NotAction" in statement:
        return True
    return any(like(((each, True),), WEB_IDENTITY, ignore_case=True) for each in texts(statement.get("Action", [])))


def _principals(statement: Statement, kind: str) -> list[str]:
    principal = statement.get("Principal", {})
    return texts(principal.get(kind, [])) if isinstance(principal, Mapping) else []


def _is_anybody(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return any("*" in texts(names) for names in principal.values())
    return isinstance(principal, str) and principal == "*"


def _is_bound_to_source(statement: Statement, place: Place) -> bool:
    return any(
        key == "aws:sourceaccount" and values == [place.account] and operator in ("stringequals", "stringlike")
        for operator, key, values in conditions(statement)
    )

"""What a deploy role is allowed that it should not be: the rules that every such policy is held against.

Each statement is judged for itself, and what another one denies is not taken away: too much is said rather than too
little. A pattern of actions counts as every action that it matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import ECS_TASKS, Place
from ecsdeploy.policy.audit.dangers import ADMIN, DANGERS, IAM_WRITES, Danger
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
from ecsdeploy.policy.patterns import like, resource_matches

_WILD = re.compile(r"[*?]|\$\{")
_BINDING = ("stringequals", "stringlike", "arnequals", "arnlike", "arnlikeifexists", "arnequalsifexists")


@dataclass(frozen=True)
class Own:
    """Whose permissions they are: the role's ARN, and the ARNs of the roles that it may pass to tasks.

    Where `passes` is None, it is not known which those are.
    """

    place: Place
    role: str = ""
    passes: tuple[str, ...] | None = None


def audit_permissions(document: Document, own: Own) -> tuple[Finding, ...]:
    """Return what is wrong with a deploy role's policy, the worst first; never raises, whatever it is given."""
    if not is_policy(document):
        return (no_policy(),)
    return unique(finding for statement in allowing(document) for finding in _statement(statement, own))


def audit_attached(policies: Iterable[str], role: str) -> tuple[Finding, ...]:
    """Return what is wrong with the managed policies attached to the deploy role `role`, given by ARN."""
    found = []
    for policy in policies:
        name = policy.rpartition("/")[2]
        known = name in ADMIN
        found.append(
            Finding(
                "admin" if known else "attached",
                "problem" if known else "warning",
                f"The managed policy {name} is attached.",
                "It holds more than a deployment needs." if known else "What it allows is not in the config.",
                f"Detach it: `aws iam detach-role-policy --role-name {role} --policy-arn {policy}`.",
            )
        )
    return unique(found)


def _statement(statement: Statement, own: Own) -> Iterator[Finding]:
    if "NotAction" in statement:
        yield Finding(
            "not-action",
            "problem",
            "A statement allows everything but what its NotAction names.",
            "Every action that AWS adds is allowed as well.",
            "List the actions that are needed.",
        )
        return
    if _is_admin(statement):
        yield Finding(
            "admin",
            "problem",
            "The role is an administrator: * on *.",
            "Whoever changes a workflow or a dependency of it owns the account.",
            "Run `ecsdeploy bootstrap-oidc`, which writes what a deployment needs.",
        )
        return
    yield from _wide_actions(statement)
    yield from _pass_role(statement, own)
    yield from _changes_iam(statement, own)
    for danger in DANGERS:
        yield from _danger(statement, danger)


def _is_admin(statement: Statement) -> bool:
    actions = texts(statement.get("Action", []))
    return any(re.fullmatch(r"\*+(:\*+)?", each) for each in actions) and "*" in _resources(statement)


def _wide_actions(statement: Statement) -> Iterator[Finding]:
    for action in texts(statement.get("Action", [])):
        service, _, name = action.partition(":")
        if re.fullmatch(r"\*+", name) or _WILD.search(service):
            yield Finding(
                "wide-actions",
                "problem",
                f"The role may do everything of {service}: {action}.",
                "No deployment needs all of it, and every action that AWS adds is allowed as well.",
                "List the actions that are needed: `ecsdeploy bootstrap-oidc` writes them.",
            )


def _pass_role(statement: Statement, own: Own) -> Iterator[Finding]:
    if not _covers(statement, "iam:PassRole"):
        return
    resources = _resources(statement)
    for role in resources:
        if _WILD.search(role):
            yield Finding(
                "pass-any-role",
                "problem",
                f"The role may pass every role that {role!r} matches.",
                "It can start a task as an administrator's role, and so become one.",
                "Name the exact ARNs of the execution role and the task role.",
            )
        elif own.passes is not None and role not in own.passes:
            yield Finding(
                "pass-other-role",
                "problem",
                f"The role may pass {role}, which is not a role of this config.",
                "Its tasks can do whatever that role can.",
                "Run `ecsdeploy bootstrap-oidc`, or name that role in [names].",
            )
    if not _binds(statement, "iam:passedtoservice", ECS_TASKS):
        yield Finding(
            "pass-to-any-service",
            "problem",
            "iam:PassRole is allowed without iam:PassedToService.",
            "The roles can be given to every service of AWS that takes one, such as EC2 or Lambda.",
            f"Require iam:PassedToService to be {ECS_TASKS}.",
        )


def _changes_iam(statement: Statement, own: Own) -> Iterator[Finding]:
    actions = [action for action in IAM_WRITES if _covers(statement, action)]
    if not actions:
        return
    itself = bool(own.role) and any(_matches(pattern, own.role) for pattern in _resources(statement))
    some = ", ".join(actions[:3]) + (" and more" if len(actions) > 3 else "")
    yield Finding(
        "changes-itself" if itself else "changes-iam",
        "problem",
        f"The role may change {'itself' if itself else 'who may do what'}: {some}.",
        "What limits it holds only until it lifts the limit.",
        "Leave it out: what needs IAM is done once, by an administrator, with `ecsdeploy setup`.",
    )


def _danger(statement: Statement, danger: Danger) -> Iterator[Finding]:
    actions = [action for action in danger.actions if _covers(statement, action)]
    if not actions:
        return
    if danger.needs:
        resources = _resources(statement)
        if _names_key(statement, danger.needs) or (danger.rule == "any-key" and not any(map(_WILD.search, resources))):
            return
        what = f"{actions[0]} is allowed without {danger.needs}."
    else:
        wide = [each for each in _resources(statement) if not re.fullmatch(danger.narrow, each) or not danger.narrow]
        if not wide:
            return
        what = f"{actions[0]} is allowed on {wide[0]}."
    yield Finding(danger.rule, danger.severity, what, danger.why, danger.fix)


def _covers(statement: Statement, action: str) -> bool:
    return any(like(((each, True),), action, ignore_case=True) for each in texts(statement.get("Action", [])))


def _resources(statement: Statement) -> list[str]:
    """Return the resources; a NotResource leaves all others, which is as much as all."""
    return texts(statement["Resource"]) if "Resource" in statement else ["*"]


def _matches(pattern: str, arn: str) -> bool:
    return resource_matches(((pattern, True),), arn)


def _binds(statement: Statement, wanted: str, value: str) -> bool:
    return any(
        key == wanted and operator in ("stringequals", "stringlike") and values and all(v == value for v in values)
        for operator, key, values in conditions(statement)
    )


def _names_key(statement: Statement, wanted: str) -> bool:
    """Return whether a condition limits the key to values that are more than a wildcard."""
    return any(
        key == wanted and operator in _BINDING and values and not any(_is_open(value) for value in values)
        for operator, key, values in conditions(statement)
    )


def _is_open(value: str) -> bool:
    """Return whether an ARN pattern leaves the resource itself open."""
    resource = value.split(":", 5)[-1]
    return bool(re.match(r"([\w-]+/)?[*?]", resource))

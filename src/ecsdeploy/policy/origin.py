"""Whether a policy is one that ecsdeploy could have written for some config, or was changed by hand.

It could have written it if everything in it is exact: trust in one identity provider of this account, whole claims and
GitHub's ids; permissions with our statements' actions, on named resources. What another config, or an earlier version,
made of it is an ordinary difference. Anything else is somebody's own work, and is not changed without being told to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ecsdeploy.policy import VERSION, Document, listed
from ecsdeploy.policy.arns import ECS_TASKS, Place
from ecsdeploy.policy.ci.statement import ANY_UUID
from ecsdeploy.policy.issuers import BUILDKITE_ISSUER, CIRCLECI_ISSUERS, CIRCLECI_PROJECT, GITLAB_ISSUER
from ecsdeploy.policy.narrower import relation
from ecsdeploy.policy.trust import ecs_tasks_trust

_WILD = re.compile(r"[*?]|\$\{")
_ID = re.compile(r"[1-9][0-9]{0,19}")
_ISSUER = re.compile(r"arn:[^:]+:iam::(\d{12}):oidc-provider/(.+)")
_GITHUB = re.compile(r"token\.actions\.(?:githubusercontent\.com(?:/.+)?|[\w-]+\.ghe\.com)|.+/_services/token")
_OTHERS = (
    (re.compile(re.escape(GITLAB_ISSUER)), {"project_id", "namespace_id"}),
    (re.compile(re.escape(BUILDKITE_ISSUER)), {"organization_id", "pipeline_id", "build_branch"}),
    (re.compile(re.escape(CIRCLECI_ISSUERS) + ".+"), {CIRCLECI_PROJECT}),
)
"""The claims that another CI's policy asks for besides `aud` and `sub`."""
_OPEN_END = re.compile(r"(?::ref:refs/tags/|:ref_type:tag:ref:).*|:commit:\*:step:\*$", re.DOTALL)
"""Where a pattern of ours is open: a tag behind its whole prefix, and which commit and step of a branch it is."""
_IDS = ("repository_id", "repository_owner_id")
_OPTIONAL = [("StringEqualsIfExists", claim) for claim in (*_IDS, "project_id", "namespace_id", "ref_protected")]
_ENDS = re.compile(r"(?:[:/]\*|-\?{6})$")
_STATEMENT = {"Sid", "Effect", "Action", "Resource", "Condition"}
_TRUST = {"Sid", "Effect", "Principal", "Action", "Condition"}
_SID = re.compile(r"[A-Z][A-Za-z0-9]*")


def trust_of_ours(document: Document, place: Place) -> bool:
    """Return whether a deploy role's trust policy is of the form that some config gives it."""
    statements = listed(document.get("Statement", []))
    if document.get("Version") != VERSION or not statements:
        return False
    return all(isinstance(each, Mapping) and _is_federated(each, place) for each in statements)


def task_trust_of_ours(document: Document, place: Place) -> bool:
    """Return whether the trust policy of a task's role is as some config gives it, in any Region: roles have none."""
    statements = listed(document.get("Statement", []))
    if len(statements) != 1 or not isinstance(statements[0], Mapping):
        return False
    region = str(_of(statements[0], "ArnLike").get("aws:SourceArn", "")).split(":")[3:4]
    wanted = ecs_tasks_trust(Place(place.partition, "".join(region), place.account))
    return not _WILD.search("".join(region)) and relation(document, wanted) == "same"


def _is_federated(statement: Document, place: Place) -> bool:
    """Return whether a statement lets in exact identities of one provider of this account, by what it asks of them."""
    principal, conditions = statement.get("Principal"), statement.get("Condition")
    if not (isinstance(principal, Mapping) and isinstance(conditions, Mapping) and statement.keys() <= _TRUST):
        return False
    named = [str(each) for each in listed(principal.get("Federated", ""))]
    provider = _ISSUER.fullmatch(named[0]) if len(named) == 1 and principal.keys() == {"Federated"} else None
    if provider is None or provider[1] != place.account:
        return False
    if statement.get("Effect") != "Allow" or listed(statement.get("Action")) != ["sts:AssumeRoleWithWebIdentity"]:
        return False
    claims = _claims(conditions, provider[2])
    if claims is None or len(claims.get("aud", ())) != 1 or not claims.get("sub"):
        return False
    if _GITHUB.fullmatch(provider[2]):
        return _is_one_repository(claims)
    return all(claims.keys() >= needed for issuer, needed in _OTHERS if issuer.fullmatch(provider[2]))


def _claims(conditions: Document, issuer: str) -> dict[str, list[str]] | None:
    """Return the claims that are asked for, or None if one of them is asked otherwise than by exact values."""
    claims: dict[str, list[str]] = {}
    uuid = "" if _GITHUB.fullmatch(issuer) else ANY_UUID  # no subject of GitHub's has one
    for operator, keys in conditions.items():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            claim, texts = key.removeprefix(f"{issuer}:"), [str(each) for each in listed(values)]
            if claim == key or not _is_exact(operator, claim, texts, uuid):
                return None
            claims[claim] = [*claims.get(claim, ()), *texts]
    return claims


def _is_exact(operator: str, claim: str, texts: list[str], uuid: str) -> bool:
    """Return whether values are compared whole. A pattern is sound behind a whole prefix, or for one whole `uuid`.

    An issuer of which IAM may not know the ids is asked for them only if it has them.
    """
    if operator == "StringLike" and claim == "sub":
        texts = [_OPEN_END.sub("", text).replace(uuid, "") for text in texts]
    elif operator != "StringEquals" and (operator, claim) not in _OPTIONAL:
        return False
    return not any(map(_WILD.search, texts))


def _is_one_repository(claims: Mapping[str, list[str]]) -> bool:
    """Return whether the claims name one repository by its ids, and all forms of each of its subjects."""
    ids = [claims.get(name, []) for name in _IDS]
    if any(len(each) != 1 or not _ID.fullmatch(each[0]) for each in ids):
        return False
    heads: dict[str, set[str]] = {}
    for subject in claims["sub"]:
        head, _, context = subject.removeprefix("repo:").partition(":")
        if "pull_request" in subject.split(":"):
            return False
        if head != subject.partition(":")[0]:  # a customised subject may begin with another claim
            heads.setdefault(head, set()).add(context)
    plain = {_without_ids(head, ids[0][0], ids[1][0]) for head in heads}
    return len(plain) <= 1 and len({frozenset(each) for each in heads.values()}) <= 1


def _without_ids(head: str, repository_id: str, owner_id: str) -> str:
    """Return `OWNER/NAME` of either form of it; with other ids, it stays what it is."""
    owner, _, name = head.partition("/")
    return f"{owner.removesuffix(f'@{owner_id}')}/{name.removesuffix(f'@{repository_id}')}"


def permissions_of_ours(document: Document, actions: frozenset[str]) -> bool:
    """Return whether every statement of a deploy role's policy could be one of ours.

    `actions` are all that any config gives it. Roles are passed by their whole names, to ECS's tasks alone.
    """
    statements = [each for each in listed(document.get("Statement", [])) if isinstance(each, Mapping)]
    named = [_SID.fullmatch(str(each["Sid"])) is not None for each in statements if "Sid" in each]
    # Where IAM has no room for names, no statement has one.
    as_we_name = all(named) and len(named) in (0, len(statements))
    return as_we_name and all(_is_ours(each, actions) for each in statements)


def _is_ours(statement: Document, actions: frozenset[str]) -> bool:
    if not statement.keys() <= _STATEMENT or statement.get("Effect") != "Allow":
        return False
    asked = [str(each) for each in listed(statement.get("Action"))]
    if not actions >= set(asked):
        return False
    resources = [str(each) for each in listed(statement.get("Resource", ""))]
    if "iam:PassRole" in asked:
        to = _of(statement, "StringEquals").get("iam:PassedToService")
        return listed(to) == [ECS_TASKS] and not any(map(_WILD.search, resources))
    return all(_is_named(resource, statement) for resource in resources)


def _is_named(resource: str, statement: Document) -> bool:
    """Return whether a resource is named: everything only where a condition limits it, else a whole ARN.

    Behind that may stand everything below it. `service-*`, a service's deployments and revisions, was ours once.
    """
    if resource == "*":
        return bool(statement.get("Condition"))
    return resource.startswith("arn:") and not _WILD.search(_ENDS.sub("", resource).replace(":service-*/", ":", 1))


def _of(statement: Document, operator: str) -> Mapping[str, Any]:
    condition = statement.get("Condition")
    found = condition.get(operator) if isinstance(condition, Mapping) else None
    return found if isinstance(found, Mapping) else {}

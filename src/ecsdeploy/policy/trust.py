"""Who may assume the roles: trust policies, exact but for the tags that a config names with `*`.

Every `sub` is accepted as a whole string, in each form that GitHub mints (`subjects`); the ids are required in either
case, so that reusing a deleted repository's name gives no access. Patterns of tags have a statement of their own: an
exact name stays in StringEquals, where IAM knows no wildcards. So have environments with a colon, whose names are
compared as well.
Sources: GitHub, "OpenID Connect reference"; IAM, "Available keys for AWS OIDC federation".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsdeploy.policy import VERSION, Document
from ecsdeploy.policy.arns import ECS_TASKS, Place
from ecsdeploy.policy.github import GitHubSource, SourceError, require_names
from ecsdeploy.policy.size import require_trust_size
from ecsdeploy.policy.subjects import subjects, subjects_of

__all__ = [
    "GitHubSource",
    "SourceError",
    "ecs_tasks_trust",
    "github_trust",
    "require_names",
    "subjects",
    "subjects_of",
]


def github_trust(place: Place, source: GitHubSource) -> Document:
    """Return the deploy role's trust policy. Raises `PolicyError`, and `SourceError` if it would be open or useless."""
    found, statements = subjects_of(source), []
    if found.exact:
        statements.append(_federated(place, source, "GitHubActions", {"sub": found.exact}))
    if found.twins:
        claims = {"sub": found.twins, "environment": source.twin_environments}
        statements.append(_federated(place, source, "GitHubActionsEnvironments", claims))
    if found.patterns:
        statements.append(_federated(place, source, "GitHubActionsTags", {}, found.patterns))
    document = {"Version": VERSION, "Statement": statements}
    require_trust_size(document)
    return document


def _federated(
    place: Place, source: GitHubSource, sid: str, claims: Mapping[str, Sequence[str]], patterns: Sequence[str] = ()
) -> dict[str, Any]:
    issuer = source.minted_by
    equal: dict[str, Any] = {f"{issuer.name}:aud": place.sts_audience}
    equal |= {f"{issuer.name}:{claim}": list(values) for claim, values in claims.items()}
    condition: dict[str, dict[str, Any]] = {"StringEquals": equal}
    if patterns:
        condition["StringLike"] = {f"{issuer.name}:sub": list(patterns)}
    ids = {
        f"{issuer.name}:repository_id": source.repository_id,
        f"{issuer.name}:repository_owner_id": source.owner_id,
    }
    # IAM documents the ids as keys of GitHub.com alone. Where it may not know them, demanding them could lock everybody
    # out: IfExists compares them where IAM has them and never lets more in than `sub` and `aud` do.
    condition.setdefault("StringEquals" if issuer.knows("repository_id") else "StringEqualsIfExists", {}).update(ids)
    if source.workflows and issuer.knows("job_workflow_ref"):
        equal[f"{issuer.name}:job_workflow_ref"] = list(source.workflows)
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Federated": place.provider(issuer.name)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }


def ecs_tasks_trust(place: Place) -> Document:
    """Return the trust policy of the roles that ECS gives to tasks, of this account and Region only."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "EcsTasks",
                "Effect": "Allow",
                "Principal": {"Service": ECS_TASKS},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": place.account},
                    "ArnLike": {"aws:SourceArn": place.regional("ecs", "*")},
                },
            }
        ],
    }

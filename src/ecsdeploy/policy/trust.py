"""Who may assume the roles: trust policies, exact and without a single wildcard.

GitHub mints one of two forms of `sub`: `repo:OWNER/REPO:...`, and for repositories created, renamed or transferred
after 2026-07-15 `repo:OWNER@OWNER-ID/REPO@REPO-ID:...`. Both are accepted, as whole strings; the ids are required in
either case, so that reusing a deleted repository's name gives no access.
Sources: GitHub, "OpenID Connect reference"; IAM, "Available keys for AWS OIDC federation".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecsdeploy.policy import VERSION, Document, PolicyError
from ecsdeploy.policy.arns import ECS_TASKS, GITHUB_ISSUER, Place
from ecsdeploy.policy.size import require_trust_size

_ID = re.compile(r"[1-9][0-9]{0,19}")
_WILD = re.compile(r"[*?]|\$\{")


@dataclass(frozen=True)
class GitHubSource:
    """Which workflows may deploy: those of one repository, on these branches or bound to these environments."""

    repository: str
    repository_id: str
    owner_id: str
    branches: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


def subjects(source: GitHubSource) -> list[str]:
    """Return every `sub` that GitHub may mint for `source`, both forms of each. Raises `PolicyError`."""
    owner, _, name = source.repository.partition("/")
    _check(source, owner, name)
    prefixes = (f"repo:{owner}/{name}", f"repo:{owner}@{source.owner_id}/{name}@{source.repository_id}")
    contexts = [f"ref:refs/heads/{_encoded(branch)}" for branch in source.branches]
    contexts += [f"environment:{_encoded(environment)}" for environment in source.environments]
    return [f"{prefix}:{context}" for context in contexts for prefix in prefixes]


def github_trust(place: Place, source: GitHubSource) -> Document:
    """Return the deploy role's trust policy. Raises `PolicyError`."""
    document = {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "GitHubActions",
                "Effect": "Allow",
                "Principal": {"Federated": place.github_provider()},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        f"{GITHUB_ISSUER}:aud": place.sts_audience,
                        f"{GITHUB_ISSUER}:sub": subjects(source),
                        f"{GITHUB_ISSUER}:repository_id": source.repository_id,
                        f"{GITHUB_ISSUER}:repository_owner_id": source.owner_id,
                    }
                },
            }
        ],
    }
    require_trust_size(document)
    return document


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


def _check(source: GitHubSource, owner: str, name: str) -> None:
    if not (owner and name) or "/" in name or ":" in source.repository or "@" in source.repository:
        raise PolicyError(f"{source.repository!r} is not OWNER/REPOSITORY")
    if not (source.branches or source.environments):
        raise PolicyError("no branch and no environment is named: nobody could deploy")
    for number in (source.repository_id, source.owner_id):
        if not _ID.fullmatch(number):
            raise PolicyError(f"{number!r} is not an id of GitHub's, which is a number")
    for text in (source.repository, *source.branches, *source.environments):
        if _WILD.search(text):
            raise PolicyError(f"{text!r} has a wildcard: each branch and environment is named exactly")
        if "%3a" in text.lower():
            raise PolicyError(f"{text!r} holds %3A: GitHub writes ':' so, and two names would be one")
        if not text or text != text.strip() or not text.isprintable():
            raise PolicyError(f"{text!r} is not a name")
        if max(text) > "\xff":
            raise PolicyError(f"{text!r} has a character beyond U+00FF, which IAM accepts in no policy")


def _encoded(value: str) -> str:
    return value.replace(":", "%3A")

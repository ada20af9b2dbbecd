"""The trust policy that is judged: one in a file, or the one that the config would write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecsdeploy.core.ci_source import source_in
from ecsdeploy.core.target import Target
from ecsdeploy.errors import ConfigError, EcsdeployError, UsageError
from ecsdeploy.github.repository import Ids
from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.arns import Place, partition_of
from ecsdeploy.policy.audit.finding import is_policy
from ecsdeploy.policy.source import Source, trust_for
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.github_source import as_configured, github_source

LARGEST = 1_000_000
UNKNOWN_ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Trust:
    """A trust policy, and which one it is: the words that begin a sentence about it."""

    document: Document
    whose: str


def trust_in_file(path: Path) -> Trust:
    """Return the trust policy in a file: the document, or a role as the AWS CLI prints it. Raises `UsageError`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise _unusable(path, f"{error.strerror or error}.") from None
    if len(content) > LARGEST:
        raise _unusable(path, f"It is larger than {LARGEST:,} bytes.")
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError):
        raise _unusable(path, "It is not JSON.") from None
    if isinstance(found, dict) and isinstance(found.get("Role"), dict):
        found = found["Role"].get("AssumeRolePolicyDocument")
    if not is_policy(found):
        raise _unusable(path, "It is neither a policy document nor a role.")
    return Trust(found, f"The trust policy in {path}")


def trust_of_config(run: Run, target: Target, place: Place) -> tuple[Trust | None, EcsdeployError | None]:
    """Return what `bootstrap-oidc` would write, and the error with which it would refuse to.

    Both, if GitHub says otherwise than the config, which names exactly who may deploy; neither without a CI.
    """
    github, other = target.config.github, source_in(target.config, target.config.ci)
    try:
        if other is not None:
            other.require()
            return _written(place, other), None
        if github is None:
            return None, None
        return _written(place, github_source(run, github, Ids())), None
    except PolicyError as error:
        return None, ConfigError(f"The trust policy cannot be written: {error}.")
    except EcsdeployError as error:
        try:
            return (_written(place, as_configured(github)) if github else None), error
        except PolicyError:
            return None, error


def _written(place: Place, source: Source) -> Trust:
    return Trust(trust_for(place, source), "The trust policy that this config would write")


def likely_place(target: Target) -> Place:
    """Return where the config's account is; without credentials, nobody has said so."""
    return Place(partition_of(target.region), target.region, target.config.account or UNKNOWN_ACCOUNT)


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is not a trust policy.",
        why=why,
        fix="Save one with: aws iam get-role --role-name NAME > FILE.json",
    )

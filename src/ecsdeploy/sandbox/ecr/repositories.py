"""Repositories: create, describe, configure, tag, delete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ecsdeploy.policy.grammar import MalformedPolicy, check_resource_policy
from ecsdeploy.sandbox.ecr import errors
from ecsdeploy.sandbox.ecr.paging import page
from ecsdeploy.sandbox.ecr.records import Repository
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import AwsError, Caller

NAME = re.compile(r"(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/)*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
MOST_TAGS = 50
MOST_WILDCARDS = 2
"""In a filter of imageTagMutabilityExclusionFilters (User Guide, "Image tag mutability"); its length, its letters and
how many filters there may be are in botocore's model."""


class Repositories:
    """The operations on repositories."""

    def __init__(self, store: EcrStore) -> None:
        self._store = store

    def create(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """CreateRepository."""
        del caller
        name = params["repositoryName"]
        if not NAME.fullmatch(name) or not 2 <= len(name) <= 256:
            raise errors.invalid("repositoryName", f"must satisfy regular expression '{NAME.pattern}'")
        mutability = params.get("imageTagMutability") or "MUTABLE"
        exclusions = _exclusions(mutability, params)
        encryption = _encryption(params)
        tags = {tag["Key"]: tag["Value"] for tag in params.get("tags") or ()}
        _check_tags(tags)
        with self._store.locked() as repositories:
            if name in repositories:
                raise AwsError(
                    "RepositoryAlreadyExistsException",
                    f"The repository with name '{name}' already exists in the registry with id '{self._store.account}'",
                )
            repository = Repository(
                name=name,
                created=self._store.clock.now(),
                mutability=mutability,
                exclusions=exclusions,
                scan_on_push=bool((params.get("imageScanningConfiguration") or {}).get("scanOnPush")),
                encryption=encryption,
                tags=tags,
            )
            repositories[name] = repository
            return {"repository": self._describe(repository)}

    def describe(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DescribeRepositories."""
        del caller
        registry_id = params.get("registryId")
        names = params.get("repositoryNames")
        if names and (params.get("nextToken") or params.get("maxResults")):
            raise errors.invalid("maxResults", "cannot be used when repositoryNames are specified")
        if names:
            found = []
            for name in names:
                with self._store.repository(name, registry_id) as repository:
                    found.append(self._describe(repository))
            return {"repositories": found}
        with self._store.locked() as repositories:
            everything = sorted(repositories.values(), key=lambda each: each.name)
            mine = registry_id in (None, self._store.account)
            chosen, token = page(everything if mine else [], lambda each: each.name, params)
            return {"repositories": [self._describe(each) for each in chosen], **token}

    def delete(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DeleteRepository."""
        del caller
        name = params["repositoryName"]
        with self._store.repository(name, params.get("registryId")) as repository:
            if repository.images and not params.get("force"):
                raise AwsError(
                    "RepositoryNotEmptyException",
                    f"The repository with name '{name}' in registry with id '{self._store.account}' "
                    "cannot be deleted because it still contains images",
                )
            self._store.delete_repository(name)
            described = self._describe(repository)
        return {"repository": described}

    def put_mutability(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutImageTagMutability."""
        del caller
        exclusions = _exclusions(params["imageTagMutability"], params)
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            repository.mutability = params["imageTagMutability"]
            repository.exclusions = exclusions
            answer = {"imageTagMutability": repository.mutability} | _shown(exclusions)
            return {"registryId": self._store.account, "repositoryName": repository.name, **answer}

    def put_scanning(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutImageScanningConfiguration."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            repository.scan_on_push = bool(params["imageScanningConfiguration"].get("scanOnPush"))
            return {
                "registryId": self._store.account,
                "repositoryName": repository.name,
                "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push},
            }

    def set_policy(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """SetRepositoryPolicy."""
        del caller
        text = params["policyText"]
        if not _is_policy(text):
            raise errors.invalid("PolicyText", "Invalid repository policy provided")
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            repository.policy = text
            return self._policy(repository)

    def get_policy(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetRepositoryPolicy."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            return self._policy(repository)

    def delete_policy(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DeleteRepositoryPolicy."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            answer = self._policy(repository)
            repository.policy = None
            return answer

    def tag(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """TagResource."""
        del caller
        with self._store.repository(*self._named(params["resourceArn"])) as repository:
            tags = repository.tags | {tag["Key"]: tag["Value"] for tag in params["tags"]}
            _check_tags(tags)
            repository.tags = tags
        return {}

    def untag(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """UntagResource."""
        del caller
        with self._store.repository(*self._named(params["resourceArn"])) as repository:
            repository.tags = {key: tag for key, tag in repository.tags.items() if key not in params["tagKeys"]}
        return {}

    def list_tags(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """ListTagsForResource."""
        del caller
        with self._store.repository(*self._named(params["resourceArn"])) as repository:
            return {"tags": [{"Key": key, "Value": value} for key, value in repository.tags.items()]}

    def _named(self, arn: str) -> tuple[str, str]:
        found = re.fullmatch(r"arn:aws[a-z-]*:ecr:([a-z0-9-]+):(\d{12}):repository/(.+)", arn)
        if not found or found[1] != self._store.region:
            raise errors.invalid("resourceArn", "Invalid ARN")
        return found[3], found[2]

    def _policy(self, repository: Repository) -> dict[str, Any]:
        if repository.policy is None:
            raise AwsError(
                "RepositoryPolicyNotFoundException",
                f"Repository policy does not exist for the repository with name '{repository.name}' "
                f"in the registry with id '{self._store.account}'",
            )
        return {
            "registryId": self._store.account,
            "repositoryName": repository.name,
            "policyText": repository.policy,
        }

    def _describe(self, repository: Repository) -> dict[str, Any]:
        return {
            "repositoryArn": self._store.arn(repository.name),
            "registryId": self._store.account,
            "repositoryName": repository.name,
            "repositoryUri": f"{self._store.registry()}/{repository.name}",
            "createdAt": datetime.fromtimestamp(repository.created, UTC),
            "imageTagMutability": repository.mutability,
            "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push},
            "encryptionConfiguration": repository.encryption,
            **_shown(repository.exclusions),
        }


def _shown(exclusions: list[dict[str, str]]) -> dict[str, Any]:
    return {"imageTagMutabilityExclusionFilters": exclusions} if exclusions else {}


def _exclusions(mutability: str, params: dict[str, Any]) -> list[dict[str, str]]:
    """Return the filters. Raises AWS's error where they and the mutability do not go together."""
    filters = params.get("imageTagMutabilityExclusionFilters")
    if mutability.endswith("_WITH_EXCLUSION") != bool(filters):
        state = "are not allowed" if filters else "can't be null"
        raise errors.invalid(
            "imageTagMutabilityExclusionFilters",
            f"ImageTagMutabilityExclusionFilters {state} when imageTagMutability is set as {mutability}",
        )
    if any(each["filter"].count("*") > MOST_WILDCARDS for each in filters or ()):
        # ECR's words are not known: these are the ones that it has for a lifecycle policy's patterns.
        raise errors.invalid(
            "imageTagMutabilityExclusionFilters",
            f"Invalid filter provided. Total number of * must not exceed {MOST_WILDCARDS}",
        )
    return [dict(each) for each in filters or ()]


def _encryption(params: dict[str, Any]) -> dict[str, str]:
    encryption = dict(params.get("encryptionConfiguration") or {"encryptionType": "AES256"})
    if encryption["encryptionType"] == "AES256" and encryption.get("kmsKey"):
        raise errors.invalid(
            "encryptionConfiguration",
            "Invalid encryption configuration: Encryption key should not be set for AES256 encryption.",
        )
    return encryption


def _check_tags(tags: dict[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise AwsError("TooManyTagsException", "The repository can have no more than 50 tags.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:"):
            raise AwsError("InvalidTagParameterException", f"The tag with key '{key}' is not valid.")


def _is_policy(text: str) -> bool:
    try:
        check_resource_policy(text)
    except MalformedPolicy:
        return False
    return True

"""Lifecycle policies at the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ecsdeploy.sandbox.ecr.lifecycle import Outcome, evaluate, parse_policy
from ecsdeploy.sandbox.ecr.paging import page
from ecsdeploy.sandbox.ecr.records import Repository
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import AwsError, Caller

_DAY = 24 * 3600


class Lifecycles:
    """The operations on lifecycle policies and their previews."""

    def __init__(self, store: EcrStore) -> None:
        self._store = store

    def put(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutLifecyclePolicy."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            parse_policy(params["lifecyclePolicyText"])
            repository.lifecycle, repository.lifecycle_since = params["lifecyclePolicyText"], self._store.clock.now()
            return self._answer(repository, repository.lifecycle)

    def get(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetLifecyclePolicy."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            return self._answer(repository, self._policy(repository)) | self._evaluated(repository)

    def delete(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DeleteLifecyclePolicy."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            answer = self._answer(repository, self._policy(repository)) | self._evaluated(repository)
            repository.lifecycle = None
            return answer

    def start_preview(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """StartLifecyclePolicyPreview, with the text given or the repository's own policy."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            text = params.get("lifecyclePolicyText") or self._policy(repository)
            outcomes = evaluate(parse_policy(text), repository, self._store.clock.now())
            repository.preview = {"lifecyclePolicyText": text, "outcomes": outcomes}
            return self._answer(repository, text) | {"status": "IN_PROGRESS"}

    def get_preview(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetLifecyclePolicyPreview."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            if repository.preview is None:
                raise self._missing(repository, "Lifecycle policy preview", "LifecyclePolicyPreviewNotFoundException")
            outcomes: list[Outcome] = repository.preview["outcomes"]
            shown = sorted(_wanted(outcomes, params), key=lambda each: each.image.digest)
            chosen, token = page(shown, lambda each: each.image.digest, params)
            archived = sum(each.rule.action == "transition" for each in outcomes)
            summary: dict[str, Any] = {"expiringImageTotalCount": len(outcomes) - archived}
            if archived:
                counts = {"targetStorageClass": "ARCHIVE", "imageTotalCount": archived}
                summary["transitioningImageTotalCounts"] = [counts]
            answer = self._answer(repository, repository.preview["lifecyclePolicyText"])
            results = [_result(each) for each in chosen]
            return answer | {"status": "COMPLETE", "previewResults": results, "summary": summary, **token}

    def _evaluated(self, repository: Repository) -> dict[str, datetime]:
        """Return when the policy was last evaluated: when it was put, and every 24 hours since then."""
        since = repository.lifecycle_since
        days = (self._store.clock.now() - since) // _DAY
        return {"lastEvaluatedAt": datetime.fromtimestamp(since + days * _DAY, UTC)}

    def _policy(self, repository: Repository) -> str:
        if repository.lifecycle is None:
            raise self._missing(repository, "Lifecycle policy", "LifecyclePolicyNotFoundException")
        return repository.lifecycle

    def _missing(self, repository: Repository, noun: str, code: str) -> AwsError:
        return AwsError(
            code,
            f"{noun} does not exist for the repository with name '{repository.name}' "
            f"in the registry with id '{self._store.account}'",
        )

    def _answer(self, repository: Repository, text: str) -> dict[str, Any]:
        return {
            "registryId": self._store.account,
            "repositoryName": repository.name,
            "lifecyclePolicyText": text,
        }


def _wanted(outcomes: list[Outcome], params: dict[str, Any]) -> list[Outcome]:
    status = (params.get("filter") or {}).get("tagStatus", "ANY")
    ids = params.get("imageIds")
    return [
        each
        for each in outcomes
        if (status == "ANY" or (status == "TAGGED") == bool(each.image.tags))
        and (not ids or any(_is(each, image_id) for image_id in ids))
    ]


def _is(outcome: Outcome, image_id: Mapping[str, str]) -> bool:
    digest, tag = image_id.get("imageDigest"), image_id.get("imageTag")
    return digest in (None, outcome.image.digest) and (tag is None or tag in outcome.image.tags)


def _result(outcome: Outcome) -> dict[str, Any]:
    action = {"type": outcome.rule.action.upper()}
    if outcome.rule.action == "transition":
        action["targetStorageClass"] = "ARCHIVE"
    return {
        "imageTags": list(outcome.image.tags),
        "imageDigest": outcome.image.digest,
        "imagePushedAt": datetime.fromtimestamp(outcome.image.pushed, UTC),
        "action": action,
        "appliedRulePriority": outcome.rule.priority,
        "storageClass": "STANDARD",
    }

"""Tags of log groups, through the operations of today and the older three."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ecsdeploy.sandbox.logs.arns import group_named
from ecsdeploy.sandbox.logs.errors import invalid, locked_group
from ecsdeploy.sandbox.logs.groups import MOST_TAGS
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.wire import AwsError, Caller


class Tags:
    """The operations on the tags of log groups."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def tag(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """TagResource."""
        too_many = AwsError("TooManyTagsException", "A resource can have no more than 50 tags.")
        return self._add(_named(params, caller), params["tags"], too_many)

    def untag(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """UntagResource."""
        return self._remove(_named(params, caller), params["tagKeys"])

    def list(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """ListTagsForResource."""
        return self._list(_named(params, caller))

    def tag_group(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """TagLogGroup."""
        del caller
        return self._add(params["logGroupName"], params["tags"], invalid("The number of tags exceeds the limit of 50."))

    def untag_group(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """UntagLogGroup."""
        del caller
        return self._remove(params["logGroupName"], params["tags"])

    def list_group(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """ListTagsLogGroup."""
        del caller
        return self._list(params["logGroupName"])

    def _add(self, name: str, tags: Mapping[str, str], too_many: AwsError) -> Mapping[str, Any]:
        with locked_group(self._store, name) as group:
            merged = group.tags | dict(tags)
            if len(merged) > MOST_TAGS:
                raise too_many
            group.tags = merged
        return {}

    def _remove(self, name: str, keys: Iterable[str]) -> Mapping[str, Any]:
        with locked_group(self._store, name) as group:
            for key in keys:
                group.tags.pop(key, None)
        return {}

    def _list(self, name: str) -> Mapping[str, Any]:
        with locked_group(self._store, name) as group:
            return {"tags": dict(group.tags)}


def _named(params: dict[str, Any], caller: Caller) -> str:
    return group_named(params["resourceArn"], caller, arn_only=True)

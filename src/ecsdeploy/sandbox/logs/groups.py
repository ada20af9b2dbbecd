"""Log groups: create, describe, retain, protect, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.logs.arns import group_arn, group_named
from ecsdeploy.sandbox.logs.errors import invalid, locked_group, missing, requested_group
from ecsdeploy.sandbox.logs.paging import page
from ecsdeploy.sandbox.logs.records import Group
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.wire import AwsError, Caller

RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days (PutRetentionPolicy.retentionInDays)."""

MOST_TAGS = 50


class Groups:
    """The operations on log groups."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def create(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """CreateLogGroup."""
        del caller
        name = params["logGroupName"]
        if name.lower().startswith("aws/"):
            raise invalid("Log groups starting with AWS/ are reserved for AWS.")
        tags = dict(params.get("tags") or {})
        if len(tags) > MOST_TAGS:
            raise invalid("The number of tags exceeds the limit of 50.")
        log_class = params.get("logGroupClass") or "STANDARD"
        protected = bool(params.get("deletionProtectionEnabled"))
        key = params.get("kmsKeyId")
        if not self._store.create_group(name, tags=tags, log_class=log_class, protected=protected, kms_key=key):
            raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
        return {}

    def delete(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DeleteLogGroup."""
        del caller
        with locked_group(self._store, params["logGroupName"]) as group:
            if group.protected:
                raise AwsError(
                    "ValidationException",
                    "Cannot delete log group with deletion protection enabled. Disable deletion protection first.",
                )
        try:
            self._store.delete_group(params["logGroupName"])
        except LookupError as error:
            # Somebody else has deleted it since.
            raise missing(str(error)) from None
        return {}

    def describe(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DescribeLogGroups."""
        prefix, pattern = params.get("logGroupNamePrefix"), params.get("logGroupNamePattern")
        if prefix and pattern:
            raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        named = {group_named(each, caller) for each in params.get("logGroupIdentifiers") or ()}
        with self._store.locked() as groups:
            found = [group for name, group in sorted(groups.items()) if _wanted(group, params, named)]
            for group in found:
                group.expire(self._store.now())
            described = [_describe(group, caller) for group in found]
        chosen, token = page(described, _key, params.get("nextToken"), params.get("limit") or 50)
        return {"logGroups": chosen} | ({"nextToken": token} if token else {})

    def put_retention(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutRetentionPolicy."""
        del caller
        days = params["retentionInDays"]
        if days not in RETENTIONS:
            allowed = ", ".join(map(str, RETENTIONS))
            raise invalid(
                f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{allowed}]"
            )
        with locked_group(self._store, params["logGroupName"]) as group:
            group.retention = days
        return {}

    def delete_retention(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DeleteRetentionPolicy."""
        del caller
        with locked_group(self._store, params["logGroupName"]) as group:
            group.retention = None
        return {}

    def associate_key(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """AssociateKmsKey, and DisassociateKmsKey, which has no `kmsKeyId`."""
        form = {"logGroupName": params.get("logGroupName"), "logGroupIdentifier": params.get("resourceIdentifier")}
        with locked_group(self._store, requested_group(form, caller)) as group:
            group.kms_key = params.get("kmsKeyId")
        return {}

    def protect(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutLogGroupDeletionProtection."""
        with locked_group(self._store, group_named(params["logGroupIdentifier"], caller)) as group:
            group.protected = params["deletionProtectionEnabled"]
        return {}


def _wanted(group: Group, params: dict[str, Any], named: set[str]) -> bool:
    return (
        group.name.startswith(params.get("logGroupNamePrefix") or "")
        and (params.get("logGroupNamePattern") or "") in group.name
        and params.get("logGroupClass") in (None, group.log_class)
        and (not named or group.name in named)
    )


def _key(described: dict[str, Any]) -> tuple[str]:
    return (described["logGroupName"],)


def _describe(group: Group, caller: Caller) -> dict[str, Any]:
    arn = group_arn(group.name, caller)
    answer: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": group.size,
        "logGroupClass": group.log_class,
        "logGroupArn": arn,
        "deletionProtectionEnabled": group.protected,
    }
    optional = {"retentionInDays": group.retention, "kmsKeyId": group.kms_key}
    return answer | {name: value for name, value in optional.items() if value}

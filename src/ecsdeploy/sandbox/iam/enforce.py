"""`sandbox up --enforce-iam`: every request is asked for in IAM before it is answered.

The sandbox's own keys are the account's administrator, who may do everything. Sources: IAM User Guide, "Policy
evaluation logic"; the words and codes of refusals are those of users' reports.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.ecr.registry import MayDo
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.iam.account import Account, Stores
from ecsdeploy.sandbox.iam.authorization import NotMapped, authorizations
from ecsdeploy.sandbox.iam.principals import Asker, Principals
from ecsdeploy.sandbox.permit import Permit
from ecsdeploy.sandbox.refusals import denied, nobodys_key
from ecsdeploy.sandbox.regions import partition_of
from ecsdeploy.sandbox.requests import UNSIGNED
from ecsdeploy.sandbox.wire import AwsError, Caller, WireProtocol

_log = logging.getLogger(__name__)

_GLOBAL = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where a partition's IAM is, whatever Region a client signed for."""


class Enforcer:
    """A `Permit` by what the sandbox's IAM says of whoever asks."""

    def __init__(self, administrators: Collection[str], principals: Principals, stores: Stores, clock: Clock) -> None:
        self._administrators = administrators
        self._principals = principals
        self._stores = stores
        self._clock = clock

    def __call__(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        caller: Caller,
        protocol: WireProtocol = "json",
    ) -> None:
        """Raise `AwsError` unless the caller may do all that the operation asks."""
        if (service == "sts" and operation in UNSIGNED) or caller.access_key in self._administrators:
            return
        asker = self._principals.find(caller.access_key)
        if asker is None:
            raise nobodys_key(protocol)
        account = Account(Place(partition_of(caller.region), caller.region, caller.account), self._stores)
        try:
            requests = authorizations(service, operation, parameters, account)
        except NotMapped as error:
            _log.warning("refused under --enforce-iam: %s", error)
            action = f"{service}:{operation or 'unknown'}"
            raise denied(protocol, asker.arn, action, why=f"because {error} in this sandbox") from None
        for asked in requests:
            self._require(asked, asker, account, protocol)

    def _require(self, asked: Request, asker: Asker, account: Account, protocol: WireProtocol) -> None:
        region = account.place.region
        if asked.action.startswith("iam:"):
            region = _GLOBAL.get(account.place.partition, region)
        full = replace(asked, context={**self._everywhere(region), **asker.keys, **asked.context})
        refusal = asker.rights.refusal(full, account.resource_policies(asked))
        if refusal is not None:
            raise denied(protocol, asker.arn, asked.action, asked.resource, refusal.value.format(asked.action))

    def _everywhere(self, region: str) -> dict[str, str]:
        """Return the keys that every request has. AWS is asked through TLS; here nobody could listen."""
        now = self._clock.now()
        return {
            "aws:CurrentTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now)),
            "aws:RequestedRegion": region,
            "aws:SecureTransport": "true",
            "aws:SourceIp": "127.0.0.1",
            "aws:ViaAWSService": "false",
        }


def of_registry(permit: Permit, ecr: EcrStore) -> MayDo:
    """Return what asks `permit` for whoever logged in to the registry.

    The password of a task's pull has no key: ECS asks for the execution role's permission itself.
    """

    def refusal(access_key: str, operation: str, repository: str) -> str:
        try:
            if access_key:
                permit("ecr", operation, {"repositoryName": repository}, Caller(ecr.account, ecr.region, access_key))
        except AwsError as error:
            return error.message
        return ""

    return refusal

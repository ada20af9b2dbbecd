"""What a command asked IAM for, recorded as it ran, held against policies: which calls a policy lacks.

A sandbox that does not enforce IAM lets everything through and has it recorded: each call with what AWS would ask for
it in the account as it was at that moment (its tags, its task definitions), calls of the registry included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.evaluate import Decision, Request, evaluate
from ecsdeploy.sandbox.iam.account import Account, Stores
from ecsdeploy.sandbox.iam.authorization import Surroundings, authorizations
from ecsdeploy.sandbox.regions import partition_of
from ecsdeploy.sandbox.wire import Caller, WireProtocol

SOMEBODY = "somebody"
"""The access key of whoever does something beside the tool in tests."""


@dataclass(frozen=True)
class RecordedCall:
    """One call, and everything that has to be allowed for it."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    requests: tuple[Request, ...]


def recorded(service: str, operation: str, parameters: Mapping[str, Any], around: Surroundings) -> RecordedCall:
    """Return a call with what it asks. Raises `NotMapped`."""
    requests = authorizations(service, operation, parameters, around)
    return RecordedCall(service, operation, parameters, around.place.region, requests)


@dataclass(frozen=True)
class Refused:
    """A call that policies do not let through: what is missing, and whether a statement denies it."""

    call: RecordedCall
    request: Request
    denied: bool

    def __str__(self) -> str:
        """Return it in a line."""
        why = "denied" if self.denied else "not allowed"
        call = f"{self.call.service}:{self.call.operation}"
        return f"{call}: {self.request.action} on {self.request.resource} is {why} with {dict(self.request.context)}"


def refused(
    calls: Iterable[RecordedCall], documents: Iterable[Document], **keys: str | tuple[str, ...]
) -> list[Refused]:
    """Return what `documents` together do not allow; `keys` are further condition keys, `__` for the colon."""
    policies = list(documents)
    found = []
    for call in calls:
        given = {name.replace("__", ":"): value for name, value in keys.items()}
        own = {"aws:RequestedRegion": call.region, "aws:SecureTransport": "true", **given}
        for request in call.requests:
            full = replace(request, context={**own, **request.context})
            decision = evaluate(policies, full)
            if decision is not Decision.ALLOWED:
                found.append(Refused(call, full, decision is Decision.DENIED))
    return found


@dataclass
class Recorder:
    """A sandbox's `Permit` that lets everything through and keeps what everybody but `others` called.

    The tool has more than one key: that of a session it got for a token, and that of its login to the registry.
    `stores` is the sandbox's, to be set once it is up.
    """

    others: frozenset[str] = frozenset({SOMEBODY})
    stores: Stores | None = None
    calls: list[RecordedCall] = field(default_factory=list)

    def __call__(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        caller: Caller,
        protocol: WireProtocol = "json",
    ) -> None:
        """Keep a call."""
        del protocol
        if caller.access_key in self.others or self.stores is None:
            return
        place = Place(partition_of(caller.region), caller.region, caller.account)
        self.calls.append(recorded(service, operation, parameters, Account(place, self.stores)))

    def taken(self) -> list[RecordedCall]:
        """Return what was called since this was asked last."""
        found, self.calls = self.calls, []
        return found

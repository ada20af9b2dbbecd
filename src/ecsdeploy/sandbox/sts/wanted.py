"""What an assumed role's session is asked to be, and what STS refuses of it whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsdeploy.policy.grammar import MalformedPolicy, check_identity_policy
from ecsdeploy.sandbox.wire import AwsError

HOUR = 3600
"""Seconds: the default of DurationSeconds, and the most that a session's session may last (role chaining)."""
POLICY_LIMIT = 2048
"""Characters of an inline session policy; with ARNS_LIMIT from the STS API reference, AssumeRole."""
ARNS_LIMIT = 10


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One session that somebody asks for; `seconds` is None where the request does not say."""

    role_arn: str
    name: str
    seconds: int | None = None
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str = ""
    external_id: str = ""

    @property
    def packed(self) -> int | None:
        """Return what AWS tells as PackedPolicySize, in percent; how AWS packs is not known, so a little less is."""
        size = len(self.policy) + sum(map(len, self.policy_arns))
        size += sum(len(key) + len(value) for key, value in self.tags.items())
        return min(100, -(-100 * size // POLICY_LIMIT)) if size else None


def wanted(params: Mapping[str, Any], partition: str) -> Wanted:
    """Return what the parameters of a request ask for. Raises `AwsError`."""
    policy = str(params.get("Policy", ""))
    arns = tuple(str(each.get("arn", "")) for each in params.get("PolicyArns", ()))
    if len(policy) > POLICY_LIMIT:
        raise _invalid("policy", f"Member must have length less than or equal to {POLICY_LIMIT}")
    if len(arns) > ARNS_LIMIT:
        raise _invalid("policyArns", f"Member must have length less than or equal to {ARNS_LIMIT}")
    if policy:
        try:
            check_identity_policy(policy, partition=partition, managed=False)
        except MalformedPolicy as error:
            raise AwsError("MalformedPolicyDocument", str(error)) from None
    role = str(params["RoleArn"])
    if not role.startswith("arn:"):
        raise AwsError("ValidationError", f"{role} is invalid")
    return Wanted(
        role_arn=role,
        name=str(params["RoleSessionName"]),
        seconds=params.get("DurationSeconds"),
        policy=policy,
        policy_arns=arns,
        tags={str(each["Key"]): str(each["Value"]) for each in params.get("Tags", ())},
        source_identity=str(params.get("SourceIdentity", "")),
        external_id=str(params.get("ExternalId", "")),
    )


def duration(asked: int | None, longest: int, *, chained: bool) -> int:
    """Return how many seconds a session lasts; `longest` is the role's MaxSessionDuration. Raises `AwsError`."""
    seconds = HOUR if asked is None else asked
    if chained and seconds > HOUR:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        raise AwsError("ValidationError", message)
    if seconds > longest:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", message)
    return seconds


def _invalid(name: str, constraint: str) -> AwsError:
    message = f"1 validation error detected: Value at '{name}' failed to satisfy constraint: {constraint}"
    return AwsError("ValidationError", message)

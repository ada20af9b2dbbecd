"""Application Auto Scaling at the wire, for ECS services.

Targets and policies are kept, and a service outside its new bounds is brought back into them, as AWS does.
Nothing scales by itself: the sandbox measures no CPU, so no alarm of a policy ever fires.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from ecsdeploy.sandbox.autoscaling.describe import activity_shape, alarms, policy_arn, policy_shape, target_arn
from ecsdeploy.sandbox.autoscaling.describe import target_shape as shape_of
from ecsdeploy.sandbox.autoscaling.policies import invalid, read_configuration
from ecsdeploy.sandbox.autoscaling.records import DIMENSION, Activity, Policy, Target, TargetKey, new_id
from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.paging import BadTokenError, next_page
from ecsdeploy.sandbox.wire import AwsError, Caller, Operations

_RESOURCE = re.compile(r"service/[A-Za-z0-9_-]{1,255}/[A-Za-z0-9_-]{1,255}")
_PAGE = 50

PARTIAL: Mapping[str, str] = {
    "RegisterScalableTarget": "ECS services only; a service outside the new bounds is brought back into them.",
    "PutScalingPolicy": "Kept and shown, with alarms that never fire: the sandbox measures no load.",
    "DescribeScalingActivities": "The changes that bounds brought about; no policy acts.",
    "DescribeScalableTargets": "ECS services only: other namespaces have none.",
    "DescribeScalingPolicies": "As DescribeScalableTargets.",
    "DeregisterScalableTarget": "ECS services only.",
    "DeleteScalingPolicy": "ECS services only.",
}
"""What is missing of operations that are answered, for `docs/sandbox-operations.md`."""


class Services(Protocol):
    """What Application Auto Scaling asks of ECS."""

    def service_desired_count(self, cluster: str, service: str) -> int | None:
        """Return an active service's desired count, or None."""
        ...

    def service_created(self, cluster: str, service: str) -> float | None:
        """Return when an active service was created, in seconds since the epoch, or None."""
        ...

    def set_desired_count(self, cluster: str, service: str, count: int) -> None:
        """Set a service's desired count. Raises `LookupError`."""
        ...


class Autoscaling:
    """Scalable targets, policies and activities; safe to use from any thread."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self._services = services
        self._clock = clock
        self._lock = threading.Lock()
        self._targets: dict[TargetKey, Target] = {}
        self._policies: dict[tuple[TargetKey, str], Policy] = {}
        self._activities: list[Activity] = []

    def register(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """Register a scalable target, or change its bounds."""
        key = _key(params, caller)
        _check_bounds(params.get("MinCapacity"), params.get("MaxCapacity"))
        desired = self._services.service_desired_count(*key.service)
        if desired is None:
            raise invalid(f"ECS service doesn't exist: {key.resource}")
        with self._current():
            target = self._registered(key, params)
            self._targets[key] = target
        self._bring_within(target, desired)
        return {"ScalableTargetARN": target_arn(target, caller)}

    def describe_targets(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """List scalable targets, oldest first."""
        wanted = params.get("ResourceIds")
        with self._current():
            found = [one for one in self._targets.values() if one.key.region == caller.region]
        found = [one for one in found if _asked(params) and (not wanted or one.key.resource in wanted)]
        return _page("ScalableTargets", [shape_of(one, caller) for one in found], params)

    def deregister(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """Forget a scalable target and its policies."""
        key = _key(params, caller)
        with self._current():
            if key not in self._targets:
                raise AwsError("ObjectNotFoundException", f"No scalable target found for {_said(key)}")
            self._forget(key)
        return {}

    def put_policy(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """Create or change a policy of a scalable target."""
        key, name = _key(params, caller), params["PolicyName"]
        with self._current():
            if key not in self._targets:
                raise AwsError("ObjectNotFoundException", f"No scalable target registered for {_said(key)}")
            before = self._policies.get((key, name))
            policy = self._policy(key, params, before)
            self._policies[(key, name)] = policy
        return {"PolicyARN": policy_arn(policy, caller), "Alarms": alarms(policy, caller)}

    def describe_policies(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """List policies, oldest first."""
        names, resource = params.get("PolicyNames"), params.get("ResourceId")
        with self._current():
            found = [one for one in self._policies.values() if one.key.region == caller.region]
        found = [
            one
            for one in found
            if _asked(params) and (not names or one.name in names) and resource in (None, one.key.resource)
        ]
        return _page("ScalingPolicies", [policy_shape(one, caller) for one in found], params)

    def delete_policy(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """Forget a policy."""
        key, name = _key(params, caller), params["PolicyName"]
        with self._current():
            if self._policies.pop((key, name), None) is None:
                raise AwsError("ObjectNotFoundException", f"No scaling policy found for {_said(key)}")
        return {}

    def describe_activities(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """List what was done to services, newest first."""
        resource = params.get("ResourceId")
        with self._lock:
            found = [one for one in reversed(self._activities) if one.key.region == caller.region]
        found = [one for one in found if _asked(params) and resource in (None, one.key.resource)]
        return _page("ScalingActivities", [activity_shape(one) for one in found], params)

    def tag(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """Set tags of a scalable target."""
        with self._current():
            target = self._by_arn(params["ResourceARN"], caller)
            self._targets[target.key] = replace(target, tags={**target.tags, **params["Tags"]})
        return {}

    def untag(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """Remove tags of a scalable target."""
        with self._current():
            target = self._by_arn(params["ResourceARN"], caller)
            kept = {key: value for key, value in target.tags.items() if key not in params["TagKeys"]}
            self._targets[target.key] = replace(target, tags=kept)
        return {}

    def list_tags(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """List the tags of a scalable target."""
        with self._current():
            return {"Tags": self._by_arn(params["ResourceARN"], caller).tags}

    @contextmanager
    def _current(self) -> Iterator[None]:
        """Hold the lock, with the targets of those services alone that are still there.

        A service takes its targets and policies along when it is deleted (users' reports); one that is created again
        under its name begins without.
        """
        with self._lock:
            for key, target in list(self._targets.items()):
                if self._services.service_created(*key.service) != target.service_created:
                    self._forget(key)
            yield

    def _forget(self, key: TargetKey) -> None:
        del self._targets[key]
        self._policies = {kept: policy for kept, policy in self._policies.items() if kept[0] != key}

    def _by_arn(self, arn: str, caller: Caller) -> Target:
        for target in self._targets.values():
            if target_arn(target, caller) == arn:
                return target
        raise AwsError("ResourceNotFoundException", f"The specified resource doesn't exist: {arn}", ResourceName=arn)

    def _registered(self, key: TargetKey, params: dict[str, Any]) -> Target:
        known = self._targets.get(key)
        minimum = params.get("MinCapacity", known.minimum if known else None)
        maximum = params.get("MaxCapacity", known.maximum if known else None)
        if minimum is None or maximum is None:
            missing = "Minimum" if minimum is None else "Maximum"
            raise invalid(f"{missing} capacity must be specified for a new scalable target")
        _check_bounds(minimum, maximum)
        suspended = {**(known.suspended if known else {}), **params.get("SuspendedState", {})}
        if known:
            return replace(known, minimum=minimum, maximum=maximum, suspended=suspended)
        return Target(
            key=key,
            id=new_id(),
            minimum=minimum,
            maximum=maximum,
            created=self._now(),
            service_created=self._services.service_created(*key.service),
            suspended=suspended,
            tags=params.get("Tags", {}),
        )

    def _policy(self, key: TargetKey, params: dict[str, Any], before: Policy | None) -> Policy:
        kind = params.get("PolicyType") or (before.type if before else "StepScaling")
        if before and before.type != kind:
            raise invalid("The type of an existing scaling policy cannot be changed")
        return Policy(
            key=key,
            name=params["PolicyName"],
            id=before.id if before else new_id(),
            type=kind,
            configuration=read_configuration(kind, params, before.configuration if before else None),
            created=before.created if before else self._now(),
        )

    def _bring_within(self, target: Target, desired: int) -> None:
        count = min(max(desired, target.minimum), target.maximum)
        if count == desired:
            return
        self._services.set_desired_count(*target.key.service, count)
        bound = "minimum" if count > desired else "maximum"
        activity = Activity(
            key=target.key,
            id=new_id(),
            cause=f"{bound} capacity was set to {count}",
            description=f"Setting desired count to {count}.",
            at=self._now(),
        )
        with self._lock:
            self._activities.append(activity)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


def operations(services: Services, clock: Clock) -> Operations:
    """Return every operation of Application Auto Scaling that the sandbox answers."""
    scaling = Autoscaling(services, clock)
    return {
        "RegisterScalableTarget": scaling.register,
        "DescribeScalableTargets": scaling.describe_targets,
        "DeregisterScalableTarget": scaling.deregister,
        "PutScalingPolicy": scaling.put_policy,
        "DescribeScalingPolicies": scaling.describe_policies,
        "DeleteScalingPolicy": scaling.delete_policy,
        "DescribeScalingActivities": scaling.describe_activities,
        "TagResource": scaling.tag,
        "UntagResource": scaling.untag,
        "ListTagsForResource": scaling.list_tags,
    }


def _key(params: dict[str, Any], caller: Caller) -> TargetKey:
    resource, namespace = params["ResourceId"], params["ServiceNamespace"]
    if params.get("ScalableDimension", DIMENSION).partition(":")[0] != namespace:
        raise AwsError("AccessDeniedException", "Account is not authorized")
    if not _asked(params) or not _RESOURCE.fullmatch(resource):
        raise invalid("Unsupported service namespace, resource type or scalable dimension")
    return TargetKey(caller.region, resource)


def _check_bounds(minimum: int | None, maximum: int | None) -> None:
    """Raise ValidationException; AWS looks at the two numbers of a request before it looks for the service."""
    if minimum is not None and minimum < 0:
        raise invalid("Minimum capacity cannot be less than 0")
    if minimum is not None and maximum is not None and maximum < minimum:
        raise invalid("Maximum capacity cannot be less than minimum capacity")


def _asked(params: dict[str, Any]) -> bool:
    """Say whether the request is about ECS services at all."""
    return bool(params["ServiceNamespace"] == "ecs" and params.get("ScalableDimension", DIMENSION) == DIMENSION)


def _said(key: TargetKey) -> str:
    return f"service namespace: ecs, resource ID: {key.resource}, scalable dimension: {DIMENSION}"


def _page(member: str, found: Sequence[Any], params: dict[str, Any]) -> Mapping[str, Any]:
    size = params.get("MaxResults", _PAGE)
    if not 1 <= size <= _PAGE:
        raise invalid(f"MaxResults must be between 1 and {_PAGE}")
    try:
        shown, token = next_page(list(enumerate(found)), lambda one: (one[0],), params.get("NextToken"), size)
    except BadTokenError:
        raise AwsError("InvalidNextTokenException", "The next token is invalid") from None
    return {member: [one for _, one in shown], "NextToken": token}

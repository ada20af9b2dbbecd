"""What stands beside the app: the same requests about another service, cluster, repository, log group, role, secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ecsdeploy.policy.evaluate import Request
from ecsdeploy.policy.grants.scope import DeployScope

READS = re.compile(r"[\w-]+:(Describe|List|Get|Filter|Batch(Get|Check))")
BY_TAGS = re.compile(r":(task|security-group)/")
"""What has no name of ours in its ARN: who may change it is decided by its tags."""
TAG = "aws:ResourceTag/ecsdeploy:app"
PASSED_TO = "iam:PassedToService"


@dataclass(frozen=True)
class Sibling:
    """A request that a deployment makes, about something beside the app; `kind` says what that is."""

    kind: str
    request: Request


def siblings(request: Request, scope: DeployScope) -> Iterator[Sibling]:
    """Yield the same request about everything that could be taken for the app's own."""
    for kind, own in _names(scope, request.resource):
        for new in _beside(own):
            yield from _about(kind, request, _swapped(request.resource, kind, own, new))
            yield from _with_keys(kind, request, own, new)
    if TAG in request.context and BY_TAGS.search(request.resource) and not READS.match(request.action):
        yield Sibling("tags of another app", _with(request, TAG, "other"))
        yield Sibling("no tags", replace(request, context=_without_tags(request)))
    if PASSED_TO in request.context:
        yield Sibling("service a role is passed to", _with(request, PASSED_TO, "ec2.amazonaws.com"))


def _names(scope: DeployScope, resource: str) -> Iterator[tuple[str, str]]:
    yield from (
        ("service", scope.service),
        ("cluster", scope.cluster),
        ("family", scope.family),
        ("repository", scope.repository),
        ("log group", scope.log_group),
    )
    yield from (("role", arn.rpartition("/")[2]) for arn in scope.passed_roles)
    if found := re.search(r":(secret:|parameter/)(.+?)(-\w{6})?$", resource):
        yield ("secret", found[2])


_BEFORE = {
    "service": r":service(?:-deployment|-revision)?/[^/]+/",
    "cluster": r":(?:cluster|service|service-deployment|service-revision|task)/",
    "family": r":task-definition/",
    "repository": r":repository/",
    "log group": r":log-group:",
    "role": r":role/(?:.+/)?",
    "secret": r":(?:secret:|parameter/)",
}
"""What stands before a name in an ARN."""


def _swapped(text: str, kind: str, own: str, new: str) -> str:
    after = r"(?=$|[:/]|-\w{6}$)" if kind == "secret" else r"(?=$|[:/])"
    return re.sub(f"({_BEFORE[kind]}){re.escape(own)}{after}", lambda found: found[1] + new, text, count=1)


def _beside(own: str) -> tuple[str, ...]:
    return (f"{own}-2", f"other{own}" if own.startswith("/") else f"other-{own}", own[:-1])


def _about(kind: str, request: Request, resource: str) -> Iterator[Sibling]:
    if resource != request.resource:
        yield Sibling(kind, replace(request, resource=resource))


def _with_keys(kind: str, request: Request, own: str, new: str) -> Iterator[Sibling]:
    """Yield the request with each condition key that names the app's own, naming another."""
    for key, value in request.context.items():
        if not key.startswith(("ecs:cluster", "ecs:task-definition")) or not isinstance(value, str):
            continue
        swapped = _swapped(value, kind, own, new)
        # Where the ARN names the cluster as well, only one of them could be another.
        if swapped != value and (request.resource == "*" or kind == "family" or request.action == "ecs:RunTask"):
            yield Sibling(kind, _with(request, key, swapped))


def _with(request: Request, key: str, value: str) -> Request:
    return replace(request, context={**request.context, key: value})


def _without_tags(request: Request) -> dict[str, str | tuple[str, ...]]:
    return {key: value for key, value in request.context.items() if ":ResourceTag/" not in key}

"""Everything that there can be of an app called hello, to be changed one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecsdeploy.core.account import Hidden, LogGroupSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.remains import GroupSeen, Remains, RepositorySeen, Tenants
from ecsdeploy.core.removal import Unwanted, make_removal
from ecsdeploy.core.role import Role
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.policy import Document
from tests.unit.core import builders as a

OURS = {"ecsdeploy:app": "hello", "ecsdeploy:env": "default"}
SHARED = {"ecsdeploy:app": "hello"}
PROVIDER = "token.actions.githubusercontent.com"
TRUST: Document = {"Version": "2012-10-17", "Statement": []}


def denied(action: str) -> Hidden:
    """Return what may not be looked at."""
    return Hidden(PermissionDenied(f"may not {action}", action=action))


def role(name: str, **changed: Any) -> RoleSeen:
    """Return a role of ours with our policy."""
    known: dict[str, Any] = {"name": name, "arn": a.PLACE.role(name), "trust": TRUST, "tags": OURS}
    policy = changed.pop("policy", TRUST)
    others = changed.pop("others", ())
    return RoleSeen(role=Role(**{**known, **changed}), policy=policy, others=others)


def revision(number: int, *, status: str = "ACTIVE", tags: dict[str, str] | None = None) -> TaskDefinition:
    """Return a revision of ours."""
    return replace(a.revision(number, {}, status), tags=OURS if tags is None else tags)


def remains(**changed: Any) -> Remains:
    """Return all of it: deployed twice, set up for GitHub."""
    known: dict[str, Any] = {
        "place": a.PLACE,
        "service": ServiceSeen(service=a.service(tags=OURS), deployments=(a.rollout(),)),
        "revisions": (revision(1), revision(2)),
        "log_group": LogGroupSeen(group=a.log_group(), tags=OURS),
        "groups": (GroupSeen(a.security_group(tags=OURS), ("eni-1",)),),
        "cluster": a.cluster(tags=OURS),
        "tenants": Tenants(("hello",), (a.task(),)),
        "roles": {
            "hello-execution": role("hello-execution"),
            "hello-task": role("hello-task", policy=None),
            "hello-github-deploy": role("hello-github-deploy"),
        },
        "provider": ("sts.amazonaws.com",),
        "trusting": ("hello-github-deploy",),
        "repository": RepositorySeen(repository=a.repository(), tags=SHARED, images=3),
    }
    return Remains(**{**known, **changed})


def unwanted(environment: str | None = None, **changed: Any) -> Unwanted:
    """Return an app that shall be no more."""
    return Unwanted(target=a.target(environment), **changed)


def plan(found: Remains, **wanted: Any) -> Plan:
    """Return what goes of it and what stays."""
    return make_removal(unwanted(**wanted), found)


def calls(found: Plan) -> list[str]:
    """Return the writes in their order."""
    return [step.call for step in found.steps]


def kept(found: Plan) -> dict[str, str]:
    """Return why things stay, by what they are."""
    return {str(each.ref): each.kept for each in found.decisions if each.kept}

"""The roles and users of the sandbox's IAM, as what decides needs them: who may assume a role, and what they may do.

They are read where moto keeps them: a task's start must not cost five requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsdeploy.policy.arns import ECS_TASKS
from ecsdeploy.policy.evaluate import Decision, Principal, Request
from ecsdeploy.sandbox.iam.rights import NOTHING, Refusal, Rights, decide
from ecsdeploy.sandbox.moto_backend import MotoBackend


@dataclass(frozen=True)
class StoredRole:
    """A role as IAM has it."""

    rights: Rights
    trust: str
    id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Return its ARN."""
        return self.rights.arn

    def trusts_tasks(self, account: str, source: str) -> bool:
        """Return whether ECS may assume it for a task of `account`; `source` is the task's ARN."""
        context = {"aws:SourceAccount": account, "aws:SourceArn": source}
        asked = Request("sts:AssumeRole", "*", context, Principal("Service", ECS_TASKS))
        return decide((self.trust,), asked) is Decision.ALLOWED

    def refusal(self, asked: Request, resource_policies: Iterable[str] = ()) -> Refusal | None:
        """Return why the role may not do what is `asked`, or None."""
        return self.rights.refusal(asked, resource_policies)


@dataclass(frozen=True)
class StoredUser:
    """A user as IAM has it, with what its groups let it do."""

    rights: Rights
    name: str
    id: str
    tags: Mapping[str, str] = field(default_factory=dict)


class StoredRoles:
    """Finds roles by ARN, and users by access key."""

    def __init__(self, moto: MotoBackend, account: str) -> None:
        self._moto = moto
        self._account = account

    def find(self, arn: str) -> StoredRole | None:
        """Return the role with exactly this ARN, or None."""
        backend = self._backend()
        roles = list(backend.roles.values()) if backend else []
        role = next((each for each in roles if each.arn == arn), None)
        if role is None:
            return None
        rights = Rights(arn, _documents(role), self._boundary(role.permissions_boundary_arn))
        return StoredRole(rights, role.assume_role_policy_document, role.id, _tags(backend, role))

    def user(self, access_key: str) -> StoredUser | None:
        """Return the user that an active access key belongs to, or None."""
        backend = self._backend()
        for user in list(backend.users.values()) if backend else []:
            if any(key.access_key_id == access_key and key.status == "Active" for key in user.access_keys):
                groups = [group for group in list(backend.groups.values()) if user in group.users]
                documents = tuple(text for each in (user, *groups) for text in _documents(each))
                limit = self._boundary(getattr(user, "permissions_boundary_arn", None))
                return StoredUser(Rights(user.arn, documents, limit), user.name, user.id, _tags(backend, user))
        return None

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of the `role`, `user` or `group` of that name, "" if there is none."""
        backend = self._backend()
        entities = getattr(backend, f"{kind}s", {}) if backend else {}
        return next((str(each.arn) for each in list(entities.values()) if each.name == name), "")

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a role, a user, a policy or an identity provider."""
        backend = self._backend()
        kinds = (backend.roles, backend.users, backend.managed_policies, backend.open_id_providers) if backend else ()
        entities = (each for kind in kinds for each in list(kind.values()))
        return next((_tags(backend, each) for each in entities if each.arn == arn), {})

    def boundary(self, arn: str) -> str:
        """Return the ARN of a role's or a user's permissions boundary, "" if it has none."""
        backend = self._backend()
        entities = [*backend.roles.values(), *backend.users.values()] if backend else []
        found = next((each for each in entities if each.arn == arn), None)
        return str(getattr(found, "permissions_boundary_arn", "") or "")

    def _backend(self) -> Any:
        """Return moto's IAM; None before it was loaded, when there is nobody in it."""
        if not self._moto.loaded:
            return None
        from moto.iam.models import iam_backends

        return iam_backends[self._account]["aws"]

    def policy(self, arn: str) -> str | None:
        """Return a managed policy's document, None if there is no such policy."""
        if "::aws:policy/" in arn:
            self._moto.know_aws_policies()
        backend = self._backend()
        found = backend.managed_policies.get(arn) if backend else None
        return None if found is None else _default_version(found)

    def _boundary(self, arn: str | None) -> str | None:
        # A boundary that is no policy allows nothing (IAM User Guide, "Permissions boundaries for IAM entities").
        return (self.policy(arn) or NOTHING) if arn else None


def _documents(entity: Any) -> tuple[str, ...]:
    attached = [_default_version(each) for each in list(entity.managed_policies.values())]
    return (*entity.policies.values(), *attached)


def _tags(backend: Any, entity: Any) -> dict[str, str]:
    # moto keeps them in a list, in a dictionary, or beside the entity.
    own = getattr(entity, "tags", None)
    if own is None:
        own = backend.tagger.list_tags_for_resource(entity.arn)["Tags"]
    pairs = list(own.values()) if isinstance(own, dict) else own
    return {str(each["Key"]): str(each["Value"]) for each in pairs}


def _default_version(policy: object) -> str:
    chosen = getattr(policy, "default_version_id", "")
    versions = getattr(policy, "versions", [])
    return str(next((each.document for each in versions if each.version_id == chosen), NOTHING))

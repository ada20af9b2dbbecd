"""What a task's roles let ECS do: assume them, log in to ECR, pull, read secrets, make log streams, write lines.

Judged are the roles that the sandbox's IAM has. Sources: ECS Developer Guide, "Amazon ECS task execution IAM role";
ECR User Guide, "Identity-based policies" (pulling needs GetAuthorizationToken, BatchGetImage and
GetDownloadUrlForLayer); moby's awslogs driver, for the order in which it makes groups and streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.iam.stored_roles import StoredRole, StoredRoles
from ecsdeploy.sandbox.image_reference import ImageReference
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.runtime import reasons
from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import TaskSpec
from ecsdeploy.sandbox.runtime.logs import creates_group, destination
from ecsdeploy.sandbox.secrets import Secrets
from ecsdeploy.sandbox.settings import Settings


class ExecutionRole:
    """A `RoleCheck` by the policies in the sandbox's IAM; also the `LogSink` of what a role may write."""

    def __init__(
        self, settings: Settings, roles: StoredRoles, *, secrets: Secrets, ecr: EcrStore, logs: LogStore
    ) -> None:
        self._settings = settings
        self._roles = roles
        self._secrets = secrets
        self._ecr = ecr
        self._logs = logs
        self._silent: set[tuple[str, str]] = set()

    # ---- for the scheduler

    def not_assumed(self, roles: Iterable[str | None]) -> str | None:
        """Return the first of `roles` that does not trust ECS with tasks, or None."""
        settings = self._settings
        source = f"arn:aws:ecs:{settings.region}:{settings.account}:task/{'0' * 32}"
        for arn in filter(None, roles):
            role = self._roles.find(arn)
            if role is not None and not role.trusts_tasks(settings.account, source):
                return arn
        return None

    # ---- for the runtime (`RoleCheck`)

    def before_pull(self, spec: TaskSpec) -> None:
        """Check the login to ECR and every secret. Raises `Refused`."""
        judge = self._judge(spec)
        if judge is None:
            return
        if self._images(spec) and (denial := judge.denial(Request("ecr:GetAuthorizationToken"))):
            raise Refused(reasons.login_forbidden(denial))
        for reference in dict.fromkeys(_references(spec)):
            for need in self._secrets.needs(reference):
                if denial := judge.denial(Request(need.action, need.resource, need.context), need.policies):
                    raise Refused(need.words + (need.hides or denial))

    def at_pull(self, spec: TaskSpec) -> None:
        """Check the images that are in the sandbox's ECR. Raises `Refused`."""
        judge = self._judge(spec)
        if judge is None:
            return
        for image in self._images(spec):
            name = ImageReference.of(image).name
            arn, policies = self._ecr.arn(name), self._repository_policies(name)
            if judge.denial(Request("ecr:BatchGetImage", arn), policies):
                raise Refused(reasons.manifest_forbidden(image))
            if judge.denial(Request("ecr:GetDownloadUrlForLayer", arn), policies):
                raise Refused(reasons.layers_forbidden(image, self._ecr.digest_of(image) or image))

    def after_pull(self, spec: TaskSpec) -> None:
        """Check every log stream, and the group where it is to be made. Raises `Refused`."""
        judge = self._judge(spec)
        if judge is None:
            return
        for definition in spec.containers:
            target = destination(spec, definition)
            if target is not None:
                self._check_logs(judge, target, definition["logConfiguration"]["options"])

    # ---- for the containers' lines (`LogSink`)

    def ensure_stream(self, group: str, stream: str, *, create_group: bool) -> None:
        """Create the stream. Raises `LookupError` where the group is missing and may not be created."""
        self._logs.ensure_stream(group, stream, create_group=create_group)

    def put(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Append events; the driver drops those that the role may not put."""
        if (group, stream) not in self._silent:
            self._logs.put(group, stream, events)

    # ---- inside

    def _check_logs(self, judge: _Judge, target: tuple[str, str], options: Mapping[str, Any]) -> None:
        group, stream = target
        region = options.get("awslogs-region") or self._settings.region
        arn = f"arn:aws:logs:{region}:{self._settings.account}:log-group:{group}:log-stream:"
        if denial := judge.denial(Request("logs:CreateLogStream", arn + stream)):
            raise Refused(reasons.logs_forbidden("stream", denial))
        makes_group = creates_group(options) and not self._has_group(group)
        if makes_group and (denial := judge.denial(Request("logs:CreateLogGroup", arn))):
            raise Refused(reasons.logs_forbidden("group", denial))
        if judge.denial(Request("logs:PutLogEvents", arn + stream)):
            self._silent.add(target)

    def _judge(self, spec: TaskSpec) -> _Judge | None:
        role = self._roles.find(spec.execution_role) if spec.execution_role else None
        return None if role is None else _Judge(role, spec, self._settings)

    def _images(self, spec: TaskSpec) -> list[str]:
        """Return the images of the sandbox's ECR; one with credentials of its own is pulled with those."""
        images = [each["image"] for each in spec.containers if not each.get("repositoryCredentials")]
        return [image for image in images if self._settings.keeps(image)]

    def _repository_policies(self, name: str) -> tuple[str, ...]:
        with self._ecr.locked() as repositories:
            found = repositories.get(name)
            return (found.policy,) if found is not None and found.policy else ()

    def _has_group(self, group: str) -> bool:
        with self._logs.locked() as groups:
            return group in groups


class _Judge:
    """One role, as one task uses it."""

    def __init__(self, role: StoredRole, spec: TaskSpec, settings: Settings) -> None:
        self._role = role
        self._session = f"arn:aws:sts::{settings.account}:assumed-role/{role.arn.rpartition('/')[2]}/{spec.id}"
        self._context = {
            "aws:PrincipalAccount": settings.account,
            "aws:PrincipalArn": role.arn,
            "aws:RequestedRegion": settings.region,
            "aws:SecureTransport": "true",
        }

    def denial(self, asked: Request, policies: Iterable[str] = ()) -> str:
        """Return what IAM says against it, or "". `policies` are those of the resource."""
        request = Request(asked.action, asked.resource, {**self._context, **asked.context})
        refusal = self._role.refusal(request, policies)
        if refusal is None:
            return ""
        why = refusal.value.format(asked.action)
        return (
            f"AccessDeniedException: User: {self._session} is not authorized to perform: {asked.action} "
            f"on resource: {asked.resource} {why}"
        )


def _references(spec: TaskSpec) -> Iterator[str]:
    """Yield the `valueFrom` of everything that ECS reads for the containers."""
    for definition in spec.containers:
        yield from (each["valueFrom"] for each in definition.get("secrets") or [])
        options = (definition.get("logConfiguration") or {}).get("secretOptions") or []
        yield from (each["valueFrom"] for each in options)
        if credentials := (definition.get("repositoryCredentials") or {}).get("credentialsParameter"):
            yield credentials

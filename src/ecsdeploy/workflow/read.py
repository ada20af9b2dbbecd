"""Everything that is read before something is decided, at once: each noun waits only for the answers that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ecsdeploy.asked import ask, nothing
from ecsdeploy.aws.autoscaling import scalable_range
from ecsdeploy.aws.secret_arns import require_there, secret_arns
from ecsdeploy.aws.session import Aws
from ecsdeploy.clock import Clock
from ecsdeploy.config.references import SecretReference, parse_task_secret
from ecsdeploy.core.account import Account, Hidden, RoleSeen, ServiceSeen
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.image import Manifest
from ecsdeploy.core.repository import RepositoryDetails
from ecsdeploy.core.scope import has_exec
from ecsdeploy.core.service import ServiceRevision
from ecsdeploy.core.service_settings import CAPACITY, is_hidden, running_revision
from ecsdeploy.core.sidecars import references_of
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.core.wanted import Part
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.policy.arns import GITHUB_ISSUER, Place
from ecsdeploy.workflow.look import Look

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a command has to know.

    `image` is the tag or digest of the image to look for, and `content` stands for what it is built from, "" if that is
    not known. `reconcile` also reads what is only compared. `count` is how many tasks should run, if that is compared
    with autoscaling. `running` also reads the revision that runs, and `flight` that of a deployment in flight.
    `issuer` is whose OIDC provider is read.
    """

    parts: tuple[Part, ...]
    image: str = ""
    content: str = ""
    reconcile: bool = False
    count: int | None = None
    running: bool = True
    flight: bool = False
    issuer: str = GITHUB_ISSUER


ANY_COUNT = -1
"""A count that no service has: autoscaling is read, however many tasks there are."""


def read(aws: Aws, target: Target, clock: Clock, need: Need, *, seen: ServiceSeen | None = None) -> Account:
    """Return what AWS has of `target`, as far as `need` says; what we lack permission to read is hidden.

    `seen` is the service if it was just read: it is not read again.
    Raises `WrongAccount`, and the errors that stop every command.
    """
    return _Reading(aws, target, clock, need, seen).account()


def place_of(aws: Aws, target: Target) -> Place:
    """Return the partition, Region and account of the credentials. Raises `CredentialsError`, `WrongAccount`."""
    aws.require_account(target.config.account)
    who = aws.identity
    return Place(who.partition, target.region, who.account)


class _Reading:
    """One read: each attribute is a question in progress, and calling it gives the answer."""

    def __init__(self, aws: Aws, target: Target, clock: Clock, need: Need, seen: ServiceSeen | None) -> None:
        self._aws, self._target, self._need = aws, target, need
        self._clock = clock
        self._look = look = Look(aws, target, clock)
        names, wants = target.names, set(need.parts)
        revisions, alike = "task definition" in wants, bool(need.content)
        if target.config.account is not None:
            place_of(aws, target)  # nothing is read in another account
        self.place = ask(lambda: place_of(aws, target))
        service = look.service if seen is None else lambda: seen
        self.service = ask(service) if alike or wants & {"service", "task definition"} else nothing
        self.newest = ask(lambda: look.ecs.task_definition(names.family)) if alike or revisions else nothing
        self.repository = ask(look.repository) if need.image or "repository" in wants else nothing
        self.image = ask(lambda: look.image(need.image, self.repository)) if need.image else nothing
        self.network = ask(look.network) if "security group" in wants else nothing
        groups = look.named_groups if target.config.network.security_groups else look.security_groups
        self.groups = ask(groups) if "security group" in wants else tuple
        self.cluster = ask(self._cluster) if "cluster" in wants else nothing
        self.log_group = ask(lambda: look.log_group(tags=need.reconcile)) if "log group" in wants else nothing
        self.missing_logs = ask(look.missing_logs) if "log group" in wants else tuple
        self.roles = {name: ask(question) for name, question in self._roles(wants)}
        self.secrets = ask(self._secrets) if revisions else dict
        self.unasked = ask(self._unasked) if revisions and self._named() else tuple
        self.provider = ask(self._provider) if "github" in wants else nothing
        self.details = ask(self._details) if "repository" in wants else nothing
        self.running = ask(self._running) if self.service is not nothing and need.running else nothing
        self.flying = ask(self._flying) if need.flight else nothing
        self.revision = ask(self._revision) if target.config.service.raw and "service" in wants else nothing
        self.linked_role = ask(self._linked_role) if "service-linked role" in wants else lambda: True
        self.scalable = ask(self._scalable) if need.count is not None else nothing
        self.alike = ask(self._alike) if alike else nothing
        self.lost = ask(self._lost) if need.image and "service" in wants else str

    def account(self) -> Account:
        """Return what was read. What stops everything is raised first: whose credentials these are."""
        return Account(
            place=self.place(),
            service=self.service(),
            secrets=self.secrets(),
            unasked=self.unasked(),
            repository=self.repository(),
            image=self.image(),
            alike=self.alike(),
            newest=self.newest(),
            running=self.running(),
            revision=self.revision(),
            network=hidden_if_denied(self.network),
            security_groups=hidden_if_denied(self.groups),
            cluster=hidden_if_denied(self.cluster),
            log_group=hidden_if_denied(self.log_group),
            missing_logs=self.missing_logs(),
            roles={name: hidden_if_denied(answer) for name, answer in self.roles.items()},
            provider=hidden_if_denied(self.provider),
            linked_role=hidden_if_denied(self.linked_role),
            repository_details=hidden_if_denied(self.details),
            scalable=self.scalable(),
            lost=self.lost(),
            flying=self.flying(),
            at=self._clock.now(),
        )

    def _roles(self, wants: set[Part]) -> Iterator[tuple[str, Callable[[], RoleSeen | None]]]:
        """Yield each role to read, and how: the task role's permissions are up to its owner, but for ECS Exec's."""
        names, look, all_of_it = self._target.names, self._look, self._need.reconcile
        if wants & {"task roles", "task definition"}:
            policy = "task roles" in wants
            yield names.execution_role, lambda: look.role(names.execution_role, policy=policy, others=all_of_it)
            own = policy and has_exec(self._target)
            yield names.task_role, lambda: look.role(names.task_role, policy=own, others=False)
        if "github" in wants:
            yield names.deploy_role, lambda: look.role(names.deploy_role, policy=True, others=all_of_it)

    def _references(self) -> dict[str, SecretReference]:
        return {name: parse_task_secret(text) for name, text in self._target.config.task.secrets.items()}

    def _secrets(self) -> dict[str, str]:
        return secret_arns(self._aws, self._references())

    def _named(self) -> list[tuple[str, SecretReference]]:
        """Return what has to be there; secrets without an ARN are looked up where that is needed."""
        own = [(f"[task.secrets] {name}", each) for name, each in self._references().items()]
        raw = [(f"[task.raw] {where}", each) for where, each in references_of(self._target.config.task.raw)]
        return [*((where, each) for where, each in own if each.arn or each.kind == "ssm"), *raw]

    def _unasked(self) -> tuple[Hidden, ...]:
        return tuple(map(Hidden, require_there(self._aws, self._named())))

    def _provider(self) -> tuple[str, ...] | None:
        return self._look.provider(self.place().provider(self._need.issuer))

    def _details(self) -> RepositoryDetails | Hidden | None:
        """Return the repository's details, if it may be changed: by an admin, or before the first image."""
        found = self.repository()
        if found is None or not (self._need.reconcile or (self.service() is None and self.image() is None)):
            return None
        return self._look.repository_details(found)

    def _running(self) -> TaskDefinition | None:
        """Return the service's own revision, which usually is the newest of its family."""
        service, newest = self.service(), self.newest()
        if service is None:
            return None
        arn = service.service.task_definition
        return newest if newest is not None and newest.arn == arn else self._look.ecs.task_definition(arn)

    def _flying(self) -> TaskDefinition | None:
        """Return the revision of the deployment in flight; it only says whose that is, and may be kept from us."""
        service = self.service()
        if service is None or service.in_flight is None or not service.flying_to:
            return None
        running = self.running()
        if running is not None and running.arn == service.flying_to:
            return running
        try:
            return self._look.ecs.task_definition(service.flying_to)
        except PermissionDenied:
            return None

    def _revision(self) -> ServiceRevision | None:
        """Return the running service revision, if the config sets what only that shows."""
        found = self.service()
        if found is None or not any(is_hidden(found.service, key) for key in self._target.config.service.raw):
            return None
        arn = running_revision(found.service)
        return self._look.ecs.revision(arn) if arn else None

    def _cluster(self) -> Cluster | None:
        """Return the cluster, unless the service says enough."""
        if not self._need.reconcile and CAPACITY not in self._target.config.service.raw and self.service() is not None:
            return None
        return self._look.cluster()

    def _linked_role(self) -> bool:
        """Return whether ECS has its service-linked role, which is certain if there is a cluster."""
        if not self._need.reconcile:
            cluster = hidden_if_denied(self.cluster)
            if isinstance(cluster, Hidden) or self.service() is not None or (cluster and not cluster.is_gone):
                return True
        return self._look.linked_role()

    def _scalable(self) -> tuple[int, int] | Hidden | None:
        """Return autoscaling's limits, if the count is about to change."""
        found, names = self.service(), self._target.names
        if found is None or found.service.desired == self._need.count:
            return None
        return hidden_if_denied(lambda: scalable_range(self._aws, names.cluster, names.service))

    def _alike(self) -> Manifest | None:
        """Return an image of the same content, if there is none of the wanted name."""
        repository = self.repository()
        if repository is None or self.image() is not None:
            return None
        return self._look.alike((self.running(), self.newest()), repository.uri, self._need.content)

    def _lost(self) -> str:
        """Return the running revision's image if ECR no longer has it; not read if the revision does not change."""
        running, repository, image = self.running(), self.repository(), self.image()
        if running is None or repository is None:
            return ""
        known = image or self.alike()
        return self._look.lost_image(running, repository.uri, than=known.digest if known is not None else "")


def hidden_if_denied(answer: Callable[[], T]) -> T | Hidden:
    """Return an answer, or that we lack permission."""
    try:
        return answer()
    except PermissionDenied as error:
        return Hidden(error)

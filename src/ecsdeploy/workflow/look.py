"""Reads each noun of a target, with as much patience as AWS's eventual consistency needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.asked import ask, nothing
from ecsdeploy.aws.cluster import Clusters
from ecsdeploy.aws.ecr import Ecr
from ecsdeploy.aws.ecr_images import EcrImages, ImageArchived, NoRepository
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.iam import Iam
from ecsdeploy.aws.inventory import Inventory
from ecsdeploy.aws.log_group import LogGroups
from ecsdeploy.aws.network import Networks
from ecsdeploy.aws.session import Aws
from ecsdeploy.clock import Clock
from ecsdeploy.config.tags import CONTENT
from ecsdeploy.core.account import Hidden, LogGroupSeen, NetworkSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.container_logs import needed_groups
from ecsdeploy.core.image import Image, Manifest, content_mark, is_digest
from ecsdeploy.core.network import SecurityGroup
from ecsdeploy.core.one_off import under_way
from ecsdeploy.core.repository import Repository, RepositoryDetails
from ecsdeploy.core.role import POLICY
from ecsdeploy.core.step import Ends, Ref, Step
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition, diff
from ecsdeploy.errors import PermissionDenied, TimedOut
from ecsdeploy.policy.size import compact
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.workflow.sight import POLL_SECONDS, task_definition_of

AGREE_SECONDS = 10.0
READY_SECONDS = 120.0


class Look:
    """Reads one noun at a time; every read is a few calls, and none of them writes.

    `ecs` is the gateway to the target's cluster, if there is one already.
    """

    def __init__(self, aws: Aws, target: Target, clock: Clock, ecs: Ecs | None = None) -> None:
        self.ecs = ecs or Ecs(aws, target.names.cluster)
        self._aws = aws
        self._target = target
        self._clock = clock

    def repository(self) -> Repository | None:
        """Return the repository."""
        return Ecr(self._aws).repository(self._target.names.repository)

    def repository_details(self, found: Repository) -> RepositoryDetails | Hidden:
        """Return the repository's tags and its lifecycle policy."""
        ecr = Ecr(self._aws)
        try:
            lifecycle = ask(lambda: ecr.lifecycle(found.name))
            return RepositoryDetails(tags=ecr.tags(found), lifecycle=lifecycle())
        except PermissionDenied as error:
            return Hidden(error)

    def image(self, name: str, repository: Callable[[], Repository | None]) -> Image | None:
        """Return the image of a tag or a digest; None if there is none, or no `repository`. Raises `ImageArchived`.

        Tag and digest do not say where the repository is, which is read at the same time.
        """

        def uri() -> str:
            found = repository()
            return found.uri if found is not None else ""

        try:
            return EcrImages(self._aws, self._target.names.repository, uri).find(name)
        except NoRepository:
            return None

    def alike(self, revisions: Iterable[TaskDefinition | None], uri: str, content: str) -> Manifest | None:
        """Return the image of the first of `revisions` that was built from this content; None if there is none."""
        images = EcrImages(self._aws, self._target.names.repository, lambda: uri)
        for revision in revisions:
            for _, digest in self.images_of(revision, uri) if revision is not None else ():
                if revision is not None and revision.tags.get(CONTENT) == content_mark(content, digest):
                    return images.manifest(digest)
        return None

    def lost_image(self, running: TaskDefinition, uri: str, *, than: str) -> str:
        """Return the image of the running revision that can no longer be pulled; "" if all exist.

        Only images of our repository are checked, and not the one with the digest `than`, which was seen.
        """
        images = EcrImages(self._aws, self._target.names.repository, lambda: uri)
        others = [each for each in self.images_of(running, uri) if each[1] != than]
        return next((image for image, digest in others if not _can_be_pulled(images, digest)), "")

    def images_of(self, revision: TaskDefinition, uri: str) -> list[tuple[str, str]]:
        """Return a revision's images in the repository of that `uri`, each with its digest."""
        found = [str(each.get("image", "")) for each in revision.document.get("containerDefinitions", [])]
        parts = [(image, *image.partition("@")) for image in found]
        return [(image, digest) for image, repository, _, digest in parts if repository == uri and is_digest(digest)]

    def role(self, name: str, *, policy: bool, others: bool) -> RoleSeen | None:
        """Return a role; `policy` also reads our policy, `others` the other policies."""
        iam = Iam(self._aws)
        own = ask(lambda: iam.policy(name)) if policy else nothing
        inline = ask(lambda: _of_others(iam, name)) if policy and others else dict
        attached = ask(lambda: iam.attached_policies(name)) if policy and others else tuple
        role = iam.role(name)
        if role is None:
            return None
        try:
            theirs = inline()
            size = sum(len(compact(each)) for each in theirs.values())
            return RoleSeen(role=role, policy=own(), others=(*theirs, *attached()), others_size=size)
        except PermissionDenied as error:
            return RoleSeen(role=role, policy=Hidden(error))

    def provider(self, arn: str) -> tuple[str, ...] | None:
        """Return the audiences of an OIDC provider; None if the account has no such provider."""
        return Iam(self._aws).provider_audiences(arn)

    def linked_role(self) -> bool:
        """Return whether ECS has its service-linked role."""
        return Iam(self._aws).has_service_linked_role()

    def cluster(self) -> Cluster | None:
        """Return the cluster; one that is PROVISIONING, once it accepts services. Raises `TimedOut`."""
        clusters, name = Clusters(self._aws), self._target.names.cluster
        deadline = self._clock.monotonic() + READY_SECONDS

        def ready(found: Cluster | None) -> tuple[Cluster | None] | None:
            return None if found is not None and found.status == "PROVISIONING" else (found,)

        try:
            return poll(lambda: clusters.find(name), ready, clock=self._clock, every=2.0, deadline=deadline)[0]
        except DeadlineReached:
            raise TimedOut(
                f"The cluster {name} is not ACTIVE after {READY_SECONDS:.0f} s.",
                why="ECS is still creating it.",
                fix="Run the same command again in a minute.",
            ) from None

    def log_group(self, *, tags: bool) -> LogGroupSeen | None:
        """Return the log group; its tags only if `tags` is set, or if its retention differs."""
        groups, days = LogGroups(self._aws), self._target.config.logs.retention_days
        found = groups.find(self._target.names.log_group)
        if found is None:
            return None
        if not tags and found.retention_days == days:
            return LogGroupSeen(group=found)
        try:
            return LogGroupSeen(group=found, tags=groups.tags(found))
        except PermissionDenied as error:
            return LogGroupSeen(group=found, tags=Hidden(error))

    def missing_logs(self) -> tuple[str, ...]:
        """Return which of the other log groups that containers log to are missing; what may not be read counts not."""

        def is_missing(region: str, group: str) -> bool:
            try:
                return LogGroups(self._aws, region=region).find(group) is None
            except PermissionDenied:
                return False

        return tuple(group for region, group in sorted(needed_groups(self._target)) if is_missing(region, group))

    def network(self) -> NetworkSeen:
        """Return the subnets that the config names, or those of the default VPC."""
        networks, named = Networks(self._aws), self._target.config.network.subnets
        if named:
            return NetworkSeen(subnets=tuple(networks.subnets(named)))
        vpc = networks.default_vpc()
        if vpc is None:
            return NetworkSeen()
        subnets = tuple(networks.subnets_of(vpc))
        # The subnets of an ordinary default VPC all assign public addresses; only others need their routes read.
        plain = bool(subnets) and all(subnet.maps_public_ip for subnet in subnets)
        return NetworkSeen(default_vpc=vpc, subnets=subnets, tables=() if plain else tuple(networks.route_tables(vpc)))

    def security_groups(self) -> tuple[SecurityGroup, ...]:
        """Return the security groups of our name, at most one in each VPC."""
        return tuple(Networks(self._aws).security_groups(self._target.names.security_group))

    def named_groups(self) -> tuple[SecurityGroup, ...]:
        """Return the security groups that the config names, as far as they exist."""
        return tuple(Networks(self._aws).security_groups_by_id(self._target.config.network.security_groups))

    def service(self) -> ServiceSeen | None:
        """Return the service and its deployments, read until ECS's two views of it agree.

        DescribeServices and ListServiceDeployments are eventually consistent, each for itself: for a second or two
        after an update, the service already names a deployment that the list does not show. By that list, nothing would
        be in flight and the last deployment would have succeeded. If the list never agrees, the service itself is
        believed.
        """
        deadline = self._clock.monotonic() + AGREE_SECONDS

        def agreed(found: ServiceSeen | None) -> tuple[ServiceSeen | None] | None:
            return (found,) if found is None or _agrees(found) else None

        try:
            (found,) = poll(self._service, agreed, clock=self._clock, every=POLL_SECONDS, deadline=deadline)
        except DeadlineReached:
            self.ecs.take_older_view(self._target.names.service)
            found = self._service()
        if found is None or found.in_flight is None:
            return found
        return replace(found, flying_to=task_definition_of(self.ecs, found.in_flight))

    def arrived(self, step: Step, known: frozenset[str]) -> Mapping[str, Any] | None:
        """Return what ECS would have answered to a step with an unknown result; None if it did not arrive.

        `known` are the deployments from before it was sent.
        """
        if step.call == "ecs:RegisterTaskDefinition":
            newest = self.ecs.task_definition(step.about.name)
            if newest is None or diff(newest.document, step.parameters):
                return None
            return {"taskDefinition": {"taskDefinitionArn": newest.arn}}
        fresh = [each for each in self.ecs.deployments(step.about.name) if each.arn not in known]
        service = self.ecs.service(step.about.name) if fresh else None
        return {"service": service.raw} if service is not None else None

    def under_way(self, step: Step, ends: Ends) -> Mapping[str, Any] | None:
        """Return what ECS has answered to an earlier run that sent this step, while its task makes another needless."""
        found = under_way(self.ecs.started_by(step.parameters["startedBy"]), ends.container)
        return {"tasks": [{"taskArn": found.arn}]} if found is not None else None

    def left_of(self, ref: Ref) -> str:
        """Return what is left of a deleted service; "" once it is INACTIVE and its tasks have stopped.

        ECS calls a service INACTIVE when its tasks are stopping (ECS API, DeleteService); what they hold, such as a
        network interface, is theirs until they have stopped.
        """
        assert ref.kind == "service"
        service = self.ecs.service(ref.name)
        if service is not None and service.status != "INACTIVE":
            return f"it is {service.status}, and {_tasks(service.running, 'runs', 'run')}"
        arns = Inventory(self._aws).task_arns(self._target.names.cluster, desiredStatus="STOPPED")
        ours = [task for task in self.ecs.tasks(arns) if task.group == f"service:{ref.name}"]
        stopping = sum(task.status != "STOPPED" for task in ours)
        return _tasks(stopping, "is stopping", "are stopping") if stopping else ""

    def _service(self) -> ServiceSeen | None:
        name = self._target.names.service
        deployments = ask(lambda: self.ecs.deployments(name))
        service = self.ecs.service(name)
        if service is None or service.status == "INACTIVE":
            return None
        listed = ServiceSeen(service=service, deployments=tuple(deployments()))
        flying = listed.in_flight
        # A deployment read directly may be over before the list says so: there is no need to wait for it.
        # That is also where its counts are, which the list leaves out.
        now = self.ecs.deployment(flying.arn) if flying is not None else None
        if now is None:
            return listed
        return replace(listed, deployments=tuple(now if each is flying else each for each in listed.deployments))


def _agrees(found: ServiceSeen) -> bool:
    """Return whether the list has the deployment that the service names."""
    primary = found.service.primary
    moving = primary is not None and primary.rollout_state == "IN_PROGRESS"
    return not moving or found.in_flight is not None


def _tasks(count: int, does: str, do: str) -> str:
    return f"1 task {does}" if count == 1 else f"{count} tasks {do}"


def _can_be_pulled(images: EcrImages, digest: str) -> bool:
    try:
        return images.find(digest) is not None
    except ImageArchived:
        return False


def _of_others(iam: Iam, role: str) -> dict[str, Mapping[str, Any]]:
    """Return the inline policies of a role by their names, without ours: most roles have none."""
    names = (each for each in iam.inline_policies(role) if each != POLICY)
    return {each: found for each in names if (found := iam.policy(role, each)) is not None}

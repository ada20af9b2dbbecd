"""Everything that is read before revisions and images are pruned, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ecsdeploy.asked import ask, nothing
from ecsdeploy.aws.ecr import Ecr
from ecsdeploy.aws.ecr_images import EcrImages, NoRepository
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.inventory import Inventory
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.image import StoredImage
from ecsdeploy.core.pruning import Elsewhere, Pruning, Stock, runs_of
from ecsdeploy.core.remains import RepositorySeen
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.look import Look
from ecsdeploy.workflow.neighbours import neighbours
from ecsdeploy.workflow.read import hidden_if_denied, place_of

DEPLOYMENTS = 100
TWENTY = 20
"""DescribeServiceRevisions takes at most 20 (ECS API reference)."""


def read_stock(run: Run, pruning: Pruning) -> Stock:
    """Return what exists. Raises `WrongAccount`, and the `PermissionDenied` of what has to be known."""
    return _Reading(run, pruning).stock()


@dataclass
class _Reading:
    run: Run
    pruning: Pruning

    def stock(self) -> Stock:
        """Return what was read; what only decides about images is hidden if we lack permission."""
        run, target, look = self.run, self.pruning.target, Look(self.run.aws, self.pruning.target, self.run.clock)
        if target.config.account is not None:
            place_of(run.aws, target)  # nothing is read in another account
        service, tasks = ask(look.service), ask(self._tasks)
        revisions = ask(lambda: self._revisions(target, look, service, inactive=self.pruning.delete))
        succeeded = ask(lambda: self._succeeded(look.ecs))
        near = [each for each in neighbours(run) if each.region == target.region]
        elsewhere = [(each, ask(lambda each=each: self._elsewhere(each))) for each in near]  # type: ignore[misc]
        repository = ask(self._repository) if self.pruning.images else nothing
        images = ask(self._images) if self.pruning.images else _no_images
        found = hidden_if_denied(images)
        stored, children = found if isinstance(found, tuple) else ((), {})
        return Stock(
            service=service(),
            tasks=tasks(),
            revisions=revisions(),
            succeeded=succeeded(),
            elsewhere=tuple((each, hidden_if_denied(answer)) for each, answer in elsewhere),
            repository=hidden_if_denied(repository) if isinstance(found, tuple) else found,
            images=stored,
            children=children,
        )

    def _tasks(self) -> tuple[Task, ...]:
        names, inventory = self.pruning.target.names, Inventory(self.run.aws)
        arns = inventory.task_arns(names.cluster, family=names.family, desiredStatus="RUNNING")
        return tuple(Ecs(self.run.aws, names.cluster).tasks(arns))

    def _succeeded(self, ecs: Ecs) -> tuple[str, ...]:
        """Return the revisions that succeeded: as many as are kept, if ECS knows that many."""
        wanted: list[str] = []
        with Tolerate("ClusterNotFoundException"):
            deployments = ecs.deployments(self.pruning.target.names.service, limit=DEPLOYMENTS, status="SUCCESSFUL")
            wanted = [each.target_revision for each in deployments]
        found: dict[str, None] = {}
        for start in range(0, len(wanted), TWENTY):
            known = ecs.task_definitions_of(wanted[start : start + TWENTY])
            found |= {known[arn]: None for arn in wanted[start : start + TWENTY] if known.get(arn)}
            if len(found) > self.pruning.keep:
                break
        return tuple(found)

    def _elsewhere(self, target: Target) -> Elsewhere:
        """Return what another environment runs, and the revisions that it could run."""
        look = Look(self.run.aws, target, self.run.clock)
        service = ask(look.service)
        revisions = self._revisions(target, look, service, inactive=False) if self.pruning.images else ()
        seen = service()
        return Elsewhere(target, runs_of(seen) if seen is not None else frozenset(), revisions)

    def _revisions(
        self, target: Target, look: Look, service: Callable[[], ServiceSeen | None], *, inactive: bool
    ) -> tuple[TaskDefinition, ...]:
        """Return the family's revisions; what the service runs is among them, whatever its status."""
        found, seen = Inventory(self.run.aws).revisions(target.names.family, inactive=inactive), service()
        missing = runs_of(seen) - {each.arn for each in found} if seen is not None else frozenset()
        others = [each for arn in sorted(missing) if (each := look.ecs.task_definition(arn)) is not None]
        return (*sorted(others, key=lambda each: each.revision), *found)

    def _repository(self) -> RepositorySeen | None:
        ecr = Ecr(self.run.aws)
        found = ecr.repository(self.pruning.target.names.repository)
        return RepositorySeen(repository=found, tags=ecr.tags(found)) if found is not None else None

    def _images(self) -> tuple[tuple[StoredImage, ...], dict[str, frozenset[str]]]:
        images = EcrImages(self.run.aws, self.pruning.target.names.repository)
        try:
            stored = images.every()
        except NoRepository:
            return _no_images()
        return stored, images.children([each.digest for each in stored if each.is_index])


def _no_images() -> tuple[tuple[StoredImage, ...], dict[str, frozenset[str]]]:
    return (), {}

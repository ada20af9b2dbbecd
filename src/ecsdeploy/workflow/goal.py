"""Finds what to go back to: what succeeded before, and the revision that is meant. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from ecsdeploy.asked import ask
from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.rollback import Asked, Success, missing, the_one
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.look import Look

LISTED = 20
"""How many deployments are read with the service: if there are fewer, these are all."""
MOST = 1000
"""How many deployments that succeeded are listed at most: ten requests."""
BATCH = 20
"""How many service revisions one request describes (ECS API, DescribeServiceRevisions)."""
DATED = 100
"""How many of them are searched only to say when something was deployed."""
LOOK_BACK = 100
"""How many revisions of the family are searched for a commit or an image: one page of ListTaskDefinitions."""
AT_ONCE = 10


class Past:
    """A service's deployments that succeeded, newest first, read only as far as needed."""

    def __init__(self, ecs: Ecs, seen: ServiceSeen) -> None:
        self._ecs, self._seen = ecs, seen
        self._known: list[Success] = []
        self._more = self._read()

    def __iter__(self) -> Iterator[Success]:
        """Yield them, those already read first."""
        number = 0
        while number < len(self._known) or self._grow():
            yield self._known[number]
            number += 1

    def when(self, task_definition: str) -> datetime | None:
        """Return when a revision last succeeded; None if it is not among the newest hundred successes."""
        return next((each.at for each in islice(self, DATED) if each.task_definition == task_definition), None)

    def _grow(self) -> bool:
        found = next(self._more, None)
        if found is not None:
            self._known.append(found)
        return found is not None

    def _read(self) -> Iterator[Success]:
        recent = [each for each in self._seen.deployments if each.status == "SUCCESSFUL"]
        yield from self._dated(recent)
        if len(self._seen.deployments) < LISTED:
            return
        read = {each.arn for each in recent}
        every = self._ecs.deployments(self._seen.service.name, status="SUCCESSFUL", limit=MOST)
        yield from self._dated([each for each in every if each.arn not in read])

    def _dated(self, deployments: Sequence[ServiceDeployment]) -> Iterator[Success]:
        for start in range(0, len(deployments), BATCH):
            batch = deployments[start : start + BATCH]
            found = self._ecs.task_definitions_of([each.target_revision for each in batch])
            for each in batch:
                if arn := found.get(each.target_revision, ""):
                    yield Success(arn, each.finished_at or each.created_at)


class Finder:
    """Finds revisions of one service's family."""

    def __init__(self, run: Run, target: Target, ecs: Ecs) -> None:
        self._run, self._target, self._ecs = run, target, ecs
        self._look = Look(run.aws, target, run.clock)
        self._repository = ask(self._look.repository)  # its images are read later

    def named(self, asked: Asked) -> TaskDefinition:
        """Return the revision that is asked for. Raises `Refused`, `UsageError`."""
        if asked.kind == "revision":
            found = self._ecs.task_definition(asked.text)
            if found is None:
                raise missing(asked)
            return found
        return the_one(asked, self._target.names.family, self._looked_at(asked))

    def lost(self, revision: TaskDefinition) -> str:
        """Return an image of our repository that the revision needs and ECR no longer has. Raises `ImageArchived`."""
        repository = self._repository()
        if repository is None:
            return _of_repository(revision, self._target.names.repository)
        images = EcrImages(self._run.aws, self._target.names.repository, lambda: repository.uri)
        ours = self._look.images_of(revision, repository.uri)
        return next((image for image, digest in ours if images.find(digest) is None), "")

    def _looked_at(self, asked: Asked) -> list[TaskDefinition]:
        """Return the family's newest revisions, newest first, described in parallel; no more than needed."""
        arns = self._ecs.newest_revisions(self._target.names.family, limit=LOOK_BACK)
        found: list[TaskDefinition] = []
        for start in range(0, len(arns), AT_ONCE):
            found += self._described(arns[start : start + AT_ONCE])
            if asked.is_whole and any(map(asked.fits, found)):
                break
        return found

    def _described(self, arns: Iterable[str]) -> list[TaskDefinition]:
        answers = [ask(partial(self._ecs.task_definition, arn)) for arn in arns]
        return [revision for answer in answers if (revision := answer()) is not None]


def _of_repository(revision: TaskDefinition, name: str) -> str:
    """Return an image of the repository of that name, which is gone."""
    for container in revision.document.get("containerDefinitions", []):
        image = str(container.get("image", ""))
        if image.partition("@")[0].endswith(f"/{name}"):
            return image
    return ""

"""From the source to an image in ECR: found there, else built, pushed and confirmed.

For a commit that is already in ECR, or changes nothing of what the service's image was built from, nothing is built and
no Docker Engine is needed: one that does not answer is an error only where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from ecsdeploy.asked import ask
from ecsdeploy.changes import Resource
from ecsdeploy.core.image import Image, RegistryLogin
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Failed
from ecsdeploy.events import Event, Note, Report, Step, Warn
from ecsdeploy.image.build import Docker, LocalImage, build, find_docker
from ecsdeploy.image.context import check_context
from ecsdeploy.image.engine import Engine, connect
from ecsdeploy.image.push import push
from ecsdeploy.image.push_failure import TagTaken
from ecsdeploy.image.request import PLATFORMS, BuildRequest, read_secrets
from ecsdeploy.workflow.retag import retag
from ecsdeploy.workflow.shipped import Shipped, already_there
from ecsdeploy.workflow.source import BuildOptions, Source, build_args, read_source

if TYPE_CHECKING:
    from ecsdeploy.runtime import Run

T = TypeVar("T")

TIDY_SECONDS = 1.0
"""How long a builder that is not needed after all may take to remove from the Engine what it was tried with."""


class Repository(Protocol):
    """The ECR repository, as far as an image needs it: `aws.ecr_images.EcrImages`."""

    @property
    def uri(self) -> str:
        """Return the `repositoryUri`."""
        ...

    def find(self, tag_or_digest: str) -> Image | None:
        """Return the image of that tag or digest."""
        ...

    def login(self) -> RegistryLogin:
        """Return the login of the registry."""
        ...


def ship_image(
    run: Run,
    target: Target,
    options: BuildOptions,
    *,
    repository: Repository | None = None,
    engine: Callable[[Mapping[str, str]], Engine] = connect,
) -> Shipped:
    """Return the image of the source as it is, in ECR. Raises `UsageError`, `Refused`, `Failed`."""
    from ecsdeploy.aws.ecr_images import EcrImages

    docker = ask(lambda: find_docker(run.environ, engine))
    try:
        source = read_source(run, target, options)
        repository = repository or EcrImages(run.aws, target.names.repository)
        found = _find(run, target, repository, source.name.tag)
        if found is not None:
            return already_there(run, target, found, source, options)
        alike = retag(run, target, source) if source.content and options.tag is None else None
        if alike is not None:
            return alike
        build = Build.of(run, target, source, options, docker)
    finally:
        docker.wait(TIDY_SECONDS)
    return Builder(run, target, source, repository).ship(build)


def _find(run: Run, target: Target, repository: Repository, tag: str) -> Image | None:
    """Return the image of that tag; nothing is read in another account than the config's."""
    account = ask(lambda: run.aws.require_account(target.config.account))
    if target.config.account is not None:
        account()
    found = ask(lambda: repository.find(tag))
    account()  # whose credentials these are is known soon, even without a network
    return found()


@dataclass(frozen=True)
class Build:
    """Everything that a build needs, checked before the first write: what is built, and the engine."""

    request: BuildRequest
    docker: Docker

    @classmethod
    def of(
        cls,
        run: Run,
        target: Target,
        source: Source,
        options: BuildOptions,
        docker: Callable[[], Docker] | None = None,
    ) -> Build:
        """Return the build of `source`; `docker` is the engine being looked for.

        Raises `Refused`, `UsageError` for what would stop it.
        """
        request = checked_request(run, target, source, options)
        return cls(request, docker() if docker is not None else find_docker(run.environ))


@dataclass(frozen=True)
class Builder:
    """Builds and pushes the image of a source."""

    run: Run
    target: Target
    source: Source
    repository: Repository

    def ship(self, build_: Build) -> Shipped:
        """Return the image, built and pushed, or the one that somebody else pushed meanwhile. Raises `Failed`."""
        name = self.source.name
        login = _asked_early(self.repository.login)
        local = self._build(build_)
        pushed = self._push(local, build_.docker.engine, login)
        if pushed is None:
            return self._from_somebody_else()
        return Shipped(pushed, name.commit, name.dirty, self.source.content)

    def _build(self, build_: Build) -> LocalImage:
        run, request = self.run, build_.request
        run.report(Step(f"Building {request.name} for {request.platform}"))
        run.journal.doing = "building the image; nothing was pushed"
        image = _told(run.report, build(request, build_.docker, run.environ))
        run.report(Note(f"Built {image.id[:19]}, {image.size / 1e6:.1f} MB."))
        return image

    def _push(self, local: LocalImage, engine: Engine, login: Callable[[], RegistryLogin]) -> Image | None:
        """Return the pushed image, or None if the tag was taken meanwhile."""
        run, repository, tag = self.run, self.repository, self.source.name.tag
        run.report(Step(f"Pushing {tag} to {repository.uri}"))
        run.journal.doing = "pushing the image; uploaded layers are kept"
        story = push(local, repository.uri, tag, login=login, engine=engine, clock=run.clock)
        try:
            image = _told(run.report, story)
        except TagTaken:
            run.journal.doing = ""
            return None
        run.journal.done.append(f"pushed {image.reference}")
        run.journal.doing = ""
        if repository.find(image.digest) is None:
            raise Failed(
                "The image was pushed, but ECR does not have it.",
                why=f"DescribeImages does not list {image.digest} in {repository.uri}.",
                fix="Run the same command again: uploaded layers are kept.",
            )
        run.report(Resource("image", f"{self.target.names.repository}:{tag}", "created", detail=image.digest))
        return image

    def _from_somebody_else(self) -> Shipped:
        name = self.source.name
        found = self.repository.find(name.tag)
        if found is None:
            raise Failed(
                f"The registry says that {name.tag} exists, but ECR has no such image.",
                why="It may be in ECR's archive, or it was deleted just now.",
                fix="Run the same command again. If it says so again, restore the image, or build another with --tag.",
            )
        self.run.report(Warn(f"Somebody pushed {name.tag} meanwhile: that image is used, not the one just built."))
        return Shipped(found, name.commit, name.dirty)


def _asked_early(login: Callable[[], RegistryLogin]) -> Callable[[], RegistryLogin]:
    """Return the registry's login, asked for while the image is built; each further time it is a new one."""
    early = [ask(login)]
    return lambda: early.pop()() if early else login()


def checked_request(run: Run, target: Target, source: Source, options: BuildOptions) -> BuildRequest:
    """Return the build request, its context checked and what is worth knowing of that reported.

    Raises `Refused`, `UsageError` for what would stop the build.
    """
    request = _request(run, target, source)
    # None of the files that build secrets are read from may be in the context.
    secret_files = [secret.file for secret in request.secrets if secret.file is not None]
    run.report(*check_context(request.context, allow=options.allow_sensitive, secret_files=secret_files))
    return request


def _request(run: Run, target: Target, source: Source) -> BuildRequest:
    """Return the build request. Raises `Refused` if a build secret is missing."""
    config, name = target.config.image, source.name
    return BuildRequest(
        context=source.context,
        platform=PLATFORMS[target.config.task.architecture],
        name=f"{target.names.repository}:{name.tag}",
        target=config.target or "",
        args=build_args(target, name, source.args),
        secrets=read_secrets(config.secrets, run.loaded.root, run.environ),
        labels=name.labels,
    )


def _told(report: Report, story: Generator[Event, None, T]) -> T:
    """Report what `story` yields; return what it returns. It is closed whatever happens, and ends what it started."""
    with closing(story):
        while True:
            try:
                event = next(story)
            except StopIteration as end:
                result: T = end.value
                return result
            report(event)

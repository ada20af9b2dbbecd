"""From the source to an image in ECR: looked for, else built, pushed and confirmed.

ECR is asked before Docker is touched: for a commit that is there already nothing has to be built, and no Docker
Engine is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from ecsdeploy.config.load import FILE
from ecsdeploy.config.placeholders import expand, used
from ecsdeploy.config.recipe import recipe_digits
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.core.image import Image, RegistryLogin
from ecsdeploy.errors import Failed, Refused
from ecsdeploy.events import Event, Note, Report, Resource, Step, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.image.build import LocalImage, build
from ecsdeploy.image.context import BuildContext, check_context, open_context
from ecsdeploy.image.engine import Engine, connect
from ecsdeploy.image.naming import ImageName, name_image, refuse_dirty
from ecsdeploy.image.push import push
from ecsdeploy.image.push_failure import TagTaken
from ecsdeploy.image.request import PLATFORMS, BuildRequest, read_args, read_secrets
from ecsdeploy.image.revision import Revision, keeps, read_revision

if TYPE_CHECKING:
    from ecsdeploy.runtime import Run

T = TypeVar("T")


class NotShipped(Refused):
    """The source as it is has no image in ECR."""


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """What the command line says about the image; nothing of it is in the config."""

    tag: str | None = None
    build_args: tuple[str, ...] = ()
    allow_dirty: bool = False
    allow_sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shipped:
    """An image in ECR. `commit` is "" where the source's is not known; `built` says whether this run made it."""

    image: Image
    commit: str
    dirty: bool
    built: bool


@dataclass(frozen=True)
class Source:
    """What is to be built: the context, what its image is called, and the build arguments of the command line."""

    context: BuildContext
    name: ImageName
    args: Mapping[str, str]


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


def read_source(run: Run, options: BuildOptions) -> Source:
    """Return what is to be built; nothing outside this machine is asked. Raises `UsageError`, `Refused`."""
    config = run.config.image
    args = read_args(options.build_args, allow_plain=config.allow_plain)
    context = open_context(run.loaded.root, config.context, config.dockerfile)
    return Source(context, _name(run, context, options), args)


def ship_image(
    run: Run,
    options: BuildOptions,
    *,
    source: Source | None = None,
    repository: Repository | None = None,
    engine: Callable[[Mapping[str, str]], Engine] = connect,
) -> Shipped:
    """Return the image of the source as it is, in ECR. Raises `UsageError`, `Refused`, `Failed`."""
    from ecsdeploy.aws.ecr_images import EcrImages

    source = source or read_source(run, options)
    name = source.name
    run.aws.require_account(run.config.account)
    repository = repository or EcrImages(run.aws, run.names.repository)
    found = repository.find(name.tag)
    if found is not None:
        return _already_there(run, found, source, options)
    request = _request(run, source)
    run.report(*_checked(request, options))
    docker = engine(run.environ)
    local = _build(run, request, name, docker)
    pushed = _push(run, local, name, repository, docker)
    if pushed is None:
        return _from_somebody_else(run, name, repository)
    return Shipped(pushed, name.commit, name.dirty, built=True)


def require_buildable(run: Run, options: BuildOptions, source: Source | None) -> None:
    """Raise what would stop the build, before the repository for it is made; nothing where there is a repository."""
    from ecsdeploy.aws.ecr import Ecr

    if Ecr(run.aws).repository(run.names.repository) is None:
        _checked(_request(run, source or read_source(run, options)), options)
        connect(run.environ)


def find_shipped(run: Run, options: BuildOptions, source: Source | None = None) -> Shipped:
    """Return the image of the source as it is, which has to be in ECR already. Raises `UsageError`, `Refused`."""
    from ecsdeploy.aws.ecr_images import EcrImages

    name = (source or read_source(run, options)).name
    repository = EcrImages(run.aws, run.names.repository)
    found = repository.find(name.tag)
    if found is None:
        raise NotShipped(
            f"The image {name.tag} is not in {repository.uri}.",
            why="This source was not built and pushed yet.",
            fix="Run `ecsdeploy build-push`, or name another image with --image.",
        )
    return Shipped(found, name.commit, name.dirty, built=False)


def _name(run: Run, context: BuildContext, options: BuildOptions) -> ImageName:
    revision = _revision(run, context, options)
    name = name_image(revision, tag=options.tag, suffix=_suffix(run, context))
    if revision is not None and revision.dirty:
        if read_runner(run.environ).ci and not options.allow_dirty:
            refuse_dirty(revision)
        run.report(Warn(_dirty_words(revision, name)))
    return name


def _suffix(run: Run, context: BuildContext) -> str:
    """Return what tells the image from the others that the same commit makes in the same repository."""
    app, repository = run.config.app, run.names.repository
    by_environment = run.loaded.builds_apart or any("env" in used(value) for value in run.config.image.args.values())
    parts = (
        "" if repository.rpartition("/")[2] == app else app,  # several apps may share one by [names]
        run.names.environment if by_environment else "",
        "" if _is_said_by_the_commit(run, context) else recipe_digits(run.config),
    )
    return "-".join(part for part in parts if part)


def _is_said_by_the_commit(run: Run, context: BuildContext) -> bool:
    """Return whether a commit has one config for its image: a file that the commit holds, and the only one there."""
    return run.loaded.path.name == FILE and keeps(context.root, run.loaded.path, run.environ)


def _revision(run: Run, context: BuildContext, options: BuildOptions) -> Revision | None:
    try:
        return read_revision(context.root, run.environ, counts=lambda path: not context.ignore.keeps_out(path))
    except Refused:
        if options.tag is None:
            raise
        return None  # named by the user: the image goes without a commit


def _dirty_words(revision: Revision, name: ImageName) -> str:
    more = f" and {len(revision.changed) - 1} more" if len(revision.changed) > 1 else ""
    return f"The source differs from commit {revision.commit[:7]} ({revision.changed[0]}{more}): the tag is {name.tag}."


def _already_there(run: Run, image: Image, source: Source, options: BuildOptions) -> Shipped:
    run.report(Resource("image", f"{run.names.repository}:{image.tag}", "unchanged", detail="it is in ECR already"))
    if options.tag is not None:
        run.report(
            Note(f"The tag {options.tag} was given, so nobody looked whether the source is what it was built from.")
        )
        if suffix := _suffix(run, source.context):
            own = f"{options.tag}-{suffix}"
            run.report(Warn(f"Others build another image from the same source: if {options.tag} is theirs, use {own}."))
    if source.args:
        run.report(Warn("The image in ECR was not built again, so --build-arg did nothing. Another --tag builds one."))
    return Shipped(image, source.name.commit, source.name.dirty, built=False)


def _request(run: Run, source: Source) -> BuildRequest:
    config, name = run.config.image, source.name
    commit, env = name.commit or name.tag, run.names.environment or NO_ENVIRONMENT
    args = {key: expand(value, commit=commit, tag=name.tag, env=env) for key, value in config.args.items()}
    return BuildRequest(
        context=source.context,
        platform=PLATFORMS[run.config.task.architecture],
        name=f"{run.names.repository}:{name.tag}",
        target=config.target or "",
        args={**args, **source.args},
        secrets=read_secrets(config.secrets, run.loaded.root, run.environ),
        labels=name.labels,
    )


def _checked(request: BuildRequest, options: BuildOptions) -> list[Note]:
    files = [secret.file for secret in request.secrets if secret.file is not None]
    return check_context(request.context, allow=options.allow_sensitive, secret_files=files)


def _build(run: Run, request: BuildRequest, name: ImageName, engine: Engine) -> LocalImage:
    run.report(Step(f"Building {request.name} for {request.platform}"))
    run.journal.doing = "building the image; nothing was pushed"
    image = _told(run.report, build(request, engine, run.environ))
    run.report(Note(f"Built {image.id[:19]}, {image.size / 1e6:.1f} MB."))
    return image


def _push(run: Run, local: LocalImage, name: ImageName, repository: Repository, engine: Engine) -> Image | None:
    """Return the pushed image, or None if the tag was taken meanwhile."""
    run.report(Step(f"Pushing {name.tag} to {repository.uri}"))
    run.journal.doing = "pushing the image; layers that arrived are kept"
    story = push(local, repository.uri, name.tag, login=repository.login, engine=engine, clock=run.clock)
    try:
        image = _told(run.report, story)
    except TagTaken:
        run.journal.doing = ""
        return None
    run.journal.done.append(f"pushed {image.reference}")
    run.journal.doing = ""
    if repository.find(image.digest) is None:
        raise Failed(
            "The image was pushed, and ECR does not have it.",
            why=f"DescribeImages knows no {image.digest} in {repository.uri}.",
            fix="Run the same command again: layers that arrived are kept.",
        )
    run.report(Resource("image", f"{run.names.repository}:{name.tag}", "created", detail=image.digest))
    return image


def _from_somebody_else(run: Run, name: ImageName, repository: Repository) -> Shipped:
    found = repository.find(name.tag)
    if found is None:
        raise Failed(
            f"The registry says that {name.tag} exists, and ECR has no such image.",
            why="It may be in ECR's archive, or it was deleted just now.",
            fix="Run the same command again. If it says this again, restore the image, or build another with --tag.",
        )
    run.report(Warn(f"Somebody pushed {name.tag} meanwhile: that image is used, not the one just built."))
    return Shipped(found, name.commit, name.dirty, built=False)


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

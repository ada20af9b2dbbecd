"""What is built, and what its image is called: the git commit, and what distinguishes it from others of that commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecsdeploy.config.load import FILE
from ecsdeploy.config.placeholders import used
from ecsdeploy.config.recipe import recipe_digits
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Refused
from ecsdeploy.events import Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.image.context import BuildContext, open_context
from ecsdeploy.image.naming import ImageName, name_image, refuse_dirty
from ecsdeploy.image.request import read_args
from ecsdeploy.image.revision import Revision, keeps, read_revision

if TYPE_CHECKING:
    from ecsdeploy.runtime import Run


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The options about the image; none of them is in the config."""

    tag: str | None = None
    build_args: tuple[str, ...] = ()
    allow_dirty: bool = False
    allow_sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """What to build: the context, the image's name, and the build arguments of the command line."""

    context: BuildContext
    name: ImageName
    args: Mapping[str, str]


def read_source(run: Run, target: Target, options: BuildOptions) -> Source:
    """Return what to build; makes no network calls. Raises `UsageError`, `Refused`."""
    config = target.config.image
    args = read_args(options.build_args, allow_plain=config.allow_plain)
    context = open_context(run.loaded.root, config.context, config.dockerfile)
    return Source(context, _name(run, target, context, options), args)


def _name(run: Run, target: Target, context: BuildContext, options: BuildOptions) -> ImageName:
    revision = _revision(run, context, options)
    name = name_image(revision, tag=options.tag, suffix=suffix_of(run, target, context))
    if revision is not None and revision.dirty:
        if read_runner(run.environ).ci and not options.allow_dirty:
            refuse_dirty(revision)
        run.report(Warn(_dirty_words(revision, name)))
    return name


def suffix_of(run: Run, target: Target, context: BuildContext) -> str:
    """Return what distinguishes the image from others of the same commit in the same repository."""
    config, names = target.config, target.names
    by_environment = run.loaded.builds_apart or any("env" in used(value) for value in config.image.args.values())
    parts = (
        ""
        if names.repository.rpartition("/")[2] == config.app
        else config.app,  # several apps may share one by [names]
        names.environment if by_environment else "",
        "" if _is_said_by_the_commit(run, context) else recipe_digits(config),
    )
    return "-".join(part for part in parts if part)


def _is_said_by_the_commit(run: Run, context: BuildContext) -> bool:
    """Return whether a commit has one config for its image: a file in the commit, and the only one there."""
    return run.loaded.path.name == FILE and keeps(context.root, run.loaded.path, run.environ)


def _revision(run: Run, context: BuildContext, options: BuildOptions) -> Revision | None:
    try:
        return read_revision(context.root, run.environ, counts=lambda path: not context.ignore.keeps_out(path))
    except Refused:
        if options.tag is None:
            raise
        return None  # named by the user: the image has no commit


def _dirty_words(revision: Revision, name: ImageName) -> str:
    more = f" and {len(revision.changed) - 1} more" if len(revision.changed) > 1 else ""
    return f"The source differs from commit {revision.commit[:7]} ({revision.changed[0]}{more}): the tag is {name.tag}."

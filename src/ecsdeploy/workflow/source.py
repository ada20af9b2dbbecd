"""What is built, and what its image is called: the git commit, and what distinguishes it from others of that commit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecsdeploy.config.load import FILE
from ecsdeploy.config.placeholders import expand, used
from ecsdeploy.config.recipe import recipe_digits
from ecsdeploy.config.tags import NO_ENVIRONMENT
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Refused
from ecsdeploy.events import Note, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.image.context import BuildContext, open_context
from ecsdeploy.image.differences import read_revision
from ecsdeploy.image.naming import ImageName, name_image, refuse_dirty
from ecsdeploy.image.request import read_args
from ecsdeploy.image.revision import Revision, keeps
from ecsdeploy.image.stand_ins import StandIns

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
    """What to build: the context, the image's name, and the build arguments of the command line.

    `content` stands for everything that the image is made of; "" if the commit does not say it.
    """

    context: BuildContext
    name: ImageName
    args: Mapping[str, str]
    content: str = ""


def read_source(run: Run, target: Target, options: BuildOptions) -> Source:
    """Return what to build; makes no network calls. Raises `UsageError`, `Refused`."""
    config = target.config.image
    args = read_args(options.build_args, allow_plain=config.allow_plain)
    context = open_context(run.loaded.root, config.context, config.dockerfile)
    revision = _revision(run, target, context, options)
    name = _name(run, target, context, options, revision)
    content = _content(target, name, revision.content, args) if revision is not None and not revision.dirty else ""
    return Source(context, name, args, content)


def build_args(target: Target, name: ImageName, given: Mapping[str, str]) -> dict[str, str]:
    """Return the build arguments of the config, placeholders replaced, and those `given` on the command line."""
    commit, env = name.commit or name.tag, target.names.environment or NO_ENVIRONMENT
    args = target.config.image.args
    return {**{key: expand(value, commit=commit, tag=name.tag, env=env) for key, value in args.items()}, **given}


def _content(target: Target, name: ImageName, files: str, given: Mapping[str, str]) -> str:
    """Return digits for the files, and for all else that decides about the image; secrets by where they are read."""
    image, task = target.config.image, target.config.task
    made_of = (files, image.target, build_args(target, name, given), dict(image.secrets), task.architecture)
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _name(
    run: Run, target: Target, context: BuildContext, options: BuildOptions, revision: Revision | None
) -> ImageName:
    prefix, suffix = target.tag_prefix, suffix_of(run, target, context)
    name = name_image(revision, tag=options.tag, prefix=prefix, suffix=suffix)
    if revision is not None and revision.dirty:
        if read_runner(run.environ).ci and not options.allow_dirty:
            refuse_dirty(revision)
        run.report(Warn(_dirty_words(revision, name)))
    if revision is not None and revision.ignored:
        run.report(Note(_ignored_words(revision, name)))
    return name


def suffix_of(run: Run, target: Target, context: BuildContext) -> str:
    """Return what distinguishes the image from others that the app makes of the same commit."""
    config, names = target.config, target.names
    by_environment = run.loaded.builds_apart or any("env" in used(value) for value in config.image.args.values())
    parts = (
        names.environment if by_environment else "",
        "" if _is_said_by_the_commit(run, context) else recipe_digits(config),
    )
    return "-".join(part for part in parts if part)


def _is_said_by_the_commit(run: Run, context: BuildContext) -> bool:
    """Return whether a commit has one config for its image: a file in the commit, and the only one there."""
    return run.loaded.path.name == FILE and keeps(context.root, run.loaded.path, run.environ)


def _revision(run: Run, target: Target, context: BuildContext, options: BuildOptions) -> Revision | None:
    try:
        recipe = recipe_digits(target.config)
        return read_revision(context, run.environ, config=run.loaded.path.resolve(), recipe=recipe)
    except StandIns:
        raise
    except Refused:
        if options.tag is None:
            raise
        return None  # named by the user: the image has no commit


def _dirty_words(revision: Revision, name: ImageName) -> str:
    return f"The source differs from commit {revision.commit[:7]} ({_some(revision.changed)}): the tag is {name.tag}."


def _ignored_words(revision: Revision, name: ImageName) -> str:
    return (
        f"Files that git ignores reach the builder ({_some(revision.ignored)}): the tag is {name.tag}. "
        "Add to .dockerignore what the image does not need."
    )


def _some(names: tuple[str, ...]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]

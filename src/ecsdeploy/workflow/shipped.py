"""An image in ECR: the source's own, one that `--image` names, or one that was built from the same content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecsdeploy.changes import Resource
from ecsdeploy.core.image import Image, Manifest, commit_in, content_mark, is_digest
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Refused
from ecsdeploy.events import Note, Warn
from ecsdeploy.workflow.source import BuildOptions, Source, suffix_of

if TYPE_CHECKING:
    from ecsdeploy.core.account import Account
    from ecsdeploy.runtime import Run


@dataclass(frozen=True)
class Shipped:
    """An image in ECR. `commit` is "" if not known; so is `content`, which stands for what it was built from."""

    image: Image
    commit: str
    dirty: bool
    content: str = ""

    @property
    def mark(self) -> str:
        """Return what a revision with this image is tagged with, so that the image is found by its content."""
        return content_mark(self.content, self.image.digest) if self.content else ""


def already_there(run: Run, target: Target, image: Image, source: Source, options: BuildOptions) -> Shipped:
    """Say that the image need not be built, and return it."""
    name = f"{target.names.repository}:{image.tag}"
    run.report(Resource("image", name, "unchanged", detail="it is in ECR already"))
    if options.tag is not None:
        run.report(Note(f"The tag {options.tag} was given: whether it was built from this source was not checked."))
        prefix, suffix = target.tag_prefix, suffix_of(run, target, source.context)
        if prefix or suffix:
            own = "-".join(part for part in (f"{prefix}{options.tag}", suffix) if part)
            theirs = f"if {options.tag} is theirs, use {own}."
            run.report(Warn(f"Other configs build another image from this source: {theirs}"))
    if source.args:
        run.report(Warn("The image in ECR was not built again, so --build-arg did nothing. Another --tag builds one."))
    as_it_is = options.tag is None and not source.args
    return Shipped(image, source.name.commit, source.name.dirty, source.content if as_it_is else "")


def built_alike(source: Source, found: Manifest) -> Shipped:
    """Return the image of the same content, by the name that it will get."""
    name = source.name
    return Shipped(Image(found.repository, found.digest, name.tag), name.commit, name.dirty, source.content)


def named_image(target: Target, text: str, account: Account) -> Shipped:
    """Return the image that `--image` names: a tag, a digest, or the repository with either. Raises `Refused`."""
    found = account.repository
    if found is None:
        raise no_repository(target)
    repository, name = split_reference(text)
    if repository and repository != found.uri:
        raise Refused(
            f"The image {text} is not in this app's repository.",
            why=f"The repository is {found.uri}.",
            fix="Push it there with `ecsdeploy build-push`, or name a tag or digest of that repository.",
        )
    if account.image is None:
        raise Refused(
            f"There is no image {name} in {found.uri}.",
            why="It was never pushed, or the lifecycle policy expired it.",
            fix="Run `ecsdeploy build-push`, or name another with --image.",
        )
    return Shipped(account.image, *commit_in(account.image.tag))


def split_reference(text: str) -> tuple[str, str]:
    """Return the repository ("" if not named) and the tag or digest of an image reference."""
    if "@" in text:
        repository, _, digest = text.rpartition("@")
        return repository.rpartition(":")[0] if ":" in repository.rsplit("/", 1)[-1] else repository, digest
    if is_digest(text) or "/" not in text:
        repository, _, name = ("", "", text) if is_digest(text) else text.rpartition(":")
        return repository, name
    repository, colon, tag = text.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (text, "latest")


def not_shipped(tag: str, uri: str) -> Refused:
    """Return the refusal to go on without an image of the source."""
    return Refused(
        f"The image {tag} is not in {uri}.",
        why="This source was not built and pushed yet.",
        fix="Run `ecsdeploy build-push`, or name another image with --image.",
    )


def no_repository(target: Target) -> Refused:
    """Return the refusal to go on without a repository."""
    return Refused(
        f"There is no ECR repository {target.names.repository} in {target.region}.",
        why="Images are pushed to it, and tasks pull from it.",
        fix="Create it with `ecsdeploy create-repo`, or check `region` and the credentials.",
    )

"""An image that is in ECR already, as `--image` names it."""

from __future__ import annotations

import re

from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.core.image import is_digest
from ecsdeploy.errors import Refused
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ship_image import Shipped

_COMMIT = re.compile(r"(?P<commit>[0-9a-f]{40})(?P<dirty>-dirty-[0-9a-f]+)?")


def choose_image(run: Run, text: str) -> Shipped:
    """Return the image that `text` names: a tag, a digest, or the repository with either. Raises `Refused`."""
    images = EcrImages(run.aws, run.names.repository)
    repository, name = split_reference(text)
    if repository and repository != images.uri:
        raise Refused(
            f"The image {text} is not in this app's repository.",
            why=f"The repository is {images.uri}.",
            fix="Push it there with `ecsdeploy build-push`, or name a tag or digest of that repository.",
        )
    image = images.find(name)
    if image is None:
        raise Refused(
            f"There is no image {name} in {images.uri}.",
            why="It was never pushed, or the lifecycle policy expired it.",
            fix="Run `ecsdeploy build-push`, or name another with --image.",
        )
    known = _COMMIT.match(image.tag)
    return Shipped(image, known["commit"] if known else "", bool(known and known["dirty"]), built=False)


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

"""Which images of a repository are deleted, and which are kept.

An image is kept if a kept revision names it, in any environment; if it was pushed no earlier than the newest
of those, since it may be about to be deployed; and if it belongs to a kept one: a platform of it, its signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ecsdeploy.core.image import StoredImage, is_of_another_app
from ecsdeploy.core.step import Answer, Ref, Repeat, Step
from ecsdeploy.core.things.outcome import Decision

BATCH = 100
"""BatchDeleteImage takes at most 100 (ECR API reference)."""
SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class Known:
    """The images of the repository at `uri`; `children` are the digests that an image for several platforms names."""

    uri: str
    images: tuple[StoredImage, ...]
    children: Mapping[str, frozenset[str]] = field(default_factory=dict)


def decide_images(ref: Ref, known: Known, names: frozenset[str], prefix: str = "") -> Iterator[Decision]:
    """Yield what to do about the images; kept revisions give `names` (`uri@digest`, `uri:tag`).

    Images of other apps, whose tags have not our `prefix`, are nobody's to delete here: no revision of theirs was read.
    """
    theirs = tuple(each for each in known.images if is_of_another_app(each.tags, prefix))
    known = replace(known, images=tuple(each for each in known.images if each not in theirs))
    named = {each.digest for each in known.images if _references(known.uri, each) & names}
    if not named:
        if known.images:
            yield Decision(ref=ref, kept="no kept revision names one, so none is known to be old")
        return
    newest = max(each.pushed_at for each in known.images if each.digest in named)
    stay = _with_parts(
        known, {each.digest for each in known.images if each.digest in named or each.pushed_at >= newest}
    )
    stay = _with_parts(known, stay | {digest for each in theirs for digest in known.children.get(each.digest, ())})
    going = [each for each in known.images if each.digest not in stay]
    if going:
        yield Decision(ref=ref, steps=tuple(_deletions(ref, going)), detail=_in_words(going))
    rest = len(stay & {each.digest for each in known.images}) - len(named)
    also = f", and {rest} newer or a part of those" if rest else ""
    yield Decision(ref=ref, kept=f"{len(named)} that revisions name{also}")


def _references(uri: str, image: StoredImage) -> set[str]:
    return {f"{uri}@{image.digest}", *(f"{uri}:{tag}" for tag in image.tags)}


def _with_parts(known: Known, stay: set[str]) -> set[str]:
    """Return the digests to keep with everything that belongs to them."""
    while True:
        parts = {digest for each in stay for digest in known.children.get(each, ())}
        parts |= {each.digest for each in known.images if each.subject in stay or _signs(each, stay)}
        if parts <= stay:
            return stay
        stay = stay | parts


def _signs(image: StoredImage, stay: set[str]) -> bool:
    """Return whether a tag says what the image is about, as signing tools do: `sha256-HEX.sig`."""
    return any(tag.partition(".")[0].replace("sha256-", "sha256:") in stay for tag in image.tags)


def _deletions(ref: Ref, going: list[StoredImage]) -> Iterator[Step]:
    """Yield the deletions: ECR keeps an image as long as another names it, so those are deleted first."""
    ordered = sorted(going, key=lambda each: (not each.is_index, each.pushed_at, each.digest))
    indexes = sum(each.is_index for each in ordered)
    starts = [*range(0, indexes, BATCH), *range(indexes, len(ordered), BATCH)]
    repeat = Repeat(
        passes=(Answer("ImageReferencedByManifestList"),),  # of an index that was just deleted
        done=(Answer("ImageNotFound"),),
    )
    for start in starts:
        end = min(start + BATCH, indexes if start < indexes else len(ordered))
        ids = [{"imageDigest": each.digest} for each in ordered[start:end]]
        parameters = {"repositoryName": ref.name, "imageIds": ids}
        yield Step(about=ref, action="deleted", call="ecr:BatchDeleteImage", parameters=parameters, repeat=repeat)


def _in_words(going: list[StoredImage]) -> str:
    ordered = sorted(going, key=lambda each: each.pushed_at)
    shown = ", ".join((each.tags or (each.digest.removeprefix("sha256:"),))[0][:12] for each in ordered[:SHOWN])
    more = f" and {len(going) - SHOWN} more" if len(going) > SHOWN else ""
    size = f"{sum(each.size for each in going) / 1e6:.1f} MB"
    return f"{len(going)} image{'s' if len(going) > 1 else ''}, {size}: {shown}{more}"

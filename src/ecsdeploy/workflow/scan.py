"""`--fail-on`: ECR's scan of the image is awaited, and an image with too much in it goes no further."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecsdeploy.aws.ecr_images import EcrImages
from ecsdeploy.aws.ecr_scan import EcrScans, IsIndex
from ecsdeploy.config.duration import text_of
from ecsdeploy.core.image import Image
from ecsdeploy.core.scan import SHOWN, FailOn, Scan, counted, joined
from ecsdeploy.core.target import Target
from ecsdeploy.errors import PermissionDenied, Refused
from ecsdeploy.events import Note, Step
from ecsdeploy.image.request import PLATFORMS
from ecsdeploy.poll import DeadlineReached, poll

if TYPE_CHECKING:
    from ecsdeploy.runtime import Run

PATIENCE = 600
"""Seconds: basic scans take one or two minutes, those of Amazon Inspector a few."""
EVERY = 5.0
"""Seconds between two looks."""
ACTIONS = ("ecr:DescribeImageScanFindings", "ecr:StartImageScan")


def require_scanned(run: Run, target: Target, image: Image, fail_on: FailOn) -> bool:
    """Return once the scan has found nothing that `fail_on` does not let pass; whether that took a while.

    Raises `Refused` for what it found, and where nothing proves that the image was looked through.
    """
    if fail_on == "never":
        return False
    looking = _Looking(run, target, image)
    try:
        scan = looking.first() or looking.await_end()
    except PermissionDenied as error:
        if error.action not in ACTIONS:
            raise
        raise PermissionDenied(
            error.what,
            action=error.action,
            resource=error.resource,
            why=error.why,
            fix=f'The deploy role may with fail_on = "{fail_on}" in [image], after '
            f"`ecsdeploy setup{target.env_option}`; others need {' and '.join(ACTIONS)}.",
        ) from error
    if not scan.is_proof:
        raise _not_scanned(image, scan)
    if bad := scan.too_bad(fail_on):
        raise _too_bad(image, scan, bad)
    run.report(Note(f"The scan of {image.digest[:19]} found {scan.in_words()}."))
    return looking.waited


@dataclass
class _Looking:
    """The scan being awaited; `of` are the digests that are scanned: the image's own, or those that it names."""

    run: Run
    target: Target
    image: Image
    of: tuple[str, ...] = ()
    asked: set[str] = field(default_factory=set)
    waited: bool = False

    def __post_init__(self) -> None:
        self.of = (self.image.digest,)
        self._scans = EcrScans(self.run.aws, self.target.names.repository)
        self._images = EcrImages(self.run.aws, self.target.names.repository)

    def first(self) -> Scan | None:
        """Return the scan if it is over already."""
        return self._over(self._look())

    def await_end(self) -> Scan:
        """Return the scan once it is over, or as it is when patience ends."""
        self.waited = True
        self.run.report(Step(f"Waiting for the scan of {self.image.digest[:19]}"))
        deadline = self.run.clock.monotonic() + PATIENCE
        try:
            return poll(self._look, self._over, clock=self.run.clock, every=EVERY, deadline=deadline)
        except DeadlineReached:
            return self._look() or Scan(status="", description=f"ECR has none after {text_of(PATIENCE)}.")

    def _look(self) -> Scan | None:
        """Return the scan as it is, or None if there is none yet: then one is asked for."""
        found = [self._read(digest) for digest in self.of]
        return None if None in found else joined(each for each in found if each is not None)

    def _read(self, digest: str) -> Scan | None:
        scan = self._scans.read(digest)
        if scan is None and digest not in self.asked:
            self.asked.add(digest)
            try:
                self._scans.start(digest)
            except IsIndex:
                self._take_its_images()
        return scan

    def _over(self, scan: Scan | None) -> Scan | None:
        if scan is None or scan.is_going_on:
            return None
        if not scan.is_proof and self.of == (self.image.digest,) and self._take_its_images():
            return None
        return scan

    def _take_its_images(self) -> bool:
        """Look at the images that this one names, from now on; return whether it names any."""
        machine = PLATFORMS[self.target.config.task.architecture].rpartition("/")[2]
        self.of = self._images.for_machine(self.image.digest, machine) or self.of
        return self.of != (self.image.digest,)


def _not_scanned(image: Image, scan: Scan) -> Refused:
    status = f"{scan.status}: {scan.description}" if scan.status else scan.description
    if scan.is_going_on:
        status = f"{status.removesuffix('.')}, and it goes on after {text_of(PATIENCE)}."
    return Refused(
        f"The image {image.digest[:19]} was not scanned, so nothing is proven of it.",
        why=status.strip(),
        fix="If it goes on, run the same command again. Enhanced scanning of the registry (Amazon Inspector) knows "
        "more systems and languages. Or go without: --fail-on never.",
    )


def _too_bad(image: Image, scan: Scan, bad: dict[str, int]) -> Refused:
    shown = [str(each) for each in scan.found if each.severity in bad]
    more = sum(bad.values()) - len(shown[:SHOWN])
    listed = [*shown[:SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return Refused(
        f"The image {image.digest[:19]} has too many vulnerabilities: {counted(bad)}.",
        why="\n".join(listed),
        fix="Build it from a newer base image, or with newer packages; or let them pass with another --fail-on.",
    )


def chosen(target: Target, given: FailOn | None) -> FailOn:
    """Return what lets no image pass: the command line's word, else the config's."""
    return given if given is not None else target.config.image.fail_on

"""What a scan of an image found, and whether that is too much.

Sources: ECR API reference, ImageScanStatus, ImageScanFindings and EnhancedImageScanFinding; Amazon ECR User Guide,
"Scan images for software vulnerabilities".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

FailOn = Literal["never", "critical", "high", "medium", "low", "any"]
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED")
"""Worst first. The last two are what basic and enhanced scanning say of what nobody has rated yet."""
_GOING_ON = frozenset({"IN_PROGRESS", "PENDING"})
_OVER = frozenset({"COMPLETE", "ACTIVE"})
"""ACTIVE: enhanced scanning goes on looking at the image for as long as it is in use."""
SHOWN = 10


@dataclass(frozen=True)
class Vulnerability:
    """One finding; `package` has its version, `fixed_in` is the version without it, "" if that is not known."""

    name: str
    severity: str
    package: str = ""
    fixed_in: str = ""

    def __str__(self) -> str:
        package = f" in {self.package}" if self.package else ""
        fixed = f", fixed in {self.fixed_in}" if self.fixed_in else ""
        return f"{self.severity} {self.name}{package}{fixed}"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A scan as DescribeImageScanFindings shows it; `counts` are findings by severity.

    `told` says that findings were given: enhanced scanning is ACTIVE or COMPLETE already before it has any.
    """

    status: str
    description: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    found: tuple[Vulnerability, ...] = ()
    told: bool = False

    @property
    def is_going_on(self) -> bool:
        """Return whether there is more to wait for."""
        return self.status in _GOING_ON or (self.status in _OVER and not self.told)

    @property
    def is_proof(self) -> bool:
        """Return whether the image was looked through to the end."""
        return self.status in _OVER and self.told

    def too_bad(self, fail_on: FailOn) -> dict[str, int]:
        """Return how many findings there are of each severity that `fail_on` does not let pass, worst first."""
        limits = judged(fail_on)
        return {name: self.counts[name] for name in limits if self.counts.get(name)}

    def in_words(self) -> str:
        """Return what was found: `2 HIGH, 5 LOW`, or `nothing`."""
        return counted(self.counts) or "nothing"


def judged(fail_on: FailOn) -> tuple[str, ...]:
    """Return the severities that `fail_on` does not let pass, worst first; `any` means rated or not."""
    if fail_on == "never":
        return ()
    return SEVERITIES if fail_on == "any" else SEVERITIES[: SEVERITIES.index(fail_on.upper()) + 1]


def counted(counts: Mapping[str, int]) -> str:
    """Return `2 HIGH, 5 LOW`, worst first; "" if there is none."""
    known = [*(name for name in SEVERITIES if name in counts), *sorted(counts.keys() - set(SEVERITIES))]
    return ", ".join(f"{counts[name]} {name}" for name in known if counts[name])


def joined(scans: Iterable[Scan]) -> Scan:
    """Return several scans as one: those of the images that an index names. What is not over, or not proof, decides."""
    every = list(scans)
    last = next((each for each in every if not each.is_proof and not each.is_going_on), None)
    last = last or next((each for each in every if each.is_going_on), None) or every[0]
    counts: dict[str, int] = {}
    for each in every:
        for name, number in each.counts.items():
            counts[name] = counts.get(name, 0) + number
    found = tuple(dict.fromkeys(one for each in every for one in each.found))
    return Scan(status=last.status, description=last.description, counts=counts, found=found, told=last.told)


def scan_from(pages: Iterable[Mapping[str, Any]]) -> Scan:
    """Return the scan that the pages of DescribeImageScanFindings tell of; there is at least one page."""
    every = list(pages)
    first = every[0].get("imageScanFindings") or {}
    status = every[0].get("imageScanStatus") or {}
    found = [one for page in every for one in _findings(page.get("imageScanFindings") or {})]
    counts = first.get("findingSeverityCounts")
    return Scan(
        status=str(status.get("status", "")),
        description=str(status.get("description", "")),
        counts={str(name): int(number) for name, number in (counts or _counts(found)).items()},
        found=tuple(sorted(dict.fromkeys(found), key=_badness)),
        # A clean image has empty counts, or no more than the time when the scan was over.
        told=counts is not None or bool(found) or "imageScanCompletedAt" in first,
    )


def _findings(findings: Mapping[str, Any]) -> Iterable[Vulnerability]:
    for raw in findings.get("findings") or ():
        said = {each.get("key"): each.get("value", "") for each in raw.get("attributes") or ()}
        package = _versioned(said.get("package_name", ""), said.get("package_version", ""))
        yield Vulnerability(str(raw.get("name", "")), str(raw.get("severity", "UNDEFINED")), package)
    for raw in findings.get("enhancedFindings") or ():
        details = raw.get("packageVulnerabilityDetails") or {}
        packages = details.get("vulnerablePackages") or [{}]
        name = str(details.get("vulnerabilityId") or raw.get("title", ""))
        package = _versioned(packages[0].get("name", ""), packages[0].get("version", ""))
        fixed = str(packages[0].get("fixedInVersion", ""))
        yield Vulnerability(
            name, str(raw.get("severity", "UNTRIAGED")), package, "" if fixed == "NotAvailable" else fixed
        )


def _versioned(name: object, version: object) -> str:
    return f"{name} {version}".strip()


def _counts(found: Iterable[Vulnerability]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in found:
        counts[each.severity] = counts.get(each.severity, 0) + 1
    return counts


def _badness(found: Vulnerability) -> int:
    return SEVERITIES.index(found.severity) if found.severity in SEVERITIES else len(SEVERITIES)

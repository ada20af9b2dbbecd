"""Awaiting a scan: ECR's answers one after the other, on a clock that does not wait."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from ecsdeploy.core.image import Image
from ecsdeploy.core.scan import FailOn
from ecsdeploy.errors import PermissionDenied, Refused
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.scan import PATIENCE, require_scanned
from tests.support.clocks import FakeClock
from tests.unit.aws.stubs import StubbedAws
from tests.unit.workflow.fakes import FakeReporter

DIGEST = "sha256:" + "a" * 64
CHILD, OTHER = "sha256:" + "b" * 64, "sha256:" + "c" * 64
INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass
class Looking:
    """The pieces of a run that a scan needs."""

    aws: StubbedAws = field(default_factory=StubbedAws)
    report: FakeReporter = field(default_factory=FakeReporter)
    clock: FakeClock = field(default_factory=FakeClock)

    def scan(self, status: str, digest: str = DIGEST, **findings: Any) -> None:
        answer: dict[str, Any] = {"imageScanStatus": {"status": status, "description": f"it is {status}"}}
        if findings:
            answer["imageScanFindings"] = findings
        asked = {"repositoryName": "hello", "imageId": {"imageDigest": digest}, "maxResults": 1000}
        self.aws.answers("ecr", "describe_image_scan_findings", answer, **asked)

    def refuses(self, operation: str, code: str) -> None:
        self.aws.refuses("ecr", operation, code)

    def starts(self, digest: str = DIGEST) -> None:
        self.aws.answers("ecr", "start_image_scan", {}, repositoryName="hello", imageId={"imageDigest": digest})

    def names(self, *manifests: dict[str, Any]) -> None:
        item = {"imageId": {"imageDigest": DIGEST}, "imageManifest": json.dumps({"manifests": manifests})}
        self.aws.answers(
            "ecr",
            "batch_get_image",
            {"images": [item]},
            repositoryName="hello",
            imageIds=[{"imageDigest": DIGEST}],
            acceptedMediaTypes=[INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"],
        )

    def require(self, tmp_path: Path, fail_on: FailOn = "critical") -> bool:
        from ecsdeploy.config.load import load
        from ecsdeploy.core.target import Target

        (tmp_path / "ecsdeploy.toml").write_text('app = "hello"\nregion = "us-east-1"\n')
        loaded = load(tmp_path / "ecsdeploy.toml", None)
        run = cast(Run, self)
        waited = require_scanned(
            run, Target(loaded.config, loaded.names, "us-east-1"), Image("registry/hello", DIGEST), fail_on
        )
        self.aws.nothing_is_left()
        return waited


@pytest.fixture
def looking() -> Looking:
    return Looking()


def test_a_scan_that_is_over_is_one_call(looking: Looking, tmp_path: Path) -> None:
    looking.scan("COMPLETE", findingSeverityCounts={"HIGH": 2})
    assert looking.require(tmp_path) is False
    assert looking.report.texts == ["The scan of sha256:aaaaaaaaaaaa found 2 HIGH."]


def test_one_that_goes_on_is_awaited(looking: Looking, tmp_path: Path) -> None:
    for status in ("PENDING", "IN_PROGRESS"):
        looking.scan(status)
    looking.scan("COMPLETE", findings=[])  # enhanced scanning says so before it has looked
    looking.scan("ACTIVE", findingSeverityCounts={})
    assert looking.require(tmp_path) is True
    assert looking.report.texts[-1] == "The scan of sha256:aaaaaaaaaaaa found nothing."


def test_where_there_is_none_it_is_asked_for_once(looking: Looking, tmp_path: Path) -> None:
    for number in range(3):
        looking.refuses("describe_image_scan_findings", "ScanNotFoundException")
        if number == 0:
            looking.starts()
    looking.scan("COMPLETE", findingSeverityCounts={})
    assert looking.require(tmp_path) is True


@pytest.mark.parametrize("code", ["LimitExceededException", "ValidationException"])
def test_one_that_comes_by_itself_need_not_be_startable(looking: Looking, tmp_path: Path, code: str) -> None:
    looking.refuses("describe_image_scan_findings", "ScanNotFoundException")
    looking.refuses("start_image_scan", code)
    looking.scan("COMPLETE", findingSeverityCounts={})
    assert looking.require(tmp_path) is True


def test_of_an_index_the_image_for_the_machine_is_looked_at(looking: Looking, tmp_path: Path) -> None:
    looking.refuses("describe_image_scan_findings", "ScanNotFoundException")
    looking.refuses("start_image_scan", "UnsupportedImageTypeException")
    looking.names(
        {"digest": CHILD, "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": OTHER, "platform": {"os": "unknown", "architecture": "unknown"}},
    )
    looking.scan("COMPLETE", CHILD, findingSeverityCounts={"CRITICAL": 1})
    with pytest.raises(Refused) as caught:
        looking.require(tmp_path)
    assert caught.value.what == "The image sha256:aaaaaaaaaaaa has too many vulnerabilities: 1 CRITICAL."


def test_one_that_never_ends_proves_nothing(looking: Looking, tmp_path: Path) -> None:
    for _ in range(PATIENCE):
        looking.scan("IN_PROGRESS")
    with pytest.raises(Refused) as caught:
        looking.require(tmp_path)
    assert caught.value.why == "IN_PROGRESS: it is IN_PROGRESS, and it goes on after 10m."
    assert PATIENCE <= looking.clock.monotonic() <= PATIENCE + 10


def test_an_image_that_cannot_be_scanned_proves_nothing(looking: Looking, tmp_path: Path) -> None:
    looking.scan("UNSUPPORTED_IMAGE")
    looking.names()
    with pytest.raises(Refused) as caught:
        looking.require(tmp_path)
    assert caught.value.what == "The image sha256:aaaaaaaaaaaa was not scanned, so nothing is proven of it."


def test_without_permission_the_way_to_it_is_named(looking: Looking, tmp_path: Path) -> None:
    looking.refuses("describe_image_scan_findings", "AccessDeniedException")
    with pytest.raises(PermissionDenied) as caught:
        looking.require(tmp_path)
    assert caught.value.fix == (
        'The deploy role may with fail_on = "critical" in [image], after `ecsdeploy setup`; '
        "others need ecr:DescribeImageScanFindings and ecr:StartImageScan."
    )


def test_never_asks_nothing(looking: Looking, tmp_path: Path) -> None:
    assert looking.require(tmp_path, "never") is False

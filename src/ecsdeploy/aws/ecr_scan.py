"""Scans of images in ECR: asked for where nobody scans by itself, and read."""

from __future__ import annotations

from typing import Any

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.scan import Scan, scan_from
from ecsdeploy.errors import AwsError

ENOUGH = 1000
"""Findings of one page (DescribeImageScanFindings, maxResults: at most 1000); the counts are of all of them."""


class IsIndex(Exception):
    """The image names others, one for each platform: those are what is scanned."""


class EcrScans:
    """The scans of one repository."""

    def __init__(self, aws: Aws, repository: str) -> None:
        self._aws = aws
        self._repository = repository

    def read(self, digest: str) -> Scan | None:
        """Return the scan of an image, or None if there was none yet."""
        try:
            with aws_errors("ecr"):
                answer: Any = self._aws.client("ecr").describe_image_scan_findings(
                    repositoryName=self._repository, imageId={"imageDigest": digest}, maxResults=ENOUGH
                )
        except AwsError as error:
            if error.code == "ScanNotFoundException":
                return None
            raise
        return scan_from([answer])

    def start(self, digest: str) -> None:
        """Ask for a scan: what basic scanning does on request, once a day for an image.

        Raises `IsIndex`. A scan that the quota or enhanced scanning refuses is one that exists, or comes by itself.
        """
        try:
            with aws_errors("ecr"):
                self._aws.client("ecr").start_image_scan(
                    repositoryName=self._repository, imageId={"imageDigest": digest}
                )
        except AwsError as error:
            if error.code == "UnsupportedImageTypeException":
                raise IsIndex from error
            # Enhanced scanning takes no request (ECR API, StartImageScan: ValidationException): it scans by itself.
            if error.code not in ("LimitExceededException", "ValidationException"):
                raise

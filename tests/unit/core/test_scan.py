from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.scan import FAIL_ON, SEVERITIES, FailOn, Scan, Vulnerability, joined, judged, scan_from

BASIC: dict[str, Any] = {
    "imageScanStatus": {"status": "COMPLETE", "description": "The scan was completed successfully."},
    "imageScanFindings": {
        "imageScanCompletedAt": 1.0,
        "findingSeverityCounts": {"MEDIUM": 3, "CRITICAL": 1},
        "findings": [
            {"name": "CVE-1", "severity": "MEDIUM"},
            {
                "name": "CVE-2",
                "severity": "CRITICAL",
                "attributes": [
                    {"key": "package_name", "value": "openssl"},
                    {"key": "package_version", "value": "1.1"},
                ],
            },
        ],
    },
}
ENHANCED: dict[str, Any] = {
    "imageScanStatus": {"status": "ACTIVE", "description": "Continuous scan is selected for image."},
    "imageScanFindings": {
        "imageScanCompletedAt": 1.0,
        "findingSeverityCounts": {"HIGH": 1},
        "enhancedFindings": [
            {
                "title": "CVE-3 - curl",
                "severity": "HIGH",
                "packageVulnerabilityDetails": {
                    "vulnerabilityId": "CVE-3",
                    "vulnerablePackages": [{"name": "curl", "version": "8.0", "fixedInVersion": "8.1"}],
                },
            }
        ],
    },
}


def test_a_basic_scan_tells_the_worst_first() -> None:
    scan = scan_from([BASIC])
    assert scan.is_proof
    assert [str(each) for each in scan.found] == ["CRITICAL CVE-2 in openssl 1.1", "MEDIUM CVE-1"]
    assert scan.in_words() == "1 CRITICAL, 3 MEDIUM"


def test_an_enhanced_scan_tells_where_it_is_fixed() -> None:
    scan = scan_from([ENHANCED])
    assert scan.is_proof
    assert [str(each) for each in scan.found] == ["HIGH CVE-3 in curl 8.0, fixed in 8.1"]


@pytest.mark.parametrize("status", ["ACTIVE", "COMPLETE"])
def test_an_enhanced_scan_without_any_word_of_findings_is_not_over(status: str) -> None:
    scan = scan_from([{"imageScanStatus": {"status": status}, "imageScanFindings": {"findings": []}}])
    assert scan.is_going_on
    assert not scan.is_proof


@pytest.mark.parametrize("findings", [{"findingSeverityCounts": {}}, {"imageScanCompletedAt": 1.0}])
def test_a_clean_image_is_proof(findings: dict[str, Any]) -> None:
    scan = scan_from([{"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": findings}])
    assert scan.is_proof
    assert scan.in_words() == "nothing"
    assert not scan.too_bad("any")


@pytest.mark.parametrize(
    "status", ["FAILED", "UNSUPPORTED_IMAGE", "SCAN_ELIGIBILITY_EXPIRED", "FINDINGS_UNAVAILABLE", "LIMIT_EXCEEDED", ""]
)
def test_what_was_not_looked_through_proves_nothing(status: str) -> None:
    scan = scan_from([{"imageScanStatus": {"status": status, "description": "why"}}])
    assert not scan.is_going_on
    assert not scan.is_proof


@pytest.mark.parametrize(
    ("fail_on", "bad"),
    [
        ("never", {}),
        ("critical", {"CRITICAL": 1}),
        ("high", {"CRITICAL": 1}),
        ("medium", {"CRITICAL": 1, "MEDIUM": 3}),
        ("low", {"CRITICAL": 1, "MEDIUM": 3}),
    ],
)
def test_only_what_is_as_bad_or_worse_counts(fail_on: FailOn, bad: dict[str, int]) -> None:
    assert scan_from([BASIC]).too_bad(fail_on) == bad


@given(st.dictionaries(st.sampled_from(SEVERITIES), st.integers(1, 9)))
def test_a_stricter_limit_never_lets_more_pass(counts: dict[str, int]) -> None:
    scan = Scan(status="COMPLETE", counts=counts, told=True)
    numbers = [sum(scan.too_bad(fail_on).values()) for fail_on in FAIL_ON]
    assert numbers == sorted(numbers)
    assert numbers[0] == 0
    assert numbers[-1] == sum(counts.values())


def test_every_severity_is_judged_by_some_limit() -> None:
    assert judged("any") == SEVERITIES


def test_of_several_images_the_one_without_proof_decides() -> None:
    good = Scan(status="COMPLETE", counts={"LOW": 1}, found=(Vulnerability("a", "LOW"),), told=True)
    bad = Scan(status="FAILED", description="why")
    going = Scan(status="IN_PROGRESS")
    assert joined([good, good]).counts == {"LOW": 2}
    assert joined([good, bad, going]).description == "why"
    assert joined([good, going]).is_going_on

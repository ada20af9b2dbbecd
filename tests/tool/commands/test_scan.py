"""An image with vulnerabilities, and one that nobody has looked through, with `--fail-on`."""

from __future__ import annotations

import pytest

from tests.support.world import CONFIG, World


@pytest.fixture
def vulnerable(world: World) -> World:
    world.release()
    world.sandbox.faults.break_scan("vulnerable")
    return world


def test_an_image_with_a_finding_as_bad_is_not_deployed(vulnerable: World) -> None:
    image = vulnerable.client("ecr").describe_images(repositoryName="hello")["imageDetails"][0]
    ran = vulnerable.run("deploy", "--fail-on", "high")
    assert ran.code == 3
    assert ran.err == (
        f"= image hello:{image['imageTags'][0]}: unchanged (it is in ECR already)\n"
        f"error: The image {image['imageDigest'][:19]} has too many vulnerabilities: 1 HIGH.\n"
        "  HIGH CVE-0000-0001 in example-1 1.0\n"
        "  Build it from a newer base image, or with newer packages; or let them pass with another --fail-on.\n"
    )
    assert vulnerable.run("deploy", "--fail-on", "high", "--debug").writes == {}


def test_what_is_less_bad_passes_and_is_told(vulnerable: World) -> None:
    ran = vulnerable.run("deploy", "--fail-on", "critical")
    assert ran.code == 0
    assert "found 1 HIGH, 2 MEDIUM." in ran.err


def test_the_config_says_it_for_every_deployment_and_the_command_line_for_one(vulnerable: World) -> None:
    vulnerable.configure(CONFIG + '\n[image]\nfail_on = "medium"\n')
    vulnerable.release()
    assert vulnerable.run("deploy").code == 3
    assert vulnerable.run("deploy", "--fail-on", "never").code == 0


def test_an_image_that_was_not_scanned_proves_nothing(world: World) -> None:
    world.release()
    ran = world.run("build-push", "--fail-on", "critical")
    assert ran.code == 3
    assert "was not scanned, so nothing is proven of it." in ran.err
    assert "FAILED: UnsupportedImageError" in ran.err
    assert ran.out == ""


def test_a_scan_is_asked_for_where_nobody_scans_by_itself(vulnerable: World) -> None:
    vulnerable.client("ecr").put_image_scanning_configuration(
        repositoryName="hello", imageScanningConfiguration={"scanOnPush": False}
    )
    vulnerable.release("another")
    ran = vulnerable.run("build-push", "--fail-on", "critical", "--debug")
    assert ran.code == 0
    assert ran.calls["ecr:StartImageScan"] == 1
    assert "Waiting for the scan of " in ran.err


def test_without_it_no_scan_is_looked_at(vulnerable: World) -> None:
    ran = vulnerable.run("deploy", "--debug")
    assert ran.code == 0
    assert not any("Scan" in call for call in ran.calls)

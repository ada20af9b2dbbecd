"""The page in a real browser: it is laid out, its picture is drawn, and nothing in it runs or is loaded."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from ecsdeploy.core.record import Record
from ecsdeploy.report.page import page
from tests.unit.report.records import failing, good
from tests.unit.report.test_page import hostile

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = os.environ.get("CI", "") not in {"", "0", "false"}
QUIET = (
    "--headless",
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-background-networking",
    "--enable-logging=stderr",
    "--hide-scrollbars",
    "--window-size=1160,2400",
)
PROBE = "<script>document.title = 'ran'</script><img src='http://127.0.0.1:9/x.png'>"


@pytest.fixture
def browser(tmp_path: Path) -> Sequence[str]:
    """The command of a headless Chromium, with a profile of its own."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = f"none of {', '.join(NAMES)} is installed: scripts/browser.sh installs one on Debian"
        if REQUIRED:
            pytest.fail(f"a browser is required here: {reason}", pytrace=False)
        pytest.skip(reason)
    return (found, *QUIET, f"--user-data-dir={tmp_path / 'profile'}")


def shown(browser: Sequence[str], html: str, tmp_path: Path, *how: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "run.html"
    file.write_text(html, encoding="utf-8")
    return subprocess.run([*browser, *how, file.as_uri()], check=True, capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize("of", [good(), failing()], ids=["good", "failing"])
def test_it_is_shown_without_a_complaint(browser: Sequence[str], tmp_path: Path, of: Record) -> None:
    picture = tmp_path / "run.png"
    ran = shown(browser, page(of), tmp_path, f"--screenshot={picture}")

    assert picture.stat().st_size > 50_000
    assert "CONSOLE" not in ran.stderr


def test_what_got_into_it_neither_runs_nor_is_loaded(browser: Sequence[str], tmp_path: Path) -> None:
    """Even if something were not escaped: the page's own policy forbids it."""
    ran = shown(browser, page(hostile(PROBE)).replace("</body>", f"{PROBE}</body>"), tmp_path, "--dump-dom")

    assert "<title>ran</title>" not in ran.stdout
    assert ran.stderr.count("violates the following Content Security Policy directive") == 2

"""What is proven of "no stored key": each proof is tests of `make test`, run here by itself."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from subvectors.corpus import load_suite

from benchmarks.figure import Figure
from tests.unit.policy.test_trust_proof import BAD, REPRESENTATIVE
from tests.unit.policy.test_trust_vectors import SUITES
from tests.unit.report.test_hostile_text import TEXTS

TRUST = "tests/unit/policy/test_trust"
HOSTILE = "tests/unit/report/test_hostile_text.py"
CHANNELS = 6


@dataclass(frozen=True)
class Proof:
    """What is proven, what is promised of it, and the tests: what stands after `pytest`."""

    what: str
    promised: str
    tests: tuple[str, ...]


def figures() -> Iterator[Figure]:
    """Yield for each proof how many of its tests passed; none may be skipped."""
    for each in _proofs():
        passed, count = _passed(each.tests)
        measured = f"{passed} of {count} tests: `pytest {shlex.join(each.tests)}`"
        yield Figure(each.what, each.promised, measured, bool(count) and passed == count)


def _proofs() -> Iterator[Proof]:
    vectors = sum(len(load_suite(name)["vectors"]) for name in SUITES)
    yield Proof(
        "three simulated hours of calls, with sessions of 15 minutes, 1 hour and 12 hours, clocks 4 minutes apart",
        "no expired credential, one renewal a session",
        ("tests/unit/aws/test_web_identity.py", "-k", "three_hours"),
    )
    yield Proof(
        f"trust policies of {len(REPRESENTATIVE)} kinds of source and 40 random ones, asked of an SMT solver (z3)",
        "nobody else gets in, everybody who is meant does",
        (f"{TRUST}_proof.py", "-k", "not sees_what_is_wrong"),
    )
    yield Proof(
        f"{len(BAD)} bad trust policies, asked of it too",
        "each is seen",
        (f"{TRUST}_proof.py", "-k", "sees_what_is_wrong"),
    )
    yield Proof(
        "random jobs (600), and texts that are nearly a sub (200 sources)",
        "let in if and only if meant",
        (f"{TRUST}_outsiders.py",),
    )
    yield Proof(
        f"{vectors} vectors of subvectors, an answer key of others", "no disagreement", (f"{TRUST}_vectors.py",)
    )
    yield Proof(
        f"{CHANNELS * TEXTS:,} hostile texts, through {CHANNELS} channels",
        "no command of the runner, no control sequence",
        (HOSTILE, "-k", "text_is"),
    )
    yield Proof(
        "canaries as key, session token, id token and registry password, with a Docker Engine",
        "in no file, output, argument or environment",
        ("tests/e2e/credentials",),
    )


def _passed(tests: tuple[str, ...]) -> tuple[int, int]:
    """Return how many tests passed, and how many there are."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests]
        subprocess.run(run, check=False, stdout=subprocess.DEVNULL)
        cases = list(ElementTree.parse(report).iter("testcase"))
    bad = [case for case in cases if any(each.tag in ("failure", "error", "skipped") for each in case)]
    return len(cases) - len(bad), len(cases)

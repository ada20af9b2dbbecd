"""How fast the command line starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from benchmarks.figure import Figure, timed, within
from benchmarks.stage import ECSDEPLOY


def figures() -> Iterator[Figure]:
    """Yield the figures, beside what the interpreter itself takes here."""
    env = dict(os.environ)
    yield Figure("`python -c pass`", "-", str(timed([sys.executable, "-c", "pass"], runs=11, env=env)))
    yield Figure("`import boto3`", "-", str(timed([sys.executable, "-c", "import boto3"], env=env)))
    for option in ("--version", "--help"):
        yield within(f"`ecsdeploy {option}`", 0.20, timed([ECSDEPLOY, option], runs=11, env=env))

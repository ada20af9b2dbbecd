"""Measure everything that is promised, or the groups that are named, and write benchmarks/README.md: `make bench`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator

from benchmarks import deploying, latency, memory, rollouts, rollouts_real, size, start, zero_secret
from benchmarks.figure import Figure
from benchmarks.iam import figures as iam
from benchmarks.page import Measured, here_and_now, keep, mark


def main(wanted: list[str]) -> int:
    """Measure the groups that are `wanted`, all of them when empty."""
    sys.path.insert(0, "scripts")
    from base_image import base_image
    from machine import this_machine

    groups: dict[str, Callable[[], Iterator[Figure]]] = {
        "start": start.figures,
        "latency": latency.figures,
        "deploying": lambda: deploying.figures(base_image(this_machine())),
        "size": size.figures,
        "hour": memory.figures,
        "rollouts": rollouts.figures,
        "iam": iam.figures,
        "zero-secret": zero_secret.figures,
        "rollouts-real": lambda: rollouts_real.figures(base_image(this_machine())),
    }
    for name in wanted or groups:
        began, found = dt.datetime.now(dt.UTC), []
        for figure in groups[name]():
            print(f"{mark(figure):6} {figure.what}: {figure.measured} (promised: {figure.promised})", flush=True)
            found.append(figure)
        keep({name: Measured(here_and_now(began), found)})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

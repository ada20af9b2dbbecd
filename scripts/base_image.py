"""Make the example's base image available, and print its reference.

The published image is used where it is here already or can be pulled. Where no registry is reachable, a stand-in is
made of the distribution's own packages: `debootstrap` lays a minimal system with `nodejs`, which becomes an image.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import Machine, Runner, Unmet, install, run, say, this_machine

PUBLISHED = "node:22-slim"
STAND_IN = "ecsdeploy-base/node:stand-in"
LABEL = "ecsdeploy.base-image=stand-in"
OLDEST_NODE = 18
PULL_SECONDS = 60
# Documentation and caches: half of what debootstrap lays down, and nothing that a service needs.
DROPPED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists", "var/log")


def base_image(machine: Machine, runner: Runner = run) -> str:
    """Return the reference of a Node base image that the Engine has; Unmet when none can be had."""
    for reference in (PUBLISHED, STAND_IN):
        if runner(["docker", "image", "inspect", reference], timeout=30).ok:
            return reference
    pulled = runner(["docker", "pull", "--quiet", PUBLISHED], timeout=PULL_SECONDS)
    if pulled.ok:
        return PUBLISHED
    say(f"{PUBLISHED} cannot be pulled here: {(pulled.output.strip().splitlines() or ['no reason given'])[-1]}")
    say("Building a stand-in from the distribution's nodejs (half a minute).")
    build_stand_in(machine, runner)
    return STAND_IN


def build_stand_in(machine: Machine, runner: Runner = run) -> None:
    """Build the stand-in with debootstrap. Unmet: not root, no APT, debootstrap failed, or its Node is too old."""
    if reason := machine.why_not_install():
        raise Unmet(f"A stand-in for {PUBLISHED} needs debootstrap, root and Debian's or Ubuntu's packages: {reason}.")
    if shutil.which("debootstrap") is None:
        install(machine, ["debootstrap"], to="build the base image's stand-in", runner=runner)
    mirror, components = package_source(machine, runner)
    with tempfile.TemporaryDirectory(prefix="ecsdeploy-base-") as folder:
        root = Path(folder) / "root"
        laid = runner(
            ["debootstrap", "--variant=minbase", f"--components={components}", "--include=nodejs",
             machine.distribution["VERSION_CODENAME"], str(root), mirror],
            timeout=600,
        )  # fmt: skip
        if not laid.ok:
            raise Unmet(f"debootstrap failed:\n{laid.last_lines()}")
        require_node(root, runner)
        for name in DROPPED:
            shutil.rmtree(root / name, ignore_errors=True)
        import_image(root, Path(folder) / "root.tar", runner)


def package_source(machine: Machine, runner: Runner) -> tuple[str, str]:
    """Return where this machine's own APT gets its release from, and with which components."""
    release = machine.distribution.get("VERSION_CODENAME", "")
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    rows = [line.split() for line in runner(targets, timeout=60).output.splitlines()]
    found = [(row[0], row[2]) for row in rows if len(row) == 3 and row[1] == release]
    if not found:
        raise Unmet(f"APT on this machine has no package source for {release or 'its release'}.")
    mirror = found[0][0]
    return mirror, ",".join(dict.fromkeys(component for uri, component in found if uri == mirror))


def require_node(root: Path, runner: Runner) -> None:
    """Raise Unmet unless the system under `root` has a Node that the example runs on."""
    answer = runner(["chroot", str(root), "node", "--version"], timeout=30).output.strip()
    major = answer.removeprefix("v").split(".")[0]
    if not major.isdecimal() or int(major) < OLDEST_NODE:
        raise Unmet(f"The distribution's Node is {answer or 'missing'}; the example needs Node {OLDEST_NODE} or later.")
    say(f"The stand-in has Node {answer}.")


def import_image(root: Path, archive: Path, runner: Runner) -> None:
    """Make an image of the folder `root`; the archive in between is the caller's to remove."""
    packed = runner(["tar", "--numeric-owner", "-C", str(root), "-cf", str(archive), "."], timeout=300)
    imported = packed.ok and runner(
        ["docker", "import", "--change", f"LABEL {LABEL}", "--change", 'CMD ["node"]', str(archive), STAND_IN],
        timeout=300,
    )
    if not imported:
        raise Unmet(f"The stand-in's files could not be packed:\n{packed.last_lines()}")
    if not imported.ok:
        raise Unmet(f"docker import failed:\n{imported.last_lines()}")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second run wait for the first, which makes the image for both."""
    path = Path(tempfile.gettempdir()) / f"ecsdeploy-base-image-{os.getuid()}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Print the reference of the base image; 3 when there is none to be had."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        with one_at_a_time():
            print(base_image(this_machine()))
    except Unmet as missing:
        say(f"{missing}\n  Or pull it where a registry is reachable: docker pull {PUBLISHED}")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Builds with BuildKit, through a docker CLI that has it.

The Engine's own build call is the classic builder: docker-py can neither speak BuildKit nor pass a secret to it.
A secret's value is never in the arguments, which every user of the machine can read, and a build arg's only where its
name means something to the docker CLI: all others are named there, and are in the process's environment.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.errors import Refused
from ecsdeploy.events import BuildLine
from ecsdeploy.image.build_failure import build_failed
from ecsdeploy.image.engine import Engine
from ecsdeploy.image.plain_progress import PlainProgress
from ecsdeploy.image.process import lines_of, without_keys
from ecsdeploy.image.request import BuildRequest

PROBE_SECONDS = 20
_PROBE = "FROM scratch\nLABEL ecsdeploy.probe={}\n"
# A build arg with such a name is passed by value: in the environment it would change the docker CLI itself, the plugins
# and credential helpers that it starts, or the way that they take to the network.
_THEY_READ = re.compile(
    r"""(DOCKER|BUILDKIT|BUILDX|EXPERIMENTAL_BUILDKIT|LD|XDG|SSL_CERT|GRPC|OTEL|SSH|GIT|AWS|GOOGLE|AZURE|LC)_.*
    |GO(DEBUG|GC|MAXPROCS|MEMLIMIT|TRACEBACK)|(HTTPS?|ALL|NO|FTP)_PROXY
    |PATH|HOME|TMPDIR|LANG|LANGUAGE|USER|TERM|TZ|NO_COLOR|CLICOLOR.*|COLUMNS|DEBUG""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class DockerCli:
    """A docker executable with BuildKit: by the buildx plugin, or built in (until version 22)."""

    path: str
    buildx: bool

    def build(self) -> list[str]:
        """Return the command that builds and leaves the image in the Engine."""
        return [self.path, "buildx", "build", "--load"] if self.buildx else [self.path, "build"]


def find_cli(env: Mapping[str, str], engine: Callable[[], Engine]) -> DockerCli | None:
    """Return the first docker in PATH that builds with BuildKit: each is tried with an empty image.

    `DOCKER_BUILDKIT=0`, which selects the classic builder, is respected. `engine` is asked once a
    docker was tried, and may raise.
    """
    if env.get("DOCKER_BUILDKIT") == "0":
        return None
    for path in _executables(env):
        for buildx in (True, False):
            cli = DockerCli(path, buildx)
            if _works(cli, env, engine):
                return cli
    return None


def build(
    cli: DockerCli, request: BuildRequest, engine: Engine, env: Mapping[str, str]
) -> Generator[BuildLine, None, str]:
    """Build, yielding what is printed; return the image's id. Raises `Failed`, and `Refused` if the CLI won't start."""
    progress = PlainProgress()
    with tempfile.TemporaryDirectory(prefix="ecsdeploy-") as folder:
        id_file = Path(folder) / "image-id"
        command = [*cli.build(), *arguments(request, id_file)]
        lines = lines_of(command, env=environment(request, engine, env), cwd=request.context.root)
        try:
            code = yield from _shown(lines, progress)
        except OSError as error:
            raise Refused(f"{cli.path} can't be started.", why=str(error), fix="Check the docker CLI.") from error
        if code != 0:
            raise build_failed(
                progress.error, env={**env, **engine.env}, step=progress.step, output=progress.last_lines
            )
        return id_file.read_text().strip()


def arguments(request: BuildRequest, id_file: Path) -> list[str]:
    """Return the arguments that describe `request`; no value of an arg or a secret is among them."""
    found = ["--progress", "plain", "--platform", request.platform, "--iidfile", str(id_file), "--tag", request.name]
    found += ["--file", str(request.context.dockerfile)]
    if request.target:
        found += ["--target", request.target]
    for name, value in request.args.items():
        found += ["--build-arg", f"{name}={value}" if _by_value(name, request) else name]
    for name, value in request.labels.items():
        found += ["--label", f"{name}={value}"]
    for secret in request.secrets:
        # The value is a line of CSV: quoted, so that a path may contain a comma.
        found += [
            "--secret",
            f'id={secret.id},"src={secret.file}"' if secret.file else f"id={secret.id},env={secret.variable}",
        ]
    return [*found, str(request.context.root)]


def environment(request: BuildRequest, engine: Engine, env: Mapping[str, str]) -> dict[str, str]:
    """Return the CLI's environment: the user's own without keys and tokens, and the build args.

    Its credential helpers get what names a profile. A key that [image.secrets] names is there, since the CLI reads it.
    No step of the build sees it.
    """
    secrets_of_build = {secret.variable for secret in request.secrets if secret.variable}
    by_name = {name: value for name, value in request.args.items() if not _by_value(name, request)}
    # Attestations would turn the image into an index, whose digest is not the one that tasks report.
    own = without_keys(env, keep=secrets_of_build)
    return {**own, **by_name, **engine.env, "DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def _by_value(name: str, request: BuildRequest) -> bool:
    """Return whether the environment must keep the user's own variable of that name: a secret's, or the CLI's."""
    return _THEY_READ.fullmatch(name) is not None or any(secret.variable == name for secret in request.secrets)


def _shown(lines: Generator[str, None, int], progress: PlainProgress) -> Generator[BuildLine, None, int]:
    try:
        while True:
            text = progress.read(next(lines))
            if text:
                yield BuildLine(text)
    except StopIteration as end:
        return int(end.value)
    finally:
        lines.close()


def _executables(env: Mapping[str, str]) -> list[str]:
    """Return each docker in PATH once, in order."""
    found: dict[str, str] = {}
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        path = Path(folder or ".") / "docker"
        if path.is_file() and os.access(path, os.X_OK):
            found.setdefault(str(path.resolve()), str(path.absolute()))
    return list(found.values())


def _works(cli: DockerCli, env: Mapping[str, str], engine: Callable[[], Engine]) -> bool:
    """Return whether an empty image can be built and the Engine has it. Without the plugin, 20 ms tell.

    The image is unique: a second run at the same time removes only its own.
    """
    if cli.buildx and _printed([cli.path, "buildx", "version"], env) is None:
        return False
    image = _printed([*cli.build(), "--quiet", "-"], env, _PROBE.format(secrets.token_hex(8)).encode())
    there = engine()  # if none answers, no other docker builds either
    if image is None or there.image(image) is None:
        return False
    there.forget(image)
    return True


def _printed(command: list[str], env: Mapping[str, str], said: bytes = b"") -> str | None:
    """Return what the command prints, or None if it fails."""
    try:
        done = subprocess.run(
            command,
            input=said,
            env={**without_keys(env), "DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None

"""What is to be built: everything that both builders need, decided before either starts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ecsdeploy.config.secrets_guard import secret_in
from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.image.context import BuildContext

# ECS's cpuArchitecture (RuntimePlatform), as the config spells it, and the platform that Docker calls it.
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}

_ARG_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class BuildSecret:
    """A BuildKit secret: a RUN step can read it, no layer keeps it. From a variable's name or from a file."""

    id: str
    variable: str = ""
    file: Path | None = None


@dataclass(frozen=True)
class BuildRequest:
    """An image to build for `platform`; `name` is the local tag that it gets."""

    context: BuildContext
    platform: str
    name: str
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[BuildSecret, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def read_secrets(sources: Mapping[str, str], folder: Path, env: Mapping[str, str]) -> tuple[BuildSecret, ...]:
    """Return the secrets of the config, `env:NAME` or `file:PATH` (relative to `folder`). Raises `Refused`.

    A missing secret would reach the build as an empty one, and fail it far from here.
    """
    found = []
    for name, source in sources.items():
        kind, _, where = source.partition(":")
        if kind == "env":
            if where not in env:
                raise Refused(
                    f"The build secret {name!r} comes from the variable {where}, which is not set.",
                    fix=f"Set {where} in the environment, or change [image.secrets].",
                )
            found.append(BuildSecret(name, variable=where))
        else:
            path = (folder / Path(where).expanduser()).resolve()
            if not path.is_file():
                raise Refused(
                    f"The build secret {name!r} comes from {path}, which is not a file.",
                    fix="Create it, or change [image.secrets].",
                )
            found.append(BuildSecret(name, file=path))
    return tuple(found)


def read_args(given: tuple[str, ...], *, allow_plain: Collection[str] = ()) -> dict[str, str]:
    """Return the build args of the command line, each `NAME=VALUE`. Raises `UsageError`.

    What looks like a secret is refused as it is in the config: a build arg stays readable in the image.
    """
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not _ARG_NAME.fullmatch(name):
            raise UsageError(f"--build-arg {name!r} is not NAME=VALUE.", fix="For example: --build-arg NODE_VERSION=22")
        if name not in allow_plain and (what := secret_in(name, value)):
            raise UsageError(
                f"--build-arg {name} looks like {what}.",
                why="Build arguments stay readable in the image's history.",
                fix="Pass it to the build in [image.secrets]. If it is not a secret: "
                f'allow_plain = ["{name}"] in [image].',
            )
        found[name] = value
    return found

"""Reads an `ecsdeploy.toml` and reports everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ecsdeploy.config import overlay, rules
from ecsdeploy.config.locate import lines_of
from ecsdeploy.config.messages import explain
from ecsdeploy.config.mistake import ConfigMistakes, Mistake, nearest
from ecsdeploy.config.models import Config
from ecsdeploy.config.names import Names
from ecsdeploy.config.recipe import recipe
from ecsdeploy.config.spelling import misspelled
from ecsdeploy.config.syntax import parse
from ecsdeploy.errors import ConfigError, UsageError

FILE = "ecsdeploy.toml"
SMALLEST = 'app = "hello-service"\nregion = "us-east-1"\n\n[task]\nport = 3000\n'
LARGEST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Loaded:
    """A config as it applies in one environment.

    `environment` is the one that was chosen, or None; `environments` are all that the file has. `builds_apart` says
    that what it builds differs from what the file says without it. `root` is the folder of the file: paths in it are
    relative to that.
    """

    config: Config
    names: Names
    environment: str | None
    environments: tuple[str, ...]
    path: Path
    builds_apart: bool = False

    @property
    def root(self) -> Path:
        """The folder that paths in the file are relative to."""
        return self.path.parent

    def require_environment_for_change(self) -> None:
        """Raise a UsageError when the file has environments and none was chosen: a change must say where."""
        if self.environments and self.environment is None:
            first = self.environments[0]
            raise UsageError(
                "This config has environments, and none was chosen.",
                why=f"It has {', '.join(self.environments)}; without one, this would be a separate service.",
                fix=f'Add --env {first}, or set default_environment = "{first}" in {self.path.name}.',
            )


def load(path: Path, environment: str | None = None) -> Loaded:
    """Return the config in `path` with the overlay of `environment`, or of its `default_environment`.

    Raises:
        ConfigError: the file cannot be read, is not TOML or has mistakes (then ConfigMistakes, with all of them).
        UsageError: `environment` is none of its environments.
    """
    text = _read(path)
    document = parse(text, path)
    base, overlays, found = overlay.split(document)
    found += misspelled(document, text)
    chosen = _chosen(environment, document.get("default_environment"), overlays, path)
    result, more = _validated(base, overlays, chosen)
    if found or more or result is None:
        lines = lines_of(text)
        placed = [_placed(each, lines) for each in _once([*found, *more])]
        raise ConfigMistakes(sorted(placed, key=lambda each: each.line or 0), str(path))
    config, names = result
    return Loaded(config, names, chosen, tuple(overlays), path, chosen is not None and _apart(base, overlays[chosen]))


def others(loaded: Loaded) -> tuple[Loaded, ...]:
    """Return the config as it applies in each other environment and, if possible, without one.

    What was deployed before the file had environments still runs under the names without one.
    """
    path = loaded.path
    base, overlays, _ = overlay.split(parse(_read(path), path))
    every: list[tuple[str | None, Mapping[str, Any]]] = [(None, {}), *overlays.items()]
    found = []
    for name, over in every:
        result, _ = _one(overlay.merged(base, over), name)
        if name != loaded.environment and result is not None:
            found.append(Loaded(*result, name, loaded.environments, path))
    return tuple(found)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"There is no {path}.",
            why="ecsdeploy reads what to deploy from this file.",
            fix=f"Give another with --config, or write one. The smallest useful one:\n{SMALLEST.rstrip()}",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read.", why=f"{error.strerror}.", fix="Check the path and its permissions."
        ) from None
    if len(raw) > LARGEST_BYTES:
        raise ConfigError(f"{path} is larger than 1 MiB", fix="Check that --config names the right file.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: this is not UTF-8", fix="Save the file as UTF-8.") from None


def _chosen(environment: str | None, default: object, overlays: Mapping[str, Any], path: Path) -> str | None:
    if environment is not None and environment not in overlays:
        raise _unknown(environment, tuple(overlays), path)
    if environment is None and isinstance(default, str) and default in overlays:
        return default
    return environment


def _unknown(environment: str, known: tuple[str, ...], path: Path) -> UsageError:
    meant = nearest(environment, known)
    if not known:
        return UsageError(
            f"There is no environment {environment}.",
            why=f"{path} has no [environments].",
            fix=f"Leave --env out, or add [environments.{environment}].",
        )
    return UsageError(
        f"There is no environment {environment}.",
        why=f"{path} has {', '.join(known)}.",
        fix=f"Did you mean --env {meant}?" if meant else f"Choose one of them, or add [environments.{environment}].",
    )


def _validated(
    base: Mapping[str, Any], overlays: Mapping[str, dict[str, Any]], chosen: str | None
) -> tuple[tuple[Config, Names] | None, list[Mistake]]:
    """Validate the chosen and every other environment: a mistake shows before it is deployed."""
    found: list[Mistake] = []
    result = None
    if chosen is None:
        result, found = _one(base, None)
    default = base.get("default_environment")
    if isinstance(default, str) and default not in overlays and not rules.environment_name(default):
        found.append(_unknown_default(default, tuple(overlays)))
    taken: dict[tuple[str, str, str], str] = {}
    every: list[tuple[Config, Names]] = []
    for name, over in overlays.items():
        each, wrong = _one(overlay.merged(base, over), name)
        found += [Mistake(overlay.origin(m.key, name, base, over), m.what, m.fix) for m in wrong]
        if each:
            found += _shared(name, each, taken)
        if name == chosen:
            result = each
        every += [each] if each else []
    return _keeping(result, every) if result else None, found


def _keeping(result: tuple[Config, Names], every: list[tuple[Config, Names]]) -> tuple[Config, Names]:
    """Return `result` with as many images to keep as any environment wants of the repository that they share.

    A repository has one lifecycle policy: else it would be that of the environment that was set up last.
    """
    config, names = result
    sharing = [other.image.keep for other, its in every if its.repository == names.repository]
    image = config.image.model_copy(update={"keep": max([config.image.keep, *sharing])})
    return config.model_copy(update={"image": image}), names


def _unknown_default(name: str, known: tuple[str, ...]) -> Mistake:
    meant = nearest(name, known)
    fix = f'Did you mean "{meant}"?' if meant else f"Add [environments.{name}], or choose one that exists."
    return Mistake(("default_environment",), f"there is no environment {name}", fix)


def _one(document: Mapping[str, Any], environment: str | None) -> tuple[tuple[Config, Names] | None, list[Mistake]]:
    try:
        config = Config.model_validate(document)
        return (config, Names.of(config, environment)), []
    except ValidationError as error:
        return None, explain(error)
    except ConfigMistakes as error:
        return None, list(error.mistakes)


def _apart(base: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
    """Return whether an overlay changes anything that an image is built from."""
    return recipe(overlay.merged(base, over)) != recipe(base)


def _shared(name: str, each: tuple[Config, Names], taken: dict[tuple[str, str, str], str]) -> list[Mistake]:
    """Two environments with the same service would undo each other's deployments."""
    config, names = each
    where = (config.account or "", config.region, f"{names.cluster}/{names.service}")
    other = taken.setdefault(where, name)
    if other == name:
        return []
    what = f"{other} and {name} are the same service {where[2]}"
    return [Mistake((overlay.TABLE, name), what, f"Remove names.service, or set it in [environments.{name}.names].")]


def _once(found: Iterable[Mistake]) -> list[Mistake]:
    return list({(each.key, each.what): each for each in found}.values())


def _placed(found: Mistake, lines: Mapping[tuple[str | int, ...], int]) -> Mistake:
    """Give a mistake its line: the key's own, or that of the innermost table around it."""
    places = (found.key[:length] for length in range(len(found.key), 0, -1))
    line = next((lines[place] for place in places if place in lines), None)
    if line is None:  # `[[task]]` is noted as its first element
        line = next((each for key, each in lines.items() if key[: len(found.key)] == found.key), None)
    return Mistake(found.key, found.what, found.fix, line)

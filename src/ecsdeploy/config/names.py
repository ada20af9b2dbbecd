"""What everything is called: derived from `app` and the environment, checked against AWS's own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

from ecsdeploy.config.mistake import ConfigMistakes, Mistake, listing
from ecsdeploy.config.models import Config, NameOverrides


@dataclass(frozen=True)
class Grammar:
    """What AWS accepts as a name: its length, its characters, and the same in words."""

    shortest: int
    longest: int
    pattern: str
    words: str


_ECS = Grammar(1, 255, r"[A-Za-z0-9_-]+", "letters, digits, underscores and hyphens")
_IAM_ROLE = Grammar(1, 64, r"[A-Za-z0-9_+=,.@-]+", "letters, digits and _+=,.@-")

GRAMMARS: Mapping[str, Grammar] = MappingProxyType(
    {
        "cluster": _ECS,
        "service": _ECS,
        "family": _ECS,
        "container": _ECS,
        "log_group": Grammar(1, 512, r"(?!aws/)[A-Za-z0-9_./#-]+", "letters, digits and _./#-, not starting with aws/"),
        "security_group": Grammar(
            1, 255, r"(?!sg-)[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+", "letters, digits, spaces and ._-, not sg- in front"
        ),
        "repository": Grammar(
            2,
            256,
            r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*",
            "lower-case words joined by ._-/",
        ),
        "deploy_role": _IAM_ROLE,
        "execution_role": _IAM_ROLE,
        "task_role": _IAM_ROLE,
    }
)
"""From botocore's models of ECS, ECR, IAM and CloudWatch Logs, and EC2's CreateSecurityGroup reference."""


ROLES = ("deploy_role", "execution_role", "task_role")


@dataclass(frozen=True)
class Names:
    """The names of one environment of an app. `environment` is None for what is deployed without one."""

    environment: str | None
    cluster: str
    service: str
    family: str
    container: str
    log_group: str
    security_group: str
    repository: str
    deploy_role: str
    execution_role: str
    task_role: str

    @classmethod
    def of(cls, config: Config, environment: str | None) -> Names:
        """Return the names in `environment`.

        Raises:
            ConfigMistakes: AWS would refuse some.
        """
        base = config.app if environment is None else f"{config.app}-{environment}"
        derived = {
            "cluster": base,
            "service": base,
            "family": base,
            "container": config.app,
            "log_group": f"/ecs/{base}",
            "security_group": base,
            "repository": config.app,
            "deploy_role": f"{base}-{config.ci}-deploy",
            "execution_role": f"{base}-execution",
            "task_role": f"{base}-task",
        }
        chosen = config.names.model_dump(exclude_none=True)
        names = cls(environment=environment, **(derived | chosen))
        if found := [*_refused(names, chosen), *_shared(names, chosen)]:
            raise ConfigMistakes(found)
        return names


def _refused(names: Names, chosen: Mapping[str, str]) -> list[Mistake]:
    found, long = [], []
    for kind in GRAMMARS:
        name = getattr(names, kind)
        wrong = wrong_with(kind, name)
        if wrong and kind in chosen:
            fix = "No placeholders here: set it in [environments.NAME.names]." if "{" in name else "Choose another."
            if kind.endswith("_role") and "/" in name:
                fix = "Write the name alone: its path is looked up, and [iam] path is that of a new role."
            found.append(Mistake(("names", kind), wrong, fix))
        elif wrong:
            long.append(kind)
    return [*found, *([_too_long(names, long)] if long else [])]


def _shared(names: Names, chosen: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield each role whose name another one has: one role would then have the permissions, and the trust, of both.

    IAM knows no two names that differ in case alone (API reference, CreateRole).
    """
    for one, other in combinations(ROLES, 2):
        name = getattr(names, other)
        if getattr(names, one).lower() == name.lower():
            what = (
                f"the {_title(one)} and the {_title(other)} are both called {name}: each would have the other's rights"
            )
            yield Mistake(("names", other if other in chosen else one), what, "Give each role a name of its own.")


def _too_long(names: Names, kinds: list[str]) -> Mistake:
    """Return what to say of derived names: they have the right characters, and can only be too long."""
    each = [
        f"the {_title(kind)}'s of {len(getattr(names, kind))} (AWS allows {GRAMMARS[kind].longest})" for kind in kinds
    ]
    shorter = "Shorten app" if names.environment is None else "Shorten app or the environment"
    keys = [f"names.{kind}" for kind in kinds if kind in NameOverrides.model_fields]
    instead = f", or set {listing(keys).replace(' or ', ' and ')}" if len(keys) == len(kinds) else ""
    what = f"the names derived from it are too long, in characters: {', '.join(each)}"
    return Mistake(("app",), what, f"{shorter}{instead}.")


def _title(kind: str) -> str:
    return kind.replace("_", " ")


def wrong_with(kind: str, name: str) -> str | None:
    """Return why AWS would refuse `name` for this kind of resource, or None."""
    grammar, title = GRAMMARS[kind], _title(kind)
    if len(name) > grammar.longest:
        return f"the {title}'s name {name} has {len(name)} characters, and AWS allows {grammar.longest}"
    if len(name) < grammar.shortest:
        return f"the {title}'s name is too short: AWS requires at least {grammar.shortest} characters"
    if not re.fullmatch(grammar.pattern, name):
        return f"AWS accepts {grammar.words} as the {title}'s name"
    return None

"""What everything is called: derived from `app` and the environment, held against AWS's own rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from ecsdeploy.config.mistake import ConfigMistakes, Mistake
from ecsdeploy.config.models import Config


@dataclass(frozen=True)
class Grammar:
    """What AWS takes as a name: its length, its characters, and the same in words."""

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
        """Return the names that hold in `environment`.

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
            "deploy_role": f"{base}-github-deploy",
            "execution_role": f"{base}-execution",
            "task_role": f"{base}-task",
        }
        chosen = config.names.model_dump(exclude_none=True)
        names = cls(environment=environment, **(derived | chosen))
        if found := _refused(names, chosen):
            raise ConfigMistakes(found)
        return names


def _refused(names: Names, chosen: Mapping[str, str]) -> list[Mistake]:
    found = []
    for field in fields(names):
        if field.name in GRAMMARS and (wrong := wrong_with(field.name, getattr(names, field.name))):
            is_chosen = field.name in chosen
            fix = "Choose another." if is_chosen else f"Shorten app or the environment, or set names.{field.name}."
            found.append(Mistake(("names", field.name) if is_chosen else ("app",), wrong, fix))
    return found


def wrong_with(kind: str, name: str) -> str | None:
    """Return what AWS would say against `name` for this kind of resource, or None."""
    grammar, title = GRAMMARS[kind], kind.replace("_", " ")
    if len(name) > grammar.longest:
        return f"the {title}'s name {name} has {len(name)} characters, and AWS takes {grammar.longest}"
    if len(name) < grammar.shortest:
        return f"the {title}'s name is too short: AWS takes {grammar.shortest} characters or more"
    if not re.fullmatch(grammar.pattern, name):
        return f"AWS takes {grammar.words} as the {title}'s name"
    return None

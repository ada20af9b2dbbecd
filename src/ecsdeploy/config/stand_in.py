"""A config for a deployment that is only known by its ARN: what the ARN says, and defaults."""

from __future__ import annotations

import re
from pathlib import Path

from ecsdeploy.config.load import Loaded, load
from ecsdeploy.config.models import Config
from ecsdeploy.config.names import Names
from ecsdeploy.errors import ConfigError, UsageError

DEPLOYMENT = re.compile(
    r"arn:[a-z0-9-]+:ecs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):service-deployment/"
    r"(?P<cluster>[A-Za-z0-9_-]+)/(?P<service>[A-Za-z0-9_-]+)/[A-Za-z0-9_-]+"
)


def load_for(arn: str, path: Path, environment: str | None) -> Loaded:
    """Return the config in `path` if it is that of the service deployment's service, else one that stands in for it.

    Raises `UsageError` if `arn` is none.
    """
    stand_in = _from_arn(arn)
    try:
        loaded = load(path, environment)
    except ConfigError:  # none, or one with mistakes: none is needed
        return stand_in
    names, wanted = loaded.names, stand_in.names
    same = (names.cluster, names.service, loaded.config.region) == (
        wanted.cluster,
        wanted.service,
        stand_in.config.region,
    )
    return loaded if same else stand_in


def _from_arn(arn: str) -> Loaded:
    found = DEPLOYMENT.fullmatch(arn)
    if found is None:
        raise UsageError(
            f"{arn!r} is not the ARN of a service deployment.",
            fix="`ecsdeploy history` shows them: arn:aws:ecs:REGION:ACCOUNT:service-deployment/CLUSTER/SERVICE/ID",
        )
    cluster, service = found["cluster"], found["service"]
    config = Config.model_validate(
        {
            "app": "service",
            "region": found["region"],
            "account": found["account"],
            "names": {"cluster": cluster, "service": service, "family": service},
        }
    )
    return Loaded(config, Names.of(config, None), None, (), Path("ecsdeploy.toml"))

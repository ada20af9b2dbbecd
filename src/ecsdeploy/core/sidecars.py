"""What the containers in [task.raw] need before they start: the execution role must be allowed to read and write it.

Sources: ECS API, ContainerDefinition (`secrets`, `repositoryCredentials`, `logConfiguration`, `environmentFiles`); ECS
Developer Guide, "Amazon ECS task execution IAM role".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ecsdeploy.config.references import SecretReference, parse_task_secret
from ecsdeploy.core.container_logs import AWSLOGS, CONTAINERS, creates_group
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.secrets import Secret

_S3_OBJECT = re.compile(r"arn:aws[a-z-]*:s3:::[^/\s]+/\S+")
_ECR_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@\s]+)(?:[:@]\S+)?")


def references_of(raw: Mapping[str, Any]) -> tuple[tuple[str, SecretReference], ...]:
    """Return the parameters and secrets that containers in [task.raw] name, each with the setting that names it."""
    named = (
        (f"{setting} of container {container.get('name')}", text)
        for container in _containers(raw)
        for setting, text in _named_secrets(container)
    )
    return tuple((where, found) for where, text in named if (found := reference_of(text)) is not None)


def secrets_of(raw: Mapping[str, Any]) -> tuple[Secret, ...]:
    """Return the same without where they are named, and without duplicates; `raw` may also be a task definition."""
    return tuple(dict.fromkeys(Secret(each.kind, each.name, each.arn) for _, each in references_of(raw)))


def files_of(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ARNs of the objects in S3 that hold variables for containers in [task.raw] (`environmentFiles`)."""
    files = (each for container in _containers(raw) for each in _tables(container.get("environmentFiles")))
    return tuple(dict.fromkeys(str(each["value"]) for each in files if _S3_OBJECT.fullmatch(str(each.get("value")))))


def resources_of(raw: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    """Return the ARNs of the ECR repositories and the log groups that containers in [task.raw] name."""
    found: dict[str, None] = {}
    for container in _containers(raw):
        found |= dict.fromkeys((*_repository(container, place), *_log_group(container, place)))
    return tuple(found)


def created_groups(raw: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    """Return the ARNs of the log groups that ECS is to create for containers in [task.raw]."""
    made = (each for each in _containers(raw) if creates_group(_log_options(each)))
    return tuple(dict.fromkeys(arn for container in made for arn in _log_group(container, place)))


def _containers(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return _tables(raw.get(CONTAINERS))


def _tables(value: object) -> list[Mapping[str, Any]]:
    """Return the tables of a list; anything else is refused elsewhere."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _named_secrets(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the `valueFrom` of each secret, and a private registry's login, whatever its name is."""
    for each in (*_tables(container.get("secrets")), *_tables(_logging(container).get("secretOptions"))):
        yield str(each.get("name")), str(each.get("valueFrom", ""))
    if login := str(_table(container.get("repositoryCredentials")).get("credentialsParameter", "")):
        yield "repositoryCredentials", login if login.startswith("arn:") else f"secretsmanager:{login}"


def _logging(container: Mapping[str, Any]) -> Mapping[str, Any]:
    return _table(container.get("logConfiguration"))


def reference_of(text: str) -> SecretReference | None:
    """Return what a `valueFrom` names: an ARN, or the name of a parameter in the task's own Region; None if neither."""
    is_whole = text.startswith(("arn:", "secretsmanager:"))
    try:
        return parse_task_secret(text if is_whole else f"ssm:{text}")
    except ValueError:
        return None  # ECS refuses it, in its own words


def _repository(container: Mapping[str, Any], place: Place) -> Iterator[str]:
    if found := _ECR_IMAGE.fullmatch(str(container.get("image", ""))):
        account, region, name = found.groups()
        yield replace(place, account=account, region=region).repository(name)


def _log_options(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of the awslogs driver, which is what a container has unless it says otherwise."""
    logging = _logging(container)
    return _table(logging.get("options")) if logging.get("logDriver", AWSLOGS) == AWSLOGS else {}


def _log_group(container: Mapping[str, Any], place: Place) -> Iterator[str]:
    options = _log_options(container)
    if group := options.get("awslogs-group"):
        yield replace(place, region=str(options.get("awslogs-region") or place.region)).log_group(str(group))

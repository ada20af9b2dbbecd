"""What a config names, as the policies of its service need it: names, tags, secrets, and what is turned on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.config.ci import TABLES
from ecsdeploy.config.references import SecretReference, parse_task_secret
from ecsdeploy.core.ci_source import source_in
from ecsdeploy.core.sidecars import resources_of, secrets_of
from ecsdeploy.core.target import Target
from ecsdeploy.policy.arns import GITHUB_ISSUER, Place
from ecsdeploy.policy.grants.scope import EXEC, PUBLIC_IP, DeployScope
from ecsdeploy.policy.issuers import github_issuer
from ecsdeploy.policy.secrets import Secret


def scope_of(target: Target, place: Place, passed: tuple[str, ...]) -> DeployScope:
    """Return everything that the policies of one service are about; `passed` are the ARNs of the task's roles."""
    config, names = target.config, target.names
    named, here = named_secrets(target), place.regional("secretsmanager", "")
    secrets = {each.resource(place) for each in named if each.kind == "secretsmanager"}
    own = (names.execution_role, names.task_role, names.deploy_role)
    return DeployScope(
        repository=names.repository,
        cluster=names.cluster,
        service=names.service,
        family=names.family,
        log_group=names.log_group,
        passed_roles=passed,
        secrets=tuple(sorted(arn for arn in secrets if arn.startswith(here))),
        other_logs=tuple(arn for arn in resources_of(config.task.raw, place) if ":logs:" in arn),
        parameters=tuple(sorted({each.resource(place) for each in named if each.kind == "ssm"})),
        reads=_read_by_the_command(target),
        releases=config.release is not None,
        tags=tuple(target.tags.items()),
        features=tuple(_features(target)),
        subnets=config.network.subnets,
        scans=config.image.fail_on != "never",
        gives_up=config.service.deployment.give_up,
        grants=tuple(sorted(set(config.iam.grants))),
        roles=tuple(place.role(name, config.iam.path) for name in own),
        providers=tuple(place.provider(name) for name in _issuers(target)),
        boundary=config.iam.permissions_boundary or "",
    )


def _issuers(target: Target) -> Iterator[str]:
    """Yield the names of whoever mints the id tokens of its CI, for each that the config has a table of."""
    config = target.config
    others = [found.issuer for ci in TABLES if (found := source_in(config, ci)) is not None]
    if config.github is not None or not others:
        github = config.github
        yield github_issuer(github.server or "", github.enterprise or "").name if github else GITHUB_ISSUER
    yield from others


def named_secrets(target: Target) -> tuple[Secret, ...]:
    """Return what [task.secrets] and the containers in [task.raw] name, without duplicates."""
    references = [parse_task_secret(text) for text in target.config.task.secrets.values()]
    own = (Secret(each.kind, each.name, each.arn) for each in references)
    return tuple(dict.fromkeys((*own, *secrets_of(target.config.task.raw))))


def has_exec(target: Target) -> bool:
    """Return whether the config turns ECS Exec on."""
    return target.config.service.raw.get("enableExecuteCommand") is True


def _features(target: Target) -> Iterator[str]:
    """Yield the condition keys of what the config turns on, as CreateService and UpdateService say it (ECS API)."""
    raw: Mapping[str, Any] = target.config.service.raw
    connect = raw.get("serviceConnectConfiguration")
    found = {
        PUBLIC_IP: target.config.network.public_ip,
        EXEC: has_exec(target),
        "ecs:enable-ebs-volumes": bool(raw.get("volumeConfigurations")),
        "ecs:enable-service-connect": isinstance(connect, Mapping) and connect.get("enabled") is True,
        "ecs:enable-vpc-lattice": bool(raw.get("vpcLatticeConfigurations")),
    }
    yield from (key for key, is_on in found.items() if is_on)


def _read_by_the_command(target: Target) -> tuple[Secret, ...]:
    """Return the secret that has the team's address, if it is in one: the tasks never see it."""
    notify = target.config.notify
    found = notify.address if notify is not None else None
    return (Secret(found.kind, found.name, found.arn),) if isinstance(found, SecretReference) else ()

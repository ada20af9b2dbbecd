"""Which operations the faults of API calls can name: those that can reach a sandbox, and those of its registry."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ecsdeploy.sandbox.dispatch import TARGETS
from ecsdeploy.sandbox.faults import UnknownFaultError
from ecsdeploy.sandbox.moto_backend import SERVICES
from ecsdeploy.sandbox.refusals import REGISTRY_OPERATIONS

_MODELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "elasticloadbalancing": ("elbv2", "elb"),
        "monitoring": ("cloudwatch",),
        "tagging": ("resourcegroupstaggingapi",),
    }
)
"""Signing names -> botocore's names of what is signed so, where they differ."""

_SIGNED_AS = {model: service for service, models in _MODELS.items() for model in models}
_BY_PATH = frozenset({"route53", "s3"})
"""Services whose requests name their operation by path and method alone: they break as a whole."""


def known_operation(asked: str) -> str:
    """Return `asked` as the faults know it: `UpdateService`, `ecs:UpdateService`, `elasticloadbalancing:*`, `*`.

    A service may be named as IAM names it, or as the AWS CLI does. Raises `UnknownFaultError` with the nearest name
    for an operation that no service has.
    """
    prefix, separator, name = asked.rpartition(":")
    if not separator:
        if name != "*" and not any(name in _operations(service) for service in _services()):
            raise _unknown(asked, (one for service in _services() for one in _operations(service)))
        return asked
    service = _SIGNED_AS.get(prefix, prefix)
    if service not in _services():
        known = ", ".join(sorted(_services()))
        raise UnknownFaultError(f"no service of the sandbox is called {prefix!r}; there are: {known}")
    if service in _BY_PATH and name != "*":
        raise UnknownFaultError(f"the operations of {service} cannot be told apart: break them all with {service}:*")
    if name != "*" and name not in _operations(service):
        raise _unknown(asked, (f"{prefix}:{one}" for one in _operations(service)))
    return f"{service}:{name}"


def _services() -> list[str]:
    return [*TARGETS.values(), "registry", *sorted(SERVICES)]


@functools.cache
def _operations(service: str) -> frozenset[str]:
    if service == "registry":
        return REGISTRY_OPERATIONS
    if service in _BY_PATH:
        return frozenset()
    from botocore.loaders import Loader

    loader = Loader()
    models = (loader.load_service_model(name, "service-2") for name in _MODELS.get(service, (service,)))
    return frozenset(name for model in models for name in model["operations"])


def _unknown(asked: str, names: Iterable[str]) -> UnknownFaultError:
    alike = {_plain(name): name for name in sorted(names)}
    near = difflib.get_close_matches(_plain(asked), alike, n=1)
    hint = f"did you mean {alike[near[0]]!r}?" if near else "an operation is named as AWS's API reference names it"
    return UnknownFaultError(f"no operation is called {asked!r}; {hint}")


def _plain(name: str) -> str:
    # As it stands in the AWS CLI (update-service) and in boto3 (update_service), it is the same operation.
    return name.replace("-", "").replace("_", "").lower()

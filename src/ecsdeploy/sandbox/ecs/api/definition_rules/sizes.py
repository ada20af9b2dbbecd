"""CPU and memory of tasks, and how containers share them."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form
from ecsdeploy.sandbox.ecs.api.lookup import client_error


def _steps(first: int, end: int, step: int) -> frozenset[int]:
    return frozenset(range(first, end + 1, step))


SIZES: Mapping[int, frozenset[int]] = {
    256: frozenset({512, 1024, 2048}),
    512: _steps(1024, 4096, 1024),
    1024: _steps(2048, 8192, 1024),
    2048: _steps(4096, 16384, 1024),
    4096: _steps(8192, 30720, 1024),
    8192: _steps(16384, 61440, 4096),
    16384: _steps(32768, 122880, 8192),
    32768: frozenset({61440, 122880, 249856}),
}
"""CPU units -> MiB that Fargate has for them (Developer Guide, "Task CPU and memory")."""

WINDOWS = (1024, 2048, 4096)
"""CPU units that Fargate has for Windows (ibid.)."""


def check_memory(form: Form) -> None:
    """Raise ClientException for a container whose memory is not said, or less than it reserves."""
    for container in form["containerDefinitions"]:
        memory, reserved = container.get("memory"), container.get("memoryReservation")
        if not memory and not reserved and not form.get("memory"):
            raise _invalid(container, "At least one of 'memory' or 'memoryReservation' must be specified.")
        if memory and reserved and memory < reserved:
            raise _invalid(container, "'memory' must be greater than or equal to 'memoryReservation'.")


def check_size(form: Form) -> None:
    """Raise ClientException for a task size that Fargate does not have, or that its containers exceed."""
    for key in ("cpu", "memory"):
        if not form.get(key):
            raise client_error(f"Fargate requires that '{key}' be defined at the task level.")
    cpu, memory = int(form["cpu"]), int(form["memory"])
    system = (form.get("runtimePlatform") or {}).get("operatingSystemFamily", "LINUX")
    if memory not in SIZES.get(cpu, ()) or (system.startswith("WINDOWS") and cpu not in WINDOWS):
        raise client_error(
            f"No Fargate configuration exists for given values: {form['cpu']} CPU, {form['memory']} memory. "
            "See the Amazon ECS documentation for the valid values."
        )
    _check_shares(form, cpu, memory)


def _check_shares(form: Form, cpu: int, memory: int) -> None:
    containers = form["containerDefinitions"]
    for container in containers:
        for key in ("memory", "memoryReservation"):
            if int(container.get(key, 0)) > memory:
                raise client_error(
                    f"The '{key}' setting for container '{container['name']}' is greater than for the task."
                )
    if sum(int(container.get("cpu", 0)) for container in containers) > cpu:
        raise client_error("The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.")
    reserved = sum(int(c.get("memoryReservation", c.get("memory", 0))) for c in containers)
    if reserved > memory:
        raise client_error(
            "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'."
        )


def _invalid(container: Form, text: str) -> Exception:
    return client_error(f"Invalid setting for container '{container['name']}'. {text}")

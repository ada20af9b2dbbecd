"""The task sizes that Fargate has.

Source: Amazon ECS Developer Guide, "Task CPU and memory" of the Fargate task definition parameters, read 2026-11-22.
Sizes of 8192 CPU units and more are for Linux on platform version 1.4.0 or later.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SIZES: Mapping[int, tuple[int, ...]] = MappingProxyType(
    {
        256: (512, 1024, 2048),
        512: tuple(range(1024, 4096 + 1, 1024)),
        1024: tuple(range(2048, 8192 + 1, 1024)),
        2048: tuple(range(4096, 16384 + 1, 1024)),
        4096: tuple(range(8192, 30720 + 1, 1024)),
        8192: tuple(range(16384, 61440 + 1, 4096)),
        16384: tuple(range(32768, 122880 + 1, 8192)),
        32768: (61440, 122880, 249856),
    }
)
"""CPU units (1024 are one vCPU) -> the memory sizes in MiB that go with them."""


def is_valid(cpu: int, memory: int) -> bool:
    """Return whether Fargate runs a task of `cpu` units and `memory` MiB."""
    return memory in SIZES.get(cpu, ())


def nearest_cpu(cpu: int) -> int:
    """Return the CPU units that Fargate has and that are nearest to `cpu`, the larger of two."""
    return min(SIZES, key=lambda size: (abs(size - cpu), -size))


def nearest_memory(cpu: int, memory: int) -> int:
    """Return the MiB nearest to `memory` that go with `cpu` units, the larger of two (a KeyError if no such cpu)."""
    return min(SIZES[cpu], key=lambda size: (abs(size - memory), -size))


def smallest_cpu_for(memory: int) -> int | None:
    """Return the fewest CPU units that go with exactly `memory` MiB, or None."""
    return next((cpu for cpu, sizes in SIZES.items() if memory in sizes), None)


def sizes_of(cpu: int) -> str:
    """Return the memory sizes of `cpu` as a reader wants them: each one, or the range and its step."""
    sizes = SIZES[cpu]
    if len(sizes) <= 4:
        return ", ".join(map(str, sizes))
    return f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"

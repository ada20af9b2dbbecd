from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.config import fargate


def test_fargate_has_77_sizes() -> None:
    assert sum(len(sizes) for sizes in fargate.SIZES.values()) == 77


def test_sizes_of_the_developer_guide() -> None:
    assert fargate.is_valid(256, 512)
    assert fargate.is_valid(4096, 30720)
    assert fargate.is_valid(32768, 249856)
    assert not fargate.is_valid(256, 4096)
    assert not fargate.is_valid(8192, 17408)
    assert not fargate.is_valid(300, 512)


def test_sizes_read_as_a_list_or_a_range() -> None:
    assert fargate.sizes_of(256) == "512, 1024, 2048"
    assert fargate.sizes_of(8192) == "16384 to 61440 in steps of 4096"


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_the_nearest_size_is_one_that_exists_and_none_is_nearer(cpu: int, memory: int) -> None:
    near = fargate.nearest_cpu(cpu)
    assert fargate.is_valid(near, fargate.nearest_memory(near, memory))
    assert all(abs(near - cpu) <= abs(size - cpu) for size in fargate.SIZES)

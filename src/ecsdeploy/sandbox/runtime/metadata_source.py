"""Where a container's metadata comes from: ECS says what the task is, the Engine what its containers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ecsdeploy.sandbox.runtime.held import Held
from ecsdeploy.sandbox.runtime.metadata import container_metadata, task_metadata

if TYPE_CHECKING:
    from docker import APIClient

DescribeTask = Callable[[str], Mapping[str, Any] | None]
"""A task's ARN -> what DescribeTasks says of it, and its subnet's block as `subnetCidr`; None for an unknown one."""


class MetadataSource:
    """Answers what containers ask; `held` tells what is known of the task of an ARN."""

    def __init__(self, client: APIClient, describe_task: DescribeTask, held: Callable[[str], Held | None]) -> None:
        self._client = client
        self._describe_task = describe_task
        self._held = held

    def answer(self, arn: str, container: str, asked: str) -> Mapping[str, Any] | None:
        """Return the answer to `asked` ("", "task", "stats", "task/stats"), None where there is none.

        Raises `OSError` where the Engine does not answer.
        """
        held, task = self._held(arn), self._describe_task(arn)
        if held is None or task is None:
            return None
        ids = dict(held.ids)
        if asked == "":
            return container_metadata(task, held.spec, container, self._inspected(ids))
        if asked == "task":
            return task_metadata(task, held.spec, self._inspected(ids))
        if asked == "stats":
            return self._stats(ids[container])
        if asked == "task/stats":
            return {one: self._stats(one) for one in ids.values()}
        return None

    def _inspected(self, ids: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
        return {name: self._client.inspect_container(one) for name, one in ids.items()}

    def _stats(self, runtime_id: str) -> Mapping[str, Any]:
        stats: Mapping[str, Any] = self._client.stats(runtime_id, stream=False)
        return stats

"""What was dropped, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecsdeploy.sandbox.firewall.groups import INTERNET


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Packets that would have begun a connection to one port of one task, and that none of its groups let in.

    `group` is what the task belongs to, as ECS says it (`service:NAME`); `groups` are the ids and names of its
    security groups.
    """

    task: str
    group: str
    port: int
    protocol: str
    source: str
    packets: int
    groups: tuple[tuple[str, str], ...]


def sentence(loss: Loss) -> str:
    """Return one line: what was dropped, and which rule is missing.

    A client that hears nothing tries again after 1, 3 and 7 seconds: each time counts.
    """
    tries = "1 attempt" if loss.packets == 1 else f"{loss.packets} attempts"
    whence = "the Internet" if loss.source == INTERNET else "another task"
    port = f"{loss.protocol.upper()} port {loss.port} of {_task(loss)}"
    return f"Dropped: {tries} to reach {port} from {whence}: {_rules(loss)}."


def as_json(loss: Loss) -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "task": loss.task,
        "group": loss.group,
        "protocol": loss.protocol,
        "port": loss.port,
        "source": loss.source,
        "attempts": loss.packets,
        "security_groups": [group for group, _ in loss.groups],
        "text": sentence(loss),
    }


def _task(loss: Loss) -> str:
    kind, _, name = loss.group.partition(":")
    number = loss.task.rpartition("/")[2][:8]
    return f"{name}'s task {number}" if kind == "service" else f"the task {number}"


def _rules(loss: Loss) -> str:
    if not loss.groups:
        return "none of its security groups exists"
    return f"no rule of {' or '.join(f'{group} ({name})' for group, name in loss.groups)} allowed it"

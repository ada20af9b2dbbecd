"""What a task lets in, as text for `iptables-restore`, and what was dropped, out of `iptables-save`. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from ecsdeploy.sandbox.firewall.groups import ANYONE, INTERNET, Opening

Port = tuple[str, int]
"""Protocol and number."""
Dropped = Counter[tuple[Port, str]]
"""Packets by port and by who sent them: `INTERNET`, or `TASK`."""
TASK = "task"

_DROPPED = re.compile(rf'^\[(\d+):\d+\].*--comment "({INTERNET}|{TASK}) (tcp|udp) (\d+)"', re.MULTILINE)


def restore_text(found: Iterable[Opening], ports: Iterable[Port], gateway: str) -> str:
    """Return a filter table that lets in what `found` says, and counts what it drops at each of the `ports`.

    Whatever begins on this machine comes from the network's `gateway`. Connections that exist go on, as on AWS.
    """
    lines = [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        "-A INPUT -i lo -j ACCEPT",
        "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        *sorted(f"-A INPUT {_match(one, gateway)}-j ACCEPT" for one in found),
        *(line for protocol, port in ports for line in _drops(protocol, port, gateway)),
        "-A INPUT -j DROP",
        "COMMIT",
    ]
    return "\n".join([*lines, ""])


def dropped(saved: str) -> Dropped:
    """Return what the table dropped so far; `saved` has counters (`iptables-save -c`)."""
    return Dropped(
        {((protocol, int(port)), who): int(packets) for packets, who, protocol, port in _DROPPED.findall(saved)}
    )


def _drops(protocol: str, port: int, gateway: str) -> Iterator[str]:
    for who, source in ((INTERNET, f"-s {gateway} "), (TASK, "")):
        note = f'-m comment --comment "{who} {protocol} {port}"'
        yield f"-A INPUT {source}-p {protocol} -m {protocol} --dport {port} {note} -j DROP"


def _match(one: Opening, gateway: str) -> str:
    source = gateway if one.source == INTERNET else one.source
    address = "" if source == ANYONE else f"-s {source} "
    if one.protocol == "-1":
        return address
    if one.first is None:
        return f"{address}-p {one.protocol} "
    if one.protocol == "icmp":
        code = "" if one.last is None else f"/{one.last}"
        return f"{address}-p icmp -m icmp --icmp-type {one.first}{code} "
    if one.protocol not in ("tcp", "udp"):
        return f"{address}-p {one.protocol} "
    last = one.first if one.last is None else one.last
    return f"{address}-p {one.protocol} -m {one.protocol} --dport {one.first}:{last} "

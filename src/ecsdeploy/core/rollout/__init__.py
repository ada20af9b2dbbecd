"""One watched deployment as a pure reducer: what is known, a look at AWS, and what follows from both.

The verdict comes from the service deployment that we started, and never from "the service is stable".
"""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.core.rollout.absorbing import absorb
from ecsdeploy.core.rollout.reacting import Reaction, react
from ecsdeploy.core.rollout.seen import Seen, Snapshot
from ecsdeploy.core.rollout.telling import Teller
from ecsdeploy.events import Event


def advance(seen: Seen, snapshot: Snapshot) -> tuple[Seen, tuple[Event, ...], Reaction]:
    """Return what is known after `snapshot`, what to tell of it, and what to do next."""
    known = absorb(seen, snapshot)
    teller = Teller(known, snapshot)
    teller.tell()
    after = replace(known, told=teller.told)
    return after, tuple(teller.events), react(after)

"""What a command says about the deployment that it started: each verb has its own words for the same verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.service import ServiceDeployment


@dataclass(frozen=True, kw_only=True)
class Saying:
    """A verb's words.

    `done` and `unchanged` are how it ends well, with `{revision}` for the revision and `{tasks}` for `2 of 2 tasks`;
    `then` is the next step after that. `watch` is the command that watches the deployment again, `again` the one that
    starts over. `reversible` says that `ecsdeploy rollback` takes it back.
    """

    done: str
    unchanged: str
    watch: str
    again: str
    then: str = ""
    reversible: bool = False

    def ended(self, revision: str, now: ServiceDeployment) -> str:
        """Return the words for a deployment that succeeded."""
        return self.done.replace("{tasks}", f"{now.running} of {now.requested} tasks").replace("{revision}", revision)

    def stayed(self, revision: str) -> str:
        """Return the words for a service that needed no change."""
        return self.unchanged.replace("{revision}", revision)


DEPLOYS = Saying(
    done="Deployed {revision}: {tasks} run.",
    unchanged="Unchanged: {revision} runs, and its last deployment succeeded.",
    watch="ecsdeploy deploy",
    again="ecsdeploy deploy",
    reversible=True,
)

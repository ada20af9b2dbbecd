"""The history of a service where ECS keeps none: some emulators know no service deployments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from botocore.exceptions import ClientError

from ecsdeploy.aws.session import Aws
from ecsdeploy.config.load import load
from ecsdeploy.events import Note, Snapshot
from ecsdeploy.facts import PastDeployment
from ecsdeploy.runtime import Options, Run
from ecsdeploy.workflow.history import show_history
from tests.support.clocks import FakeClock
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import FakeReporter

CONFIG = 'app = "hello"\nregion = "us-east-1"\n[task]\nport = 3000\n'
REVISION = f"{a.ARN}:task-definition/hello:1"


class OlderEcs:
    """A client of an ECS without service deployments, that has a service of one."""

    def list_service_deployments(self, **_: Any) -> Any:
        """Refuse as an ECS does that has no such operation."""
        raise ClientError({"Error": {"Code": "UnknownOperationException", "Message": ""}}, "ListServiceDeployments")

    def describe_services(self, **_: Any) -> Any:
        """Return the service."""
        entry = {"id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": REVISION, "rolloutState": "COMPLETED"}
        return {
            "services": [
                {
                    "serviceArn": f"{a.ARN}:service/hello/hello",
                    "serviceName": "hello",
                    "status": "ACTIVE",
                    "taskDefinition": REVISION,
                    "deployments": [{**entry, "createdAt": a.AT}],
                }
            ]
        }

    def describe_task_definition(self, **_: Any) -> Any:
        """Return the revision."""
        return {
            "taskDefinition": {"taskDefinitionArn": REVISION, "family": "hello", "revision": 1},
            "tags": [{"key": "ecsdeploy:commit", "value": "3f2c1ab"}, {"key": "ecsdeploy:actor", "value": "octocat"}],
        }


class OlderAws:
    """The way to it."""

    region = "us-east-1"

    def client(self, _service: str) -> OlderEcs:
        """Return the client."""
        return OlderEcs()

    def require_account(self, _account: str | None) -> None:
        """Have the right account."""


def test_what_the_service_still_lists_is_shown_and_that_it_is_no_more(tmp_path: Path) -> None:
    path = tmp_path / "ecsdeploy.toml"
    path.write_text(CONFIG)
    report = FakeReporter()
    run = Run(
        loaded=load(path),
        aws=cast(Aws, OlderAws()),
        report=report,
        clock=FakeClock(),
        environ={},
        options=Options(config=path),
    )
    show_history(run, run.target, limit=10)
    (snapshot,) = report.events
    assert isinstance(snapshot, Snapshot)
    past, note = snapshot.facts
    assert isinstance(past, PastDeployment)
    assert (past.deployment, past.verdict, past.revision) == ("ecs-svc/1", "succeeded", "hello:1")
    assert (past.commit, past.actor) == ("3f2c1ab", "octocat")
    assert note == Note("This ECS keeps no service deployments: only what the service itself still lists is shown.")

"""The recorder sees what a real run asks, and `refused` finds what a policy lacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecsdeploy.policy import Document
from tests.support.authorized import RecordedCall, Recorder, refused
from tests.tool.states.bench import open_bench, open_sandbox

ALL: Document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RecordedCall]]:
    """What the second deployment of an app calls."""
    home = tmp_path_factory.mktemp("recorded")
    recorder = Recorder()
    with open_sandbox(home / "sandbox", recorder) as sandbox:
        bench = open_bench(sandbox, home, "hello")
        bench.deployed()
        bench.change()
        recorder.taken()
        assert bench.run("deploy").code == 0
        yield recorder.taken()


def test_what_a_deployment_calls_is_recorded_and_what_others_call_is_not(calls: list[RecordedCall]) -> None:
    made = {f"{call.service}:{call.operation}" for call in calls}
    assert {"ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecs:DescribeServices", "iam:GetRole"} <= made
    assert "ecr:InitiateLayerUpload" not in made
    asked = {(each.action, each.resource.rpartition(":")[2]) for call in calls for each in call.requests}
    assert ("iam:PassRole", "role/hello-execution") in asked
    assert ("ecs:UpdateService", "service/hello/hello") in asked


def test_a_policy_that_allows_everything_lacks_nothing(calls: list[RecordedCall]) -> None:
    assert refused(calls, [ALL]) == []


def test_each_call_that_a_policy_lacks_is_named(calls: list[RecordedCall]) -> None:
    deny = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
    without = {"Version": "2012-10-17", "Statement": [*ALL["Statement"], deny]}
    found = refused(calls, [without])
    assert {str(each).partition(" on ")[0] for each in found} == {
        "ecs:RegisterTaskDefinition: iam:PassRole",
        "ecs:UpdateService: iam:PassRole",
    }
    assert all(each.denied for each in found)
    one = {"Effect": "Allow", "NotAction": "ecs:UpdateService", "Resource": "*"}
    found = refused(calls, [{"Version": "2012-10-17", "Statement": [one]}])
    assert {each.call.operation for each in found} == {"UpdateService"}
    assert not found[0].denied

"""Every operation of every table, done once: the sandbox itself holds each answer against AWS's model of it."""

from __future__ import annotations

import re
from pathlib import Path

from ecsdeploy.sandbox.operations import IMPLEMENTED
from tests.sandbox.operations.furnished import furnished_sandbox
from tests.sandbox.operations.raw import call

# Answered with an error, whatever they are asked for here: each has tests of its own.
NOT_HERE = {
    ("ecs", "StartTask"): "UnsupportedFeatureException",
    ("ecs", "ExecuteCommand"): "InvalidParameterException",
    ("ecs", "StopServiceDeployment"): "ConflictException",
    ("ecr", "CompleteLayerUpload"): "UploadNotFoundException",
    ("ecr", "UploadLayerPart"): "UploadNotFoundException",
    ("ecr", "PutImage"): "InvalidParameterException",
    ("application-autoscaling", "ListTagsForResource"): "ResourceNotFoundException",
    ("application-autoscaling", "TagResource"): "ResourceNotFoundException",
    ("application-autoscaling", "UntagResource"): "ResourceNotFoundException",
    ("logs", "StartLiveTail"): "a stream",
}
ORDER = ("Register", "Create", "Put", "Set", "Start", "Initiate", "Tag", "Update", "Describe", "Get", "List")


def test_every_operation_answers(tmp_path: Path) -> None:
    """Those that make something first, those that end it last."""
    every = [(service, name) for service, names in IMPLEMENTED.items() for name in sorted(names)]
    order = {prefix: number for number, prefix in enumerate(ORDER)}
    todo = sorted(every, key=lambda one: order.get(re.split(r"(?<=[a-z])(?=[A-Z])", one[1])[0], len(ORDER)))
    with furnished_sandbox(tmp_path) as furnished:
        requests = furnished.requests()
        answers = {
            one: call(furnished.endpoint, *one, requests[one]) for one in todo if NOT_HERE.get(one) != "a stream"
        }
    refused = {one: answered.code for one, answered in answers.items() if answered.status != 200}
    assert refused == {one: code for one, code in NOT_HERE.items() if code != "a stream"}

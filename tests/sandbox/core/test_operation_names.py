"""Which operations can be broken by name, and what is said to a name that is none."""

from __future__ import annotations

import re

import pytest

from ecsdeploy.sandbox import refusals
from ecsdeploy.sandbox.faults import UnknownFaultError
from ecsdeploy.sandbox.operation_names import known_operation


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("UpdateService", "UpdateService"),
        ("ecs:UpdateService", "ecs:UpdateService"),
        ("ecs:*", "ecs:*"),
        ("*", "*"),
        ("iam:GetRole", "iam:GetRole"),
        ("DescribeVpcs", "DescribeVpcs"),
        ("elbv2:DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth"),
        ("cloudwatch:*", "monitoring:*"),
        ("registry:PutManifest", "registry:PutManifest"),
        ("s3:*", "s3:*"),
    ],
)
def test_what_can_be_broken(asked: str, known: str) -> None:
    assert known_operation(asked) == known


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("UpdateServcie", "no operation is called 'UpdateServcie'; did you mean 'UpdateService'?"),
        ("update-service", "no operation is called 'update-service'; did you mean 'UpdateService'?"),
        ("ecs:update_service", "no operation is called 'ecs:update_service'; did you mean 'ecs:UpdateService'?"),
        ("ecs:PutImage", "no operation is called 'ecs:PutImage'; did you mean "),
        (
            "registry:PutManifests",
            "no operation is called 'registry:PutManifests'; did you mean 'registry:PutManifest'?",
        ),
        ("Qqqq", "no operation is called 'Qqqq'; an operation is named as AWS's API reference names it"),
        ("s3:GetObject", "the operations of s3 cannot be told apart: break them all with s3:*"),
        ("lambda:Invoke", "no service of the sandbox is called 'lambda'; there are: acm, application-autoscaling, "),
    ],
)
def test_what_is_no_operation(asked: str, said: str) -> None:
    with pytest.raises(UnknownFaultError, match=re.escape(said)):
        known_operation(asked)


def test_every_request_of_a_registry_client_has_a_name() -> None:
    paths = ["/v2/", "/v2/a/manifests/latest", "/v2/a/blobs/sha256:0", "/v2/a/blobs/uploads/1", "/v2/_catalog"]
    methods = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]
    names = {refusals.registry_operation(method, path) for method in methods for path in paths}
    assert names >= refusals.REGISTRY_OPERATIONS

from __future__ import annotations

import pytest

from ecsdeploy.errors import EcsdeployError, Failed, PermissionDenied
from ecsdeploy.image.push_failure import TagTaken, TokenExpired, Transient, push_failed

SAID: list[tuple[str, type[EcsdeployError], int, str]] = [
    (
        "tag invalid: The image tag 'abc' already exists in the 'web' repository and cannot be overwritten because "
        "the tag is immutable.",
        TagTaken,
        5,
        "The tag abc exists in r.example/web already, and its tags are immutable.",
    ),
    (
        "denied: Your authorization token has expired. Reauthenticate and try again.",
        TokenExpired,
        5,
        "The registry's token has expired.",
    ),
    (
        "denied: User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: "
        "ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:123456789012:repository/web because no identity-"
        "based policy allows the ecr:InitiateLayerUpload action",
        PermissionDenied,
        3,
        "These credentials lack permission for ecr:InitiateLayerUpload on "
        "arn:aws:ecr:us-east-1:123456789012:repository/web.",
    ),
    (
        "denied: requested access to the resource is denied",
        PermissionDenied,
        3,
        "The registry r.example refused the push.",
    ),
    ("no basic auth credentials", PermissionDenied, 3, "The registry r.example refused the push."),
    (
        "name unknown: The repository with name 'web' does not exist in the registry with id '123456789012'",
        Failed,
        5,
        "There is no repository r.example/web.",
    ),
    (
        'Get "https://r.example/v2/": http: server gave HTTP response to HTTPS client',
        Failed,
        5,
        "The Docker Engine speaks HTTPS to r.example, which answers plain HTTP.",
    ),
    (
        'Get "https://r.example/v2/": x509: certificate signed by unknown authority',
        Failed,
        5,
        "The Docker Engine does not trust the certificate of r.example.",
    ),
    (
        'Get "https://r.example/v2/": dial tcp 10.0.0.1:443: connect: connection refused',
        Failed,
        5,
        "The Docker Engine can't reach r.example.",
    ),
    ("write tcp: connection reset by peer", Transient, 5, "The push to r.example broke off."),
    ("received unexpected HTTP status: 503 Service Unavailable", Transient, 5, "The push to r.example broke off."),
    ("EOF", Transient, 5, "The push to r.example broke off."),
    ("something new", Failed, 5, "The push to r.example failed."),
]


@pytest.mark.parametrize(("said", "kind", "code", "what"), SAID)
def test_a_registrys_refusal_is_named(said: str, kind: type[EcsdeployError], code: int, what: str) -> None:
    error = push_failed(said + "\n", "r.example/web", "abc")

    assert type(error) is kind
    assert (int(error.exit_code), error.what) == (code, what)
    assert error.why.startswith(said)
    assert error.fix


def test_a_missing_permission_is_named_as_action_and_resource() -> None:
    error = push_failed(SAID[2][0], "r.example/web", "abc")

    assert isinstance(error, PermissionDenied)
    assert (error.action, error.resource) == (
        "ecr:InitiateLayerUpload",
        "arn:aws:ecr:us-east-1:123456789012:repository/web",
    )

"""The Engine's own builder, as docker-py calls it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, cast

import pytest
from docker import APIClient
from docker.credentials import Store

from ecsdeploy.errors import Failed
from ecsdeploy.image.classic import build
from ecsdeploy.image.context import open_context
from ecsdeploy.image.engine import Engine
from ecsdeploy.image.request import BuildRequest


class HelplessClient:
    """docker-py where Docker's config names a credential helper that is not installed."""

    def build(self, **_: Any) -> Any:
        return Store("of-nobody").get("registry.example.com")  # type: ignore[no-untyped-call]


def test_a_missing_credential_helper_is_an_error_and_no_warning_of_pythons(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    context = open_context(tmp_path, ".", "Dockerfile")
    request = BuildRequest(context=context, platform="linux/amd64", name="web:abc")
    engine = Engine(cast(APIClient, HelplessClient()), "unix:///fake.sock", {"HOME": "/home/ada"})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Failed) as failed:
            next(build(request, engine))

    assert "docker-credential-of-nobody" in failed.value.why
    assert "/home/ada/.docker/config.json" in failed.value.fix

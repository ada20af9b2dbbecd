"""Audiences of an OIDC provider, which moto does not add."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.core.test_app import refused

ARN = "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com"


@pytest.fixture
def iam(sandbox: RunningSandbox) -> Any:
    return sandbox.client("iam")


def test_an_audience_is_added_once(iam: Any) -> None:
    iam.create_open_id_connect_provider(Url="https://gitlab.example.com", ClientIDList=["mine"])

    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=ARN, ClientID="sts.amazonaws.com")

    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)
    assert found["ClientIDList"] == ["mine", "sts.amazonaws.com"]


def test_a_provider_that_is_not_there_gets_none(iam: Any) -> None:
    def add(arn: str) -> None:
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="x")

    for arn in (ARN, "arn:aws:iam::123456789012:role/some-provider", "gitlab.example.com:443/path"):
        assert refused(partial(add, arn)) == ("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}")

"""GitHub's OIDC provider, which all repositories of an account share."""

from __future__ import annotations

import pytest

from ecsdeploy.changes import Change
from ecsdeploy.core.things import provider
from ecsdeploy.core.upkeep import RECONCILE
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.policy.arns import Place
from tests.unit.core import builders as a


def test_one_that_is_missing_is_made_for_sts_without_a_thumbprint() -> None:
    (step,) = provider.decide(a.wanted(), a.account(provider=None), RECONCILE).steps
    assert (step.call, step.action) == ("iam:CreateOpenIDConnectProvider", "created")
    assert step.parameters == {
        "Url": "https://token.actions.githubusercontent.com",
        "ClientIDList": ["sts.amazonaws.com"],
    }
    assert step.detail == "audience sts.amazonaws.com"


def test_in_china_the_audience_is_another() -> None:
    account = a.account(provider=None, place=Place("aws-cn", "cn-north-1", "123456789012"))
    (step,) = provider.decide(a.wanted(), account, RECONCILE).steps
    assert step.parameters["ClientIDList"] == ["sts.amazonaws.com.cn"]


@pytest.mark.parametrize("audiences", [("sts.amazonaws.com",), ("other", "sts.amazonaws.com")])
def test_one_that_sts_may_use_is_left_alone(audiences: tuple[str, ...]) -> None:
    assert provider.decide(a.wanted(), a.account(provider=audiences), RECONCILE).steps == ()


@pytest.mark.parametrize("audiences", [(), ("other",)])
def test_the_one_of_other_repositories_only_gets_the_audience(audiences: tuple[str, ...]) -> None:
    (step,) = provider.decide(a.wanted(), a.account(provider=audiences), RECONCILE).steps
    assert step.call == "iam:AddClientIDToOpenIDConnectProvider"
    assert step.parameters == {
        "OpenIDConnectProviderArn": a.PLACE.github_provider(),
        "ClientID": "sts.amazonaws.com",
    }
    assert step.changes == (Change("audiences", list(audiences), [*audiences, "sts.amazonaws.com"]),)


def test_one_that_may_not_be_looked_at_stops_it() -> None:
    account = a.account(provider=a.hidden("iam:GetOpenIDConnectProvider"))
    with pytest.raises(PermissionDenied, match="iam:GetOpenIDConnectProvider"):
        provider.decide(a.wanted(), account, RECONCILE)

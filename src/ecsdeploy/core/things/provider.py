"""The OIDC provider of who mints the tokens: an account has one, shared by its roles, so nothing is taken from it."""

from __future__ import annotations

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account, needed
from ecsdeploy.core.step import Ref, Repeat, Step, answers, update
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.roles import CONTENDED
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.policy.issuers import issuer_named


def decide(wanted: Wanted, account: Account, _upkeep: Upkeep) -> Decision:
    """Return how to create the provider, or to add STS to its audiences. Raises `PermissionDenied`."""
    issuer = issuer_named(wanted.source.issuer if wanted.source else GITHUB_ISSUER)
    ref = Ref("OIDC provider", issuer.name)
    audience = wanted.source.audience(account.place) if wanted.source else account.place.sts_audience
    audiences = needed(account.provider)
    if audiences is None:
        return Decision(
            ref=ref,
            steps=(
                Step(
                    about=ref,
                    action="created",
                    call="iam:CreateOpenIDConnectProvider",
                    # No thumbprint: AWS looks the certificate up in its own library of authorities.
                    parameters={"Url": issuer.url, "ClientIDList": [audience]},
                    detail=f"audience {audience}",
                    gives={"arn": "OpenIDConnectProviderArn"},
                    repeat=Repeat(taken=answers("EntityAlreadyExists")),
                ),
            ),
        )
    if audience in audiences:
        return Decision(ref=ref)
    parameters = {"OpenIDConnectProviderArn": account.place.provider(issuer.name), "ClientID": audience}
    changes = (Change("audiences", list(audiences), [*audiences, audience]),)
    step = update(ref, "iam:AddClientIDToOpenIDConnectProvider", parameters, changes, repeat=Repeat(passes=CONTENDED))
    return Decision(ref=ref, steps=(step,))

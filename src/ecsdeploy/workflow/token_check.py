"""The job's own id token, held against a trust policy as STS would; the token itself is never shown."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.core.doctor import of_denial, of_error
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.facts import Check
from ecsdeploy.github.id_token import fetch_id_token
from ecsdeploy.github.token import NotAToken, Token, decode, unusable
from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.audit.finding import allowing
from ecsdeploy.policy.audit.trust import issuer_of
from ecsdeploy.policy.explain_denial import federated, why_not
from ecsdeploy.policy.issuers import Issuer
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.trust_policy import Trust

TOLD = ("sub", "aud", "repository_id", "repository_owner_id", "ref", "environment", "job_workflow_ref", "event_name")
"""The claims that are shown; none of them is secret."""
SHOWN = 300
OTHERWISE = (
    "The role in AWS could not be read. If AWS refuses this job, the role differs from the config:\n"
    "an administrator's `ecsdeploy doctor --oidc` or `ecsdeploy bootstrap-oidc` says how."
)


def check_token(run: Run, place: Place, trust: Trust | None, *, certain: bool) -> Iterator[Check]:
    """Yield what the job's token says, and whether `trust` lets it in, or why there is none.

    `certain` says that the role really has this trust policy.
    """
    try:
        text = fetch_id_token(run.environ, place.sts_audience, hidden=run.options.hidden, clock=run.clock)
        token = decode(text)
    except NotAToken as error:
        yield Check(about="token", status="problem", text=f"GitHub's answer is not a token: {error}.")
        return
    except EcsdeployError as error:
        yield of_error("token", error)
        return
    yield Check(about="token", status="ok", text="GitHub gives this job an id token. It says:\n" + _claims(token))
    issuer = run.target.issuer
    refused = unusable(token, now=run.clock.now(), issuer=issuer.url, audience=place.sts_audience)
    if refused is not None:
        yield Check(about="token", status="problem", text=refused.what, why=refused.why, fix=refused.fix)
    elif trust is not None:
        yield from _held_against(token, trust, place, issuer, certain=certain)
    else:
        text = "There is no trust policy to hold it against: the config does not say who may deploy."
        yield Check(about="token", status="unchecked", text=text, fix="Complete [github], or give --trust FILE.")


def _held_against(token: Token, trust: Trust, place: Place, issuer: Issuer, *, certain: bool) -> Iterator[Check]:
    # What IAM does not know is in no request: a condition on it fails.
    claims = {name: value for name, value in token.claims.items() if issuer.knows(name)}
    try:
        denial = why_not(trust.document, claims, _provider(trust, place, issuer.name))
    except PolicyError as error:
        yield Check(about="token", status="problem", text=f"{trust.whose} cannot be judged: {error}.")
        return
    if denial is None:
        why = "" if certain else OTHERWISE
        yield Check(about="token", status="ok", text=f"{trust.whose} lets this job in.", why=why)
    else:
        yield from of_denial(denial, trust.whose)


def _claims(token: Token) -> str:
    found = ((name, token.claim(name)) for name in TOLD)
    return "\n".join(f"{name}: {value[:SHOWN]}" for name, value in found if value)


def _provider(trust: Trust, place: Place, issuer: str) -> str:
    """Return the ARN of the token's OIDC provider: as the policy names it, whose account may not be known here."""
    named = (name for each in allowing(trust.document) for name in federated(each))
    return next((name for name in named if issuer_of(name) == issuer), place.provider(issuer))

"""What others may also use: the repository of all environments, and GitHub's OIDC provider of the whole account."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.core.account import Hidden
from ecsdeploy.core.remains import Remains
from ecsdeploy.core.removal.running import some
from ecsdeploy.core.removal.unwanted import Unwanted, why_kept
from ecsdeploy.core.step import Ref, Repeat, Step, answers
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.things.roles import CONTENDED


def repository(unwanted: Unwanted, remains: Remains, standing: str) -> Iterator[Decision]:
    """Yield what to do about the repository: it is deleted, with its images, only if asked for."""
    ref, found = Ref("repository", unwanted.target.names.repository), remains.repository
    if found is None:
        return
    if isinstance(found, Hidden):
        yield Decision(ref=ref, hidden=found)
        return
    if not unwanted.images:
        yield Decision(ref=ref, kept="it holds the images; --images deletes it with them")
        return
    reason = why_kept(unwanted, remains, "repository", found.tags) or standing
    if not reason and found.theirs:
        reason = f"it also holds images of other apps ({found.theirs}), whose services may run them"
    if reason:
        yield Decision(ref=ref, kept=reason)
        return
    parameters = {"repositoryName": ref.name, "force": True}
    repeat = Repeat(done=answers("RepositoryNotFoundException"))
    step = Step(about=ref, action="deleted", call="ecr:DeleteRepository", parameters=parameters, repeat=repeat)
    detail = f"with its {found.images} image{'' if found.images == 1 else 's'}" if found.images else "it is empty"
    yield Decision(ref=ref, steps=(step,), detail=detail)


def provider(unwanted: Unwanted, remains: Remains, going: frozenset[str]) -> Iterator[Decision]:
    """Yield what to do about GitHub's provider; `going` are the names of the roles to delete.

    It has no tag, so its creator is not known.
    """
    issuer = unwanted.target.issuer.name
    ref, found = Ref("OIDC provider", issuer), remains.provider
    if found is None:
        return
    if isinstance(found, Hidden):
        yield Decision(ref=ref, hidden=found)
        return
    if not unwanted.oidc_provider:
        why = "the account has one for all repositories; --oidc-provider deletes it if no other role trusts it"
        yield Decision(ref=ref, kept=why)
        return
    if isinstance(remains.trusting, Hidden):
        yield Decision(ref=ref, hidden=remains.trusting)
        return
    others = [name for name in remains.trusting if name not in going]
    if others:
        trust = f"the role {others[0]} trusts it" if len(others) == 1 else f"the roles {some(others)} trust it"
        yield Decision(ref=ref, kept=trust)
        return
    parameters = {"OpenIDConnectProviderArn": remains.place.provider(issuer)}
    repeat = Repeat(passes=CONTENDED, done=answers("NoSuchEntity"))
    step = Step(
        about=ref, action="deleted", call="iam:DeleteOpenIDConnectProvider", parameters=parameters, repeat=repeat
    )
    yield Decision(ref=ref, steps=(step,))

"""What STS says against an id token, in words that name what to look at.

Codes: STS API reference, AssumeRoleWithWebIdentity. Of their texts only two are relied on, to tell apart what one code
says of a missing provider and of its audience (AWS knowledge center, "InvalidIdentityToken").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from ecsdeploy.aws.errors import DENIED, EXPIRED, from_client_error
from ecsdeploy.errors import CredentialsError, EcsdeployError, Refused, Unreachable

CHECK = "`ecsdeploy doctor --oidc` in this job shows which claim does not fit"
SETUP = "an administrator's `ecsdeploy setup` creates or repairs it"


@dataclass(frozen=True)
class Trust:
    """What a sign-in is about: the ARN of the role, the Region, the audience, and the job in the runner's words."""

    role: str
    region: str
    audience: str
    job: str = ""

    @property
    def name(self) -> str:
        """Return the role's name, without its path."""
        return self.role.rpartition("/")[2]

    @property
    def account(self) -> str:
        """Return the role's account."""
        return self.role.split(":")[4]


def refused(error: ClientError, trust: Trust, flaw: CredentialsError | None = None) -> EcsdeployError:
    """Return the error for what STS answered to AssumeRoleWithWebIdentity; `flaw` is the token's own, if it has one."""
    body = error.response.get("Error", {})
    code, said = str(body.get("Code", "")).removesuffix("Exception"), str(body.get("Message", ""))
    if code in {each.removesuffix("Exception") for each in DENIED} | {"IDPRejectedClaim"}:
        return _denied(trust, said)
    if code in {each.removesuffix("Exception") for each in EXPIRED}:
        return _expired(said)
    if code == _INVALID and flaw is not None:
        return CredentialsError(flaw.what, why=f"{flaw.why} AWS says: {said}", fix=flaw.fix)
    explain = _BY_CODE.get(code)
    return explain(trust, said) if explain else from_client_error(error, "sts")


def _denied(trust: Trust, said: str) -> CredentialsError:
    job = f" this job ({trust.job})" if trust.job else " this job"
    return CredentialsError(
        f"The role {trust.name} does not let{job} in.",
        why=f"Either account {trust.account} has no role {trust.role}, or its trust policy does not accept what "
        f"GitHub's id token says of the job: repository, branch, tag or environment. AWS says: {said}.",
        fix=f"{CHECK}; {SETUP}.",
    )


def _expired(said: str) -> CredentialsError:
    return CredentialsError(
        "The id token had expired when AWS looked at it, and so had a second one.",
        why=said,
        fix="Run the job again. On a runner of your own, check its clock and what delays its connections to AWS.",
    )


def _invalid(trust: Trust, said: str) -> EcsdeployError:
    lower = said.lower()
    if "no openidconnect provider found" in lower:
        return CredentialsError(
            f"Account {trust.account} has no identity provider for the tokens of this job.",
            why=said,
            fix="An administrator's `ecsdeploy setup` creates it, once per account.",
        )
    if "audience" in lower:
        return CredentialsError(
            f"The identity provider in account {trust.account} does not accept tokens for {trust.audience}.",
            why=f"AWS says: {said}.",
            fix="An administrator's `ecsdeploy bootstrap-oidc` adds the audience.",
        )
    if "verification key" in lower or "signature" in lower:
        return CredentialsError(
            "AWS cannot tell that the issuer signed the id token of this job.",
            why="It is signed with a key that the issuer does not publish, or AWS cannot read its keys. "
            f"AWS says: {said}",
            fix="ACTIONS_ID_TOKEN_REQUEST_URL has to be the runner's own. Where a GitHub Enterprise Server issues the "
            "tokens, AWS has to reach its keys, at https://HOST/_services/token/.well-known/jwks.",
        )
    return CredentialsError("AWS does not accept the id token of this job.", why=said, fix=f"{CHECK}.")


def _silent(trust: Trust, said: str) -> Unreachable:
    return Unreachable(
        "AWS could not reach the service that signs the id tokens.",
        code="IDPCommunicationError",
        operation="AssumeRoleWithWebIdentity",
        message=said,
        why=said,
        fix="It mostly passes: run the job again. https://www.githubstatus.com says whether GitHub has a problem.",
    )


def _disabled(trust: Trust, said: str) -> Refused:
    return Refused(
        f"STS is not active in {trust.region} for account {trust.account}.",
        why=said,
        fix="Activate the Region in IAM's account settings (Security Token Service), or deploy to another one.",
    )


def _not_valid(trust: Trust, said: str) -> Refused:
    return Refused(
        f"AWS does not accept the request for a session of {trust.role}.",
        why=said,
        fix="If it is about DurationSeconds, raise the role's maximum session duration to an hour or more; if it is "
        "about the role's ARN, correct --role-arn or AWS_ROLE_ARN.",
    )


_INVALID = "InvalidIdentityToken"
_BY_CODE: dict[str, Callable[[Trust, str], EcsdeployError]] = {
    _INVALID: _invalid,
    "IDPCommunicationError": _silent,
    "RegionDisabled": _disabled,
    "ValidationError": _not_valid,
}

"""The operations of STS that moto gives to everybody: who assumes a role has to be trusted by it.

Codes are those of the STS API reference, words those of users' reports.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.sandbox.clock import Clock
from ecsdeploy.sandbox.http import HttpAnswer
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.regions import partition_of, region_of
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.sessions import Session, Sessions, new_keys
from ecsdeploy.sandbox.sts.wanted import HOUR, Wanted, duration, wanted
from ecsdeploy.sandbox.sts.wire import answer, read
from ecsdeploy.sandbox.web_identity import WebIdentities
from ecsdeploy.sandbox.wire import AwsError

Identify = Callable[[str, str], str]
"""Access key and Region -> the ARN of whoever the key belongs to."""


@dataclass(frozen=True)
class _Role:
    arn: str
    id: str
    trust: Document
    longest: int


class Sts:
    """Answers AssumeRole, AssumeRoleWithWebIdentity, and GetCallerIdentity of a session."""

    def __init__(
        self, moto: MotoBackend, sessions: Sessions, identities: WebIdentities, clock: Clock, identify: Identify
    ) -> None:
        self._moto = moto
        self._sessions = sessions
        self._identities = identities
        self._clock = clock
        self._identify = identify

    def answer(self, request: AwsRequest) -> HttpAnswer | None:
        """Return the answer to a request, or None where it is moto's to answer. Raises `AwsError`."""
        if request.operation == "AssumeRole":
            return self._assume_role(request)
        if request.operation == "AssumeRoleWithWebIdentity":
            return self._with_web_identity(request)
        session = self._sessions.find(request.access_key)
        if request.operation == "GetCallerIdentity" and session is not None:
            account = session.role_arn.split(":")[4]
            return answer(request.operation, {"UserId": session.user_id, "Account": account, "Arn": session.arn})
        return None

    def _assume_role(self, request: AwsRequest) -> HttpAnswer:
        asked = wanted(read("AssumeRole", request.form), partition_of(request.region))
        caller = self._sessions.find(request.access_key)
        arn = self._identify(request.access_key, request.region)
        principals = [arn] if caller is None else [caller.role_arn, caller.arn]
        role = self._role(asked.role_arn, request.region)
        context = _caller_context(principals[0]) | _context(asked)
        for action in _actions(asked):
            if role is None or not _trusts_any(role.trust, Request(action, "*", context), principals):
                message = f"User: {arn} is not authorized to perform: {action} on resource: {asked.role_arn}"
                raise AwsError("AccessDenied", message, status=403)
        assert role is not None
        seconds = duration(asked.seconds, role.longest, chained=caller is not None)
        return answer(request.operation, _answered(self._begin(role, asked, seconds), asked))

    def _with_web_identity(self, request: AwsRequest) -> HttpAnswer:
        params = read("AssumeRoleWithWebIdentity", request.form)
        # Nobody signs this request, so it names no Region: the role says at least in which partition it is.
        region = region_of(str(params["RoleArn"]), request.region)
        asked = wanted(params, partition_of(region))
        identity = self._identities.read(str(params["WebIdentityToken"]), region)
        role = self._role(asked.role_arn, region)
        action = "sts:AssumeRoleWithWebIdentity"
        principal = Principal("Federated", identity.provider)
        question = Request(action, "*", {**identity.context, **_context(asked)}, principal)
        if role is None or _decide(role.trust, question) is not Decision.ALLOWED:
            raise AwsError("AccessDenied", f"Not authorized to perform {action}", status=403)
        seconds = duration(asked.seconds, role.longest, chained=False)
        session = self._begin(role, asked, seconds, provider=identity.provider, identity=identity.kept)
        told = {
            "SubjectFromWebIdentityToken": identity.subject,
            "Provider": identity.provider,
            "Audience": identity.audience,
        }
        return answer(request.operation, {**_answered(session, asked), **told})

    def _begin(
        self,
        role: _Role,
        asked: Wanted,
        seconds: int,
        *,
        provider: str = "",
        identity: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Session:
        now = self._clock.now()
        session = Session(
            keys=new_keys(),
            role_arn=role.arn,
            role_id=role.id,
            name=asked.name,
            issued_at=now,
            expires_at=float(int(now) + seconds),
            session_policy=asked.policy,
            policy_arns=asked.policy_arns,
            tags=asked.tags,
            source_identity=asked.source_identity,
            provider=provider,
            identity=identity or {},
        )
        self._sessions.add(session)
        return session

    def _role(self, arn: str, region: str) -> _Role | None:
        """Return the role with exactly this ARN; a trust policy that cannot be read trusts nobody."""
        try:
            found = self._moto.query("iam", "GetRole", region, RoleName=arn.rpartition("/")[2])
        except MotoError:
            return None
        if found.findtext(".//Role/Arn", "") != arn:
            return None
        try:
            trust = json.loads(unquote(found.findtext(".//AssumeRolePolicyDocument", "")))
        except ValueError:
            trust = {}
        longest = found.findtext(".//MaxSessionDuration", "")
        return _Role(arn, found.findtext(".//RoleId", ""), trust, int(longest) if longest.isdecimal() else HOUR)


def _actions(asked: Wanted) -> list[str]:
    """Return what a trust policy has to allow: tags and a source identity need permissions of their own."""
    more = [("sts:TagSession", asked.tags), ("sts:SetSourceIdentity", asked.source_identity)]
    return ["sts:AssumeRole", *(action for action, given in more if given)]


def _context(asked: Wanted) -> dict[str, str | tuple[str, ...]]:
    context: dict[str, str | tuple[str, ...]] = {"sts:RoleSessionName": asked.name}
    if asked.external_id:
        context["sts:ExternalId"] = asked.external_id
    if asked.source_identity:
        context["sts:SourceIdentity"] = asked.source_identity
    if asked.tags:
        context["aws:TagKeys"] = tuple(asked.tags)
        context |= {f"aws:RequestTag/{key}": value for key, value in asked.tags.items()}
    return context


def _caller_context(arn: str) -> dict[str, str | tuple[str, ...]]:
    return {"aws:PrincipalArn": arn, "aws:PrincipalAccount": arn.split(":")[4]}


def _trusts_any(trust: Document, asked: Request, principals: list[str]) -> bool:
    """Return whether a session is let in: a policy may name it, or the role that it is of."""
    decisions = {_decide(trust, replace(asked, principal=Principal("AWS", name))) for name in principals}
    return Decision.ALLOWED in decisions and Decision.DENIED not in decisions


def _decide(trust: Document, asked: Request) -> Decision:
    try:
        return evaluate([trust], asked)
    except (PolicyError, TypeError, KeyError):
        return Decision.NOT_ALLOWED


def _answered(session: Session, asked: Wanted) -> dict[str, Any]:
    return {
        "Credentials": {
            "AccessKeyId": session.keys.access_key,
            "SecretAccessKey": session.keys.secret_key,
            "SessionToken": session.keys.token,
            "Expiration": session.expires_at,
        },
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        "PackedPolicySize": asked.packed,
        "SourceIdentity": asked.source_identity or None,
    }

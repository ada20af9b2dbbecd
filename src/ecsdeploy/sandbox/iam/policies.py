"""IAM's documents on their way in: their grammar, their sizes, and how many policies a role may have.

Limits: IAM User Guide, "IAM and AWS STS quotas"; white space is not counted. The words are those of users' reports and
of cdk-preflight's deployments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from ecsdeploy.policy.grammar import MalformedPolicy, check_identity_policy, check_trust_policy
from ecsdeploy.policy.size import TRUST_LIMIT
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.regions import partition_of
from ecsdeploy.sandbox.requests import AwsRequest
from ecsdeploy.sandbox.wire import AwsError

POLICIES_PER_ROLE = 20
"""The quota of an account that has asked for no more (seen on 2026-09-01)."""

_MANAGED_LIMIT = 6_144
_INLINE_LIMITS: Mapping[str, int] = {"Role": 10_240, "User": 2_048, "Group": 5_120}
_TRUST = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}
_MANAGED = ("CreatePolicy", "CreatePolicyVersion")
_INLINE = {f"Put{owner}Policy": owner for owner in _INLINE_LIMITS}


def check(moto: MotoBackend, request: AwsRequest) -> None:
    """Raise `AwsError` for a document that IAM does not take, or one too many.

    Who does not exist is told so first, whatever the document says; that answer is moto's.
    """
    operation, form = request.operation, request.form
    if operation == "AttachRolePolicy":
        _check_attached(moto, request)
    elif operation in _TRUST and (operation == "CreateRole" or _exists(moto, request, "Role")):
        _check_trust(form.get(_TRUST[operation], ""))
    elif operation in _MANAGED:
        document = form.get("PolicyDocument", "")
        _check_identity(document, request.region, managed=True)
        _check_size(document, _MANAGED_LIMIT, f"Cannot exceed quota for PolicySize: {_MANAGED_LIMIT}")
    elif operation in _INLINE and _exists(moto, request, _INLINE[operation]):
        _check_identity(form.get("PolicyDocument", ""), request.region, managed=False)
        _check_inline(moto, request, _INLINE[operation])


def _exists(moto: MotoBackend, request: AwsRequest, owner: str) -> bool:
    name = {f"{owner}Name": request.form.get(f"{owner}Name", "")}
    try:
        moto.query("iam", f"Get{owner}", request.region, **name)
    except MotoError:
        return False
    return True


def _check_trust(document: str) -> None:
    try:
        check_trust_policy(document)
    except MalformedPolicy as error:
        raise AwsError("MalformedPolicyDocument", str(error)) from None
    _check_size(document, TRUST_LIMIT, f"Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}")


def _check_identity(document: str, region: str, *, managed: bool) -> None:
    try:
        check_identity_policy(document, partition=partition_of(region), managed=managed)
    except MalformedPolicy as error:
        raise AwsError("MalformedPolicyDocument", str(error)) from None


def _check_inline(moto: MotoBackend, request: AwsRequest, owner: str) -> None:
    limit, name = _INLINE_LIMITS[owner], request.form[f"{owner}Name"]
    documents = [request.form["PolicyDocument"], *_other_documents(moto, request, owner)]
    _check_size("".join(documents), limit, f"Maximum policy size of {limit} bytes exceeded for {owner.lower()} {name}")


def _other_documents(moto: MotoBackend, request: AwsRequest, owner: str) -> Iterator[str]:
    name = {f"{owner}Name": request.form[f"{owner}Name"]}
    listed = moto.query("iam", f"List{owner}Policies", request.region, **name)
    for each in listed.iterfind(".//PolicyNames/member"):
        if each.text and each.text != request.form.get("PolicyName"):
            found = moto.query("iam", f"Get{owner}Policy", request.region, **name, PolicyName=each.text)
            yield unquote(found.findtext(".//PolicyDocument", ""))


def _check_size(document: str, limit: int, words: str) -> None:
    if len("".join(document.split())) > limit:
        raise AwsError("LimitExceeded", words, status=409)


def _check_attached(moto: MotoBackend, request: AwsRequest) -> None:
    name = request.form.get("RoleName", "")
    try:
        listed = moto.query("iam", "ListAttachedRolePolicies", request.region, RoleName=name, MaxItems="1000")
    except MotoError:
        return
    attached = [each.text for each in listed.iter("PolicyArn")]
    if request.form.get("PolicyArn") not in attached and len(attached) >= POLICIES_PER_ROLE:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {POLICIES_PER_ROLE}", status=409)

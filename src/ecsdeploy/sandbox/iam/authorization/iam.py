"""IAM and STS: what each operation asks. Source: Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.iam.authorization.rule import Arns, Call, Key, Table, Value, named, tagging

_PROVIDER = "oidc-provider"


def _entity(kind: str) -> Arns:
    """Return the ARNs of an entity: one that is created has the path of the request, another its own."""
    parameter = f"{kind.capitalize()}Name"

    def read(call: Call) -> Iterable[str]:
        name = call.text(parameter)
        if kind == "user" and not name:
            # Without a name, IAM takes the user whose access key signed the request.
            return ()
        if call.operation in (f"Create{kind.capitalize()}",):
            return [call.around.place.iam(f"{kind}{call.text('Path') or '/'}{name}")]
        return [call.around.iam(kind, name)]

    return read


def _linked_or_role(call: Call) -> Iterable[str]:
    if call.operation == "CreateServiceLinkedRole":
        service = call.text("AWSServiceName")
        return [call.around.place.iam(f"role/aws-service-role/{service}/{_linked_name(service)}")]
    if arn := call.text("RoleArn"):
        return [arn]
    return _entity("role")(call)


def _linked_name(service: str) -> str:
    known = {
        "ecs.amazonaws.com": "AWSServiceRoleForECS",
        "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
        "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    }
    return known.get(service, "AWSServiceRoleFor*")


def _policies(call: Call) -> list[str]:
    if call.operation == "CreatePolicy":
        return [call.around.place.iam(f"policy{call.text('Path') or '/'}{call.text('PolicyName')}")]
    return [call.text("PolicyArn")]


def _providers(call: Call) -> list[str]:
    if arn := call.text("OpenIDConnectProviderArn"):
        return [arn]
    return [call.around.place.iam(f"{_PROVIDER}/{call.text('Url').removeprefix('https://')}")]


def _boundary(call: Call) -> Iterator[tuple[str, Value]]:
    """Yield the boundary that a request sets, or that the entity has (IAM User Guide, "iam:PermissionsBoundary")."""
    kind = "user" if "User" in call.operation else "role"
    given = call.text("PermissionsBoundary")
    if not given and not call.operation.startswith("Create"):
        given = next((call.around.boundary(arn) for arn in _entity(kind)(call)), "")
    if given:
        yield "iam:PermissionsBoundary", given


_TAGS = "aws:RequestTag aws:TagKeys"
_LIMIT = "iam:PermissionsBoundary"
_READ_ROLE = ("GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies", "ListRoleTags")
_READ_USER = (
    *("GetUser", "GetUserPolicy", "ListUserPolicies", "ListAttachedUserPolicies", "ListAccessKeys"),
    *("ListGroupsForUser", "CreateAccessKey", "DeleteAccessKey", "DeleteUser"),
)
_GROUP = (
    *("CreateGroup", "GetGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup", "PutGroupPolicy"),
    *("GetGroupPolicy", "DeleteGroupPolicy", "ListGroupPolicies", "ListAttachedGroupPolicies"),
)
_POLICY = (
    *("GetPolicy", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion", "DeletePolicyVersion"),
    *("SetDefaultPolicyVersion", "ListPolicyVersions", "ListEntitiesForPolicy"),
)
_PROVIDERS = (
    *("GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider"),
    *("RemoveClientIDFromOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"),
    "ListOpenIDConnectProviderTags",
)
_LISTS = ("ListRoles", "ListUsers", "ListGroups", "ListPolicies", "ListOpenIDConnectProviders")

LINES: Mapping[str, tuple[str, str]] = {
    **{operation: ("", "") for operation in _LISTS},
    **{
        operation: ("role", "") for operation in (*_READ_ROLE, "ListInstanceProfilesForRole", "DeleteServiceLinkedRole")
    },
    **{operation: ("user", "") for operation in _READ_USER},
    **{operation: ("group", "") for operation in _GROUP},
    **{operation: ("policy", "") for operation in _POLICY},
    **{operation: (_PROVIDER, "") for operation in _PROVIDERS},
    **{operation: ("role", _LIMIT) for operation in ("GetRole", "DeleteRole", "UpdateRole", "UpdateAssumeRolePolicy")},
    **{operation: ("role", _LIMIT) for operation in ("PutRolePolicy", "DeleteRolePolicy")},
    **{operation: ("role", _LIMIT) for operation in ("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary")},
    **{operation: ("role", f"{_LIMIT} iam:PolicyARN") for operation in ("AttachRolePolicy", "DetachRolePolicy")},
    **{operation: ("user", _LIMIT) for operation in ("PutUserPolicy", "DeleteUserPolicy")},
    **{operation: ("user", _LIMIT) for operation in ("PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary")},
    **{operation: ("user", f"{_LIMIT} iam:PolicyARN") for operation in ("AttachUserPolicy", "DetachUserPolicy")},
    **{operation: ("group", "iam:PolicyARN") for operation in ("AttachGroupPolicy", "DetachGroupPolicy")},
    "CreateRole": ("role", f"{_TAGS} {_LIMIT}"),
    "TagRole": ("role", _TAGS),
    "UntagRole": ("role", "aws:TagKeys"),
    "CreateUser": ("user", f"{_TAGS} {_LIMIT}"),
    "CreatePolicy": ("policy", _TAGS),
    "TagPolicy": ("policy", _TAGS),
    "CreateOpenIDConnectProvider": (_PROVIDER, _TAGS),
    "TagOpenIDConnectProvider": (_PROVIDER, _TAGS),
    "UntagOpenIDConnectProvider": (_PROVIDER, "aws:TagKeys"),
    "CreateServiceLinkedRole": ("role", "iam:AWSServiceName"),
}

TYPES: Mapping[str, Arns] = {
    "group": _entity("group"),
    _PROVIDER: _providers,
    "policy": _policies,
    "role": _linked_or_role,
    "user": _entity("user"),
}
KEYS: Mapping[str, Key] = {
    "iam:AWSServiceName": named("iam:AWSServiceName", "AWSServiceName"),
    "iam:PermissionsBoundary": _boundary,
    "iam:PolicyARN": named("iam:PolicyARN", "PolicyArn"),
}

TABLE = Table(
    prefix="iam",
    types=TYPES,
    keys=KEYS,
    lines=LINES,
    further={
        "CreateRole": (tagging("iam:TagRole", TYPES["role"]),),
        "CreateUser": (tagging("iam:TagUser", TYPES["user"]),),
        "CreatePolicy": (tagging("iam:TagPolicy", TYPES["policy"]),),
        "CreateOpenIDConnectProvider": (tagging("iam:TagOpenIDConnectProvider", TYPES[_PROVIDER]),),
    },
)


def _session_tags(call: Call) -> Iterator[Request]:
    yield from tagging("sts:TagSession", _linked_or_role)(call)


STS = Table(
    prefix="sts",
    types={"role": _linked_or_role},
    keys={
        "sts:ExternalId": named("sts:ExternalId", "ExternalId"),
        "sts:RoleSessionName": named("sts:RoleSessionName", "RoleSessionName"),
        "sts:SourceIdentity": named("sts:SourceIdentity", "SourceIdentity"),
    },
    lines={"AssumeRole": ("role", f"{_TAGS} sts:ExternalId sts:RoleSessionName sts:SourceIdentity")},
    further={"AssumeRole": (_session_tags,)},
    # STS API reference: nobody needs a permission for these; the role's trust alone judges the second.
    free=frozenset({"GetCallerIdentity", "AssumeRoleWithWebIdentity", "GetSessionToken"}),
)

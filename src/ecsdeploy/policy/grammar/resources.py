"""How a Resource is written.

Source: IAM User Guide, "IAM JSON policy elements: Resource": of an ARN with fewer than six parts the missing ones count
as `*`. IAM itself knows the ARNs of a few services better, and says so.
"""

from __future__ import annotations

from ecsdeploy.policy.grammar.elements import LEGACY
from ecsdeploy.policy.grammar.syntax import MalformedPolicy

_IAM_TYPES = (
    *("user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/"),
    *("sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/"),
)
# They stand in policies of AWS's own, and not in the sentence.
_MORE_IAM_TYPES = ("*", "root", "role-template/")
_REGIONAL_S3 = ("accesspoint", "access-grants", "async-request", "job", "storage-lens")
_PARTS = 6


def check_resource(resource: str, partition: str) -> None:
    """Raise `MalformedPolicy` unless `resource` is `*` or an ARN that IAM takes in this partition."""
    if resource == "*":
        return
    if ":" not in resource:
        raise MalformedPolicy(f'Resource {resource} must be in ARN format or "*".')
    parts = resource.split(":", _PARTS - 1)
    whole = ":".join([*parts, *["*"] * (_PARTS - len(parts))])
    if parts[1] not in ("*", partition):
        shown = whole.replace(parts[0], "arn", 1)
        raise MalformedPolicy(f'Partition "{parts[1]}" is not valid for resource "{shown}".')
    if len(parts) == 2 or "*" in parts[2] or "?" in parts[2]:
        raise MalformedPolicy("Resource vendor must be fully qualified and cannot contain regexes.")
    if not parts[2] or ("::" in resource and len(parts) < _PARTS):
        raise MalformedPolicy(LEGACY)
    _, _, service, region, account, rest = whole.split(":", _PARTS - 1)
    _check_service(whole, service, region, account, rest)


def _check_service(resource: str, service: str, region: str, account: str, rest: str) -> None:
    if service == "iam":
        if region:
            raise MalformedPolicy(f"IAM resource {resource} cannot contain region information.")
        if not rest.startswith((*_MORE_IAM_TYPES, *_IAM_TYPES)):
            raise MalformedPolicy(f'IAM resource path must either be "*" or start with {", ".join(_IAM_TYPES)}.')
    elif service == "route53" and region:
        raise MalformedPolicy(f"Resource {resource} can not contain region information.")
    elif service == "s3" and not rest.startswith(_REGIONAL_S3):
        if region:
            raise MalformedPolicy(f"Resource {resource} can not contain region information.")
        if account not in ("", "*"):
            raise MalformedPolicy(f"Resource {resource} cannot contain an account id.")

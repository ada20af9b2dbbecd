"""CloudFormation, as JSON: policy documents are JSON, so that nothing in them is written in another way.

Source: CloudFormation template reference, AWS::IAM::OIDCProvider and AWS::IAM::Role.
"""

from __future__ import annotations

from typing import Any

from ecsdeploy.core.as_code.access import Access
from ecsdeploy.core.role import POLICY, SESSION, WantedRole

CREATE = "CreateOidcProvider"
_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
"""The provider is the whole account's: deleting the stack must not lock others out."""


def cloudformation(access: Access) -> dict[str, Any]:
    """Return a template; it needs the capability CAPABILITY_NAMED_IAM."""
    deploy = access.roles["deploy"]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{deploy.description}. Needs CAPABILITY_NAMED_IAM.",
        "Parameters": {
            CREATE: {
                "Type": "String",
                "AllowedValues": ["true", "false"],
                "Default": "true",
                "Description": "false where the account has the OIDC provider already, for any repository.",
            }
        },
        "Conditions": {"ProviderIsMissing": {"Fn::Equals": [{"Ref": CREATE}, "true"]}},
        "Resources": {
            "OidcProvider": {
                "Type": "AWS::IAM::OIDCProvider",
                "Condition": "ProviderIsMissing",
                **_KEPT,
                "Properties": {"Url": access.url, "ClientIdList": [access.audience]},
            },
            **{f"{name.capitalize()}Role": _role(name, role) for name, role in access.roles.items()},
        },
        "Outputs": {"DeployRoleArn": {"Value": {"Fn::GetAtt": ["DeployRole", "Arn"]}}},
    }


def _role(name: str, role: WantedRole) -> dict[str, Any]:
    policies = [{"PolicyName": POLICY, "PolicyDocument": role.permissions}] if role.permissions is not None else []
    return {
        "Type": "AWS::IAM::Role",
        **({"DependsOn": "OidcProvider"} if name == "deploy" else {}),
        "Properties": {
            "RoleName": role.name,
            "Path": role.path,
            "Description": role.description,
            "MaxSessionDuration": SESSION,
            "AssumeRolePolicyDocument": role.trust,
            "Tags": [{"Key": key, "Value": value} for key, value in role.tags.items()],
            **({"Policies": policies} if policies else {}),
            **({"PermissionsBoundary": role.boundary} if role.boundary else {}),
        },
    }

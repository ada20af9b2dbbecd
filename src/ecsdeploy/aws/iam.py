"""IAM roles and GitHub's OIDC provider: dicts in, core models out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.core.role import POLICY, SESSION, Role, WantedRole
from ecsdeploy.errors import AwsError

ECS_ROLE_PATH = "/aws-service-role/ecs.amazonaws.com/"
TAKEN = "has been taken"


class Iam:
    """What `bootstrap-oidc` and `setup` ask of IAM."""

    def __init__(self, aws: Aws) -> None:
        self._iam = aws.client("iam")

    def role(self, name: str) -> Role | None:
        """Return the role `name`, or None."""
        with Tolerate("NoSuchEntity"), aws_errors("iam"):
            return _role(self._iam.get_role(RoleName=name)["Role"])
        return None

    def policy(self, role: str) -> Mapping[str, Any] | None:
        """Return the inline policy that ecsdeploy wrote into `role`, or None."""
        with Tolerate("NoSuchEntity"), aws_errors("iam"):
            return _document(self._iam.get_role_policy(RoleName=role, PolicyName=POLICY)["PolicyDocument"])
        return None

    def other_policies(self, role: str) -> tuple[str, ...]:
        """Return what else gives `role` permissions: names of inline policies, ARNs of attached ones."""
        with aws_errors("iam"):
            inline = self._iam.get_paginator("list_role_policies").paginate(RoleName=role)
            names = [name for page in inline for name in page["PolicyNames"] if name != POLICY]
            attached = self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
            arns = [policy["PolicyArn"] for page in attached for policy in page["AttachedPolicies"]]
        return (*names, *arns)

    def create_role(self, wanted: WantedRole) -> Role | None:
        """Return the new role, without permissions; None: it appeared in between."""
        with Tolerate("EntityAlreadyExists"), aws_errors("iam"):
            answer = self._iam.create_role(
                RoleName=wanted.name,
                AssumeRolePolicyDocument=_text(wanted.trust),
                Description=wanted.description,
                MaxSessionDuration=SESSION,
                Tags=_tags(wanted.tags),
            )
            return _role(answer["Role"])
        return None

    def put_trust(self, role: str, trust: Mapping[str, Any]) -> None:
        """Replace who may assume `role`."""
        with aws_errors("iam"):
            self._iam.update_assume_role_policy(RoleName=role, PolicyDocument=_text(trust))

    def put_policy(self, role: str, policy: Mapping[str, Any]) -> None:
        """Replace what `role` may do through our inline policy."""
        with aws_errors("iam"):
            self._iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=_text(policy))

    def describe(self, role: str, description: str) -> None:
        """Set the description and the longest session (one call sets both)."""
        with aws_errors("iam"):
            self._iam.update_role(RoleName=role, Description=description, MaxSessionDuration=SESSION)

    def tag_role(self, role: str, tags: Mapping[str, str]) -> None:
        """Add tags; others stay."""
        with aws_errors("iam"):
            self._iam.tag_role(RoleName=role, Tags=_tags(tags))

    def provider_audiences(self, arn: str) -> tuple[str, ...] | None:
        """Return the audiences of the OIDC provider `arn`, or None when there is none."""
        with Tolerate("NoSuchEntity"), aws_errors("iam"):
            return tuple(self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"])
        return None

    def create_provider(self, url: str, audience: str) -> bool:
        """Return whether the provider was created; False: it appeared in between.

        No thumbprint: AWS trusts GitHub's certificate through its own library of certificate authorities.
        """
        with Tolerate("EntityAlreadyExists"), aws_errors("iam"):
            self._iam.create_open_id_connect_provider(Url=url, ClientIDList=[audience])
            return True
        return False

    def add_audience(self, arn: str, audience: str) -> None:
        """Let the provider's tokens carry `audience`; IAM takes it twice without complaint."""
        with aws_errors("iam"):
            self._iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=audience)

    def has_service_linked_role(self) -> bool:
        """Return whether ECS has its service-linked role; looked up by its path, which is ECS's alone."""
        with aws_errors("iam"):
            pages = self._iam.get_paginator("list_roles").paginate(PathPrefix=ECS_ROLE_PATH)
            return any(page.get("Roles") for page in pages)  # a page may be empty although another is not

    def create_service_linked_role(self) -> bool:
        """Return whether the role was created; False: it appeared in between."""
        try:
            with Tolerate("EntityAlreadyExists"), aws_errors("iam"):
                self._iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
                return True
        except AwsError as error:
            if error.code != "InvalidInput" or TAKEN not in error.message:
                raise
        return False


def _role(raw: Mapping[str, Any]) -> Role:
    return Role(
        name=raw["RoleName"],
        arn=raw["Arn"],
        trust=_document(raw["AssumeRolePolicyDocument"]),
        description=raw.get("Description", ""),
        max_session=raw.get("MaxSessionDuration", SESSION),
        tags={tag["Key"]: tag["Value"] for tag in raw.get("Tags", [])},
    )


def _document(raw: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document; IAM sends it URL-encoded, and botocore usually has decoded it."""
    if isinstance(raw, str):
        document: Mapping[str, Any] = json.loads(unquote(raw))
        return document
    return raw


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]

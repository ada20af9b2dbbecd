"""An AWS that is an account: what is written to it is there at once, and every request is held against AWS's model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore import xform_name

from ecsdeploy.aws.ecs_answers import to_service
from ecsdeploy.core.account import Account, LogGroupSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.log_group import LogGroup
from ecsdeploy.core.network import PEERS, Rule, SecurityGroup
from ecsdeploy.core.repository import Repository, RepositoryDetails
from ecsdeploy.core.role import Role
from ecsdeploy.core.step import Ends, Ref, Step
from ecsdeploy.core.task_definition import TaskDefinition, diff
from ecsdeploy.errors import AwsError
from tests.unit.aws_model import Parameters, require_known_to_aws
from tests.unit.core import builders as a


@dataclass
class Imagined:
    """The account, and what goes wrong with a call to it; `sent` are the calls that arrived."""

    account: Account
    sent: list[str] = field(default_factory=list)
    refuse: dict[str, list[Exception]] = field(default_factory=dict)
    """What a call is answered in place of being done, by its name, the first one first."""
    lose: dict[str, list[Exception]] = field(default_factory=dict)
    """What a call is answered after it was done."""
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What somebody else does just before a call, once."""
    tried: list[Parameters] = field(default_factory=list)
    begun: str = ""
    """The task of an earlier run that makes another needless."""

    def __call__(self, call: str, parameters: Parameters, *, once: bool) -> Parameters:
        """Do what `call` says and answer as AWS does."""
        require_known_to_aws(call, parameters)
        self.tried.append(parameters)
        if somebody_else := self.meanwhile.pop(call, None):
            somebody_else()
        if self.refuse.get(call):
            raise self.refuse[call].pop(0)
        service, _, operation = call.partition(":")
        answer: Parameters = getattr(self, f"_{service}_{xform_name(operation)}")(parameters)
        self.sent.append(call)
        if self.lose.get(call):
            raise self.lose[call].pop(0)
        return answer

    # ---- looking

    def cluster(self) -> Cluster | None:
        """Return the cluster."""
        assert isinstance(self.account.cluster, Cluster | None)
        return self.account.cluster

    def role(self, name: str, *, policy: bool, others: bool) -> RoleSeen | None:
        """Return a role."""
        found = self.account.roles.get(name)
        return found if isinstance(found, RoleSeen) else None

    def arrived(self, step: Step, known: frozenset[str]) -> Parameters | None:
        """Return the answer to a step that was lost."""
        newest, service = self.account.newest, self.account.service
        if step.call == "ecs:RegisterTaskDefinition":
            same = newest is not None and not diff(newest.document, step.parameters)
            return {"taskDefinition": {"taskDefinitionArn": newest.arn}} if newest is not None and same else None
        if service is None or all(each.arn in known for each in service.deployments):
            return None
        return {"service": service.service.raw}

    def under_way(self, step: Step, ends: Ends) -> Parameters | None:
        """Return the answer to an earlier run that sent this step."""
        return {"tasks": [{"taskArn": self.begun}]} if self.begun else None

    def left_of(self, ref: Ref) -> str:
        """Return what there still is of something that was deleted: it goes at once."""
        return ""

    # ---- ECR

    def _ecr_create_repository(self, asked: Parameters) -> Parameters:
        name = asked["repositoryName"]
        _refuse_a_second(self.account.repository, "RepositoryAlreadyExistsException")
        made = Repository(
            name=name,
            arn=a.PLACE.repository(name),
            uri=a.REPOSITORY,
            mutability=asked["imageTagMutability"],
            scan_on_push=asked["imageScanningConfiguration"]["scanOnPush"],
            encryption=asked["encryptionConfiguration"]["encryptionType"],
        )
        self._now(repository=made, repository_details=RepositoryDetails(None, _tags(asked["tags"])))
        return {"repository": {"repositoryArn": made.arn, "repositoryUri": made.uri}}

    def _ecr_put_lifecycle_policy(self, asked: Parameters) -> Parameters:
        self._now(repository_details=replace(self._details, lifecycle=json.loads(asked["lifecyclePolicyText"])))
        return {}

    def _ecr_put_image_tag_mutability(self, asked: Parameters) -> Parameters:
        self._now(repository=replace(self._repository, mutability=asked["imageTagMutability"]))
        return {}

    def _ecr_put_image_scanning_configuration(self, asked: Parameters) -> Parameters:
        scans = asked["imageScanningConfiguration"]["scanOnPush"]
        self._now(repository=replace(self._repository, scan_on_push=scans))
        return {}

    def _ecr_tag_resource(self, asked: Parameters) -> Parameters:
        assert asked["resourceArn"] == self._repository.arn
        self._now(repository_details=replace(self._details, tags={**self._details.tags, **_tags(asked["tags"])}))
        return {}

    # ---- IAM

    def _iam_create_open_id_connect_provider(self, asked: Parameters) -> Parameters:
        _refuse_a_second(self.account.provider, "EntityAlreadyExists")
        self._now(provider=tuple(asked["ClientIDList"]))
        return {"OpenIDConnectProviderArn": a.PLACE.github_provider()}

    def _iam_add_client_id_to_open_id_connect_provider(self, asked: Parameters) -> Parameters:
        assert isinstance(self.account.provider, tuple)
        self._now(provider=(*self.account.provider, asked["ClientID"]))
        return {}

    def _iam_create_role(self, asked: Parameters) -> Parameters:
        arn = a.PLACE.role(asked["RoleName"], asked.get("Path", "/"))
        _refuse_a_second(self.account.roles[asked["RoleName"]], "EntityAlreadyExists")
        made = Role(
            name=asked["RoleName"],
            arn=arn,
            trust=json.loads(asked["AssumeRolePolicyDocument"]),
            description=asked["Description"],
            max_session=asked["MaxSessionDuration"],
            tags=_tags(asked["Tags"]),
            boundary=asked.get("PermissionsBoundary", ""),
        )
        self._role_is(RoleSeen(role=made))
        return {"Role": {"Arn": arn}}

    def _iam_put_role_policy(self, asked: Parameters) -> Parameters:
        assert asked["PolicyName"] == "ecsdeploy"
        self._role_is(replace(self._role(asked), policy=json.loads(asked["PolicyDocument"])))
        return {}

    def _iam_put_role_permissions_boundary(self, asked: Parameters) -> Parameters:
        return self._role_has(asked, boundary=asked["PermissionsBoundary"])

    def _iam_update_assume_role_policy(self, asked: Parameters) -> Parameters:
        return self._role_has(asked, trust=json.loads(asked["PolicyDocument"]))

    def _iam_update_role(self, asked: Parameters) -> Parameters:
        return self._role_has(asked, description=asked["Description"], max_session=asked["MaxSessionDuration"])

    def _iam_tag_role(self, asked: Parameters) -> Parameters:
        return self._role_has(asked, tags={**self._role(asked).role.tags, **_tags(asked["Tags"])})

    def _iam_create_service_linked_role(self, asked: Parameters) -> Parameters:
        assert asked == {"AWSServiceName": "ecs.amazonaws.com"}
        said = "Service role name AWSServiceRoleForECS has been taken in this account"
        _refuse_a_second(self.account.linked_role or None, "InvalidInput", said)
        self._now(linked_role=True)
        return {}

    # ---- the cluster and the log group

    def _ecs_create_cluster(self, asked: Parameters) -> Parameters:
        providers, tags = tuple(asked["capacityProviders"]), _tags(asked["tags"])
        found = self.account.cluster
        if isinstance(found, Cluster) and not found.is_gone and found.capacity_providers != providers:
            said = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
            _refuse_a_second(found, "InvalidParameterException", said)
        made = a.cluster(name=asked["clusterName"], capacity_providers=providers, tags=tags)
        self._now(cluster=made)
        return {"cluster": {"clusterArn": made.arn, "status": "ACTIVE"}}

    def _ecs_put_cluster_capacity_providers(self, asked: Parameters) -> Parameters:
        found = self.cluster()
        assert found is not None
        strategy = tuple(asked["defaultCapacityProviderStrategy"])
        self._now(cluster=replace(found, capacity_providers=tuple(asked["capacityProviders"]), strategy=strategy))
        return {}

    def _logs_create_log_group(self, asked: Parameters) -> Parameters:
        name = asked["logGroupName"]
        _refuse_a_second(self.account.log_group, "ResourceAlreadyExistsException")
        self._now(log_group=LogGroupSeen(group=LogGroup(name, a.PLACE.log_group(name)), tags=asked["tags"]))
        return {}

    def _logs_put_retention_policy(self, asked: Parameters) -> Parameters:
        group = replace(self._log_group.group, retention_days=asked["retentionInDays"])
        self._now(log_group=replace(self._log_group, group=group))
        return {}

    def _logs_tag_resource(self, asked: Parameters) -> Parameters:
        assert isinstance(self._log_group.tags, Mapping)
        self._now(log_group=replace(self._log_group, tags={**self._log_group.tags, **asked["tags"]}))
        return {}

    # ---- security groups

    def _ec2_create_security_group(self, asked: Parameters) -> Parameters:
        (tagged,) = asked["TagSpecifications"]
        _refuse_a_second(self.account.security_groups or None, "InvalidGroup.Duplicate")
        made = SecurityGroup("sg-made", asked["GroupName"], asked["VpcId"], tags=_tags(tagged["Tags"]))
        self._now(security_groups=(made,))
        return {"GroupId": made.id}

    def _ec2_authorize_security_group_ingress(self, asked: Parameters) -> Parameters:
        return self._group_has(asked["GroupId"], ingress=self._group.ingress | _rules(asked["IpPermissions"]))

    def _ec2_revoke_security_group_ingress(self, asked: Parameters) -> Parameters:
        gone = _rules(asked["IpPermissions"])
        assert gone <= self._group.ingress
        return self._group_has(asked["GroupId"], ingress=self._group.ingress - gone)

    def _ec2_create_tags(self, asked: Parameters) -> Parameters:
        (group,) = asked["Resources"]
        return self._group_has(group, tags={**self._group.tags, **_tags(asked["Tags"])})

    # ---- the service

    def _ecs_register_task_definition(self, asked: Parameters) -> Parameters:
        revisions = [each.revision for each in (self.account.newest, self.account.running) if each is not None]
        document = {key: value for key, value in asked.items() if key != "tags"}
        made = a.revision(max(revisions, default=0) + 1, document, tags=_tags(asked["tags"]))
        self._now(newest=made)
        return {"taskDefinition": {"taskDefinitionArn": made.arn}}

    def _ecs_create_service(self, asked: Parameters) -> Parameters:
        seen = self.account.service
        if seen is not None and seen.service.raw.get("clientToken") == asked["clientToken"]:
            return {"service": seen.service.raw}
        _refuse_a_second(seen, "InvalidParameterException", "Creation of service was not idempotent.")
        settings = {key: value for key, value in asked.items() if key != "cluster"}
        return self._serve({**settings, "serviceArn": f"{a.ARN}:service/{asked['cluster']}/{asked['serviceName']}"})

    def _ecs_update_service(self, asked: Parameters) -> Parameters:
        assert self.account.service is not None
        now = self.account.service.service
        before = {"serviceArn": now.arn, "serviceName": now.name, "desiredCount": now.desired, **now.raw}
        tags = [{"key": key, "value": value} for key, value in now.tags.items()]
        settings = {key: value for key, value in asked.items() if key not in ("cluster", "service")}
        return self._serve({"taskDefinition": now.task_definition, **before, "tags": tags, **settings})

    def _ecs_run_task(self, asked: Parameters) -> Parameters:
        assert asked["taskDefinition"] in {each.arn for each in (self.account.newest, self.account.running) if each}
        assert asked["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
        return {"tasks": [{"taskArn": f"{a.ARN}:task/hello/{asked['clientToken']}"}], "failures": []}

    def _ecs_tag_resource(self, asked: Parameters) -> Parameters:
        newest = self.account.newest
        if newest is not None and asked["resourceArn"] == newest.arn:
            self._now(newest=replace(newest, tags={**newest.tags, **_tags(asked["tags"])}))
            return {}
        seen = self.account.service
        assert seen is not None
        tags = {**seen.service.tags, **_tags(asked["tags"])}
        self._now(service=replace(seen, service=replace(seen.service, tags=tags)))
        return {}

    def _serve(self, settings: dict[str, Any]) -> Parameters:
        """Bring the service to these settings at once, in one more deployment."""
        settings.pop("forceNewDeployment", None)
        seen, revision, count = self.account.service, settings["taskDefinition"], settings["desiredCount"]
        number = 1 + (len(seen.deployments) if seen is not None else 0)
        primary = {
            "id": f"ecs-svc/{number}",
            "status": "PRIMARY",
            "taskDefinition": revision,
            "rolloutState": "COMPLETED",
        }
        raw = {**settings, "status": "ACTIVE", "runningCount": count, "deployments": [primary]}
        ours = a.rollout(arn=f"{a.ARN}:service-deployment/hello/hello/d{number}", requested=count, running=count)
        older = seen.deployments if seen is not None else ()
        self._now(
            service=ServiceSeen(service=to_service(raw), deployments=(ours, *older)), running=self._revision(revision)
        )
        return {"service": raw}

    def _revision(self, arn: str) -> TaskDefinition:
        return next(
            each for each in (self.account.newest, self.account.running) if each is not None and each.arn == arn
        )

    # ---- what there is

    def _now(self, **nouns: Any) -> None:
        self.account = replace(self.account, **nouns)

    def _role(self, asked: Parameters) -> RoleSeen:
        found = self.account.roles[asked["RoleName"]]
        assert isinstance(found, RoleSeen)
        return found

    def _role_is(self, role: RoleSeen) -> None:
        self._now(roles={**self.account.roles, role.role.name: role})

    def _role_has(self, asked: Parameters, **facts: Any) -> Parameters:
        found = self._role(asked)
        self._role_is(replace(found, role=replace(found.role, **facts)))
        return {}

    def _group_has(self, group: str, **facts: Any) -> Parameters:
        assert group == self._group.id
        self._now(security_groups=(replace(self._group, **facts),))
        return {}

    @property
    def _repository(self) -> Repository:
        assert self.account.repository is not None
        return self.account.repository

    @property
    def _details(self) -> RepositoryDetails:
        assert isinstance(self.account.repository_details, RepositoryDetails)
        return self.account.repository_details

    @property
    def _log_group(self) -> LogGroupSeen:
        assert isinstance(self.account.log_group, LogGroupSeen)
        return self.account.log_group

    @property
    def _group(self) -> SecurityGroup:
        assert isinstance(self.account.security_groups, tuple)
        (group,) = self.account.security_groups
        return group


def _refuse_a_second(found: object, code: str, message: str = "") -> None:
    if found is not None:
        raise AwsError("AWS refused it.", code=code, operation="", message=message)


def _tags(listed: Iterable[Parameters]) -> dict[str, str]:
    return {each.get("Key") or each["key"]: each.get("Value") or each["value"] for each in listed}


def _rules(permissions: Iterable[Parameters]) -> frozenset[Rule]:
    return frozenset(
        Rule(each["IpProtocol"], each.get("FromPort"), each.get("ToPort"), peer[name])
        for each in permissions
        for listed, name in PEERS
        for peer in each.get(listed, [])
    )

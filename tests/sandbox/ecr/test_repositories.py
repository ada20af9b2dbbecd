from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ecsdeploy.sandbox.dispatch import JsonService
from ecsdeploy.sandbox.ecr.api import operations
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import AwsError
from tests.sandbox.ecr.conftest import CALLER

Call = Callable[..., Any]
ARN = "arn:aws:ecr:us-east-1:123456789012:repository/team/hello"
ANYBODY = '{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}'


def refused(call: Call, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        call(operation, **params)
    return error.value.code, error.value.message


def test_a_repository_is_described_as_it_was_created(call: Call) -> None:
    created = call(
        "CreateRepository",
        repositoryName="team/hello",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "latest*"}],
        imageScanningConfiguration={"scanOnPush": True},
        tags=[{"Key": "ecsdeploy:app", "Value": "hello"}],
    )
    assert created == {
        "repository": {
            "repositoryArn": ARN,
            "registryId": "123456789012",
            "repositoryName": "team/hello",
            "repositoryUri": "127.0.0.1:4510/team/hello",
            "createdAt": datetime.fromtimestamp(1_800_000_000, UTC),
            "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfiguration": {"encryptionType": "AES256"},
        }
    }
    assert call("DescribeRepositories", repositoryNames=["team/hello"])["repositories"] == [created["repository"]]
    assert call("ListTagsForResource", resourceArn=ARN) == {"tags": [{"Key": "ecsdeploy:app", "Value": "hello"}]}
    assert call("DeleteRepository", repositoryName="team/hello") == created


def test_repositories_are_paged(call: Call) -> None:
    for name in ("b1", "a1", "c1"):
        call("CreateRepository", repositoryName=name)
    first = call("DescribeRepositories", maxResults=2)
    second = call("DescribeRepositories", maxResults=2, nextToken=first["nextToken"])
    names = [[each["repositoryName"] for each in page["repositories"]] for page in (first, second)]
    assert names == [["a1", "b1"], ["c1"]]
    assert "nextToken" not in second
    assert refused(call, "DescribeRepositories", nextToken="?")[0] == "InvalidParameterException"


def test_what_is_refused_is_refused_in_aws_words(call: Call) -> None:
    call("CreateRepository", repositoryName="hello")
    gone = "The repository with name 'none' does not exist in the registry with id '123456789012'"
    assert refused(call, "CreateRepository", repositoryName="hello") == (
        "RepositoryAlreadyExistsException",
        "The repository with name 'hello' already exists in the registry with id '123456789012'",
    )
    assert refused(call, "DescribeRepositories", repositoryNames=["hello", "none"]) == (
        "RepositoryNotFoundException",
        gone,
    )
    assert refused(call, "ListImages", repositoryName="hello", registryId="000000000000") == (
        "RepositoryNotFoundException",
        "The repository with name 'hello' does not exist in the registry with id '000000000000'",
    )
    assert refused(call, "GetRepositoryPolicy", repositoryName="hello") == (
        "RepositoryPolicyNotFoundException",
        "Repository policy does not exist for the repository with name 'hello' in the registry with id '123456789012'",
    )
    assert refused(call, "GetLifecyclePolicy", repositoryName="hello") == (
        "LifecyclePolicyNotFoundException",
        "Lifecycle policy does not exist for the repository with name 'hello' in the registry with id '123456789012'",
    )
    assert refused(call, "PutImageTagMutability", repositoryName="hello", imageTagMutability="MUTABLE_WITH_EXCLUSION")[
        0
    ] == ("InvalidParameterException")
    assert refused(call, "TagResource", resourceArn="hello", tags=[])[0] == "InvalidParameterException"


@pytest.mark.parametrize("name", ["Hello", "-a", "a-", "a//b", "a..b", "a_-b", "/a", "a" * 257])
def test_names_follow_aws_grammar(call: Call, name: str) -> None:
    assert refused(call, "CreateRepository", repositoryName=name)[0] == "InvalidParameterException"


def test_settings_can_be_changed_one_by_one(call: Call) -> None:
    call("CreateRepository", repositoryName="hello")
    where = {"repositoryName": "hello"}
    call("PutImageTagMutability", imageTagMutability="IMMUTABLE", **where)
    call("PutImageScanningConfiguration", imageScanningConfiguration={"scanOnPush": True}, **where)
    policy = f'{{"Version":"2008-10-17","Statement":[{ANYBODY}]}}'
    call("SetRepositoryPolicy", policyText=policy, **where)
    described = call("DescribeRepositories")["repositories"][0]
    assert (described["imageTagMutability"], described["imageScanningConfiguration"]) == (
        "IMMUTABLE",
        {"scanOnPush": True},
    )
    assert call("DeleteRepositoryPolicy", **where)["policyText"] == policy
    for wrong in ("{}", policy.replace(ANYBODY, ""), policy.replace("Principal", "Who"), policy.replace('"*"', "{}")):
        assert refused(call, "SetRepositoryPolicy", policyText=wrong, **where)[1] == (
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"
        )
    arn = described["repositoryArn"]
    call("TagResource", resourceArn=arn, tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    call("UntagResource", resourceArn=arn, tagKeys=["a"])
    assert call("ListTagsForResource", resourceArn=arn) == {"tags": [{"Key": "b", "Value": "2"}]}
    many = [{"Key": f"k{at}", "Value": ""} for at in range(50)]
    assert refused(call, "TagResource", resourceArn=arn, tags=many)[0] == "TooManyTagsException"


@pytest.mark.parametrize("filters", [["a*b*c*"], ["a" * 129], ["a", "b", "c", "d", "e", "f"], ["a/b"], []])
def test_a_filter_of_mutability_has_its_limits(store: EcrStore, filters: list[str]) -> None:
    """Five filters of 128 characters with two wildcards each (ImageTagMutabilityExclusionFilter)."""
    ecr = JsonService("ecr", operations(store))
    ecr.call("CreateRepository", {"repositoryName": "web"}, CALLER)
    setting = {"repositoryName": "web", "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}

    def put(*filters: str) -> None:
        wanted = [{"filterType": "WILDCARD", "filter": each} for each in filters]
        ecr.call("PutImageTagMutability", {**setting, "imageTagMutabilityExclusionFilters": wanted}, CALLER)

    with pytest.raises(AwsError) as error:
        put(*filters)
    assert error.value.code == "InvalidParameterException"
    assert error.value.message.startswith("Invalid parameter at 'imageTagMutabilityExclusionFilters")
    put("a*b*", "b" * 128, "c", "d", "e")


def test_the_registry_has_settings_of_its_own(call: Call) -> None:
    assert call("GetAccountSetting", name="BLOB_MOUNTING")["value"] == "DISABLED"
    call("PutAccountSetting", name="BLOB_MOUNTING", value="ENABLED")
    assert call("GetAccountSetting", name="BLOB_MOUNTING")["value"] == "ENABLED"
    assert refused(call, "PutAccountSetting", name="BLOB_MOUNTING", value="x")[0] == "InvalidParameterException"
    assert refused(call, "GetAccountSetting", name="x")[0] == "InvalidParameterException"
    assert call("DescribeRegistry")["replicationConfiguration"] == {"rules": []}
    rule = {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "prod*", "filterType": "WILDCARD"}]}
    call("PutRegistryScanningConfiguration", scanType="BASIC", rules=[rule])
    assert call("GetRegistryScanningConfiguration")["scanningConfiguration"] == {"scanType": "BASIC", "rules": [rule]}
    for name in ("prod-web", "web-prod"):
        call("CreateRepository", repositoryName=name)
    answer = call("BatchGetRepositoryScanningConfiguration", repositoryNames=["prod-web", "web-prod", "none"])
    assert [each["scanFrequency"] for each in answer["scanningConfigurations"]] == ["SCAN_ON_PUSH", "MANUAL"]
    assert answer["failures"] == [{"repositoryName": "none", "failureCode": "REPOSITORY_NOT_FOUND"}]

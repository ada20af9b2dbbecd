from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ecsdeploy.sandbox.wire import AwsError

Call = Callable[..., Any]
ARN = "arn:aws:ecr:us-east-1:123456789012:repository/team/hello"


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
    policy = '{"Version":"2012-10-17","Statement":[]}'
    call("SetRepositoryPolicy", policyText=policy, **where)
    described = call("DescribeRepositories")["repositories"][0]
    assert (described["imageTagMutability"], described["imageScanningConfiguration"]) == (
        "IMMUTABLE",
        {"scanOnPush": True},
    )
    assert call("DeleteRepositoryPolicy", **where)["policyText"] == policy
    assert refused(call, "SetRepositoryPolicy", policyText="{}", **where)[1] == (
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"
    )
    arn = described["repositoryArn"]
    call("TagResource", resourceArn=arn, tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    call("UntagResource", resourceArn=arn, tagKeys=["a"])
    assert call("ListTagsForResource", resourceArn=arn) == {"tags": [{"Key": "b", "Value": "2"}]}
    many = [{"Key": f"k{at}", "Value": ""} for at in range(50)]
    assert refused(call, "TagResource", resourceArn=arn, tags=many)[0] == "TooManyTagsException"


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

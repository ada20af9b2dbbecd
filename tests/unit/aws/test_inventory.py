"""What is asked for before something is deleted: all of it, over all pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ecsdeploy.aws.ecr_images import INDEXES, EcrImages
from ecsdeploy.aws.iam import Iam
from ecsdeploy.aws.inventory import AT_ONCE, Inventory, side_by_side
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.image import StoredImage
from ecsdeploy.core.task_definition import short_name
from tests.unit.aws.stubs import StubbedAws

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def of(aws: StubbedAws) -> Aws:
    return cast(Aws, aws)


def arn(name: str) -> str:
    return f"arn:aws:ecs:us-east-1:123456789012:task-definition/{name}"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


class TestRevisions:
    LIST = "list_task_definitions"
    HELLO: dict[str, Any] = {"familyPrefix": "hello", "status": "ACTIVE"}

    def test_only_those_of_exactly_the_family_are_looked_at(self, aws: StubbedAws) -> None:
        found = {"taskDefinitionArns": [arn("hello-staging:4")], "nextToken": "more"}
        aws.answers("ecs", self.LIST, found, **self.HELLO)
        aws.answers("ecs", self.LIST, {"taskDefinitionArns": [arn("hello:7")]}, **self.HELLO, nextToken="more")
        answer = {
            "taskDefinition": {"taskDefinitionArn": arn("hello:7"), "family": "hello", "revision": 7},
            "tags": [{"key": "ecsdeploy:app", "value": "hello"}],
        }
        aws.answers("ecs", "describe_task_definition", answer, taskDefinition=arn("hello:7"), include=["TAGS"])

        (revision,) = Inventory(of(aws)).revisions("hello", inactive=False)

        assert (short_name(revision.arn), revision.status, revision.tags) == (
            "hello:7",
            "ACTIVE",
            {"ecsdeploy:app": "hello"},
        )

    def test_one_that_was_deleted_since_is_left_out(self, aws: StubbedAws) -> None:
        aws.answers("ecs", self.LIST, {"taskDefinitionArns": [arn("hello:7")]}, **self.HELLO)
        aws.refuses("ecs", "describe_task_definition", "ClientException", "Unable to describe task definition.")
        assert Inventory(of(aws)).revisions("hello", inactive=False) == ()


class TestClusters:
    def test_services_and_tasks_are_read_over_all_pages(self, aws: StubbedAws) -> None:
        one, other = (f"arn:aws:ecs:us-east-1:123456789012:service/c/{name}" for name in ("web", "api"))
        aws.answers("ecs", "list_services", {"serviceArns": [one], "nextToken": "more"}, cluster="c")
        aws.answers("ecs", "list_services", {"serviceArns": [other]}, cluster="c", nextToken="more")
        assert Inventory(of(aws)).service_names("c") == ["api", "web"]

        aws.answers("ecs", "list_tasks", {"taskArns": ["a"], "nextToken": "more"}, cluster="c", desiredStatus="STOPPED")
        aws.answers("ecs", "list_tasks", {"taskArns": ["b"]}, cluster="c", desiredStatus="STOPPED", nextToken="more")
        assert Inventory(of(aws)).task_arns("c", desiredStatus="STOPPED") == ["a", "b"]

    def test_a_cluster_that_is_missing_has_nothing(self, aws: StubbedAws) -> None:
        for operation in ("list_services", "list_tasks"):
            aws.refuses("ecs", operation, "ClusterNotFoundException")
        inventory = Inventory(of(aws))
        assert (inventory.service_names("c"), inventory.task_arns("c")) == ([], [])


class TestRoles:
    def test_those_that_trust_the_provider_are_found_over_all_pages(self, aws: StubbedAws) -> None:
        def role(name: str, principal: object) -> dict[str, Any]:
            trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal}]}
            return {
                "RoleName": name,
                "RoleId": "AROA0123456789012345",
                "Arn": f"arn:aws:iam::123456789012:role/{name}",
                "Path": "/",
                "CreateDate": AT,
                "AssumeRolePolicyDocument": json.dumps(trust),
            }

        first = [role("shop", {"Federated": PROVIDER}), role("tasks", {"Service": "ecs-tasks.amazonaws.com"})]
        aws.answers("iam", "list_roles", {"Roles": first, "IsTruncated": True, "Marker": "more"})
        last = [role("hello", {"Federated": [PROVIDER]})]
        aws.answers("iam", "list_roles", {"Roles": last, "IsTruncated": False}, Marker="more")

        assert Iam(of(aws)).roles_that_trust(PROVIDER) == ("hello", "shop")


class TestImages:
    def test_all_are_read_over_all_pages(self, aws: StubbedAws) -> None:
        index = {"imageDigest": digest(1), "imagePushedAt": AT, "imageManifestMediaType": INDEXES[0]}
        named = {"imageDigest": digest(2), "imagePushedAt": AT, "imageTags": ["b", "a"], "imageSizeInBytes": 5}
        about = {"imageDigest": digest(3), "imagePushedAt": AT, "subjectManifestDigest": digest(2)}
        wanted = {"repositoryName": "hello", "maxResults": 1000}
        aws.answers("ecr", "describe_images", {"imageDetails": [index], "nextToken": "more"}, **wanted)
        aws.answers("ecr", "describe_images", {"imageDetails": [named, about]}, **wanted, nextToken="more")

        assert EcrImages(of(aws), "hello").every() == (
            StoredImage(digest=digest(1), pushed_at=AT, is_index=True),
            StoredImage(digest=digest(2), pushed_at=AT, tags=("a", "b"), size=5),
            StoredImage(digest=digest(3), pushed_at=AT, subject=digest(2)),
        )

    def test_what_an_image_for_several_platforms_names_is_in_its_manifest(self, aws: StubbedAws) -> None:
        manifest = json.dumps({"manifests": [{"digest": digest(2)}, {"digest": digest(3)}]})
        answer = {"images": [{"imageId": {"imageDigest": digest(1)}, "imageManifest": manifest}]}
        aws.answers(
            "ecr",
            "batch_get_image",
            answer,
            repositoryName="hello",
            imageIds=[{"imageDigest": digest(1)}],
            acceptedMediaTypes=list(INDEXES),
        )
        found = EcrImages(of(aws), "hello").children([digest(1)])
        assert found == {digest(1): frozenset({digest(2), digest(3)})}

    def test_nothing_is_asked_about_no_image(self, aws: StubbedAws) -> None:
        assert EcrImages(of(aws), "hello").children([]) == {}


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 5 * AT_ONCE - 1])
def test_answers_come_in_the_order_of_what_was_asked(count: int) -> None:
    assert side_by_side(lambda number: number * 2, range(count)) == [number * 2 for number in range(count)]


def test_what_one_question_raises_is_raised() -> None:
    def question(number: int) -> int:
        if number == 11:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="11"):
        side_by_side(question, range(20))

"""Finding what to go back to asks no more than it has to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest

from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.rollback import Asked, older
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task_definition import TaskDefinition, short_name
from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.workflow.goal import Finder, Past
from tests.unit.aws.stubs import StubbedAws
from tests.unit.core import builders as a


def arn(number: int) -> str:
    return f"{a.ARN}:task-definition/hello:{number}"


def deployment(number: int, status: str = "SUCCESSFUL") -> ServiceDeployment:
    """Return the deployment of hello:NUMBER, which was done at minute NUMBER."""
    return a.rollout(
        status,
        arn=f"deployment/{number}",
        target_revision=f"revision/{number}",
        finished_at=a.AT + timedelta(minutes=number),
    )


class FamilyEcs:
    """An ECS with `count` revisions, each deployed once and well; counts what it is asked."""

    def __init__(self, count: int, commits: dict[int, str] | None = None) -> None:
        self.count, self.commits = count, commits or {}
        self.calls: Counter[str] = Counter()
        self._lock = Lock()

    def _called(self, name: str) -> None:
        with self._lock:
            self.calls[name] += 1

    def deployments(self, service: str, *, limit: int, status: str) -> list[ServiceDeployment]:
        assert (service, limit, status) == ("hello", 1000, "SUCCESSFUL")
        self._called("ListServiceDeployments")
        return [deployment(number) for number in range(self.count, 0, -1)]

    def task_definitions_of(self, revisions: Sequence[str]) -> dict[str, str]:
        assert len(revisions) <= 20
        self._called("DescribeServiceRevisions")
        return {each: arn(int(each.rpartition("/")[2])) for each in revisions}

    def task_definition(self, name: str) -> TaskDefinition | None:
        self._called("DescribeTaskDefinition")
        number = int(name.rpartition(":")[2])
        commit = self.commits.get(number, f"{number:040x}")
        known: dict[str, Any] = {"family": "hello", "revision": number, "status": "ACTIVE", "document": {}}
        return TaskDefinition(arn=arn(number), tags={"ecsdeploy:commit": commit}, **known)

    def newest_revisions(self, family: str, *, limit: int) -> list[str]:
        self._called("ListTaskDefinitions")
        return [arn(number) for number in range(self.count, 0, -1)][:limit]

    def seen(self) -> ServiceSeen:
        newest = range(self.count, max(0, self.count - 20), -1)
        return ServiceSeen(service=a.service(), deployments=tuple(map(deployment, newest)))


def past(ecs: Any) -> Past:
    return Past(ecs, ecs.seen())


def finder(ecs: Any) -> Finder:
    class NoAws:
        def client(self, service: str) -> Any:
            return None  # nothing is asked of it here

    run: Any = type("Run", (), {"aws": NoAws(), "clock": None})()
    return Finder(run, a.target(), ecs)


def test_a_step_back_is_one_request() -> None:
    ecs = FamilyEcs(500)
    found = older(past(ecs), arn(500))
    assert found is not None
    assert found.task_definition == arn(499)
    assert ecs.calls == {"DescribeServiceRevisions": 1}


def test_a_short_history_is_not_asked_for_again() -> None:
    ecs = FamilyEcs(5)
    assert older(past(ecs), arn(1)) is None
    assert ecs.calls == {"DescribeServiceRevisions": 1}


def test_a_long_history_is_read_until_something_is_found() -> None:
    ecs = FamilyEcs(500)
    found = older(past(ecs), arn(470))
    assert found is not None
    assert found.task_definition == arn(469)
    assert ecs.calls == {"DescribeServiceRevisions": 2, "ListServiceDeployments": 1}


def test_only_what_succeeded_is_history() -> None:
    ecs = FamilyEcs(3)
    statuses = ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    listed = tuple(deployment(number, status) for number, status in zip((3, 2, 1), statuses, strict=True))
    any_ecs: Any = ecs
    found = list(Past(any_ecs, ServiceSeen(service=a.service(), deployments=listed)))
    assert [each.task_definition for each in found] == [arn(3), arn(1)]


def test_when_something_was_deployed_is_looked_for_in_the_newest_hundred() -> None:
    ecs = FamilyEcs(500)
    history = past(ecs)
    assert history.when(arn(450)) == a.AT + timedelta(minutes=450)
    assert history.when(arn(10)) is None
    assert ecs.calls == {"DescribeServiceRevisions": 5, "ListServiceDeployments": 1}
    assert history.when(arn(10)) is None
    assert ecs.calls["DescribeServiceRevisions"] == 5  # what was read is remembered


def test_a_revision_is_described_and_nothing_else() -> None:
    ecs = FamilyEcs(500)
    assert short_name(finder(ecs).named(Asked("revision", "hello:7")).arn) == "hello:7"
    assert ecs.calls == {"DescribeTaskDefinition": 1}


def test_a_whole_commit_is_looked_for_no_further_than_it_is() -> None:
    ecs = FamilyEcs(500)
    assert finder(ecs).named(Asked("commit", f"{485:040x}")).revision == 485
    assert ecs.calls == {"ListTaskDefinitions": 1, "DescribeTaskDefinition": 20}


def test_the_beginning_of_a_commit_is_held_against_all_of_the_newest_hundred() -> None:
    ecs = FamilyEcs(500, {410: "abcdef0" + "1" * 33, 499: "abcdef0" + "2" * 33, 100: "fedcba9" + "0" * 33})
    with pytest.raises(UsageError, match="matches 2 commits"):
        finder(ecs).named(Asked("commit", "abcdef0"))
    assert ecs.calls == {"ListTaskDefinitions": 1, "DescribeTaskDefinition": 100}
    with pytest.raises(Refused) as refused:
        finder(ecs).named(Asked("commit", "fedcba9"))
    assert "None of the newest 100 ACTIVE revisions of hello" in refused.value.why


URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello"
IMAGE = f"{URI}@{a.DIGEST}"
ELSEWHERE = f"public.ecr.aws/nginx@{a.DIGEST}"


def lost(aws: StubbedAws, *images: str) -> str:
    """Return what a revision of these images lacks."""
    document = {"containerDefinitions": [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]}
    run: Any = type("Run", (), {"aws": aws, "clock": None})()
    ecs: Any = FamilyEcs(1)
    return Finder(run, a.target(), ecs).lost(a.revision(1, document))


def has_repository(aws: StubbedAws) -> None:
    arn = "arn:aws:ecr:us-east-1:123456789012:repository/hello"
    found = {"repositoryUri": URI, "repositoryName": "hello", "repositoryArn": arn}
    aws.answers("ecr", "describe_repositories", {"repositories": [found]}, repositoryNames=["hello"])


def there(aws: StubbedAws, *, status: str = "ACTIVE") -> None:
    has_repository(aws)
    detail = {"imageDigest": a.DIGEST, "imageStatus": status}
    asked = {"repositoryName": "hello", "imageIds": [{"imageDigest": a.DIGEST}]}
    aws.answers("ecr", "describe_images", {"imageDetails": [detail]}, **asked)


def test_an_image_that_is_there_lacks_nothing() -> None:
    aws = StubbedAws()
    there(aws)
    assert lost(aws, ELSEWHERE, f"{URI}:tag", IMAGE) == ""
    aws.nothing_is_left()


def test_an_image_that_was_deleted_is_named() -> None:
    aws = StubbedAws()
    has_repository(aws)
    aws.refuses("ecr", "describe_images", "ImageNotFoundException")
    assert lost(aws, ELSEWHERE, IMAGE) == IMAGE


def test_an_image_in_the_archive_is_refused_with_how_to_get_it_back() -> None:
    aws = StubbedAws()
    there(aws, status="ARCHIVED")
    with pytest.raises(Refused, match="is in ECR's archive") as refused:
        lost(aws, IMAGE)
    assert "aws ecr update-image-storage-class" in refused.value.fix


def test_with_the_repository_every_image_of_it_is_gone() -> None:
    aws = StubbedAws()
    aws.refuses("ecr", "describe_repositories", "RepositoryNotFoundException")
    assert lost(aws, ELSEWHERE, IMAGE) == IMAGE


def test_what_was_never_in_our_repository_is_not_asked_for() -> None:
    aws = StubbedAws()
    aws.refuses("ecr", "describe_repositories", "RepositoryNotFoundException")
    assert lost(aws, ELSEWHERE) == ""

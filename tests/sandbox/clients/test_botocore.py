"""botocore's own waiters and paginators, as boto3 users have them."""

from __future__ import annotations

import pytest
from botocore.exceptions import WaiterError

from tests.sandbox.clients.conftest import Service
from tests.sandbox.conftest import QUICK, RunningSandbox
from tests.sandbox.operations.furnished import definition


def test_waiters_of_a_service(service: Service) -> None:
    ecs, one = service.ecs, {"cluster": "c", "services": [service.name]}
    ecs.update_service(cluster="c", service=service.name, desiredCount=3)
    ecs.get_waiter("services_stable").wait(**one, WaiterConfig=QUICK)
    assert service.now()["runningCount"] == 3
    ecs.delete_service(cluster="c", service=service.name, force=True)
    with pytest.raises(WaiterError, match=r"DRAINING|INACTIVE"):
        ecs.get_waiter("services_stable").wait(**one, WaiterConfig=QUICK)
    ecs.get_waiter("services_inactive").wait(**one, WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="MISSING"):
        ecs.get_waiter("services_stable").wait(cluster="c", services=["nothing"], WaiterConfig=QUICK)


def test_waiters_of_a_task(service: Service) -> None:
    ecs = service.ecs
    started = ecs.run_task(
        cluster="c", taskDefinition=service.name, launchType="FARGATE", networkConfiguration=service.network(), count=2
    )
    assert started["failures"] == []
    tasks = {"cluster": "c", "tasks": [task["taskArn"] for task in started["tasks"]]}
    ecs.get_waiter("tasks_running").wait(**tasks, WaiterConfig=QUICK)
    for task in tasks["tasks"]:
        ecs.stop_task(cluster="c", task=task)
    ecs.get_waiter("tasks_stopped").wait(**tasks, WaiterConfig=QUICK)
    with pytest.raises(WaiterError, match="STOPPED"):
        ecs.get_waiter("tasks_running").wait(**tasks, WaiterConfig=QUICK)


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_of_task_definitions(sandbox: RunningSandbox, size: int, order: str) -> None:
    ecs, family = sandbox.client("ecs"), f"paged-{size}-{order}"
    for _ in range(11):
        ecs.register_task_definition(**definition(family))
    pages = ecs.get_paginator("list_task_definitions").paginate(
        familyPrefix=family, sort=order, PaginationConfig={"PageSize": size}
    )
    numbers = [int(arn.rpartition(":")[2]) for page in pages for arn in page["taskDefinitionArns"]]
    assert numbers == (list(range(1, 12)) if order == "ASC" else list(range(11, 0, -1)))


def test_what_goes_between_two_pages_moves_nothing(sandbox: RunningSandbox) -> None:
    """As in every clean-up script: list a page, deregister it, ask for the next one."""
    ecs = sandbox.client("ecs")
    for _ in range(7):
        ecs.register_task_definition(**definition("cleaned"))
    seen = []
    paginator = ecs.get_paginator("list_task_definitions")
    for page in paginator.paginate(familyPrefix="cleaned", PaginationConfig={"PageSize": 3}):
        for arn in page["taskDefinitionArns"]:
            seen.append(int(arn.rpartition(":")[2]))
            ecs.deregister_task_definition(taskDefinition=arn)
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_pages_of_services_and_tasks(service: Service) -> None:
    ecs = service.ecs
    for name in ("paged-1", "paged-2", "paged-3"):
        network = service.network()
        one = {"cluster": "c", "serviceName": name, "taskDefinition": service.name, "desiredCount": 0}
        ecs.create_service(**one, launchType="FARGATE", networkConfiguration=network)
    pages = ecs.get_paginator("list_services").paginate(cluster="c", PaginationConfig={"PageSize": 1})
    arns = [arn for page in pages for arn in page["serviceArns"]]
    assert len(arns) == len(set(arns))
    assert {arn.rpartition("/")[2] for arn in arns} >= {"paged-1", "paged-2", "paged-3", service.name}
    tasks = ecs.get_paginator("list_tasks").paginate(
        cluster="c", serviceName=service.name, PaginationConfig={"PageSize": 1}
    )
    assert [len(page["taskArns"]) for page in tasks] == [1, 1]


def test_pages_of_other_services(sandbox: RunningSandbox) -> None:
    ecr, logs = sandbox.client("ecr"), sandbox.client("logs")
    for number in range(5):
        ecr.create_repository(repositoryName=f"paged/{number}")
        logs.create_log_group(logGroupName=f"/paged/{number}")
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})
    names = [one["repositoryName"] for page in pages for one in page["repositories"]]
    assert names == [f"paged/{number}" for number in range(5)]
    pages = logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix="/paged", PaginationConfig={"PageSize": 2}
    )
    names = [one["logGroupName"] for page in pages for one in page["logGroups"]]
    assert names == [f"/paged/{number}" for number in range(5)]


def test_waiters_of_a_repository(sandbox: RunningSandbox) -> None:
    ecr = sandbox.client("ecr")
    ecr.create_repository(repositoryName="waited")
    text = (
        '{"rules": [{"rulePriority": 1, "description": "keep a hundred", "selection": {"tagStatus": "any", '
        '"countType": "imageCountMoreThan", "countNumber": 100}, "action": {"type": "expire"}}]}'
    )
    ecr.start_lifecycle_policy_preview(repositoryName="waited", lifecyclePolicyText=text)
    ecr.get_waiter("lifecycle_policy_preview_complete").wait(repositoryName="waited", WaiterConfig=QUICK)

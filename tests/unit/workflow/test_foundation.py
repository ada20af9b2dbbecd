from __future__ import annotations

from ecsdeploy.core.upkeep import FILL, RECONCILE
from ecsdeploy.workflow.foundation import ensure_foundation, ensure_repository
from tests.unit.workflow.fakes import Bench


def test_the_second_run_writes_nothing(bench: Bench) -> None:
    run, report = bench.run()
    ensure_repository(run, RECONCILE)
    first = ensure_foundation(run, RECONCILE)
    assert report.resources == [
        ("repository", "hello-service", "created"),
        ("execution role", "hello-service-execution", "created"),
        ("task role", "hello-service-task", "created"),
        ("service-linked role", "AWSServiceRoleForECS", "created"),
        ("cluster", "hello-service", "created"),
        ("log group", "/ecs/hello-service", "created"),
        ("security group", "hello-service", "created"),
    ]

    for upkeep in (RECONCILE, FILL):
        run, report = bench.run()
        ensure_repository(run, upkeep)
        second = ensure_foundation(run, upkeep)
        assert bench.writes == {}
        assert {action for _, _, action in report.resources} == ({"unchanged"} if upkeep.reconcile else set())
        assert (second.network, second.roles.task.arn) == (first.network, first.roles.task.arn)

from __future__ import annotations

import pytest

from ecsdeploy.errors import Refused
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions
from ecsdeploy.workflow.setup import setup
from tests.unit.workflow.fakes import CONFIG, Bench

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello-service"
ROLE = "arn:aws:iam::123456789012:role/hello-service-github-deploy"


def done(bench: Bench) -> None:
    """Let `setup` have run before."""
    run, _ = bench.run()
    setup(run, run.target, OidcOptions())


def test_an_empty_account_gets_everything_in_order(bench: Bench) -> None:
    run, report = bench.run()

    setup(run, run.target, OidcOptions())

    assert report.resources == [
        ("repository", "hello-service", "created"),
        ("OIDC provider", "token.actions.githubusercontent.com", "created"),
        ("deploy role", "hello-service-github-deploy", "created"),
        ("execution role", "hello-service-execution", "created"),
        ("task role", "hello-service-task", "created"),
        ("service-linked role", "AWSServiceRoleForECS", "created"),
        ("cluster", "hello-service", "created"),
        ("log group", "/ecs/hello-service", "created"),
        ("security group", "hello-service", "created"),
    ]
    assert report.results == {
        "repository": URI,
        "deploy-role": ROLE,
    }


def test_the_second_run_writes_nothing(bench: Bench) -> None:
    done(bench)
    run, report = bench.run()

    setup(run, run.target, OidcOptions())

    assert bench.writes == {}
    assert {action for _, _, action in report.resources} == {"unchanged"}
    assert len(report.resources) == 9
    assert report.results["deploy-role"] == ROLE


def test_a_refusal_in_the_middle_says_what_was_done_before(bench: Bench) -> None:
    done(bench)
    run, _ = bench.run(CONFIG.replace('["main"]', '["main", "release"]') + "[image]\nkeep = 5\n", answer=False)

    with pytest.raises(Refused) as caught:
        setup(run, run.target, OidcOptions())

    assert caught.value.what == (
        "This needs your consent, so it was left as it is. Done before: updated repository hello-service."
    )

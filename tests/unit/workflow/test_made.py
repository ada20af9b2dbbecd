"""What a service stands on: made where it is missing, brought to what the config says, and never twice."""

from __future__ import annotations

import json

import pytest

from ecsdeploy.core.step import Later, Ref
from ecsdeploy.core.things.network import network_of
from ecsdeploy.core.things.wanted_roles import TaskRole, role_arn
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import FOUNDATION, Part, Wanted
from ecsdeploy.errors import PermissionDenied, Refused
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.made import Made, bring_up
from tests.unit.workflow.fakes import CONFIG, Bench

ADOPT = Upkeep(adopt=True)
ROLES: tuple[tuple[TaskRole, str], ...] = (
    ("execution role", "hello-service-execution"),
    ("task role", "hello-service-task"),
)
ALL: tuple[Part, ...] = ("repository", *FOUNDATION)


def bring(run: Run, upkeep: Upkeep = RECONCILE, parts: tuple[Part, ...] = ALL) -> Made:
    """Bring up what a service stands on."""
    return bring_up(run, Wanted(target=run.target, parts=parts), upkeep)


def make_all(bench: Bench, upkeep: Upkeep = RECONCILE, config: str = CONFIG) -> None:
    bring(bench.run(config)[0], upkeep)


def security_group(run: Run, made: Made) -> str:
    """Return the id of the group that was made, or was there."""
    network = network_of(run.target, made.account)
    assert network is not None
    (group,) = network.security_groups
    return made.hands.resolved(group)


@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_an_empty_account_gets_everything_and_the_second_run_writes_nothing(bench: Bench, upkeep: Upkeep) -> None:
    run, report = bench.run()
    first = bring(run, upkeep)
    assert sorted(report.resources) == [
        ("cluster", "hello-service", "created"),
        ("execution role", "hello-service-execution", "created"),
        ("log group", "/ecs/hello-service", "created"),
        ("repository", "hello-service", "created"),
        ("security group", "hello-service", "created"),
        ("service-linked role", "AWSServiceRoleForECS", "created"),
        ("task role", "hello-service-task", "created"),
    ]
    group = security_group(run, first)
    task = first.hands.resolved(Later(Ref("task role", "hello-service-task"), "arn"))

    for again in (RECONCILE, FILL):
        run, report = bench.run()
        second = bring(run, again)
        assert bench.writes == {}
        assert {action for _, _, action in report.resources} == ({"unchanged"} if again.reconcile else set())
        assert security_group(run, second) == group
        assert role_arn(run.target, second.account, "task role") == task
        assert second.repository_uri == first.repository_uri


WRITES = [
    "ecr:CreateRepository",
    "ecr:PutLifecyclePolicy",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:CreateServiceLinkedRole",
    "ecs:CreateCluster",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "ec2:CreateSecurityGroup",
    "ec2:AuthorizeSecurityGroupIngress",
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_a_run_that_was_interrupted_is_finished_by_the_next(bench: Bench, write: str, upkeep: Upkeep) -> None:
    bench.stop_before = write
    with pytest.raises(KeyboardInterrupt):
        make_all(bench, upkeep)

    bench.stop_before = ""
    make_all(bench, upkeep)

    run, report = bench.run()
    bring(run)
    assert bench.writes == {}
    assert {action for _, _, action in report.resources} == {"unchanged"}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("upkeep", [RECONCILE, FILL])
def test_two_runs_at_once_make_one_of_each(bench: Bench, write: str, upkeep: Upkeep) -> None:
    bench.meanwhile = {write: lambda: make_all(bench, upkeep)}

    make_all(bench, upkeep)

    run, report = bench.run()
    bring(run)
    assert bench.writes == {}
    assert {action for _, _, action in report.resources} == {"unchanged"}


def test_an_interruption_is_told_what_was_done_and_what_was_not(bench: Bench) -> None:
    bench.stop_before = "iam:PutRolePolicy"
    run, _ = bench.run()

    with pytest.raises(KeyboardInterrupt):
        bring(run, FILL, FOUNDATION)

    assert run.journal.done == ["created execution role hello-service-execution"]
    assert run.journal.doing == "setting up execution role hello-service-execution"


@pytest.mark.parametrize(
    ("action", "thing"),
    [
        ("ecr:CreateRepository", "repository hello-service"),
        ("iam:CreateRole", "execution role hello-service-execution"),
        ("ecs:CreateCluster", "cluster hello-service"),
        ("logs:CreateLogGroup", "log group /ecs/hello-service"),
        ("ec2:CreateSecurityGroup", "security group hello-service"),
    ],
)
def test_a_deploy_that_may_not_make_what_is_missing_names_the_action_and_setup(
    bench: Bench, action: str, thing: str
) -> None:
    bench.deny = {action}

    with pytest.raises(PermissionDenied) as caught:
        make_all(bench, FILL)

    assert caught.value.what == f"The {thing} is missing, and these credentials cannot create it: they lack {action}."
    assert caught.value.fix == "Ask an admin to run this once: ecsdeploy setup"
    assert caught.value.exit_code == 3


def test_a_deploy_role_that_may_not_look_trusts_that_setup_has_run(bench: Bench) -> None:
    make_all(bench)
    bench.deny = {"iam:GetRole", "iam:ListRoles", "ecr:GetLifecyclePolicy", "logs:ListTagsForResource"}
    run, _ = bench.run()

    made = bring(run, FILL)

    assert bench.writes == {}
    for kind, name in ROLES:
        assert role_arn(run.target, made.account, kind) == f"arn:aws:iam::123456789012:role/{name}"
    assert [each.ref.kind for each in made.plan.unchecked] == ["repository", "execution role", "task role"]


def test_new_roles_are_waited_for_once(bench: Bench) -> None:
    run, report = bench.run()
    made = bring(run, FILL, FOUNDATION)
    made.hands.settle()

    assert bench.slept(run) == [10.0]
    assert report.texts == ["Waiting until the roles are known everywhere in IAM"]

    run, _ = bench.run()
    bring(run, FILL, FOUNDATION)
    assert bench.slept(run) == []


class TestRepository:
    def test_it_is_made_safe(self, bench: Bench) -> None:
        make_all(bench)

        ecr = bench.client("ecr")
        found = ecr.describe_repositories()["repositories"][0]
        assert found["imageTagMutability"] == "IMMUTABLE"
        assert found["imageScanningConfiguration"] == {"scanOnPush": True}
        assert found["encryptionConfiguration"] == {"encryptionType": "AES256"}
        policy = json.loads(ecr.get_lifecycle_policy(repositoryName="hello-service")["lifecyclePolicyText"])
        assert [rule["selection"]["countNumber"] for rule in policy["rules"]] == [7, 30]
        assert ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"] == [
            {"Key": "ecsdeploy:app", "Value": "hello-service"}
        ]

    def test_what_drifted_is_brought_back_and_shown(self, bench: Bench) -> None:
        make_all(bench)
        ecr = bench.client("ecr")
        ecr.put_image_tag_mutability(repositoryName="hello-service", imageTagMutability="MUTABLE")
        ecr.put_image_scanning_configuration(
            repositoryName="hello-service", imageScanningConfiguration={"scanOnPush": False}
        )
        run, report = bench.run(CONFIG + "[image]\nkeep = 5\n")

        bring(run, RECONCILE, ("repository",))

        assert report.changes("repository") == {
            "imageTagMutability": ("MUTABLE", "IMMUTABLE"),
            "scanOnPush": (False, True),
            "lifecycle": (
                ["1 untagged sinceImagePushed days 7 expire", "2 any imageCountMoreThan 30 expire"],
                ["1 untagged sinceImagePushed days 7 expire", "2 any imageCountMoreThan 5 expire"],
            ),
        }
        assert bench.writes == {
            "ecr:PutImageTagMutability": 1,
            "ecr:PutImageScanningConfiguration": 1,
            "ecr:PutLifecyclePolicy": 1,
        }

    def test_a_deploy_changes_nothing_that_exists(self, bench: Bench) -> None:
        make_all(bench)
        run, report = bench.run(CONFIG + "[image]\nkeep = 5\n[logs]\nretention_days = 7\n")

        bring(run, FILL)

        assert bench.writes == {}
        assert report.resources == []

    def test_somebody_elses_is_refused_and_can_be_adopted(self, bench: Bench) -> None:
        bench.client("ecr").create_repository(repositoryName="hello-service")
        run, _ = bench.run()
        with pytest.raises(Refused, match="The repository hello-service exists and was not made by ecsdeploy"):
            bring(run, RECONCILE, ("repository",))
        assert bench.writes == {}

        run, report = bench.run()
        bring(run, ADOPT, ("repository",))
        assert report.resources == [("repository", "hello-service", "updated")]
        assert report.changes("repository")["tags.ecsdeploy:app"] == (None, "hello-service")

    def test_another_apps_is_refused_even_with_adopt(self, bench: Bench) -> None:
        tags = [{"Key": "ecsdeploy:app", "Value": "other"}]
        bench.client("ecr").create_repository(repositoryName="hello-service", tags=tags)
        run, _ = bench.run()

        with pytest.raises(Refused, match="belongs to the app 'other'"):
            bring(run, ADOPT, ("repository",))

    def test_encryption_that_cannot_be_changed_is_said(self, bench: Bench) -> None:
        bench.client("ecr").create_repository(
            repositoryName="hello-service", encryptionConfiguration={"encryptionType": "KMS"}
        )
        run, report = bench.run()

        bring(run, ADOPT, ("repository",))

        assert "The repository is encrypted with KMS; ECR cannot change that, so it stays." in report.texts


class TestCluster:
    def test_a_deleted_one_is_made_again(self, bench: Bench) -> None:
        make_all(bench)
        bench.client("ecs").delete_cluster(cluster="hello-service")
        run, report = bench.run()

        assert bring(run, FILL, FOUNDATION).account.cluster is not None
        assert ("cluster", "hello-service", "created") in report.resources

    def test_fargate_is_added_to_what_is_there(self, bench: Bench) -> None:
        ecs = bench.client("ecs")
        strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
        ecs.create_cluster(
            clusterName="hello-service",
            capacityProviders=["mine", "FARGATE_SPOT"],
            defaultCapacityProviderStrategy=strategy,
        )
        run, report = bench.run()

        bring(run, RECONCILE, FOUNDATION)

        assert report.changes("cluster") == {
            "capacityProviders": (["mine", "FARGATE_SPOT"], ["mine", "FARGATE_SPOT", "FARGATE"])
        }
        found = ecs.describe_clusters(clusters=["hello-service"])["clusters"][0]
        assert found["capacityProviders"] == ["mine", "FARGATE_SPOT", "FARGATE"]
        assert found["defaultCapacityProviderStrategy"] == strategy


class TestLogGroup:
    def test_retention_follows_the_config(self, bench: Bench) -> None:
        make_all(bench)
        run, report = bench.run(CONFIG + "[logs]\nretention_days = 7\n")

        bring(run, RECONCILE, FOUNDATION)

        assert report.changes("log group") == {"retentionInDays": (30, 7)}
        assert bench.writes == {"logs:PutRetentionPolicy": 1}

    def test_a_longer_name_is_not_mistaken_for_it(self, bench: Bench) -> None:
        bench.client("logs").create_log_group(logGroupName="/ecs/hello-service-2")
        run, report = bench.run()

        bring(run, FILL, FOUNDATION)

        assert ("log group", "/ecs/hello-service", "created") in report.resources

    def test_somebody_elses_is_refused(self, bench: Bench) -> None:
        bench.client("logs").create_log_group(logGroupName="/ecs/hello-service")
        run, _ = bench.run()

        with pytest.raises(Refused, match="The log group /ecs/hello-service exists and was not made by ecsdeploy"):
            bring(run, RECONCILE, FOUNDATION)

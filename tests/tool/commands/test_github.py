"""What a job on GitHub is left with by each command: its outputs, the summary and the annotations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from tests.support.world import Ran, World
from tests.unit.report.github.runner import read_outputs


@dataclass(frozen=True)
class Job:
    """A job whose steps run `ecsdeploy`; each step has files of its own."""

    world: World
    folder: Path

    def step(self, *arguments: str) -> tuple[Ran, dict[str, str], str]:
        """Run a step; return what it printed, its outputs and its summary."""
        output, summary = self.folder / "output", self.folder / "summary"
        for file in (output, summary):
            file.write_text("")
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        ran = self.world.run(*arguments, GITHUB_ACTIONS="true", **files)
        return ran, read_outputs(output.read_text("utf-8")), summary.read_text("utf-8")


@pytest.fixture
def job(world: World, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return Job(world, tmp_path_factory.mktemp("job"))


def expected(world: World, revision: str) -> dict[str, str]:
    """Return the outputs about a revision and its newest deployment, as AWS has them."""
    ecs = world.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
    image = definition["containerDefinitions"][0]["image"]
    deployments = ecs.list_service_deployments(cluster="hello", service="hello")["serviceDeployments"]
    return {
        "image": image,
        "digest": image.partition("@")[2],
        "task-definition-arn": definition["taskDefinitionArn"],
        "deployment-arn": max(deployments, key=lambda each: each["createdAt"])["serviceDeploymentArn"],
    }


def test_the_outputs_are_what_aws_has(job: Job) -> None:
    world = job.world
    world.release()
    ran, registered, summary = job.step("register-task")
    arn = ran.out.strip()
    image = world.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
    about = {"image": image[0]["image"], "digest": image[0]["image"].partition("@")[2], "task-definition-arn": arn}
    assert (registered, summary) == ({**about, "outcome": "succeeded"}, "")

    ran, outputs, summary = job.step("deploy")
    assert outputs == {**expected(world, "hello:1"), "url": ran.out.strip(), "outcome": "succeeded"}
    assert summary.startswith("### ✅ Deployed hello:1: 1 of 1 tasks run.\n")
    assert f"| url | <{ran.out.strip()}> |\n" in summary
    assert [line for line in ran.err.splitlines() if line.startswith("::")] == ["::group::Rollout", "::endgroup::"]

    world.wait_until_steady()
    ran, outputs, _ = job.step("deploy")
    assert outputs == {**expected(world, "hello:1"), "url": ran.out.strip(), "outcome": "succeeded"}

    world.release()
    assert world.run("deploy").code == 0
    world.wait_until_steady()
    ran, outputs, _ = job.step("rollback", "--yes")
    assert outputs == {**expected(world, "hello:1"), "url": ran.out.strip(), "outcome": "succeeded"}

    world.wait_until_steady()
    ran, outputs, _ = job.step("restart")
    about = {name: value for name, value in expected(world, "hello:1").items() if name.endswith("-arn")}
    assert outputs == {**about, "url": ran.out.strip(), "outcome": "succeeded"}

    world.wait_until_steady()
    _, outputs, summary = job.step("scale", "0")
    assert outputs == {"task-definition-arn": about["task-definition-arn"], "outcome": "succeeded"}
    assert summary.startswith("### ✅ Scaled: hello runs no task, as asked.\n")

    ran, outputs, summary = job.step("status")
    assert (ran.code, outputs, summary) == (0, {}, "")


def plain(markdown: str) -> str:
    """Return a text of the summary as it is seen."""
    return unescape(re.sub(r"<[^>]+>", "", markdown))


def test_a_deployment_that_fails_names_its_cause_once(job: Job) -> None:
    job.world.release()
    assert job.world.run("deploy").code == 0
    job.world.wait_until_steady()
    job.world.release()
    job.world.sandbox.faults.break_next_deployment("pull-error")

    ran, outputs, summary = job.step("deploy")

    assert ran.code == 4
    assert outputs == {**expected(job.world, "hello:2"), "outcome": "rolled-back"}
    cause = re.search(r"^\*\*Cause:\*\* (.+)$", summary, re.MULTILINE)
    assert summary.startswith("### ❌ hello:2 failed, and ECS rolled back to what ran before.\n\n**Cause:** ")
    assert cause is not None
    errors = [line for line in ran.err.splitlines() if line.startswith("::error")]
    title = "hello%3A2 failed%2C and ECS rolled back to what ran before."
    assert len(errors) == 1
    assert errors[0].startswith(f"::error title={title}::{plain(cause[1])}%0A")
    assert re.search(r"^task [0-9a-f]{8} failed :crit, ", summary, re.MULTILINE)


def test_a_refusal_leaves_its_outcome(job: Job) -> None:
    job.world.commit("not built")

    ran, outputs, summary = job.step("register-task")

    assert (ran.code, outputs) == (3, {"outcome": "refused"})
    assert summary.startswith("### ❌ ")
    assert [line for line in ran.err.splitlines() if line.startswith("::error")] != []

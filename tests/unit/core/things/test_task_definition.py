"""Whether a revision is used again, and what is told of one that is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.changes import Change
from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image, Unbuilt
from ecsdeploy.core.step import Later, Ref
from ecsdeploy.core.task_definition import TaskDefinition, diff, short_name
from ecsdeploy.core.things import task_definition as things
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import FILL
from tests.unit.core import builders as a

TARGET = a.target(task={"environment": {"A": "1"}})
DOCUMENT = things.rendered(a.wanted(target=TARGET), a.account(TARGET))
OLDER = {**DOCUMENT, "cpu": "512", "memory": "1024"}
CHANGES = (Change("cpu", "512", "256"), Change("memory", "1024", "512"))
LATER = Later(Ref("task definition", "hello"), "arn")


def having(running: TaskDefinition | None, newest: TaskDefinition | None) -> Account:
    return a.account(TARGET, running=running, newest=newest)


def decided(running: TaskDefinition | None, newest: TaskDefinition | None, **wants: Any) -> Decision:
    return things.decide(a.wanted(**{"target": TARGET, **wants}), having(running, newest), FILL)


def arn(running: TaskDefinition | None, newest: TaskDefinition | None, **wants: Any) -> str | Later:
    return things.arn_of(a.wanted(**{"target": TARGET, **wants}), having(running, newest))


ONE, TWO = a.revision(1, DOCUMENT), a.revision(2, DOCUMENT)
OLD = a.revision(1, OLDER)
GONE = a.revision(1, DOCUMENT, status="INACTIVE")


@pytest.mark.parametrize(
    ("running", "newest", "used"),
    [(ONE, ONE, ONE), (ONE, TWO, ONE), (ONE, None, ONE), (OLD, TWO, TWO), (GONE, TWO, TWO), (None, TWO, TWO)],
)
def test_one_that_equals_the_config_is_used_again_first_the_one_that_runs(
    running: TaskDefinition | None, newest: TaskDefinition | None, used: TaskDefinition
) -> None:
    decision = decided(running, newest)
    assert decision.steps == ()
    assert decision.ref == Ref("task definition", short_name(used.arn))
    assert arn(running, newest) == used.arn


@pytest.mark.parametrize(
    ("running", "newest", "changes"),
    [
        (None, None, ()),
        (OLD, OLD, CHANGES),
        (None, OLD, CHANGES),
        (OLD, GONE, CHANGES),
        (GONE, GONE, ()),
        (GONE, a.revision(2, OLDER), ()),
    ],
)
def test_one_that_differs_or_is_deregistered_is_registered_with_the_difference_to_what_runs(
    running: TaskDefinition | None, newest: TaskDefinition | None, changes: tuple[Change, ...]
) -> None:
    tags = {"ecsdeploy:app": "hello", "ecsdeploy:commit": "3f2c1ab"}
    decision = decided(running, newest, revision_tags=tags)
    (step,) = decision.steps
    assert (step.call, step.action) == ("ecs:RegisterTaskDefinition", "created")
    assert step.parameters == {**DOCUMENT, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
    assert step.changes == changes
    assert arn(running, newest) == LATER


def test_it_is_registered_once_and_waits_where_ecs_is_busy() -> None:
    (step,) = decided(None, None).steps
    assert step.repeat.once
    busy = "Too many concurrent attempts to create a new revision of the specified family."
    assert any(each.fits("ClientException", busy) for each in step.repeat.passes)
    assert not any(each.fits("ClientException", "Invalid cpu.") for each in step.repeat.passes)
    assert step.blame is not None
    assert step.blame.fix == "Correct [task] in the config, [task.raw] included."


def test_a_revision_that_is_named_is_taken_as_it_is() -> None:
    assert arn(OLD, OLD, revision=TWO.arn, image=None) == TWO.arn


def test_tags_are_never_a_difference() -> None:
    assert decided(ONE, ONE, revision_tags={"ecsdeploy:commit": "other"}).steps == ()


def test_an_image_that_is_not_built_yet_differs_from_every_other() -> None:
    unbuilt = Unbuilt("hello:9d8e7f6", "9d8e7f6")
    (step,) = decided(ONE, ONE, image=unbuilt).steps
    (container,) = step.parameters["containerDefinitions"]
    assert container["image"] == Later(Ref("image", "hello:9d8e7f6"), "digest")
    assert arn(ONE, ONE, image=unbuilt) == LATER


def test_placeholders_name_the_image_as_well_as_they_can() -> None:
    of = a.target(task={"environment": {"TAG": "{tag}", "COMMIT": "{commit}"}})

    def environment(**wants: Any) -> dict[str, str]:
        document = things.rendered(a.wanted(**{"target": of, **wants}), a.account())
        return {each["name"]: each["value"] for each in document["containerDefinitions"][0]["environment"]}

    untagged = Image(a.REPOSITORY, a.DIGEST)
    assert environment(commit="c0ffee") == {"TAG": "3f2c1ab", "COMMIT": "c0ffee"}
    assert environment(commit="") == {"TAG": "3f2c1ab", "COMMIT": "3f2c1ab"}
    assert environment(commit="", image=untagged) == {"TAG": a.DIGEST, "COMMIT": a.DIGEST}
    assert environment(commit="", image=Unbuilt("hello:9d8e7f6", "9d8e7f6")) == {"TAG": "9d8e7f6", "COMMIT": "9d8e7f6"}


def test_secrets_that_were_not_checked_are_told_of_with_a_new_revision() -> None:
    unchecked = tuple(map(a.hidden, ("ssm:ListTagsForResource", "secretsmanager:DescribeSecret")))
    notes = things.decide(a.wanted(target=TARGET), replace(having(None, None), unasked=unchecked), FILL).notes
    assert notes == (
        "Whether the SSM parameters exist was not checked, no permission for ssm:ListTagsForResource.",
        "Whether the secrets exist was not checked, no permission for secretsmanager:DescribeSecret.",
    )
    assert things.decide(a.wanted(target=TARGET), having(None, None), FILL).notes == ()


def test_secrets_are_named_by_their_arns() -> None:
    secret = a.PLACE.regional("secretsmanager", "secret:db-a1B2c3")
    document = things.rendered(a.wanted(target=TARGET), a.account(TARGET, secrets={"DB": secret}))
    assert document["containerDefinitions"][0]["secrets"] == [{"name": "DB", "valueFrom": secret}]


# ---- what somebody added by hand is named before it goes


BY_HAND = {
    **DOCUMENT,
    "volumes": [{"name": "cache", "host": {"sourcePath": "/x"}}],
    "containerDefinitions": [*DOCUMENT["containerDefinitions"], {"name": "agent", "image": "agent:1"}],
}


def test_a_container_and_a_volume_added_by_hand_are_named_and_asked_about() -> None:
    assert things.removals(diff(BY_HAND, DOCUMENT)) == ["the container 'agent'", "the volume 'cache'"]
    running = a.revision(1, BY_HAND)
    decision = decided(running, running)
    assert decision.warnings == (
        "The config does not have the container 'agent': the new revision goes without.",
        "The config does not have the volume 'cache': the new revision goes without.",
    )
    (question,) = decision.questions
    assert question.text == "Register a revision without what was added by hand?"
    assert question.unattended is True


def test_settings_that_change_or_go_remove_nothing() -> None:
    container = DOCUMENT["containerDefinitions"][0]
    before = {**DOCUMENT, "containerDefinitions": [{**container, "user": "0", "image": "other"}]}
    assert things.removals(diff(before, DOCUMENT)) == []
    only_more = {**DOCUMENT, "containerDefinitions": [{**container, "user": "0"}]}
    assert things.removals(diff(only_more, DOCUMENT)) == []
    decision = decided(a.revision(1, before), None)
    assert decision.warnings == ()
    assert decision.questions == ()


def test_what_is_gone_already_is_not_told_again() -> None:
    decision = decided(a.revision(1, BY_HAND), TWO)
    assert decision.steps == ()
    assert decision.warnings == ()


def test_a_replaced_container_is_no_removal_of_what_stays() -> None:
    changes = diff(BY_HAND, {**BY_HAND, "cpu": "512"})
    assert things.removals(changes) == []
    assert things.removals(diff(None, DOCUMENT)) == []

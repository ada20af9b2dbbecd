"""What somebody added by hand is named before it goes."""

from __future__ import annotations

from ecsdeploy.core.plan import TaskDefinitionPlan
from ecsdeploy.core.task_definition import diff, render
from ecsdeploy.workflow.task_definition import removals
from tests.unit.core import builders as a

CONFIG = a.config(task={"environment": {"A": "1"}})
DOCUMENT = render(CONFIG, a.names(CONFIG), a.facts())


def test_a_container_and_a_volume_added_by_hand_are_named() -> None:
    by_hand = {
        **DOCUMENT,
        "volumes": [{"name": "cache", "host": {"sourcePath": "/x"}}],
        "containerDefinitions": [*DOCUMENT["containerDefinitions"], {"name": "agent", "image": "agent:1"}],
    }
    plan = TaskDefinitionPlan(reuse=None, changes=diff(by_hand, DOCUMENT))
    assert removals(plan) == ["the container 'agent'", "the volume 'cache'"]


def test_settings_that_change_or_go_remove_nothing() -> None:
    container = DOCUMENT["containerDefinitions"][0]
    before = {**DOCUMENT, "containerDefinitions": [{**container, "user": "0", "image": "other"}]}
    assert removals(TaskDefinitionPlan(reuse=None, changes=diff(before, DOCUMENT))) == []

from __future__ import annotations

from typing import Any

from ecsdeploy.config.mistake import Mistake
from ecsdeploy.config.raw import container_mistakes, merge, service_mistakes, task_mistakes


def test_tables_merge_and_anything_else_is_replaced() -> None:
    params = {"a": {"x": 1, "y": [1]}, "b": 2}
    assert merge(params, {"a": {"y": [2], "z": 3}, "c": 4}) == {"a": {"x": 1, "y": [2], "z": 3}, "b": 2, "c": 4}
    assert params == {"a": {"x": 1, "y": [1]}, "b": 2}


def test_containers_merge_by_their_name() -> None:
    params: dict[str, Any] = {"containerDefinitions": [{"name": "app", "image": "i", "linuxParameters": {"a": 1}}]}
    raw = {"containerDefinitions": [{"name": "app", "linuxParameters": {"b": 2}}, {"name": "side", "image": "s"}]}
    assert merge(params, raw) == {
        "containerDefinitions": [
            {"name": "app", "image": "i", "linuxParameters": {"a": 1, "b": 2}},
            {"name": "side", "image": "s"},
        ]
    }


def test_what_the_tool_sets_itself_is_refused_with_the_key_to_use() -> None:
    assert task_mistakes({"cpu": "1", "requiresCompatibilities": []}) == [
        Mistake(("cpu",), "ecsdeploy sets this itself", "Set task.cpu instead."),
        Mistake(
            ("requiresCompatibilities",), "ecsdeploy sets this itself", "Remove it: ecsdeploy decides this itself."
        ),
    ]
    assert service_mistakes({"desiredCount": 2}) == [
        Mistake(("desiredCount",), "ecsdeploy sets this itself", "Set service.count instead.")
    ]


def test_the_services_own_container_keeps_its_image_and_a_sidecar_has_its_own() -> None:
    raw = {"containerDefinitions": [{"name": "side", "image": "s"}, {"name": "app", "image": "i", "ulimits": []}]}
    assert container_mistakes(raw, "app", None) == [
        Mistake(("containerDefinitions", 1, "image"), "ecsdeploy sets this itself", "Set [image] instead.")
    ]


def test_a_parameter_is_spelled_as_aws_does() -> None:
    assert service_mistakes({"enable_execute_command": True, "PlatformVersion": "LATEST"}) == [
        Mistake(
            ("enable_execute_command",),
            "this is not the name of an AWS parameter",
            "Write it as AWS does: enableExecuteCommand.",
        ),
        Mistake(
            ("PlatformVersion",), "this is not the name of an AWS parameter", "Write it as AWS does: platformVersion."
        ),
    ]


def test_containers_are_tables_with_names() -> None:
    assert [m.what for m in task_mistakes({"containerDefinitions": {"name": "x"}})] == ["this is not a list of tables"]
    assert [m.what for m in task_mistakes({"containerDefinitions": [1]})] == ["this is not a list of tables"]
    assert [m.what for m in task_mistakes({"containerDefinitions": [{}]})] == ["this container has no name"]

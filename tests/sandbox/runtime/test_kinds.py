"""What a container definition and an image can ask for, as real containers see it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.runtime.conftest import Stage
from tests.sandbox.runtime.tiny_registry import busybox_layer
from tests.sandbox.runtime.witnesses import container, ended, task

pytestmark = pytest.mark.docker


def test_containers_of_many_kinds(stage: Stage) -> None:
    """Side by side; the last list is what each one logs."""
    config: dict[str, Any] = {"Volumes": {"/data": {}}, "User": "99:98", "WorkingDir": "/bin", "Env": ["PATH=/bin"]}
    furnished = stage.registry.add("furnished", busybox_layer(), **config)
    entry = stage.registry.add("entry", busybox_layer(), Env=["PATH=/bin"], Entrypoint=["echo", "entry"], Cmd=["cmd"])
    empty = stage.registry.add("empty", busybox_layer())
    newlines = [{"name": "A", "value": "x\ny"}, {"name": "B", "value": ""}, {"name": "C", "value": "c=d"}]
    kinds: list[tuple[str, dict[str, Any], str, list[str]]] = [
        ("a variable of two lines", shell(stage, 'echo "$A|$B|$C"', environment=newlines), "0 None", ["x", "y||c=d"]),
        ("a user whom nobody knows", shell(stage, "id -u; id -g", user="4242"), "0 None", ["4242", "0"]),
        ("a user and a group", shell(stage, "id -u; id -g", user="4242:77"), "0 None", ["4242", "77"]),
        ("an image's own user, folder and volume", container(furnished, "sh", "-c", "id -u; id -g; pwd; cat /data"),
         "1 None", ["99", "98", "/bin", "cat: read error: Is a directory"]),
        ("an image's entry point and command", container(entry), "0 None", ["entry cmd"]),
        ("empty lists", {**container(entry), "entryPoint": [], "command": []}, "0 None", ["entry cmd"]),
        ("a command of its own", container(entry, "mine"), "0 None", ["entry mine"]),
        ("an entry point of its own", container(entry, entryPoint=["echo", "new"]), "0 None", ["new"]),
        ("neither", container(empty), "None CannotCreateContainerError: No command specified", []),
        ("orphans without an init", shell(stage, "(true &); cat /proc/1/comm; true"), "0 None", ["sh"]),
        ("orphans with one", shell(stage, "(true &); cat /proc/1/comm", linuxParameters={"initProcessEnabled": True}),
         "0 None", ["docker-init"]),
        ("colours, other bytes, no end of line", shell(stage, r"printf '\033[31mred\n\377\n\n\0end'"), "0 None",
         ["\033[31mred", "\ufffd", "\0end"]),
        ("a line longer than an event", shell(stage, "head -c 300000 /dev/zero | tr '\\0' x; echo; echo next"),
         "0 None",
         ["x" * 262_118, "x" * 37_882, "next"]),
        ("a kernel parameter", shell(stage, "cat /proc/sys/net/core/somaxconn",
                                     systemControls=[{"namespace": "net.core.somaxconn", "value": "555"}]),
         "0 None", ["555"]),
        ("a file system in memory", shell(stage, "echo in memory > /tmp/x; cat /tmp/x", readonlyRootFilesystem=True,
                                          linuxParameters={"tmpfs": [{"containerPath": "/tmp", "size": 1}]}),
         "0 None", ["in memory"]),
        ("standard input", shell(stage, "cat; echo end"), "0 None", ["end"]),
    ]  # fmt: skip
    specs = {name: task(definition) for name, definition, _, _ in kinds}
    stage.start(*specs.values())
    ends = {name: ended(stage.recorder, spec)[-2] for name, spec in specs.items()}
    assert ends == {name: f"ContainerStopped app {end}" for name, _, end, _ in kinds}
    assert {name: sorted(stage.sink.lines(spec)) for name, spec in specs.items()} == {
        name: sorted(lines) for name, _, _, lines in kinds
    }


def shell(stage: Stage, script: str, **fields: Any) -> dict[str, Any]:
    return container(stage.busybox, "sh", "-c", script, **fields)


def test_a_user_by_a_name_that_the_image_lacks(stage: Stage) -> None:
    spec = task(container(stage.busybox, "true", user="nobody-here"))
    stage.start(spec)
    assert "unable to find user nobody-here: no matching entries in passwd file" in ended(stage.recorder, spec)[-2]

"""What is known of a failed task: from the revision that it ran, else from what the config would render."""

from __future__ import annotations

from typing import Any

from ecsdeploy.core.subject import Check, Part, subject
from tests.unit.core import builders as a

CHECK = {"command": ["CMD", "node", "check.js"], "interval": "10s", "start_period": "5s"}
TASK: dict[str, Any] = {
    "memory": 1024,
    "port": 3000,
    "architecture": "arm64",
    "environment": {"MODE": "x"},
    "secrets": {"DATABASE_URL": "ssm:/hello/database-url"},
    "health_check": CHECK,
    "raw": {"containerDefinitions": [{"name": "proxy", "image": "envoy:1", "memory": 128}]},
}


def test_the_config_is_enough() -> None:
    found = subject(a.target(task=TASK))
    assert (found.container, found.serves, found.memory, found.storage) == ("hello", True, 1024, 20)
    assert found.architecture == "arm64"
    assert found.part("hello") == Part(
        "hello",
        ports=(3000,),
        check=Check(("CMD", "node", "check.js"), interval=10, start_period=5),
        variables=frozenset({"MODE", "DATABASE_URL"}),
    )
    assert found.part("proxy") == Part("proxy", "envoy:1", 128)
    assert found.part("gone") == Part("gone")


def test_the_revision_that_ran_counts_where_it_differs() -> None:
    ran = {
        "memory": "512",
        "ephemeralStorage": {"sizeInGiB": 30},
        "containerDefinitions": [
            {"name": "hello", "image": a.REPOSITORY, "healthCheck": {"command": ["CMD-SHELL", "curl -f x || exit 1"]}},
        ],
    }
    found = subject(a.target(task=TASK), ran)
    assert (found.serves, found.memory, found.storage, found.architecture) == (False, 512, 30, "x86_64")
    own = found.part("hello")
    assert own.image == a.REPOSITORY
    assert own.check is not None
    assert (own.check.text, own.check.retries, own.check.start_period) == ("curl -f x || exit 1", 3, 0)


def test_a_setting_is_told_in_the_configs_words() -> None:
    found = subject(a.target(task=TASK))
    assert found.setting("memory", "hello") == "[task] memory is 1024 now."
    assert found.setting("memory", "proxy") == "memory of proxy in [task.raw] is 128 now."
    assert found.setting("architecture") == "[task] architecture is arm64 now."
    assert subject(a.target(), {"memory": "1 GB"}).setting("memory") == ""

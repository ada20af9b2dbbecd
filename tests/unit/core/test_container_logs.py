"""Where each container logs, and which streams that makes."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.core.container_logs import ContainerLog, Streams, configured, logs_of, needed_groups, streams_of
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.task_definition import rendered
from tests.unit.core import builders as a

OWN = "/ecs/hello"
SHARED: dict[str, Any] = {"options": {"awslogs-group": "/shared/apps", "awslogs-stream-prefix": "team/web"}}
FAR: dict[str, Any] = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/far", "awslogs-region": "eu-west-1", "awslogs-create-group": "true"},
}
SPLUNK: dict[str, Any] = {"logDriver": "splunk", "options": {"splunk-url": "https://splunk"}}


def target(**containers: dict[str, Any]) -> Target:
    """Return a service whose containers have these log configurations; an empty one is left out."""
    raw = [
        {"name": name, **({} if name == "hello" else {"image": "x:1"}), **({"logConfiguration": log} if log else {})}
        for name, log in containers.items()
    ]
    return a.target(task={"port": 3000, "raw": {"containerDefinitions": raw}})


def test_a_container_logs_where_the_definition_says() -> None:
    of = target(hello=SHARED, agent={}, far=FAR, proxy=SPLUNK)
    assert configured(of) == {
        "hello": ContainerLog("hello", "awslogs", "/shared/apps", "us-east-1", "team/web"),
        "agent": ContainerLog("agent", "awslogs", OWN, "us-east-1", "hello"),
        "far": ContainerLog("far", "awslogs", "/far", "eu-west-1", "hello", creates=True),
        "proxy": ContainerLog("proxy", "splunk"),
    }
    assert configured(of) == logs_of(rendered(a.wanted(target=of), a.account(of)))
    assert configured(a.target()) == {"hello": ContainerLog("hello", "awslogs", OWN, "us-east-1", "hello")}


def test_what_is_not_in_cloudwatch_is_said() -> None:
    logs = configured(target(proxy=SPLUNK))
    assert (logs["hello"].in_cloudwatch, logs["proxy"].in_cloudwatch) == (True, False)
    assert logs["proxy"].instead == "proxy logs to splunk: there is nothing of it to read in CloudWatch Logs"
    assert logs_of({"containerDefinitions": [{"name": "bare"}]})["bare"].instead.startswith("bare has no log: ")


def test_groups_of_others_have_to_be_there_unless_ecs_makes_them() -> None:
    assert needed_groups(target(hello=SHARED, agent={}, far=FAR, proxy=SPLUNK)) == {("us-east-1", "/shared/apps")}
    assert needed_groups(a.target()) == set()


@pytest.mark.parametrize(
    ("of", "chosen", "streams"),
    [
        (a.target(), {}, [Streams("us-east-1", OWN, "hello/hello/")]),
        (a.target(), {"task": "12"}, [Streams("us-east-1", OWN, "hello/hello/12")]),
        (target(agent={}), {"task": "12"}, [Streams("us-east-1", OWN, "hello/")]),
        (target(agent={}), {"container": "agent", "task": "12"}, [Streams("us-east-1", OWN, "hello/agent/12")]),
        (a.target(), {"container": "gone"}, [Streams("us-east-1", OWN, "hello/gone/")]),
        (target(hello=SPLUNK), {}, []),
        (
            target(hello=SHARED, far=FAR),
            {},
            [
                Streams("us-east-1", "/shared/apps", "team/web/hello/", frozenset({"hello"})),
                Streams("eu-west-1", "/far", "hello/far/", frozenset({"far"})),
            ],
        ),
        (
            target(hello=SHARED, far=FAR),
            {"container": "far"},
            [Streams("eu-west-1", "/far", "hello/far/", frozenset({"far"}))],
        ),
        (
            target(hello=SHARED, agent=SHARED),
            {},
            [Streams("us-east-1", "/shared/apps", "team/web/", frozenset({"hello", "agent"}))],
        ),
    ],
)
def test_no_more_is_read_than_the_containers_log(of: Target, chosen: dict[str, str], streams: list[Streams]) -> None:
    assert streams_of(configured(of).values(), own=OWN, **chosen) == streams

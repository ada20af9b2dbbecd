"""Random valid documents, and how they are written as TOML."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from ecsdeploy.config import fargate
from ecsdeploy.config.duration import text_of
from ecsdeploy.config.rules import RETENTION_DAYS

WORDS = st.from_regex(r"[a-z][a-z0-9]{1,9}", fullmatch=True)
VARIABLES = st.dictionaries(
    st.from_regex(r"PLAIN_[A-Z]{1,8}", fullmatch=True),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="{}:="), max_size=8)
    | st.integers(0, 9999)
    | st.booleans(),
    max_size=3,
)
COMMANDS = st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=9), min_size=1, max_size=3)


def durations(low: int, high: int) -> st.SearchStrategy[Any]:
    return st.integers(low, high).flatmap(lambda seconds: st.sampled_from([seconds, text_of(seconds), f"{seconds}s"]))


def tables(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


SIZES = st.sampled_from([{"cpu": cpu, "memory": memory} for cpu, sizes in fargate.SIZES.items() for memory in sizes])
HEALTH_CHECKS = st.builds(
    lambda words, rest: {"command": ["CMD", *words], **rest},
    COMMANDS,
    tables(
        interval=durations(5, 300),
        timeout=durations(2, 60),
        retries=st.integers(1, 10),
        start_period=durations(0, 300),
    ),
)
TASKS = st.builds(
    lambda size, rest: {**size, **rest},
    SIZES | st.just({}),
    tables(
        architecture=st.sampled_from(["x86_64", "arm64"]),
        port=st.integers(1, 65535),
        environment=VARIABLES,
        secrets=st.dictionaries(st.from_regex(r"SECRET_[A-Z]{1,8}", fullmatch=True), WORDS.map("ssm:/{}".format)),
        health_check=HEALTH_CHECKS,
        command=COMMANDS,
        user=st.sampled_from([1000, "1000:1000", "node"]),
        stop_timeout=durations(2, 120),
        init_process=st.booleans(),
        ephemeral_storage=st.integers(21, 200),
        raw=st.just({"pidMode": "task"}),
    ),
)
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.sampled_from(["ok", "{commit}", "a.b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, min_size=1, max_size=2),
    max_leaves=4,
)
REQUESTS = tables(
    method=st.sampled_from(["GET", "POST"]),
    path=WORDS.map("/{}?commit={{commit}}".format),
    headers=st.just({"Accept": "text/plain", "X-Key": "env:SMOKE_KEY"}),
    body=WORDS,
    status=st.integers(200, 599),
    json=st.dictionaries(WORDS, VALUES, max_size=3),
    text=WORDS,
    within=durations(1, 60),
)
SMOKES = st.builds(
    lambda requests, rest: {"requests": requests, **rest},
    st.lists(REQUESTS, min_size=1, max_size=3),
    tables(
        timeout=durations(1, 3600),
        url=WORDS.map("https://{}.example.com".format),
        command=st.just(["./smoke", "{tag}"]),
    ),
)
DOCUMENTS = st.builds(
    lambda app, rest: {"app": app, "region": "eu-west-1", **rest},
    WORDS.filter(lambda app: not app.startswith("sg-")),
    tables(
        account=st.just("123456789012"),
        github=WORDS.map(lambda name: {"repository": f"Acme/{name}", "branches": [name]}),
        image=tables(context=WORDS, target=WORDS, args=VARIABLES, keep=st.integers(1, 1000)),
        task=TASKS,
        service=tables(count=st.integers(0, 100), timeout=durations(1, 86400)),
        smoke=SMOKES,
        logs=tables(retention_days=st.sampled_from(RETENTION_DAYS)),
        network=tables(subnets=st.just(["subnet-0123abcd"]), public_ip=st.booleans()),
        names=tables(cluster=WORDS, task_role=WORDS),
        environments=st.dictionaries(
            WORDS.filter(lambda name: name != "default"), tables(service=tables(count=st.integers(0, 9))), max_size=2
        ),
    ),
)


def toml(table: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {_value(value)}\n" for key, value in table.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)

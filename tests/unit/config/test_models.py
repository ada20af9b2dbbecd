from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ecsdeploy.config.load import Loaded, load
from ecsdeploy.config.locate import lines_of
from ecsdeploy.config.messages import explain
from ecsdeploy.config.models import Config
from ecsdeploy.errors import ConfigError
from tests.unit.config.documents import DOCUMENTS, toml


def loaded(text: str) -> Loaded:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ecsdeploy.toml")
        path.write_text(text, encoding="utf-8")
        return load(path)


@given(DOCUMENTS)
def test_what_was_loaded_is_loaded_again_as_it_is_written(document: dict[str, Any]) -> None:
    config = loaded(toml(document)).config
    assert loaded(toml(config.model_dump(exclude_none=True))).config == config
    assert loaded(toml(config.model_dump(exclude_none=True, exclude_defaults=True))).config == config


JUNK = st.recursive(
    st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text()
    | st.sampled_from(["{comit}", "\x1b]0;x\x07", "hunter2", "30s", "*", "../..", "\u202e"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
PLACES = [
    *[(key,) for key in (*Config.model_fields, "environments", "unknown", "\x1b[2J")],
    *[("task", key) for key in ("cpu", "memory", "port", "environment", "secrets", "health_check", "raw", "user")],
    *[("image", key) for key in ("args", "secrets", "keep")],
    *[("names", key) for key in ("cluster", "log_group")],
    *[("github", key) for key in ("branches", "repository")],
    *[("smoke", key) for key in ("requests", "url", "command", "timeout")],
    *[("network", "subnets"), ("logs", "retention_days"), ("service", "raw"), ("environments", "x")],
]


@given(st.sampled_from(PLACES), JUNK)
def test_whatever_a_value_is_each_mistake_has_a_place_and_a_way_out(place: tuple[str, ...], junk: object) -> None:
    document: dict[str, Any] = {"app": "hello", "region": "us-east-1"}
    table = document
    for part in place[:-1]:
        table = table.setdefault(part, {})
    table[place[-1]] = junk
    try:
        Config.model_validate(document)
    except ValidationError as error:
        found = explain(error)
        assert found
        for each in found:
            assert each.key
            assert each.what
            assert each.fix
            assert not each.what.endswith(".")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
    | st.binary(max_size=80).map(lambda b: b.decode("latin-1"))
)
def test_any_text_is_a_config_or_a_config_error(text: str) -> None:
    lines_of(text)
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    assert caught.value.what
    assert caught.value.fix

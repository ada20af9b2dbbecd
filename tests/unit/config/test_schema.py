"""The schema says what the models say, and is what is shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from ecsdeploy.config import schema
from ecsdeploy.config.generated import run
from tests.unit.config.documents import DOCUMENTS

VALIDATOR = jsonschema.Draft202012Validator(schema.build())


def test_the_shipped_schema_is_what_the_models_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--check"], schema.FILE, schema.text(), "ecsdeploy.config.schema") == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(schema.FILE.read_text(encoding="utf-8")))


def test_a_schema_that_drifted_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ecsdeploy.schema.json"
    assert run(["--check"], file, "new", "ecsdeploy.config.schema") == 1
    file.write_text("old", encoding="utf-8")
    assert run(["--check"], file, "new", "ecsdeploy.config.schema") == 1
    assert run(["--write"], file, "new", "ecsdeploy.config.schema") == 0
    assert run(["--check"], file, "new", "ecsdeploy.config.schema") == 0
    assert run([], file, "new", "ecsdeploy.config.schema") == 2
    advice = "ecsdeploy.schema.json is out of date: run python -m ecsdeploy.config.schema --write\n"
    assert capsys.readouterr().err == advice * 2 + "usage: python -m ecsdeploy.config.schema --check | --write\n"


@given(DOCUMENTS)
def test_what_the_models_take_the_schema_takes(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)


@pytest.mark.parametrize(
    "wrong",
    [
        {"app": "Hello"},
        {"region": "us"},
        {"account": 123456789012},
        {"unknown": 1},
        {"task": {"cpu": 300}},
        {"task": {"cpu": 1024}},
        {"task": {"cpu": 512, "memory": 512}},
        {"task": {"port": "3000"}},
        {"task": {"port": 0}},
        {"task": {"stop_timeout": "5 min"}},
        {"task": {"environment": {"A": [1]}}},
        {"task": {"health_check": {}}},
        {"task": {"unknown": 1}},
        {"github": {"repository": "acme"}},
        {"logs": {"retention_days": 31}},
        {"network": {"subnets": ["a"]}},
        {"environments": {"Prod": {}}},
        {"environments": {"default": {}}},
        {"environments": {"staging": {"app": "x"}}},
        {"environments": {"staging": {"task": {"cpu": 300}}}},
        {"environments": {"staging": {"task": {"unknown": 1}}}},
    ],
)
def test_what_the_models_refuse_the_schema_refuses(wrong: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({"app": "hello", "region": "us-east-1", **wrong})


def test_every_key_is_described() -> None:
    document = schema.build()
    for table in (document, *document["$defs"].values()):
        for key, each in table["properties"].items():
            assert "description" in each or "$ref" in each, key
        assert table["description"]


def test_an_overlay_needs_none_of_what_the_file_needs() -> None:
    VALIDATOR.validate(
        {
            "app": "hello",
            "region": "us-east-1",
            "environments": {"staging": {"github": {"branches": ["x"]}, "task": {"cpu": 1024}}},
        }
    )

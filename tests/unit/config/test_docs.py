"""docs/config.md: its tables are the models', its examples load, its error message is real."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ecsdeploy.config import fargate, reference
from ecsdeploy.config.load import FILE, SMALLEST, load
from ecsdeploy.config.mistake import ConfigMistakes

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_the_table_of_keys_is_what_the_models_say() -> None:
    assert reference.text(TEXT) == TEXT


def test_a_document_without_markers_is_no_place_for_the_table() -> None:
    with pytest.raises(ValueError, match="no markers"):
        reference.text("# Another page\n")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_loads_in_every_environment(example: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(example, encoding="utf-8")
    for environment in (None, *tomllib.loads(example).get("environments", {})):
        load(path, environment)


def test_the_smallest_example_is_the_one_that_a_missing_file_shows() -> None:
    assert EXAMPLES[0] == SMALLEST


def test_the_mistakes_are_shown_as_they_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(FILE)
    path.write_text(
        'app = "hello-service"\nregion = "us-east1"\n\n[task]\nmemroy = 512\n'
        'health_check = { command = ["CMD", "true"], interval = "2s" }\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigMistakes) as caught:
        load(path)
    assert f"```text\n{caught.value.what}\n{caught.value.why}\n```" in TEXT


def test_the_sizes_are_those_of_fargate() -> None:
    rows = "\n".join(f"| {cpu} | {fargate.sizes_of(cpu)} |" for cpu in fargate.SIZES)
    assert rows in TEXT


def test_the_repositorys_own_config_loads() -> None:
    loaded = load(ROOT / FILE)
    assert loaded.config.task.port == 3000

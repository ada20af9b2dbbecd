from __future__ import annotations

from pathlib import Path

import pytest

from check_docs import commands, main

GOOD = """\
# A document

Read [the other](other.md#part), [the web](https://example.com/x), then:

```sh
$ ecsdeploy --version   # what is installed
```

```toml
app = "web"
region = "us-east-1"
```

```toml
[image]             # a part of a config is not loaded by itself
nonsense = 1
```

```console
$ ecsdeploy --version
it's what `ecsdeploy frobnicate` would say
```

```text
[not a link](nowhere.md), and ecsdeploy frobnicate is not a command to type
```
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    (tmp_path / "other.md").touch()
    path = tmp_path / "page.md"
    path.write_text(GOOD)
    return path


def check(document: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main([str(document)])
    return code, capsys.readouterr().out.replace(str(document), "page.md")


def test_a_document_that_is_right(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(document, capsys) == (0, "1 documents hold what they promise.\n")


@pytest.mark.parametrize(
    ("right", "wrong", "answer"),
    [
        ("other.md#part", "gone.md", "page.md:3: the link gone.md leads nowhere"),
        ("ecsdeploy --version ", "ecsdeploy frobnicate ", "page.md:6: ecsdeploy has no command frobnicate"),
        ("ecsdeploy --version ", "ecsdeploy --verbose ", "page.md:6: ecsdeploy has no option --verbose"),
        (
            "ecsdeploy --version ",
            "pip install ecsdeploy ",
            "page.md:6: the package index may hold somebody else's ecsdeploy: "
            "show how to install from a checkout or a commit",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(
    document: Path, capsys: pytest.CaptureFixture[str], right: str, wrong: str, answer: str
) -> None:
    document.write_text(GOOD.replace(right, wrong))

    assert check(document, capsys) == (1, f"{answer}\n")


def test_a_config_that_does_not_load(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document.write_text(GOOD.replace('region = "us-east-1"', 'regoin = "us-east-1"'))

    code, said = check(document, capsys)

    assert code == 1
    assert said.startswith("page.md:10: this config does not load: ")
    assert "regoin" in said


def test_finds_the_commands_in_a_shell_block() -> None:
    block = (
        'eval "$(ecsdeploy sandbox env)"\n'
        "ecsdeploy deploy \\\n  --env staging   # a comment\n"
        "cd x && ecsdeploy logs --filter '{ $.status = 500 }'\n"
        "ecsdeploy sandbox run -- ecsdeploy setup | tee log\n"
        "cat ecsdeploy.toml\n"
    )

    assert list(commands(block)) == [
        (0, ["sandbox", "env"]),
        (1, ["deploy", "--env", "staging"]),
        (3, ["logs", "--filter", "{ $.status = 500 }"]),
        (4, ["sandbox", "run", "--"]),
        (4, ["setup"]),
    ]

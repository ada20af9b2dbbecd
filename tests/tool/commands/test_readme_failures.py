"""The README's "When a deployment fails": its settings and commands, tried as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.world import CONFIG, World

README = Path(__file__).parents[3] / "README.md"


def section() -> str:
    """Return the section."""
    return README.read_text("utf-8").partition("\n## When a deployment fails\n")[2].partition("\n## ")[0]


def test_what_the_readme_says_of_a_failure_is_so(world: World) -> None:
    settings = re.search(r"^\[service\.deployment\]\n(?:\w.*\n)+", section(), re.MULTILINE)
    commands = re.findall(r"^ecsdeploy (.+?) +# ", section(), re.MULTILINE)
    assert settings
    world.configure(CONFIG + settings[0])
    world.release()
    assert world.run("deploy").code == 0
    codes = dict[str, int]()

    for command in commands:
        if command.startswith("deploy"):
            world.wait_until_steady()
            world.release()
            world.sandbox.faults.break_next_deployment("pull-error")
        ran = world.run(*command.split())
        codes[command] = ran.code
        if ran.code == 4 or command == "explain":
            *_, headline, card = re.split(r"^(Task \w+ failed: .+|\d+ tasks failed, .+)\n", ran.err, flags=re.MULTILINE)
            assert "is not in the repository: never pushed, or expired by the lifecycle policy." in headline
            assert re.fullmatch(r"(?:  .+\n)+  fix: .+\n", card), ran.err

    assert codes == {
        "deploy --wait-until rolled-back": 4,
        "deploy --wait-until healthy": 4,
        "deploy --no-wait": 0,
        "watch": 4,
        "explain": 0,
        "deploy --report run.html": 4,
    }
    assert "<html" in (world.project / "run.html").read_text("utf-8")

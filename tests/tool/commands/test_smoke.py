"""`[smoke]` after `deploy` and `restart`, as a user sees it. The simulated tasks answer `simulated`."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.support.world import CONFIG, World

GOOD = """
[smoke]
timeout = "5s"
[[smoke.requests]]
path = "/health"
text = "simulated"
"""
BAD = GOOD.replace('text = "simulated"', 'json = { version = "{commit}" }')
WRONG = re.compile(r"  reason: GET http://127\.64\.\d+\.\d+:3000/health answered no JSON: simulated\. ")


def runs(world: World) -> str:
    return str(world.service()["taskDefinition"]).rpartition("/")[2]


@pytest.fixture
def deployed(world: World) -> World:
    """A service that was deployed and passed."""
    world.configure(CONFIG + GOOD)
    world.release()
    ran = world.run("deploy")
    assert ran.code == 0, ran.err
    assert re.search(r"^Smoke test: GET /health to http://127\.64\.\d+\.\d+:3000\nSmoke test: passed\n", ran.err, re.M)
    assert ran.err.index("Smoke test: passed") < ran.err.index("Deployed hello:1")
    world.wait_until_steady()
    return world


def test_what_fails_goes_back_to_what_ran_before(deployed: World) -> None:
    deployed.configure(CONFIG + BAD)
    deployed.release()

    ran = deployed.run("deploy")

    assert (ran.code, ran.out) == (13, ""), ran.err
    assert "The smoke test failed: going back to what ran before\nDeploying hello:1 to hello/hello\n" in ran.err
    assert "hello:2 was deployed, and failed its smoke test.\n" in ran.err
    found = WRONG.search(ran.err)
    assert found is not None, ran.err
    assert ran.err[found.end() :].startswith("Rolled back to hello:1.\n")
    assert "  now in service: hello:1, 1 of 1 tasks run\n" in ran.err
    assert not re.search("Rolled back: |Take hello back", ran.err), "it is one outcome, and nobody is asked"
    assert runs(deployed) == "hello:1"


def test_the_first_deployment_has_nothing_to_go_back_to(world: World) -> None:
    world.configure(CONFIG + BAD)
    world.release()

    ran = world.run("deploy")

    assert ran.code == 13, ran.err
    assert ". Not rolled back: There is nothing to go back to" in ran.err
    assert runs(world) == "hello:1"

    again = world.run("deploy", "--debug")  # a test that failed is not good because nothing differs any more
    assert (again.code, again.writes) == (13, {}), again.err
    assert ". Nothing was deployed, so nothing was rolled back.\n" in again.err


def test_tasks_that_were_only_restarted_ran_before_too(deployed: World) -> None:
    deployed.configure(CONFIG + BAD)

    ran = deployed.run("restart")

    assert ran.code == 13, ran.err
    assert ". Not rolled back: hello:1 is what ran before, too.\n" in ran.err
    assert runs(deployed) == "hello:1"


def test_a_version_is_expected_of_what_was_deployed_and_a_tag_of_deploy_alone(deployed: World) -> None:
    deployed.configure(CONFIG + GOOD.replace('"simulated"', '"{tag}"'))

    ran = deployed.run("restart")

    assert ran.code == 12, ran.err
    assert "hello:1 is deployed, but nothing is proven: its smoke test could not be done.\n" in ran.err
    assert "  reason: {tag} asks for the image's tag, which only deploy knows\n" in ran.err


def test_where_nobody_can_be_asked_nothing_is_proven_and_nothing_undone(deployed: World) -> None:
    deployed.configure(CONFIG + GOOD.replace("[smoke]", '[smoke]\nurl = "http://hello.invalid"'))
    deployed.release()

    ran = deployed.run("deploy")

    assert ran.code == 12, ran.err
    assert "  reason: GET http://hello.invalid/health was not found: " in ran.err
    assert "  next: run `ecsdeploy deploy` where the service can be asked, or set smoke.url\n" in ran.err
    assert runs(deployed) == "hello:2"


@contextmanager
def somebody_who(acts: Callable[[], object]) -> Iterator[str]:
    """An address where each request makes somebody act, and is answered 500."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            acts()
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_somebody_else_deploys_meanwhile_is_left_alone(deployed: World) -> None:
    deployed.configure(CONFIG + GOOD)
    deployed.release()
    assert deployed.run("deploy").code == 0
    other = {"cluster": "hello", "service": "hello", "taskDefinition": "hello:1"}
    with somebody_who(lambda: deployed.client("ecs").update_service(**other)) as url:
        deployed.configure(CONFIG + GOOD.replace("[smoke]", f'[smoke]\nurl = "{url}"').replace("5s", "1s"))
        deployed.release()

        ran = deployed.run("deploy", "--debug")

    assert ran.code == 13, ran.err
    assert ". Not rolled back: Somebody else has deployed in the meantime.\n" in ran.err
    assert ran.writes == {"ecs:RegisterTaskDefinition": 1, "ecs:UpdateService": 1}
    assert runs(deployed) == "hello:1"


def test_what_ran_before_and_starts_no_more_is_told(deployed: World) -> None:
    breaks = partial(deployed.sandbox.faults.break_next_deployment, "pull-error")
    with somebody_who(breaks) as url:
        deployed.configure(CONFIG + GOOD.replace("[smoke]", f'[smoke]\nurl = "{url}"').replace("5s", "1s"))
        deployed.release()

        ran = deployed.run("deploy")

    assert ran.code == 13, ran.err
    assert ". Not rolled back: The deployment of hello:1 ended as rolled-back." in ran.err
    assert "  now in service: hello:2, 1 of 1 tasks run\n" in ran.err
    assert runs(deployed) == "hello:2"


def test_a_command_decides_and_is_shown(deployed: World) -> None:
    script = deployed.project / "smoke.sh"
    script.write_text('#!/bin/sh\necho "asking $ECSDEPLOY_URL for $1, ${AWS_SECRET_ACCESS_KEY:-no key}"\nexit 3\n')
    script.chmod(0o755)
    deployed.configure(CONFIG + '[smoke]\ncommand = ["./smoke.sh", "{commit}"]\n')
    commit = deployed.release()

    ran = deployed.run("deploy")

    assert ran.code == 13, ran.err
    said = rf"asking http://127\.64\.\d+\.\d+:3000 for {commit}, no key"
    assert re.search(rf"^  \| {said}$", ran.err, re.M)
    assert re.search(
        rf"^  reason: \./smoke\.sh ended with exit code 3: {said}\. Rolled back to hello:1\.$", ran.err, re.M
    )
    assert runs(deployed) == "hello:1"


def test_what_is_missing_here_is_refused_before_anything_is_built(deployed: World) -> None:
    deployed.configure(CONFIG + GOOD + 'headers = { Authorization = "env:SMOKE_TOKEN" }\n')
    deployed.release()

    ran = deployed.run("deploy", "--debug")
    assert (ran.code, ran.writes) == (3, {})
    assert "error: The environment variable SMOKE_TOKEN is not set.\n" in ran.err
    assert runs(deployed) == "hello:1"

    ran = deployed.run("deploy", "--debug", SMOKE_TOKEN="Bearer hunter2")
    assert ran.code == 0, ran.err
    assert "hunter2" not in ran.err + ran.out

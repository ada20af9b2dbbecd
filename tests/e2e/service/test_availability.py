"""A service whose next version is broken: the old one answers all the while, in real containers."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ecsdeploy.clock import SystemClock
from tests.e2e.service.availability import answers_throughout
from tests.e2e.service.project import Project, open_project

RUN = uuid.uuid4().hex[:8]
SERVER = """
const { ANSWER, BROKEN } = process.env;
if (BROKEN) throw new Error('no database');
require('node:http').createServer((request, response) => response.end(ANSWER)).listen(3000);
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, node_base_image: str) -> Iterator[Project]:
    folder, home = tmp_path_factory.mktemp("available"), tmp_path_factory.mktemp("sandbox")
    with open_project(folder, home, node_base_image, SERVER) as project:
        yield project


def config(project: Project, environment: str) -> str:
    task = f"[task]\nport = 3000\nenvironment = {{ {environment} }}\n"
    return f'app = "available-{RUN}"\nregion = "us-east-1"\n{project.image}{task}'


@pytest.mark.docker
@pytest.mark.timeout(300)
def test_the_old_version_answers_while_a_crash_loop_is_rolled_back(project: Project) -> None:
    project.configure(config(project, 'ANSWER = "old"'))
    good = project.run("deploy")
    assert good.returncode == 0, good.stderr
    project.configure(config(project, 'ANSWER = "new", BROKEN = "yes"'))

    with answers_throughout(good.stdout.strip()) as answers:
        ran = project.run("deploy")

    assert ran.returncode == 4, ran.stderr
    assert "Error: no database" in ran.stderr
    assert not answers.unanswered, str(answers)
    assert list(answers.said) == ["old"]
    assert answers.asked > 20


def test_what_is_not_answered_is_told_by_its_time() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if broken.is_set() else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    broken, clock = threading.Event(), SystemClock()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        with answers_throughout(f"http://127.0.0.1:{server.server_port}/", every=0.01) as answers:
            clock.sleep(0.2)
            broken.set()
            clock.sleep(0.2)
            server.shutdown()
            server.server_close()
            clock.sleep(0.2)

    whys = [each.why.partition(":")[0] for each in answers.unanswered]
    assert answers.said["ok"] >= 1
    assert "HTTP 503" in whys
    assert "URLError" in whys
    assert [each.at for each in answers.unanswered] == sorted(each.at for each in answers.unanswered)
    assert answers.asked == answers.said["ok"] + len(answers.unanswered)

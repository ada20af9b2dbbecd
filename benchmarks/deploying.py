"""How close `deploy` and `build-push` are to what they wait for."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, Timed, timed, within
from benchmarks.stage import ECSDEPLOY, client, commit, project, sandbox

ROUNDS = 5
SLOW_ROUNDS = 2
OVERHEAD = 0.5
"""Seconds by which `build-push` may be slower than docker alone."""


def figures(base_image: str) -> Iterator[Figure]:
    """Yield the figures of real containers, then those of many simulated tasks."""
    build = ["--build-arg", f"BASE_IMAGE={base_image}"]
    with project() as source, sandbox(runtime="docker", speed=10) as env:
        first = timed([ECSDEPLOY, "deploy", *build], runs=1, env=env, cwd=source)
        yield Figure("first `deploy`, everything missing, image built (speed 10)", "-", str(first))
        yield within("unchanged `deploy`", 3.0, timed([ECSDEPLOY, "deploy"], runs=ROUNDS, env=env, cwd=source))
        there = timed([ECSDEPLOY, "build-push"], runs=ROUNDS, env=env, cwd=source)
        yield within("`build-push` of a commit that is in ECR", 1.5, there)
        yield _overhead(source, env, base_image)
    with project() as source, sandbox(runtime="docker", speed=1) as env:
        timed([ECSDEPLOY, "deploy", *build], runs=1, env=env, cwd=source)
        yield from _end_of_deploy(source, env, build)
    for count in (1, 10, 100):
        yield _calls(count)


def _end_of_deploy(source: Path, env: dict[str, str], build: list[str]) -> Iterator[Figure]:
    """Measure from `finishedAt` of the service deployment to the end of the process."""
    late, rates = [], []
    for n in range(SLOW_ROUNDS):
        commit(source, f"end of deploy {n}")
        subprocess.run([ECSDEPLOY, "build-push", *build], env=env, cwd=source, check=True, capture_output=True)
        began = time.time()
        done = subprocess.run(
            [ECSDEPLOY, "deploy", "--debug"], env=env, cwd=source, check=True, capture_output=True, text=True
        )
        ended = time.time()
        late.append(ended - _finished(env))
        rates.append(_ecs_calls(done.stderr) / (ended - began))
    spread = f"{sorted(late)[len(late) // 2]:.2f} s (of {len(late)}: {min(late):.2f} to {max(late):.2f})"
    yield Figure("end of `deploy` after the deployment's own end (speed 1)", "at most 2 s", spread, max(late) <= 2)
    rate = f"{sorted(rates)[len(rates) // 2]:.2f} a second (at most {max(rates):.2f})"
    yield Figure("ECS calls of that `deploy`, on average", "at most 1 a second", rate, max(rates) <= 1)


def _finished(env: dict[str, str]) -> float:
    ecs = client("ecs", env)
    found = ecs.list_service_deployments(cluster="hello-service", service="hello-service")["serviceDeployments"]
    newest: dt.datetime = max(item["finishedAt"] for item in found)
    return newest.timestamp()


def _ecs_calls(err: str) -> int:
    return sum(int(count) for count in re.findall(r"\becs:\w+ (\d+)", err))


def _overhead(source: Path, env: dict[str, str], base_image: str) -> Figure:
    """Measure a new commit's `build-push` against `docker build` and `docker push` of the same, by turns."""
    ours: list[float] = []
    theirs: list[float] = []
    registry = client("ecr", env).describe_repositories(repositoryNames=["hello-service"])["repositories"][0]
    docker = _docker_with_buildkit()
    for n in range(ROUNDS):
        commit(source, f"ours {n} {time.time()}")  # like no other: what an earlier run built is in the builder's cache
        push = [ECSDEPLOY, "build-push", "--build-arg", f"BASE_IMAGE={base_image}"]
        ours += timed(push, runs=1, env=env, cwd=source).seconds
        commit(source, f"theirs {n} {time.time()}")
        name = f"{registry['repositoryUri']}:theirs-{n}"
        plain = {**env, "DOCKER_BUILDKIT": "1"}
        build = [docker, "build", "--target", "runtime", "--build-arg", f"BASE_IMAGE={base_image}", "-t", name,
                 "examples/hello-service"]  # fmt: skip
        built = timed(build, runs=1, env=plain, cwd=source).seconds[0]
        _login(docker, env, registry["repositoryUri"])
        theirs.append(built + timed([docker, "push", name], runs=1, env=plain, cwd=source).seconds[0])
        subprocess.run([docker, "rmi", "--force", name], check=False, capture_output=True)
    mine, plain_docker = Timed(tuple(ours), "", ""), Timed(tuple(theirs), "", "")
    over = mine.median - plain_docker.median
    measured = f"{mine.median:.2f} s against {plain_docker.median:.2f} s: {over:+.2f} s"
    what = "`build-push` of a new commit against `docker build` + `docker push`"
    return Figure(what, f"at most +{OVERHEAD:.1f} s", measured, over <= OVERHEAD)


def _docker_with_buildkit() -> str:
    """Return the docker that `build-push` itself builds with: the comparison is with the same builder."""
    from ecsdeploy.image.build import find_docker

    found = find_docker(os.environ).cli
    return found.path if found is not None else "docker"


def _login(docker: str, env: dict[str, str], uri: str) -> None:
    import base64

    token = client("ecr", env).get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    login = [docker, "login", "--username", user, "--password-stdin", uri.split("/")[0]]
    subprocess.run(login, input=password, text=True, check=True, capture_output=True)


def _calls(count: int) -> Figure:
    """Count the API calls of a good deployment of `count` simulated tasks."""
    with project() as source, sandbox(runtime="simulated", speed=50) as env:
        config = source / "ecsdeploy.toml"
        config.write_text(config.read_text().replace("count = 1", f"count = {count}"))
        commit(source, "count")
        from benchmarks.images import put_image

        tag = put_image(env, source)
        subprocess.run([ECSDEPLOY, "deploy", "--image", tag], env=env, cwd=source, check=True, capture_output=True)
        done = timed(
            [ECSDEPLOY, "deploy", "--image", tag, "--force-new-deployment", "--debug"], runs=1, env=env, cwd=source
        )
        calls = _ecs_calls(done.err)
        return Figure(
            f"a good deployment of {count} tasks (simulated, speed 50)",
            "-",
            f"{calls} ECS calls in {done.median:.1f} s",
        )

"""What the runner says about itself: a pure function of its environment variables.

Names are GitHub's own, https://docs.github.com/en/actions/reference/workflows-and-actions/variables. Other CI
services set `CI`, which is enough to know that nobody can be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_NO = {"", "0", "false", "no"}


@dataclass(frozen=True)
class Runner:
    """Where this process runs; texts are empty if the runner does not say."""

    ci: bool = False
    github: bool = False
    commit: str = ""
    ref: str = ""
    actor: str = ""
    repository: str = ""
    repository_id: str = ""
    owner_id: str = ""
    run_url: str = ""


def read_runner(env: Mapping[str, str]) -> Runner:
    """Return what `env` says about the runner. `GITHUB_ACTIONS` is `true` on GitHub's, `CI` is set on most."""
    github = env.get("GITHUB_ACTIONS", "").lower() == "true"
    ci = github or env.get("CI", "").lower() not in _NO
    if not github:
        return Runner(ci=ci)
    return Runner(
        ci=ci,
        github=True,
        commit=env.get("GITHUB_SHA", ""),
        ref=env.get("GITHUB_REF", ""),
        actor=env.get("GITHUB_ACTOR", ""),
        repository=env.get("GITHUB_REPOSITORY", ""),
        repository_id=env.get("GITHUB_REPOSITORY_ID", ""),
        owner_id=env.get("GITHUB_REPOSITORY_OWNER_ID", ""),
        run_url=_run_url(env),
    )


def _run_url(env: Mapping[str, str]) -> str:
    server, repository, run = (env.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    if not (server and repository and run):
        return ""
    attempt = env.get("GITHUB_RUN_ATTEMPT", "")
    return f"{server}/{repository}/actions/runs/{run}" + (f"/attempts/{attempt}" if attempt not in {"", "1"} else "")

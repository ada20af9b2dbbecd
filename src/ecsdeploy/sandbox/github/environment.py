"""The environment that GitHub's runner gives a step of a job, with the sandbox in AWS's place and no key of AWS.

Names: GitHub Docs, "Variables reference".
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox.env import applied, sandbox_environment
from ecsdeploy.sandbox.github.claims import claims_of
from ecsdeploy.sandbox.github.job import PULL_REQUEST, Job, complete

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
"""The files into which a step writes; those that the surroundings name already are left to them."""

_TOKENS = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN")
_ARCHITECTURES = {"x86_64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


def job_environment(
    job: Job, endpoint: str, region: str, *, asking: tuple[str, str] | None, folder: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return what a step of `job` finds in its environment, and make its files in `folder`. Raises `BadJobError`.

    `asking` is the address and the token for id tokens, None for a job that may not have any. `environ` is kept where
    it says nothing of AWS or of another job.
    """
    exports, unset = sandbox_environment(endpoint, region, environ)
    exports = {name: value for name, value in exports.items() if name not in KEYS}
    others = [name for name in environ if name.startswith("ACTIONS_")]
    given = {**exports, **_of_runner(folder, environ), **_of_job(job, endpoint)}
    if asking is not None:
        given |= {"ACTIONS_ID_TOKEN_REQUEST_URL": asking[0], "ACTIONS_ID_TOKEN_REQUEST_TOKEN": asking[1]}
    event = folder / "event.json"
    event.write_text(json.dumps(_event(complete(job))), encoding="utf-8")
    given["GITHUB_EVENT_PATH"] = str(event)
    return applied(given, [*unset, *KEYS, *_TOKENS, *others], environ)


def _of_job(job: Job, endpoint: str) -> dict[str, str]:
    claims = {name: str(value) for name, value in claims_of(job, "", 0, "").items()}
    same = (
        *("actor", "actor_id", "base_ref", "event_name", "head_ref", "ref", "ref_protected", "ref_type", "repository"),
        *("repository_id", "repository_owner", "repository_owner_id", "run_attempt", "run_id", "run_number", "sha"),
        *("workflow", "workflow_ref", "workflow_sha"),
    )
    ref = claims["ref"]
    name = ref.removeprefix("refs/pull/") if ref.startswith("refs/pull/") else ref.split("/", 2)[2]
    return {
        **{f"GITHUB_{claim.upper()}": claims[claim] for claim in same},
        "GITHUB_JOB": "deploy",
        "GITHUB_REF_NAME": name,
        "GITHUB_SERVER_URL": job.minted_by.server,
        # Nothing leaves this machine: what asks GitHub is told that there is nothing.
        "GITHUB_API_URL": f"{endpoint}/_github/api",
        "GITHUB_GRAPHQL_URL": f"{endpoint}/_github/api/graphql",
        "GITHUB_TRIGGERING_ACTOR": claims["actor"],
        "RUNNER_ENVIRONMENT": claims["runner_environment"],
    }


def _of_runner(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    given = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": environ.get("GITHUB_WORKSPACE") or os.getcwd(),
        "RUNNER_ARCH": _ARCHITECTURES.get(platform.machine(), "X64"),
        "RUNNER_NAME": "sandbox",
        "RUNNER_OS": "Linux" if platform.system() == "Linux" else "macOS",
        "RUNNER_TEMP": environ.get("RUNNER_TEMP") or str(folder),
    }
    for name in FILES:
        if not environ.get(name):
            path = folder / name.removeprefix("GITHUB_").lower()
            path.touch()
            given[name] = str(path)
    return given


def _event(job: Job) -> dict[str, Any]:
    repository = {
        "id": int(job.repository_id),
        "name": job.name,
        "full_name": job.repository,
        "private": job.visibility != "public",
        "owner": {"login": job.owner, "id": int(job.owner_id)},
    }
    if not job.of_pull_request:
        return {"ref": job.ref, "after": job.commit, "repository": repository, "sender": {"login": job.actor}}
    origin = {**repository, "full_name": f"{job.fork or job.owner}/{job.name}", "fork": bool(job.fork)}
    head = {"ref": job.ref.removeprefix("refs/heads/"), "sha": job.commit, "repo": origin}
    pull = {"number": PULL_REQUEST, "head": head, "base": {"ref": "main", "repo": repository}}
    return {"action": "opened", "number": PULL_REQUEST, "pull_request": pull, "repository": repository}

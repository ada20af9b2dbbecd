"""The last words of a deployment: how it ended, and what to do then."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.core.saying import Saying
from ecsdeploy.core.verdict import Kind, Verdict

_WORDS: Mapping[Kind, str] = {
    "empty": "{revision} is in place, but nothing is proven: {service} is set to run 0 tasks.",
    "rolled-back": "{revision} failed, and ECS rolled back to what ran before.",
    "failed": "{revision} failed and was not rolled back.",
    "smoke-failed": "{revision} was deployed, and failed its smoke test.",
    "unproven": "{revision} is deployed, but nothing is proven: its smoke test could not be done.",
    "unreachable": "{revision} runs, but nobody can reach it.",
    "superseded": "A newer deployment replaced this one of {revision} before it was done.",
    "stopped": "The deployment of {revision} was stopped before it was done.",
    "timed-out": "Gave up watching {revision}; the deployment may still be going.",
    "paused": "The deployment of {revision} is waiting for approval.",
    "submitted": "Started the deployment of {revision}, without waiting for it.",
    "started": "The tasks of {revision} run; ECS goes on with the deployment.",
    "healthy": "The tasks of {revision} are healthy; ECS goes on with the deployment.",
}


def words_of(verdict: Verdict, says: Saying, revision: str, service: str) -> str:
    """Return how it ended, in one line."""
    now = verdict.deployment
    if verdict.kind == "succeeded":
        updated = f"Updated: {service} runs {revision}, with the desired number of tasks."
        return says.ended(revision, now) if now is not None else updated
    return _unlike_others(verdict, revision, service) or _WORDS[verdict.kind].format(revision=revision, service=service)


def _unlike_others(verdict: Verdict, revision: str, service: str) -> str:
    """Return the words for what is not as its kind usually is, or ""."""
    now = verdict.deployment
    if now is None:
        waiting = f"Gave up waiting for the tasks of {service}: {verdict.reason}."
        return waiting if verdict.kind == "timed-out" else ""
    match verdict.kind:
        case "rolled-back" if verdict.under_way:
            return f"{revision} failed, and is being rolled back: what ran before serves."
        case "failed" if verdict.under_way or "No rollback candidate" in verdict.reason:
            return f"{revision} failed, and there is nothing to roll back to: no deployment before it succeeded."
        case "failed" if now.status == "SUCCESSFUL":
            return f"{revision} was deployed, but its tasks keep failing."
        case "timed-out" if now.status == "SUCCESSFUL":
            return f"ECS reports {revision} as deployed, but not all tasks of {service} were running in time."
    return ""


def next_steps(verdict: Verdict, says: Saying, advice: str, env_option: str) -> dict[str, str]:
    """Return what to do after a verdict."""
    follow = f"`ecsdeploy watch{env_option}` follows it to its verdict"
    again = f"correct what is wrong, and run `{says.again}` again"
    rest = f"`ecsdeploy watch{env_option}` follows the rollback to its end; `--if-busy wait` deploys after it"
    failing = verdict.kind == "failed" and verdict.under_way
    steps: dict[Kind, str] = {
        "timed-out": f"`{says.watch}` watches it again",
        "submitted": follow,
        "started": follow,
        "healthy": follow,
        "paused": f"answer it (`aws ecs continue-service-deployment`, or in the console); {follow}",
        "unreachable": f"{advice} `ecsdeploy rollback{env_option}` goes back to what ran before, if anything did.",
        "unproven": f"run `{says.again}` where the service can be asked, or set smoke.url",
        "failed": again,
        "smoke-failed": again,
        "succeeded": says.then,
        "rolled-back": rest if verdict.under_way else "",
    }
    stop = f"ECS goes on starting tasks until then; `ecsdeploy scale 0{env_option}` stops them"
    facts = {"next": steps.get(verdict.kind, ""), "meanwhile": stop if failing else ""}
    return {name: text for name, text in facts.items() if text}

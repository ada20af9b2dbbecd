"""The rules that a workflow is held against, as far as they concern who can deploy.

Sources: GitHub, "Secure use reference" and "Security hardening with OpenID Connect"; the runner's way to cancel a job
(actions/runner, ProcessInvoker.cs): it signals the shell of a step, which passes nothing on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from ecsdeploy.github.lint.finding import Lint
from ecsdeploy.github.lint.job import WATCHING, Job, commands, jobs
from ecsdeploy.github.lint.tree import Node

Found = tuple[str, Literal["problem", "warning"], int, str, str, str]
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEAD = re.compile(r"github\.event\.pull_request\.head|github\.head_ref|refs/pull/|github\.event\.workflow_run\.head")
_CHECKS_OUT = re.compile(r"\bgh\s+pr\s+checkout\b")
_FETCHES = re.compile(r"\bgit\s+(?:fetch|pull|checkout)\b")
_PULL = re.compile(r"\bpull/")
_KEYS = re.compile(r"aws[-_](access[-_]key[-_]id|secret[-_]access[-_]key)", re.IGNORECASE)
_UNTRUSTED = re.compile(
    r"\bgithub\.(head_ref|event\.[\w.*\[\]'\"]{0,200}\b(title|body|message|name|email|ref|label|default_branch"
    r"|page_name|head_ref))\b"
)
_INPUT = re.compile(r"\b(github\.event\.)?inputs\.\w+")
SHOWN = 100


def lint(workflow: Node, file: str, *, written: bool = False) -> Iterator[Lint]:
    """Yield each rule that the workflow breaks; `written` says that ecsdeploy wrote it."""
    for job in jobs(workflow, written=written):
        for rule in _RULES:
            for name, severity, line, what, why, fix in rule(job):
                yield Lint(name, severity, file, line, what, why, fix)


def _checkout_of_others(job: Job) -> Iterator[Found]:
    triggers = job.workflow.get("on").names() & {"pull_request_target", "workflow_run"}
    for step in job.steps if triggers else ():
        checkout = step.get("uses").text.startswith("actions/checkout@")
        asked = " ".join(each.text for each in step.get("with").texts())
        if (checkout and _HEAD.search(asked)) or _fetches_head(step.get("run").text):
            yield (
                "pull-request-target",
                "problem",
                step.line,
                f"The job {job.name} runs on {min(triggers)} and checks out the pull request's own code.",
                "Strangers' code then runs with the secrets, the token and the role of this repository.",
                "Use pull_request, or check out nothing.",
            )
        elif checkout and "pull_request_target" in triggers:
            yield (
                "pull-request-target-checkout",
                "warning",
                step.line,
                f"The job {job.name} runs on pull_request_target and has a checkout.",
                "It is one `ref:` away from running strangers' code with this repository's secrets.",
                "Use pull_request, or check out nothing.",
            )


def _unpinned(job: Job) -> Iterator[Found]:
    for node in (job.node.get("uses"), *(step.get("uses") for step in job.steps)):
        uses = node.text
        name, _, ref = uses.partition("@")
        if not uses or uses.startswith("./") or _COMMIT.fullmatch(ref) or "@sha256:" in uses:
            continue
        theirs = not name.startswith(("actions/", "github/"))
        yield (
            "unpinned-action",
            "problem" if theirs and job.is_sensitive else "warning",
            node.line,
            f"{uses} is not pinned to a commit.",
            "Whoever can move that tag or branch runs code in this job"
            + (", and gets at AWS." if job.is_sensitive else "."),
            f"Write {name}@ and the whole commit, with the version in a comment.",
        )


def _id_token(job: Job) -> Iterator[Found]:
    if job.reaches_aws and not job.may_get_id_token and not list(_stored_keys(job)):
        yield (
            "missing-id-token",
            "problem",
            job.node.line,
            f"The job {job.name} runs ecsdeploy without the permission id-token: write.",
            "It gets no token to sign in to AWS with.",
            "Add to the job: permissions: {contents: read, id-token: write}",
        )
    elif job.reaches_aws and job.permissions.text == "write-all":
        yield (
            "write-all",
            "warning",
            job.permissions.line,
            f"The job {job.name} has every permission.",
            "Whatever runs in it can change the repository too.",
            "Write permissions: {contents: read, id-token: write}",
        )


def _concurrency(job: Job) -> Iterator[Found]:
    if not job.changes_aws:
        return
    found = job.node if job.node.has("concurrency") else job.workflow
    if not found.has("concurrency"):
        yield (
            "missing-concurrency",
            "warning",
            job.node.line,
            f"The job {job.name} deploys and has no concurrency group.",
            "Two pushes deploy at the same time; the second one ends with exit code 9.",
            "Add to the job: concurrency: {group: deploy, cancel-in-progress: false}",
        )
    elif found.get("concurrency", "cancel-in-progress").text.lower() == "true":
        yield (
            "cancels-deployments",
            "warning",
            found.get("concurrency").line,
            f"The job {job.name} is cancelled by the next push.",
            "A deployment that is cut off goes on in ECS, and nobody learns how it ended.",
            "Set cancel-in-progress: false.",
        )


def _exec(job: Job) -> Iterator[Found]:
    for step in job.steps:
        for command in commands(step.get("run").text):
            if command.name in WATCHING and not command.has_exec:
                yield (
                    "without-exec",
                    "warning",
                    step.get("run").line,
                    f"`ecsdeploy {command.name}` is started without exec.",
                    "A cancelled job stops the shell around it, and ecsdeploy never hears of it.",
                    f"Write: run: exec ecsdeploy {command.name} ..."
                    + ("" if command.is_last else " and what follows it into a step of its own."),
                )


def _stored_keys(job: Job) -> Iterator[Found]:
    places = [job.workflow.get("env"), job.node.get("env")]
    places += [step.get(key) for step in job.steps for key in ("env", "with")]
    for place in places:
        for name, value in place.mapping.items():
            if _KEYS.fullmatch(name) and value.text:
                yield (
                    "stored-key",
                    "problem",
                    value.line,
                    f"The job {job.name} gets {name} from outside.",
                    "A stored key is valid until somebody deletes it, wherever it has leaked to.",
                    "Run `ecsdeploy bootstrap-oidc`, give the job id-token: write, and delete the key.",
                )


def _injection(job: Job) -> Iterator[Found]:
    for step in job.steps:
        script = step.get("run")
        pasted = list(_expressions(script.text))
        strangers = next((each for each in pasted if _UNTRUSTED.search(each)), None)
        if found := strangers or next((each for each in pasted if _INPUT.search(each)), None):
            yield (
                "template-injection",
                "problem" if strangers and job.is_sensitive else "warning",
                script.line,
                f"A script has ${{{{{found[:SHOWN]}}}}} pasted in.",
                "Somebody else writes that text: whoever opens a pull request, or starts the workflow.",
                'Pass it as a variable: env: TEXT: ${{ ... }}, and write "$TEXT" in the script.',
            )


def _expressions(script: str) -> Iterator[str]:
    """Yield what GitHub evaluates in a script before a shell reads it, without the braces around it."""
    for begun in script.split("${{")[1:]:
        inside, closed, _ = begun.partition("}}")
        if closed:
            yield inside


def _fetches_head(script: str) -> bool:
    """Return whether a script checks out a pull request."""
    fetched = ((line, _FETCHES.search(line)) for line in script.splitlines())
    return bool(_CHECKS_OUT.search(script)) or any(found and _PULL.search(line, found.end()) for line, found in fetched)


def _self_hosted(job: Job) -> Iterator[Found]:
    node = job.node.get("runs-on")
    labels = node.names() | node.get("labels").names()
    if job.is_sensitive and "self-hosted" in labels:
        yield (
            "self-hosted",
            "warning",
            node.line,
            f"The job {job.name} gets at AWS from a self-hosted runner.",
            "What an earlier job left on a machine that is used again can read this job's token.",
            "Use GitHub's runners, or runners that are made anew for each job.",
        )


_RULES: tuple[Callable[[Job], Iterator[Found]], ...] = (
    _checkout_of_others,
    _unpinned,
    _id_token,
    _concurrency,
    _exec,
    _stored_keys,
    _injection,
    _self_hosted,
)

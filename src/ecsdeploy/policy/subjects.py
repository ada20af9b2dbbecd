"""The `sub` claims that GitHub mints for a source: exact texts, and patterns for tags.

By default `sub` is `repo:OWNER/REPO:CONTEXT`. For repositories created, renamed or transferred after 2026-07-15, and
for those that opt in, it is `repo:OWNER@OWNER-ID/REPO@REPO-ID:CONTEXT`; GitHub Enterprise Server has the first form
only. A repository or organisation may have it composed of other claims, `key:value` joined by colons.
Source: GitHub, "OpenID Connect reference".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from ecsdeploy.policy.github import GitHubSource, SourceError, require_source

DEFAULT_KEYS = ("repo", "context")
_OF_A_REF = ("ref", "ref_type")


@dataclass(frozen=True)
class _Job:
    """One kind of job that may deploy: its context, and the claims that are known of it."""

    kind: str
    context: str
    claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subjects:
    """Every `sub` of a source: whole texts, and patterns of tags, whose wildcard comes last.

    `twins` are whole as well, but not of one environment alone: GitHub writes a colon in a name as `%3A`, and a name
    that holds `%3A` as it is, so that an environment `a%3Ab` has the sub of `a:b` (observed on 2026-10-08; subvectors).
    """

    exact: tuple[str, ...]
    twins: tuple[str, ...]
    patterns: tuple[str, ...]


def subjects_of(source: GitHubSource) -> Subjects:
    """Return every `sub` that GitHub may mint for `source`, each form of each. Raises `SourceError`."""
    require_source(source)
    _require_known_workflows(source)
    refs = [_branch(name) for name in source.branches] + [_tag(name) for name in source.exact_tags]
    of = {name: list(_environment(source, name, refs)) for name in source.environments}
    plain = [job for name, jobs in of.items() if name not in source.twin_environments for job in jobs]
    twins = [job for name, jobs in of.items() if name in source.twin_environments for job in jobs]
    return Subjects(
        exact=tuple(sub for job in (*refs, *plain) for sub in _composed(source, job)),
        twins=tuple(sub for job in twins for sub in _composed(source, job)),
        patterns=tuple(pattern for name in source.tag_patterns for pattern in _patterns(source, name)),
    )


def subjects(source: GitHubSource) -> list[str]:
    """Return every exact `sub` that GitHub may mint for `source`. Raises `SourceError`."""
    found = subjects_of(source)
    return [*found.exact, *found.twins]


def _patterns(source: GitHubSource, name: str) -> Iterator[str]:
    for sub in _composed(source, _tag(name)):
        if "*" in sub.removesuffix(encoded(name)) or not sub.endswith(f"ref:refs/tags/{encoded(name)}"):
            raise _wildcard_within(source, name)
        yield sub


def _branch(name: str) -> _Job:
    return _Job("branch", f"ref:refs/heads/{encoded(name)}", {"ref": f"refs/heads/{name}", "ref_type": "branch"})


def _tag(name: str) -> _Job:
    return _Job("tag", f"ref:refs/tags/{encoded(name)}", {"ref": f"refs/tags/{name}", "ref_type": "tag"})


def _environment(source: GitHubSource, name: str, refs: list[_Job]) -> Iterator[_Job]:
    """Yield an environment's jobs; where `sub` names the ref as well, one for each ref that may deploy."""
    context, claims = f"environment:{encoded(name)}", {"environment": name}
    if not set(source.claim_keys).intersection(_OF_A_REF):
        yield _Job("environment", context, claims)
        return
    if not refs:
        raise SourceError(
            f"GitHub composes this repository's sub with the ref, and no branch may deploy to the environment {name}.",
            why="The role trusts whole subs, and here they name the environment and the ref.",
            fix='Write branches = ["main"] in [github] as well: jobs of the environment on these branches may deploy.',
        )
    for ref in refs:
        yield _Job("environment", context, {**claims, **ref.claims})


def _composed(source: GitHubSource, job: _Job) -> Iterator[str]:
    keys = source.claim_keys or DEFAULT_KEYS
    _require_pins(keys, job)
    for values in product(*(list(_parts(source, job, key)) for key in keys)):
        yield ":".join(values)


def _parts(source: GitHubSource, job: _Job, key: str) -> Iterator[str]:
    """Yield what a key of the template becomes: more than one for the repository's two forms, and for workflows."""
    if key == "repo":
        owner, _, name = source.repository.partition("/")
        yield f"repo:{source.repository}"
        if not source.minted_by.is_server:
            yield f"repo:{owner}@{source.owner_id}/{name}@{source.repository_id}"
    elif key == "context":
        yield job.context
    elif key == "job_workflow_ref":
        if not source.workflows:
            raise _unknown(key, "Name the reusable workflow: workflows = [...] in [github].")
        yield from (f"{key}:{encoded(workflow)}" for workflow in source.workflows)
    else:
        yield f"{key}:{encoded(_claim(source, job, key))}"


def _claim(source: GitHubSource, job: _Job, key: str) -> str:
    known = {
        "repository": source.repository,
        "repository_id": source.repository_id,
        "repository_owner": source.owner,
        "repository_owner_id": source.owner_id,
        **({"enterprise": source.minted_by.enterprise} if source.minted_by.enterprise else {}),
        **job.claims,
    }
    if key not in known:
        raise _unknown(key, "Remove it from the template on GitHub.", f" of a job of a {job.kind}")
    return known[key]


def _require_pins(keys: tuple[str, ...], job: _Job) -> None:
    # The ref alone is no context: a job on a branch may be of any environment, or of a pull request.
    missing = [key for key in DEFAULT_KEYS if key not in keys]
    if missing:
        raise SourceError(
            f"GitHub composes this repository's sub of {', '.join(keys)}: without {' and '.join(missing)}.",
            why=f"Then it does not say which repository and which {job.kind} a job is of, and others would be let in.",
            fix=_template((*missing, *keys)),
        )


def _require_known_workflows(source: GitHubSource) -> None:
    if not source.workflows or source.minted_by.knows("job_workflow_ref") or "job_workflow_ref" in source.claim_keys:
        return
    raise SourceError(
        f"Whether AWS can test job_workflow_ref of {source.minted_by.url} is not documented.",
        why="[github] workflows would then either lock everybody out or have no effect.",
        fix=f"Put it into the sub: {_template((*(source.claim_keys or DEFAULT_KEYS), 'job_workflow_ref'))}",
    )


def _unknown(key: str, fix: str, of: str = "") -> SourceError:
    return SourceError(
        f"GitHub composes this repository's sub with {key}, whose value{of} is not known beforehand.",
        why="The role trusts whole subs, character by character.",
        fix=fix,
    )


def _wildcard_within(source: GitHubSource, name: str) -> SourceError:
    keys = [key for key in source.claim_keys if key not in _OF_A_REF and key != "context"]
    return SourceError(
        f"The tag {name!r} in [github] is a pattern, and GitHub writes other claims after it.",
        why="IAM's * would stand for those as well.",
        fix=f"Name each tag exactly. Or: {_template((*keys, 'context'))}",
    )


def _template(keys: tuple[str, ...]) -> str:
    listed = " ".join(f"-f 'include_claim_keys[]={key}'" for key in dict.fromkeys(keys))
    return f"gh api -X PUT repos/OWNER/REPOSITORY/actions/oidc/customization/sub -F use_default=false {listed}"


def encoded(value: str) -> str:
    """Return a claim's value as GitHub writes it into `sub`: a colon is %3A."""
    return value.replace(":", "%3A")

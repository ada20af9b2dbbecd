"""What explains that a claim of GitHub's token is not the one that a trust policy expects, and what to do about it.

Source: GitHub, "OpenID Connect reference", on what the sub holds: an environment comes before a pull request, and that
before a ref; the form with ids is that of repositories created, renamed or transferred after 2026-07-15.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SUBJECT = re.compile(
    r"repo:(?P<owner>[^/@:]+)(?:@(?P<oid>\d+))?/(?P<name>[^@:]+)(?:@(?P<id>\d+))?:(?P<context>.+)", re.DOTALL
)

AGAIN = "run `ecsdeploy bootstrap-oidc` again"


def what_to_do(claim: str, operator: str, wanted: Sequence[str], has: Sequence[str]) -> str:
    """Return what explains that a condition on `claim` fails, and what to change, in words."""
    given = has[0] if has else ""
    if not has:
        return _absent(claim)
    if claim == "sub":
        return _subject(wanted, given, operator)
    if any(each.lower() == given.lower() for each in wanted):
        return f"They differ in case only: write {given}, as GitHub spells it."
    return _BY_CLAIM.get(claim) or f"Run the job where {claim} is as expected, or change [github] and {AGAIN}."


_BY_CLAIM = {
    "aud": "The token was requested for another audience: ask for the one that the trust policy names.",
    "repository_id": "It is another repository, or one that was made anew under the old name. If it is meant, set "
    "[github] repository_id and run `ecsdeploy bootstrap-oidc` again.",
    "repository_owner_id": "The repository belongs to another owner now. If that is meant, set [github] owner_id and "
    "run `ecsdeploy bootstrap-oidc` again.",
    "job_workflow_ref": "The job is called from another workflow file or another ref of it: run the one that is named, "
    "or name this one in [github] workflows.",
    "ref": "The workflow runs on another branch or tag: run it there, or name this one in [github].",
    "environment": "The job has another `environment:`: name it in [github] environments, or correct the job.",
}


def _absent(claim: str) -> str:
    if claim == "environment":
        return "The job has no `environment:`. Add the one that is expected to the job."
    if claim == "job_workflow_ref":
        return "The token does not name a workflow file: the job is not what [github] workflows expects."
    return f"The token has no claim {claim}: GitHub does not put it there, or IAM does not know it."


def _subject(wanted: Sequence[str], given: str, operator: str) -> str:
    if "like" not in operator and any(re.search(r"[*?]", each) for each in wanted):
        return "StringEquals takes * literally, so nobody gets in by it: name the branch or environment exactly."
    if any(each.lower() == given.lower() for each in wanted):
        return f"They differ in case only, and IAM compares by case: write {given}."
    found = _SUBJECT.fullmatch(given)
    expected = [each for each in map(_SUBJECT.fullmatch, wanted) if each]
    if found is None or not expected:
        return (
            "GitHub's default form is repo:OWNER/REPOSITORY:...: one of both is customised by a template of the "
            "repository or its organisation."
        )
    same = [each for each in expected if _place(each) == _place(found)]
    if not same:
        return _elsewhere(expected, found)
    if any(each["context"] == found["context"] for each in same):
        return _form(same, found)
    return _context([each["context"] for each in same], found["context"])


def _place(subject: re.Match[str]) -> tuple[str, str]:
    return subject["owner"].lower(), subject["name"].lower()


def _elsewhere(expected: list[re.Match[str]], found: re.Match[str]) -> str:
    names = dict.fromkeys(f"{each['owner']}/{each['name']}" for each in expected)
    return (
        f"The job runs in {found['owner']}/{found['name']}, and the role trusts {', '.join(names)}. If the repository "
        f"was renamed or transferred, correct [github] repository and {AGAIN}; a fork is not meant to get in."
    )


def _form(same: list[re.Match[str]], found: re.Match[str]) -> str:
    if found["id"] and not any(each["id"] for each in same):
        return (
            "This repository's sub holds GitHub's ids (the form since 2026-07-15), and the role trusts the old form "
            "only. Run `ecsdeploy bootstrap-oidc`, which trusts both."
        )
    if not found["id"]:
        return "This repository's sub has the old form, without ids. Run `ecsdeploy bootstrap-oidc`, which trusts both."
    return "The names are the same and the ids are not: the repository or its owner was made anew under the old name."


def _context(wanted: list[str], given: str) -> str:
    kind, _, value = given.partition(":")
    kinds = {each.partition(":")[0] for each in wanted}
    if kind == "pull_request":
        return (
            "The job runs for a pull request, which the role does not trust: deploy from a push to the branch instead."
        )
    if kind == "environment" and "environment" not in kinds:
        return (
            f"The job has `environment: {value}`, so its sub names that and no longer the branch. Name it in [github] "
            "environments and run `ecsdeploy bootstrap-oidc` again, or remove it from the job."
        )
    if kind != "environment" and kinds == {"environment"}:
        return f"The job has no `environment:`: its sub names {value}. Add `environment:` to the job."
    if kind == "environment":
        return f"The job has `environment: {value}`: correct it, or name it in [github] environments."
    return f"The job runs on {value}: run it on what is trusted, or name this one in [github] and bootstrap again."

"""What `doctor` makes of what it saw: each finding as a check, and all of them as a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ecsdeploy.changes import Planned
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.events import Outcome
from ecsdeploy.facts import Check
from ecsdeploy.policy.audit import Finding
from ecsdeploy.policy.explain_denial import Denial, Failing

VALUES = 6
"""How many expected values are listed."""
NEXT = "do what stands below each problem, then run it again"


def of_error(about: str, error: EcsdeployError) -> Check:
    """Return the problem that an error tells."""
    return Check(about=about, status="problem", text=error.what, why=error.why, fix=error.fix)


def hidden(about: str, action: str, what: str) -> Check:
    """Return that `what` could not be looked at, for want of permission for `action`."""
    return Check(
        about=about,
        status="unchecked",
        text=f"{what}: no permission for {action}.",
        fix="Run it with an administrator's credentials to check this too.",
    )


def of_plan(planned: Planned, setup: str) -> Check:
    """Return what a plan of `setup` says about one resource; `setup` is that command."""
    about, fix = f"{planned.kind} {planned.name}", f"Run `{setup}`."
    match planned.action:
        case "create":
            return Check(about=about, status="problem", text="It does not exist.", fix=fix)
        case "update":
            paths = ", ".join(dict.fromkeys(change.path.partition(".")[0] for change in planned.changes))
            return Check(about=about, status="warning", text=f"It differs from the config: {paths}.", fix=fix)
        case "unchecked":
            return hidden(about, planned.detail, "Not looked at")
        case _:
            return Check(about=about, status="ok", text="It is as the config says.")


def of_findings(about: str, findings: Sequence[Finding], well: str) -> Iterator[Check]:
    """Yield a check for each rule that is broken, or that all is `well`."""
    if not any(each.severity in ("problem", "warning") for each in findings):
        yield Check(about=about, status="ok", text=well)
    for each in findings:
        yield Check(about=about, status=each.severity, text=each.what, why=each.why, fix=each.fix, rule=each.rule)


def of_denial(denial: Denial, whose: str) -> Iterator[Check]:
    """Yield why the trust policy does not let the token in; `whose` says which policy that is."""
    if not denial.failing:
        yield Check(
            about="token",
            status="problem",
            text=f"{whose} does not let this job in.",
            why=denial.reason,
            fix="Run `ecsdeploy bootstrap-oidc`.",
            rule="not-trusted",
        )
    for each in denial.failing:
        yield Check(
            about="token",
            status="problem",
            text=f"{whose} does not let this job in: {each.claim} is not as expected.",
            why=_compared(each, denial.statement),
            fix=each.fix,
            rule=f"claim-{each.claim}",
        )


def _compared(failing: Failing, statement: str) -> str:
    wanted = [*failing.expected[:VALUES]]
    if more := len(failing.expected) - len(wanted):
        wanted.append(f"and {more} more")
    found = " and ".join(failing.found) if failing.found else "no such claim"
    lines = [f"The token has:      {found}", f"The policy expects: {wanted[0] if wanted else 'nothing'}"]
    lines += [f"                 or {each}" for each in wanted[1:]]
    return "\n".join((*lines, f"by {failing.operator} in its statement {statement}."))


def verdict(checks: Iterable[Check]) -> Outcome:
    """Return how it ended: 3 where there is a problem."""
    found = list(checks)
    count = {status: sum(each.status == status for each in found) for status in ("problem", "warning", "unchecked")}
    words = [_counted(count[status], status) for status in count if count[status] and status != "unchecked"]
    words += [f"{count['unchecked']} unchecked"] if count["unchecked"] else []
    if count["problem"]:
        return Outcome(False, f"{', '.join(words)}.", facts={"next": _next(found)}, exit_code=int(ExitCode.REFUSED))
    return Outcome(True, f"No problem{': ' + ', '.join(words) if words else ''}.", exit_code=int(ExitCode.DONE))


def _next(checks: Iterable[Check]) -> str:
    """Return what to do: the one thing that helps against all problems, where there are several."""
    first, *more = [each.fix for each in checks if each.status == "problem"]
    alike = more and first and "\n" not in first and set(more) == {first}
    return f"{first} Then look again." if alike else NEXT


def _counted(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number} {word}s"

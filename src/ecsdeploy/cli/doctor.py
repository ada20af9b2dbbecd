"""`ecsdeploy doctor`: what is in the way of a deployment, and whom the deploy role lets in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ecsdeploy.cli.boundary import boundary, tell_calls
from ecsdeploy.cli.options import with_shared_options
from ecsdeploy.errors import UsageError
from ecsdeploy.runtime import Journal, Options


@with_shared_options
def doctor(
    options: Options,
    *,
    oidc: Annotated[
        bool, typer.Option("--oidc", help="Check how GitHub Actions signs in: token, trust, permissions, workflows.")
    ] = False,
    trust: Annotated[
        Path | None,
        typer.Option(
            "--trust",
            help="With --oidc: judge this trust policy, or what `aws iam get-role` printed, not the role's own.",
            metavar="FILE.json",
        ),
    ] = None,
) -> None:
    """Look for what is in the way of a deployment: config, credentials, Docker, git, and what `setup` makes.

    With --oidc, look at how GitHub Actions signs in. On a runner, the job's own id token is held against the role's
    trust policy: the claim and the condition that fail are named, and what to change. Anywhere, the trust policy and
    the permissions of the deploy role are audited, and the workflows of the repository are linted. The token is never
    shown. A role that these credentials may not read is judged by what the config would write.

    Each line is ok, a problem, a warning, a note on what cannot be seen from here, or unchecked, with what to do. All
    of it goes to stdout; with --output json, an object for each. docs/doctor.md has every rule.

    Reads only. Exit codes: 0 no problem, 3 a problem.
    """
    journal = Journal(options=options.place)
    with boundary(options, journal) as report:
        from ecsdeploy.workflow.doctor import DoctorOptions, Patient
        from ecsdeploy.workflow.doctor import doctor as story

        if trust is not None and not oidc:
            raise UsageError("--trust needs --oidc.", fix="Add --oidc.")
        patient = Patient.open(options, report, journal)
        try:
            code = story(patient, DoctorOptions(oidc=oidc, trust=trust))
        finally:
            if patient.run is not None:
                tell_calls(patient.run)
        raise typer.Exit(int(code))

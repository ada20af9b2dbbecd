"""For which audiences GitHub gives a token: for all but those that look like somebody else's place on GitHub.

Measured by a user against GitHub's issuer in July 2026, in hundreds of runs: what follows the first `github.com` in an
audience has to be nothing, the repository's owner, or the repository and whatever is below it.
"""

from __future__ import annotations

from ecsdeploy.sandbox.github.job import Job

_HOST = "github.com"


def allowed(audience: str, job: Job) -> bool:
    """Return whether GitHub gives a token of `job` for `audience`; an empty one is the owner's."""
    at = audience.lower().find(_HOST)
    if at < 0:
        return True
    rest = audience[at + len(_HOST) :]
    places = {"", "/", f"/{job.owner}", f"/{job.owner}/", f"/{job.repository}"}
    return rest in places or rest.startswith(f"/{job.repository}/")

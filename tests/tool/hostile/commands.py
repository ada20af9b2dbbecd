"""Each command of the command line, as it is tried in a hostile environment."""

from __future__ import annotations

RUN = ("sandbox", "run", "--", "true")
JOB = ("sandbox", "github-job", "--repository", "acme/hello", "--", "true")
RUNNING = (RUN, JOB)
"""Their exit codes are those of what they run."""
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--version",),
    ("--help",),
    ("setup", "--yes"),
    ("bootstrap-oidc", "--yes"),
    ("create-repo",),
    ("build-push",),
    ("register-task", "--image", "v1"),
    ("register-task",),
    ("plan", "--image", "v1"),
    ("plan",),
    ("deploy", "--image", "v1"),
    ("deploy",),
    ("watch",),
    ("explain",),
    ("status",),
    ("doctor",),
    ("doctor", "--oidc"),
    ("history",),
    ("rollback", "--yes"),
    ("scale", "1"),
    ("restart",),
    ("run", "--", "true"),
    ("logs",),
    ("cost",),
    ("iam",),
    ("iam", "--for", "deploy"),
    ("workflow", "--output-file", "-", "--action", f"acme/ecsdeploy@{0:040}"),
    ("prune", "--yes"),
    ("chaos-stop", "--yes"),
    ("sandbox", "up", "--detach", "--runtime", "simulated", "--port", "0"),
    ("sandbox", "up", "--port", "0", "--detach", "--runtime", "docker", "--name", "real"),
    ("sandbox", "status"),
    ("sandbox", "env"),
    RUN,
    JOB,
    ("sandbox", "github-token", "--repository", "acme/hello"),
    ("sandbox", "ci-token", "gitlab", "--project", "acme/hello"),
    ("sandbox", "break", "--list"),
    ("sandbox", "break", "crash"),
    ("sandbox", "heal"),
    ("sandbox", "down"),
    ("sandbox", "down", "--name", "real"),
    ("destroy", "--yes"),
)

CONCERNED: dict[str, tuple[tuple[str, ...], ...]] = {
    "places": (("status",), ("sandbox", "env"), ("sandbox", "down")),
    "programs": (("build-push",), ("plan",)),
    "git": (("build-push",), ("plan",)),
    "docker": (("build-push",),),
    "aws": (("status",),),
    "proxies": (("status",), ("build-push",)),
    "terminal": (("status",), ("--help",)),
    "github": (("deploy", "--image", "v1"), ("plan", "--image", "v1")),
}
"""Which commands an environment concerns most, by its area."""

BUILDING = {("build-push",), ("deploy",)}
"""Which commands build an image."""

"""GitHub's own command line, asked for the token that its user has signed in with.

The one place of this package that starts a process: the token is not in the environment, and only `gh` can read its
store. It is returned, never printed or written.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

from ecsdeploy.image.process import without_credentials

SECONDS = 10.0


def gh_token(environ: Mapping[str, str], host: str) -> str:
    """Return the token that `gh` has for `host`; "" if it is not installed, not signed in or does not answer.

    Source: GitHub CLI manual, "gh auth token".
    """
    program = shutil.which("gh", path=environ.get("PATH", ""))
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "auth", "token", "--hostname", host],
            env=without_credentials(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    token = done.stdout.strip()
    return token if done.returncode == 0 and token.isascii() and token.isprintable() and " " not in token else ""

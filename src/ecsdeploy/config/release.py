"""`[release]`: a command that has to succeed before a new image is rolled out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ecsdeploy.config.table import Table
from ecsdeploy.config.values import Duration, Text, lasting


class Release(Table):
    """A command that has to succeed before a new image is rolled out, such as a database migration."""

    command: tuple[Text, ...] = Field(
        min_length=1,
        description="The program and its arguments, without a shell. It runs once for an image, as a task of the new "
        "revision, before the service is touched; if it does not end with exit code 0, the service stays as it is.",
        examples=[["python", "manage.py", "migrate"]],
    )
    timeout: Annotated[Duration, lasting(1, 24 * 3600)] = Field(
        default=600, description="How long it may take, from its start on, at most a day; then it is stopped."
    )

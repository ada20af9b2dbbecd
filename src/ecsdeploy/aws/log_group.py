"""Log groups: dicts in, core models out."""

from __future__ import annotations

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.log_group import LogGroup


class LogGroups:
    """What `setup` asks of CloudWatch Logs; `region` is another one than the run's."""

    def __init__(self, aws: Aws, *, region: str = "") -> None:
        self._logs = aws.client("logs", region=region)

    def find(self, name: str) -> LogGroup | None:
        """Return the log group of exactly this name, or None; the API knows prefixes only."""
        with aws_errors("logs"):
            for page in self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
                for raw in page.get("logGroups", []):
                    if raw["logGroupName"] == name:
                        arn = raw.get("logGroupArn") or raw["arn"].removesuffix(":*")
                        return LogGroup(
                            name,
                            arn,
                            raw.get("retentionInDays"),
                            stored_bytes=raw.get("storedBytes", 0),
                            created_at=raw.get("creationTime"),
                            protected=bool(raw.get("deletionProtectionEnabled")),
                        )
        return None

    def tags(self, group: LogGroup) -> dict[str, str]:
        """Return the group's tags."""
        with aws_errors("logs"):
            answer: dict[str, str] = self._logs.list_tags_for_resource(resourceArn=group.arn).get("tags", {})
        return answer

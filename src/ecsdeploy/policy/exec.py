"""What the code of a task may do for ECS Exec: keep a channel to Systems Manager, through which a shell is reached.

Source: ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec", "IAM permissions required for ECS Exec".
"""

from __future__ import annotations

from ecsdeploy.policy import VERSION, Document

CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
"""Actions that know no resource (Service Authorization Reference)."""


def exec_permissions() -> Document:
    """Return the task role's inline policy."""
    statement = {"Sid": "Exec", "Effect": "Allow", "Action": list(CHANNELS), "Resource": "*"}
    return {"Version": VERSION, "Statement": [statement]}

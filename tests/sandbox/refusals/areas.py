"""The areas of the table, in the page's order."""

from __future__ import annotations

from types import ModuleType

from tests.sandbox.refusals import ecr, iam, logs, scaling, services, task_definitions

AREAS: tuple[tuple[str, ModuleType], ...] = (
    ("ECS: task definitions", task_definitions),
    ("ECS: services, tasks and clusters", services),
    ("Application Auto Scaling", scaling),
    ("ECR", ecr),
    ("CloudWatch Logs", logs),
    ("IAM", iam),
)
"""Title -> a module with `RULES`, and with `LEFT_OUT`: the rules that are left out, and why."""

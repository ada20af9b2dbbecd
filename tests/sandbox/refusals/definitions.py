"""Task definitions for the table: the smallest that Fargate takes, and what a rule changes about it."""

from __future__ import annotations

from typing import Any

from tests.sandbox.refusals.rule import Form, Rule

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"


def container(name: str = "app", **fields: Any) -> Form:
    """Return a container."""
    return {"name": name, "image": f"{name}:1", **fields}


def definition(*containers: Form, **fields: Any) -> Form:
    """Return a task definition; a field that is None is left out."""
    form = {
        "family": "refusals",
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "executionRoleArn": ROLE,
        "containerDefinitions": list(containers),
        **fields,
    }
    return {key: value for key, value in form.items() if value is not None}


def rule(name: str, words: str, *, good: Form, bad: Form, seen: str = "2026-09-08", begins: bool = False) -> Rule:
    """Return a rule of RegisterTaskDefinition, which answers with a ClientException."""
    return Rule(
        name=f"pf-ecs-{name}",
        seen=seen,
        operation="ecs:RegisterTaskDefinition",
        good=good,
        bad=bad,
        code="ClientException",
        words=words,
        begins=begins,
    )


def of_container(name: str, words: str, *, good: Form, bad: Form, seen: str = "2026-09-08") -> Rule:
    """Return a rule about the fields of one container."""
    return rule(name, words, good=definition(container(**good)), bad=definition(container(**bad)), seen=seen)


def of_task(name: str, words: str, *, good: Form, bad: Form, seen: str = "2026-09-08") -> Rule:
    """Return a rule about the fields beside the containers."""
    return rule(name, words, good=definition(container(), **good), bad=definition(container(), **bad), seen=seen)

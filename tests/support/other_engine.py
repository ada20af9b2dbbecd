"""Another policy engine, in Node, asked over its standard streams: nobody here wrote it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from ecsdeploy.policy.evaluate import Request

FOLDER = Path(__file__).parent / "second_engine"
ACCOUNT = "123456789012"
WHO = f"arn:aws:sts::{ACCOUNT}:assumed-role/job/session"
Document = Mapping[str, Any]


def concrete(request: Request) -> Request:
    """Return a request on one resource: the other engine takes an asterisk in it for a pattern of its own."""
    return request if request.resource == "*" else replace(request, resource=request.resource.replace("*", "7"))


@dataclass(frozen=True)
class Question:
    """A request, and every document that has a say in it."""

    request: Request
    policies: tuple[Document, ...]
    boundary: Document | None = None
    session: Document | None = None
    of_resource: Document | None = None

    def line(self) -> str:
        """Return it as the engine reads it."""
        context = {
            key: list(value) if isinstance(value, tuple) else value for key, value in self.request.context.items()
        }
        return json.dumps(
            {
                "principal": WHO,
                "account": ACCOUNT,
                "action": self.request.action,
                "resource": self.request.resource,
                "context": context,
                "policies": self.policies,
                "boundary": self.boundary,
                "session": self.session,
                "of_resource": self.of_resource,
            }
        )


class OtherEngine:
    """The process; `allows` answers one question."""

    def __init__(self, asked: IO[str], told: IO[str]) -> None:
        self._asked = asked
        self._told = told

    def answer(self, question: Question) -> str:
        """Return `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`."""
        self._asked.write(f"{question.line()}\n")
        self._asked.flush()
        word = self._told.readline().strip()
        assert word in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied"), word
        return word


@contextmanager
def other_engine() -> Iterator[OtherEngine]:
    """Run the engine."""
    process = subprocess.Popen(
        ["node", "engine.mjs"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield OtherEngine(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=30)

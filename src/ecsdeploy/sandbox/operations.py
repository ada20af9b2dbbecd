"""What the sandbox answers of each AWS service's operations: all of it, part of it, none of it.

`python -m ecsdeploy.sandbox.operations --write`, from the repository's root, makes the tables of
`docs/sandbox-operations.md` from the tables of operations themselves and from the declarations beside them
(`PARTIAL`, what an operation lacks); `--check` fails where the document says something else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox import autoscaling
from ecsdeploy.sandbox.dispatch import service_model
from ecsdeploy.sandbox.ecr import api as ecr
from ecsdeploy.sandbox.ecs import api as ecs
from ecsdeploy.sandbox.logs import api as logs
from ecsdeploy.sandbox.moto_backend import SERVICES

FILE = Path("docs/sandbox-operations.md")

# Tables hold bound methods: reading their names calls none of them, so there need be nothing to call them on.
_NOTHING: Any = None

IMPLEMENTED: Mapping[str, frozenset[str]] = {
    "ecs": frozenset(ecs.operations(_NOTHING)),
    "ecr": frozenset(ecr.operations(_NOTHING)),
    "logs": frozenset(logs.operations(_NOTHING)),
    "application-autoscaling": frozenset(autoscaling.operations(_NOTHING, _NOTHING)),
}
"""botocore's name of a service -> the operations that the sandbox answers itself."""

PARTIAL: Mapping[str, Mapping[str, str]] = {
    "ecs": ecs.PARTIAL,
    "ecr": ecr.PARTIAL,
    "logs": logs.PARTIAL,
    "application-autoscaling": autoscaling.PARTIAL,
}
"""Service -> operation -> what of it is missing, in a sentence."""

TITLES = {
    "ecs": "Amazon ECS",
    "ecr": "Amazon ECR",
    "logs": "Amazon CloudWatch Logs",
    "application-autoscaling": "Application Auto Scaling",
}

_HEAD = """\
# What the sandbox answers

<!-- made by python -m ecsdeploy.sandbox.operations --write -->

Every operation of the services that the sandbox answers itself, as botocore's models have them. *Complete* means that
requests are checked as AWS checks them, and that answers and errors are AWS's, as far as its API reference and users'
reports say; *partial* says what is missing; what is *absent* is refused with `UnknownOperationException`, and never
answered as if something had happened.

ECR's registry itself (`/v2/`) is that of the OCI distribution specification: login, push, pull, mount of layers,
referrers. One sandbox has one account and one set of resources.
"""


def status(service: str, operation: str) -> str:
    """Return `complete`, `partial` or `absent`."""
    if operation not in IMPLEMENTED[service]:
        return "absent"
    return "partial" if operation in PARTIAL[service] else "complete"


def text() -> str:
    """Return the document."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for service, title in TITLES.items():
        names = sorted(service_model(service).operation_names)
        counts = {state: 0 for state in ("complete", "partial", "absent")}
        for name in names:
            counts[status(service, name)] += 1
        said = ", ".join(f"{count} {state}" for state, count in counts.items())
        yield f"## {title}\n\n{len(names)} operations: {said}.\n"
        yield "| Operation | | What is missing |\n|---|---|---|"
        yield from (
            f"| `{name}` | {status(service, name)} | {PARTIAL[service].get(name, '')} |"
            for name in names
            if name in IMPLEMENTED[service]
        )
        absent = [f"`{name}`" for name in names if name not in IMPLEMENTED[service]]
        yield f"\nAbsent: {', '.join(absent)}.\n"
    others = ", ".join(f"`{name}`" for name in sorted(SERVICES))
    yield "## Other services\n"
    yield "[moto](https://github.com/getmoto/moto) answers these, completed where clients need more than it has: "
    yield f"{others}. Requests for any other service are refused. Of STS, `AssumeRole`, `AssumeRoleWithWebIdentity` and"
    yield "`GetCallerIdentity` of a session are the sandbox's own."


def main(arguments: list[str]) -> int:
    """Write the document (`--write`) or say whether it is up to date (`--check`); return the exit code."""
    if arguments == ["--write"]:
        FILE.write_text(text(), encoding="utf-8")
        return 0
    if arguments == ["--check"]:
        if FILE.is_file() and FILE.read_text(encoding="utf-8") == text():
            return 0
        sys.stderr.write(f"{FILE} is not what the code says: run python -m ecsdeploy.sandbox.operations --write\n")
        return 1
    sys.stderr.write("usage: python -m ecsdeploy.sandbox.operations --check | --write\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

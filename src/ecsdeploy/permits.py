"""What `iam` tells, as values: the policies that there are, and one of them with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Permits:
    """A command that a policy can be shown for: `who` has it (the deploy role, by [iam] grants, an admin)."""

    command: str
    who: str
    does: str


@dataclass(frozen=True)
class PermitList:
    """The commands that there is a policy for. `granted` are those that [iam] grants of this config names."""

    commands: tuple[Permits, ...]
    granted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a statement of a policy is there: `sid` is its name in the document."""

    sid: str
    why: str


@dataclass(frozen=True)
class Policy:
    """A policy document, as IAM takes it, and how many characters it has there, white space not counted."""

    command: str
    characters: int
    document: Mapping[str, Any]

"""Rules of cdk-preflight for logs."""

from __future__ import annotations

from collections.abc import Mapping

from tests.sandbox.refusals.rule import Rule

RULES: tuple[Rule, ...] = ()

LEFT_OUT: Mapping[str, str] = {}
"""Rule -> why the sandbox has no such case."""

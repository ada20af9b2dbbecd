"""Rules of cdk-preflight for task definitions."""

from __future__ import annotations

from collections.abc import Mapping

from tests.sandbox.refusals import definition_containers, definition_fargate, definition_network
from tests.sandbox.refusals.rule import Rule

RULES: tuple[Rule, ...] = (*definition_containers.RULES, *definition_network.RULES, *definition_fargate.RULES)

LEFT_OUT: Mapping[str, str] = {
    "pf-ecs-fargate-ephemeral-storage-ec2": "About the EC2 launch type; on Fargate the field is taken.",
    "pf-ecs-host-network-host-port-mismatch": "About networkMode host, which Fargate refuses as a whole.",
    "pf-ecs-proxy-configuration-awsvpc-required": "About other network modes, which Fargate refuses as a whole.",
}
"""Rule -> why the sandbox has no such case."""

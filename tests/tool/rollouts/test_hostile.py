"""The seeded rollouts once more, on an ECS that leaves out, lags, shuffles, throttles, and has another clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecsdeploy.errors import ExitCode
from tests.support.rollouts.cases import HOPELESS, RECOVERING, case
from tests.support.rollouts.lab import EcsClient, Lab, LabAws, LabClock
from tests.support.rollouts.outcome import Stage, Told, alone, watched

OF_DEPLOYMENT = ("sourceServiceRevisions", "deploymentCircuitBreaker", "statusReason", "lifecycleStage")
OF_TASK = ("startedAt", "stoppingAt", "executionStoppedAt", "pullStartedAt", "group", "startedBy", "desiredStatus")
LAG = 2.0
"""Seconds by which an answer may be old."""
SEEDS = range(33)


class Hostile:
    """A client of ECS that makes the least of what AWS allows; what it does is decided by a seed."""

    def __init__(self, client: EcsClient, random: Random, lab: Lab) -> None:
        self._client, self._random, self._lab = client, random, lab
        self._left_out = {
            *(key for key in OF_DEPLOYMENT if random.random() < 0.5),
            *(key for key in OF_TASK if random.random() < 0.4),
            *(["counts"] if random.random() < 0.3 else []),
        }
        self._answers: dict[str, list[tuple[float, Any]]] = {}

    def __getattr__(self, method: str) -> Any:
        """Return what answers `method`."""
        of_client = getattr(self._client, method)

        def call(**params: Any) -> Mapping[str, Any]:
            answer = of_client(**params)
            if method.startswith(("describe", "list")) and self._random.random() < 0.03:
                raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, method)
            if method == "stop_service_deployment" and self._random.random() < 0.3:
                code = self._random.choice(["ServerException", "ConflictException"])
                raise ClientError({"Error": {"Code": code, "Message": "Not now."}}, method)
            return self._changed(method, str(params), answer)

        return call

    def get_paginator(self, method: str) -> Any:
        """Return what goes through all pages."""
        hostile = self

        class Pages:
            def paginate(self, **params: Any) -> Any:
                yield getattr(hostile, method)(**params)

        return Pages()

    def _changed(self, method: str, key: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        now, known = self._lab.clock.seconds, self._answers.setdefault(method + key, [])
        known.append((now, answer))
        if self._random.random() < 0.2:
            answer = next(old for at, old in known if at >= now - LAG)
        if method == "describe_service_deployments":
            return {**answer, "serviceDeployments": [self._brief(each) for each in answer["serviceDeployments"]]}
        if method == "describe_tasks":
            shown = [task for task in answer["tasks"] if self._random.random() > 0.05]
            return {**answer, "tasks": [self._without(task) for task in shown]}
        if method == "list_tasks":
            return {**answer, "taskArns": self._random.sample(answer["taskArns"], len(answer["taskArns"]))}
        return answer

    def _brief(self, deployment: Mapping[str, Any]) -> Mapping[str, Any]:
        if "counts" not in self._left_out:
            return self._without(deployment)
        target = {"arn": deployment["targetServiceRevision"]["arn"]}
        return self._without({**deployment, "targetServiceRevision": target})

    def _without(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        return {key: value for key, value in item.items() if key not in self._left_out}


class HostileAws(LabAws):
    """The tool's way to such an ECS."""

    def __init__(self, lab: Lab, seed: int) -> None:
        super().__init__(lab)
        self._hostile = Hostile(EcsClient(lab, self.calls), Random(seed), lab)

    def client(self, service: str, *, once: bool = False, region: str = "") -> Any:
        """Return the client."""
        return self._hostile if service == "ecs" else super().client(service, once=once, region=region)


class Skewed(LabClock):
    """A clock that is minutes off."""

    def __init__(self, lab: Lab, seconds: float) -> None:
        super().__init__(lab)
        self._off = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Return the wrong time."""
        return super().now() + self._off


def ends(seed: int, kinds: Mapping[str, Any]) -> tuple[str, ExitCode, str]:
    """Return how ECS would have ended it alone, the exit code, and the kind."""
    of_seed = case(seed, kinds)
    stage = Stage(of_seed)
    aws, clock = HostileAws(stage.lab, seed), Skewed(stage.lab, Random(seed).uniform(-300, 300))
    verdict = watched(stage, aws, clock, Told(clock))
    return alone(of_seed), verdict.exit_code, of_seed.kind


@pytest.mark.parametrize("seed", SEEDS)
def test_what_passes_is_left_alone_by_whatever_ecs_tells_little_of(seed: int) -> None:
    by_itself, code, kind = ends(seed, RECOVERING)
    assert (by_itself == "SUCCESSFUL") == (code is ExitCode.DONE), kind


@pytest.mark.parametrize("seed", SEEDS)
def test_what_cannot_succeed_is_never_called_a_success_and_never_watched_for_ever(seed: int) -> None:
    _, code, kind = ends(seed, HOPELESS)
    assert code in (ExitCode.ROLLED_BACK, ExitCode.FAILED), kind

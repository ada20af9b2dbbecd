"""The composition root: every part of one sandbox, made and wired here and nowhere else."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from secrets import token_urlsafe
from typing import Any

from ecsdeploy.sandbox import autoscaling
from ecsdeploy.sandbox.aws_front import AwsFront
from ecsdeploy.sandbox.clock import Clock, SystemClock
from ecsdeploy.sandbox.control import Control
from ecsdeploy.sandbox.dispatch import JsonService
from ecsdeploy.sandbox.ecr import api as ecr_api
from ecsdeploy.sandbox.ecr.registry import registry_app
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.ecs import api as ecs_api
from ecsdeploy.sandbox.ecs.describe import describe_task
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.faults import Faults
from ecsdeploy.sandbox.firewall.able import unable
from ecsdeploy.sandbox.firewall.read import read_groups
from ecsdeploy.sandbox.firewall.wall import Wall
from ecsdeploy.sandbox.firewall.words import as_json
from ecsdeploy.sandbox.front import Front
from ecsdeploy.sandbox.github.issuer import Issuer
from ecsdeploy.sandbox.iam.account import Stores
from ecsdeploy.sandbox.iam.enforce import Enforcer, of_registry
from ecsdeploy.sandbox.iam.execution_role import ExecutionRole
from ecsdeploy.sandbox.iam.principals import Principals
from ecsdeploy.sandbox.iam.stored_roles import StoredRoles
from ecsdeploy.sandbox.image_reference import ImageReference
from ecsdeploy.sandbox.logs import api as logs_api
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.moto_backend import MotoBackend
from ecsdeploy.sandbox.network_interfaces import TaskInterface
from ecsdeploy.sandbox.other_services import SANDBOX_KEY, OtherServices
from ecsdeploy.sandbox.permit import Permit, everybody
from ecsdeploy.sandbox.runtime.base import Observe, Runtime
from ecsdeploy.sandbox.secrets import Secrets
from ecsdeploy.sandbox.seeding import Seeding
from ecsdeploy.sandbox.server import Server
from ecsdeploy.sandbox.sessions import Sessions
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.state import State
from ecsdeploy.sandbox.subnets import Subnets
from ecsdeploy.sandbox.wire import followed_by

_log = logging.getLogger(__name__)


class Sandbox:
    """One running sandbox. Made, it listens and answers; `close` ends it and everything that it runs.

    `warm` loads moto at once, in the background; otherwise the first request that needs it waits for it.
    `permit` decides about each call where IAM is not enforced; without one, everybody may do everything.
    `asked_to_stop` is set when a client of the control API asked for the end: whoever made it closes it then.
    Raises `OSError` where the port is taken.
    """

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, warm: bool = True, permit: Permit | None = None
    ) -> None:
        self.asked_to_stop = threading.Event()
        self.faults = Faults(self._tags_of)
        self._clock = clock or SystemClock()
        self._closing = threading.Event()
        self._seeding = threading.Lock()
        self._started = self._clock.now()
        self._token = token_urlsafe(24)
        with ExitStack() as stack:
            self._server = Server()
            self.settings = replace(settings, port=self._server.bind(settings.port))
            stack.callback(self._server.close)
            self.github = Issuer(self._clock, self.settings.endpoint)
            self.sessions = Sessions(self._clock)
            self._moto = MotoBackend(self.settings)
            self.secrets = Secrets(self._moto, self.settings.region, self.settings.account)
            self.logs = LogStore(self._clock)
            self.ecr = EcrStore(
                self.settings.home / "ecr",
                self.settings.account,
                self.settings.region,
                self.settings.registry,
                vulnerable=self.faults.take_scan,
            )
            self._roles = StoredRoles(self._moto, self.settings.account)
            self.stores = Stores(lambda: self.engine.world, self.ecr, self.logs, self._moto, self._roles)
            if self.settings.enforce_iam:
                permit = Enforcer((SANDBOX_KEY,), Principals(self._roles, self.sessions.find), self.stores, self._clock)
            self._permit = permit
            self._role = ExecutionRole(self.settings, self._roles, secrets=self.secrets, ecr=self.ecr, logs=self.logs)
            self._subnets = Subnets(self._moto, Seeding(self._moto), self.settings.region)
            self.wall = self._new_wall()
            stack.callback(self.wall.close)
            self.engine = self._new_engine()
            stack.callback(self.engine.stop)
            self._server.serve(self._front())
            self.engine.start()
            self._warm = threading.Thread(target=self._warm_up, name="warm-up", daemon=True)
            if warm:
                self._warm.start()
            stack.pop_all()

    def close(self) -> None:
        """End every task and every connection; return when nothing is left."""
        self._closing.set()
        self.logs.close()
        self.engine.stop()
        self.wall.close()
        self._server.close()
        with self._seeding:
            self._moto.reset()

    def state(self) -> State:
        """Return what other processes need to know."""
        settings = self.settings
        return State(
            name=settings.name,
            port=settings.port,
            pid=os.getpid(),
            token=self._token,
            runtime=settings.runtime,
            speed=settings.speed,
            account=settings.account,
            region=settings.region,
            started=self._started,
            enforce_iam=settings.enforce_iam,
        )

    def status(self) -> dict[str, Any]:
        """Return what `sandbox status` shows."""
        world = self.engine.world
        tasks = [task for shard in world.shards.values() for task in shard.tasks.values()]
        return {
            "name": self.settings.name,
            "endpoint": self.settings.endpoint(),
            "registry": self.settings.registry(),
            "runtime": self.settings.runtime,
            "speed": self.settings.speed,
            "region": self.settings.region,
            "account": self.settings.account,
            "pid": os.getpid(),
            "iam_enforced": self.settings.enforce_iam,
            "uptime_seconds": round(self._clock.now() - self._started, 1),
            "clusters": sum(cluster.status == "ACTIVE" for cluster in world.clusters.values()),
            "services": sum(
                shard.service is not None and shard.service.status == "ACTIVE" for shard in world.shards.values()
            ),
            "running_tasks": sum(task.last_status == "RUNNING" for task in tasks),
            "security_groups": {
                "enforced": not self.wall.why_not,
                "why_not": self.wall.why_not,
                "dropped": [as_json(loss) for loss in self.wall.losses()],
            },
        }

    def _new_wall(self) -> Wall:
        return Wall(
            lambda: read_groups(self._moto, self._subnets.seeding.regions),
            self._subnets.vpc_of,
            unable=unable(self.settings.runtime),
        )

    def _new_engine(self) -> EcsEngine:
        return EcsEngine(
            self.settings,
            self._clock,
            self._runtime,
            self.faults,
            self.ecr.digest_of,
            describe_subnet=self._subnets.describe,
            group_fits=self._subnets.group_fits,
            not_assumed=self._role.not_assumed,
        )

    def _runtime(self, observe: Observe) -> Runtime:
        # Each runtime's imports are paid only where it is used.
        if self.settings.runtime == "docker":
            from ecsdeploy.sandbox.runtime.docker import DockerRuntime

            return DockerRuntime(
                self.settings,
                observe,
                logs=self._role,
                role=self._role,
                resolve_secret=self.secrets.resolve,
                registry_auth=self._registry_auth,
                digest_of=self.ecr.digest_of,
                clock=self._clock,
                describe_task=self._describe_task,
                wall=self.wall,
            )
        from ecsdeploy.sandbox.runtime.simulated import SimulatedRuntime

        return SimulatedRuntime(
            self.settings,
            observe,
            logs=self._role,
            role=self._role,
            resolve_secret=self.secrets.resolve,
            digest_of=self.ecr.digest_of,
            clock=self._clock,
            wall=self.wall,
        )

    def _front(self) -> Front:
        others = OtherServices(
            self.settings,
            self._moto,
            self._subnets.seeding,
            self._interfaces,
            self._clock,
            sessions=self.sessions,
            github=self.github.key,
            ec2_changed=self.wall.changed,
        )
        ecs = dict(ecs_api.operations(self.engine))
        ecs["CreateCluster"] = followed_by(ecs["CreateCluster"], others.ensure_ecs_role)
        permit = self._permit
        services = {
            "ecs": JsonService("ecs", ecs, permit or everybody),
            "ecr": JsonService("ecr", ecr_api.operations(self.ecr), permit or everybody),
            "logs": JsonService("logs", logs_api.operations(self.logs), permit or everybody),
            "application-autoscaling": JsonService(
                "application-autoscaling", autoscaling.operations(self.engine, self._clock), permit or everybody
            ),
        }
        aws = AwsFront(
            settings=self.settings,
            services=services,
            others=others.answer,
            admit=partial(self.sessions.check, known_elsewhere=others.is_moto_session),
            identify=others.identify,
            faults=self.faults,
            closing=self._closing,
            permit=permit,
        )
        return Front(
            aws=aws,
            registry=registry_app(self.ecr, refusal=of_registry(permit, self.ecr) if permit else None),
            control=Control(self._token, self.faults, self.status, self.asked_to_stop.set, self.github),
            github=self.github,
            faults=self.faults,
            closing=self._closing,
        )

    def _registry_auth(self, image: str) -> dict[str, str] | None:
        if not self.settings.keeps(image):
            return None
        user, password = self.ecr.credentials()
        return {"username": user, "password": password}

    def _tags_of(self, image: str) -> list[str]:
        """Return the tags of an image of our registry that is named by its digest."""
        named = ImageReference.of(image)
        with self.ecr.locked() as repositories:
            repository = repositories.get(named.name) if named.host == self.settings.registry() else None
            found = repository.find(named.digest) if repository and named.digest else None
            return list(found.tags) if found else []

    def _describe_task(self, arn: str) -> dict[str, Any] | None:
        world = self.engine.world
        found = world.find(arn.rpartition("/")[2])
        if found is None:
            return None
        return {**describe_task(world, found[1]), "subnetCidr": found[1].eni.subnet.cidr}

    def _interfaces(self) -> Iterable[TaskInterface]:
        return (self._subnets.interface(one, self.settings) for one in self.engine.network_interfaces())

    def _warm_up(self) -> None:
        try:
            self._moto.load()
            with self._seeding:
                # One process has one moto: what comes late would be found by the next sandbox.
                if self._closing.is_set():
                    return
                self._subnets.seeding.ensure(self.settings.region)
            # What was loaded stays until the end: a full collection need not walk through it, and calls wait less.
            gc.collect()
            gc.freeze()
        except Exception:
            # The request that needs moto will fail in the same way, and say so to its client.
            _log.exception("moto did not load")

"""What must be there before a task's first container: secrets, images, log streams; refused in AWS's words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox.runtime import options, reasons, secrets
from ecsdeploy.sandbox.runtime.backend import Refused
from ecsdeploy.sandbox.runtime.base import LogSink, ResolveSecret, TaskSpec
from ecsdeploy.sandbox.runtime.logs import open_streams
from ecsdeploy.sandbox.runtime.pull import Puller
from ecsdeploy.sandbox.runtime.role import RoleCheck

_MACHINES = {"X86_64": ("amd64", "qemu-x86_64"), "ARM64": ("arm64", "qemu-aarch64")}
_EMULATORS = Path("/proc/sys/fs/binfmt_misc")


class Preparation:
    """Prepares real containers. Every method raises `Refused`, and may wait."""

    def __init__(
        self,
        puller: Puller,
        *,
        machine: str,
        region: str,
        logs: LogSink,
        resolve_secret: ResolveSecret,
        registry_auth: secrets.RegistryAuth,
        role: RoleCheck,
    ) -> None:
        """`machine` is the Engine's architecture in Go's words: amd64 or arm64."""
        self._puller = puller
        self._machine = machine
        self._region = region
        self._logs = logs
        self._resolve_secret = resolve_secret
        self._registry_auth = registry_auth
        self._role = role

    def secrets(self, spec: TaskSpec) -> dict[str, dict[str, str]]:
        """Return container name -> variable -> value, of a task that may run here at all."""
        refusal = options.refusal(spec)
        if refusal is not None:
            raise Refused(reasons.internal(refusal))
        machine, emulator = _MACHINES[spec.architecture]
        if machine != self._machine and not (_EMULATORS / emulator).exists():
            text = f"this machine is {self._machine} and has no emulator for {machine} ({emulator} in binfmt_misc)"
            raise Refused(reasons.internal(text))
        self._suffer(spec, reasons.BEFORE_PULL)
        self._role.before_pull(spec)
        return secrets.resolve(spec, self._resolve_secret)

    def images(self, spec: TaskSpec) -> dict[str, Mapping[str, Any]]:
        """Return container name -> the Engine's description of its image, all of them pulled."""
        self._suffer(spec, reasons.AT_PULL)
        self._role.at_pull(spec)
        return {
            definition["name"]: self._puller.pull(
                definition["image"], spec.architecture, partial(self._credentials, definition)
            )
            for definition in spec.containers
        }

    def log_streams(self, spec: TaskSpec) -> None:
        """Create the log streams."""
        self._suffer(spec, reasons.AFTER_PULL)
        self._role.after_pull(spec)
        open_streams(spec, self._logs)

    def _credentials(self, definition: Mapping[str, Any]) -> Mapping[str, str] | None:
        return secrets.registry_credentials(definition, self._resolve_secret, self._registry_auth)

    def _suffer(self, spec: TaskSpec, names: tuple[str, ...]) -> None:
        reason = reasons.fault(names, spec, self._region)
        if reason is not None:
            raise Refused(reason)

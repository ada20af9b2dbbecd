"""Account settings: they are kept and answered; containerInsights becomes new clusters' default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecsdeploy.sandbox.ecs.api.forms import caller_arn
from ecsdeploy.sandbox.ecs.api.lookup import invalid
from ecsdeploy.sandbox.ecs.api.paging import page
from ecsdeploy.sandbox.ecs.describe import Answer
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.world import Draft
from ecsdeploy.sandbox.wire import Caller, Operations

DEFAULTS = {
    "serviceLongArnFormat": "enabled",
    "taskLongArnFormat": "enabled",
    "containerInstanceLongArnFormat": "enabled",
    "awsvpcTrunking": "disabled",
    "containerInsights": "disabled",
    "fargateFIPSMode": "disabled",
    "tagResourceAuthorization": "on",
    "fargateTaskRetirementWaitPeriod": "7",
    "guardDutyActivate": "off",
    "defaultLogDriverMode": "non-blocking",
    "fargateEventWindows": "disabled",
}
"""What an account starts with (Developer Guide, "Access Amazon ECS features with account settings")."""

_SWITCH = ("enabled", "disabled")
ALLOWED = {
    "containerInsights": ("enhanced", *_SWITCH),
    "tagResourceAuthorization": ("on", "off"),
    "fargateTaskRetirementWaitPeriod": ("0", "7", "14"),
    "defaultLogDriverMode": ("blocking", "non-blocking"),
}
"""The values of settings that are not just enabled or disabled (API reference, PutAccountSetting)."""

READ_ONLY = ("guardDutyActivate",)

ROOT = ""


class AccountSettingApi:
    """Settings of the account, and of one principal."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {
            "PutAccountSetting": self.put,
            "PutAccountSettingDefault": self.put_default,
            "DeleteAccountSetting": self.delete,
            "ListAccountSettings": self.list,
        }

    def put(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Set a principal's own setting."""
        return self._put(params.get("principalArn") or caller_arn(caller), params["name"], params["value"])

    def put_default(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Set the account's default."""
        return self._put(ROOT, params["name"], params["value"])

    def _put(self, principal: str, name: str, value: str) -> Answer:
        if name in READ_ONLY:
            raise invalid(f"The setting {name} is read-only.")
        allowed = ALLOWED.get(name, _SWITCH)
        if value not in allowed:
            raise invalid(f"Invalid value for {name}: it should be one of [{','.join(sorted(allowed))}]")

        def write(draft: Draft) -> None:
            draft.settings = {**draft.settings, (principal, name): value}

        self._engine.change(write)
        return {"setting": self._setting(principal, name, value)}

    def delete(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Return a principal's setting to the account's default."""
        principal, name = params.get("principalArn") or caller_arn(caller), params["name"]

        def write(draft: Draft) -> None:
            draft.settings = {key: value for key, value in draft.settings.items() if key != (principal, name)}

        self._engine.change(write)
        return {"setting": self._setting(principal, name, self._effective(principal, name))}

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List a principal's own settings, or with `effectiveSettings` all that apply to it."""
        principal = params.get("principalArn") or caller_arn(caller)
        names = sorted(DEFAULTS) if params.get("effectiveSettings") else self._own(principal)
        wanted = [
            name
            for name in names
            if params.get("name") in (None, name) and params.get("value") in (None, self._effective(principal, name))
        ]
        shown, more = page(wanted, {"maxResults": 10, **params}, limit=10)
        return {"settings": [self._setting(principal, n, self._effective(principal, n)) for n in shown], **more}

    def _own(self, principal: str) -> Sequence[str]:
        return sorted(name for owner, name in self._engine.world.settings if owner == principal)

    def _effective(self, principal: str, name: str) -> str:
        settings = self._engine.world.settings
        return settings.get((principal, name)) or settings.get((ROOT, name)) or DEFAULTS[name]

    def _setting(self, principal: str, name: str, value: str) -> Answer:
        owner = principal or f"arn:aws:iam::{self._engine.world.account}:root"
        return {"name": name, "value": value, "principalArn": owner, "type": "user"}

"""What the deploy role may do: exactly what a deploy from CI calls, on exactly the resources of one config.

It may pass the task's roles and read them, to see before a build what the execution role lacks; it changes none, and
there is nothing that reads or writes another service. Of secrets, it reads the one that [notify] names, if that names
one. The statements, each with its reason, are in `policy/grants`.
"""

from __future__ import annotations

from ecsdeploy.policy.grants.deploying import COUNT_BEFORE, RELEASED
from ecsdeploy.policy.grants.policies import SHORTEN, deploy_permissions
from ecsdeploy.policy.grants.scope import DeployScope

__all__ = ["COUNT_BEFORE", "RELEASED", "SHORTEN", "DeployScope", "deploy_permissions"]

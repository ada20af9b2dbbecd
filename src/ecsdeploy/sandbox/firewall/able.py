"""Whether security groups can be enforced where the sandbox runs."""

from __future__ import annotations

from ecsdeploy.sandbox.settings import RuntimeName


def unable(runtime: RuntimeName) -> str:
    """Return why they cannot be, or nothing; simulated tasks need nothing of the machine."""
    if runtime != "docker":
        return ""
    from ecsdeploy.sandbox.firewall.door import why_not

    return why_not()

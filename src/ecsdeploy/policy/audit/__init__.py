"""Whether IAM documents that somebody else wrote, or changed, let in or allow more than they should.

Offline, and of documents alone: what an organisation's policies or a repository's settings restrict is not seen.
"""

from __future__ import annotations

from ecsdeploy.policy.audit.finding import Finding, Severity
from ecsdeploy.policy.audit.permissions import Own, audit_attached, audit_permissions
from ecsdeploy.policy.audit.trust import audit_provider, audit_task_trust, audit_trust

__all__ = [
    "Finding",
    "Own",
    "Severity",
    "audit_attached",
    "audit_permissions",
    "audit_provider",
    "audit_task_trust",
    "audit_trust",
]

"""What a registry's refusal means: ECR's wordings, and the Docker Engine's own for what is below HTTP."""

from __future__ import annotations

import re

from ecsdeploy.errors import EcsdeployError, Failed, PermissionDenied


class TagTaken(Failed):
    """The repository's tags are immutable and this one exists: somebody pushed it meanwhile."""


class TokenExpired(Failed):
    """The registry's token has expired: they last 12 hours."""


class Transient(Failed):
    """It may pass by itself."""


# ECR: "The image tag 'T' already exists in the 'R' repository and cannot be overwritten because the tag is immutable."
_TAKEN = re.compile(r"tag invalid|already exists in the .* repository", re.IGNORECASE)
_EXPIRED = re.compile(r"authorization token has expired|token (?:is|has) expired", re.IGNORECASE)
_LOGIN = re.compile(r"no basic auth credentials|unauthorized|authentication required", re.IGNORECASE)
_NOT_ALLOWED = re.compile(r"not authorized to perform:? (?P<action>ecr:\w+)(?: on resource:? (?P<resource>\S+))?")
_MISSING = re.compile(r"name unknown|repository with name .* does not exist", re.IGNORECASE)
_PLAIN_HTTP = re.compile(r"server gave HTTP response to HTTPS client", re.IGNORECASE)
_CERTIFICATE = re.compile(r"x509:|certificate", re.IGNORECASE)
_NOBODY = re.compile(r"connection refused|no such host|network is unreachable|no route to host", re.IGNORECASE)
_PASSES = re.compile(
    r"connection reset|broken pipe|\bEOF\b|timeout|deadline exceeded|toomanyrequests|HTTP status: 5\d\d|"
    r"temporarily unavailable|server error",
    re.IGNORECASE,
)
_AGAIN = "Run the same command again: uploaded layers are kept."


def push_failed(said: str, repository: str, tag: str) -> EcsdeployError:
    """Return the error for what the registry or the Engine said."""
    said = said.strip()
    registry = repository.split("/", 1)[0]
    if _TAKEN.search(said):
        return TagTaken(
            f"The tag {tag} exists in {repository} already, and its tags are immutable.",
            why=said,
            fix="Use the image that is there (`ecsdeploy deploy --image TAG`), or another --tag.",
        )
    if _EXPIRED.search(said):
        return TokenExpired("The registry's token has expired.", why=said, fix=_AGAIN)
    if found := _NOT_ALLOWED.search(said):
        return _denied(found, said)
    if _MISSING.search(said):
        return Failed(f"There is no repository {repository}.", why=said, fix="Create it with `ecsdeploy create-repo`.")
    if _LOGIN.search(said) or said.startswith("denied"):
        return PermissionDenied(
            f"The registry {registry} refused the push.",
            action="ecr:PutImage",
            resource=repository,
            why=said,
            fix="Check the credentials, and the policy of the repository.",
        )
    return _network(said, registry)


def _denied(found: re.Match[str], said: str) -> PermissionDenied:
    action, resource = found["action"], (found["resource"] or "").rstrip(".,")
    on = f" on {resource}" if resource else ""
    return PermissionDenied(
        f"These credentials lack permission for {action}{on}.",
        action=action,
        resource=resource,
        why=said,
        fix=f"Allow {action}{on} for this principal, or use credentials that have it.",
    )


def _network(said: str, registry: str) -> EcsdeployError:
    if _PLAIN_HTTP.search(said):
        return Failed(
            f"The Docker Engine speaks HTTPS to {registry}, which answers plain HTTP.",
            why=said,
            fix="The Engine allows plain HTTP only on 127.0.0.0/8. If its engine runs in a virtual machine (Docker "
            "Desktop, colima), the sandbox's registry is not on its loopback: use a native Linux engine.",
        )
    if _CERTIFICATE.search(said):
        return Failed(
            f"The Docker Engine does not trust the certificate of {registry}.",
            why=said,
            fix="If a proxy inspects TLS, add its certificate to the engine's trust store and restart the engine.",
        )
    if _NOBODY.search(said):
        return Failed(
            f"The Docker Engine can't reach {registry}.",
            why=said,
            fix="The Engine does not use this shell's proxy: check its own settings (`docker info`) and its network.",
        )
    if _PASSES.search(said):
        return Transient(f"The push to {registry} broke off.", why=said.rstrip(".") + ".", fix=_AGAIN)
    return Failed(f"The push to {registry} failed.", why=said, fix=_AGAIN)

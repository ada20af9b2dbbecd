"""Volumes and where they are mounted."""

from __future__ import annotations

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form
from ecsdeploy.sandbox.ecs.api.lookup import client_error


def check_volumes(form: Form) -> None:
    """Raise ClientException for mounts of unknown volumes, and for volumes that contradict themselves.

    A volume that nothing mounts is refused only if it is configured at launch.
    """
    volumes = form["volumes"]
    known = {volume.get("name") for volume in volumes}
    mounted = [m.get("sourceVolume") for container in form["containerDefinitions"] for m in container["mountPoints"]]
    for name in mounted:
        if name not in known:
            raise client_error(f"Unknown volume '{name}'.")
    idle = [volume["name"] for volume in volumes if volume.get("configuredAtLaunch") and volume["name"] not in mounted]
    if idle:
        raise client_error(f"Volumes [{', '.join(idle)}] are not referenced by any of the containers")
    for volume in volumes:
        _check_efs(volume.get("efsVolumeConfiguration") or {})


def _check_efs(efs: Form) -> None:
    authorization = efs.get("authorizationConfig") or {}
    encrypted = efs.get("transitEncryption") == "ENABLED"
    if authorization.get("accessPointId") and efs.get("rootDirectory", "/") != "/":
        raise client_error(
            'When using an EFS access point, the root directory must either be set to "/" or be omitted.'
        )
    if authorization.get("iam") == "ENABLED" and not encrypted:
        raise client_error("EFS IAM authorization requires TransitEncryption to be enabled.")
    if "transitEncryptionPort" in efs and not encrypted:
        raise client_error("TransitEncryptionPort requires that TransitEncryption is enabled.")

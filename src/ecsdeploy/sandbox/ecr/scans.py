"""Image scans and the registry's own settings.

The sandbox knows no vulnerabilities and does not pretend to have looked: a scan ends as ECR's does for an image whose
operating system it does not know, with status FAILED, the reason, and no findings at all; unless somebody asked for
vulnerabilities by name (`sandbox break vulnerable`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecr import errors
from ecsdeploy.sandbox.ecr.images import find_image
from ecsdeploy.sandbox.ecr.manifests import INDEXES
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import AwsError, Caller

_DAY = 24 * 3600
_RESULT = {
    "status": "FAILED",
    "description": "UnsupportedImageError: The operating system and/or package manager are not supported.",
}
_VALUES = {
    "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE",),
    "REGISTRY_POLICY_SCOPE": ("V2",),
    "BLOB_MOUNTING": ("ENABLED", "DISABLED"),
}


class Scans:
    """The operations on scans, and on the settings of the registry."""

    def __init__(self, store: EcrStore) -> None:
        self._store = store

    def start(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """StartImageScan: once a day for each image, a scan on push counted."""
        del caller
        name, image_id = params["repositoryName"], params["imageId"]
        with self._store.repository(name, params.get("registryId")) as repository:
            image = find_image(repository, image_id, self._store.account)
            if image.manifest.media_type in INDEXES:
                raise AwsError("UnsupportedImageTypeException", "The image is of a type that cannot be scanned.")
            now = self._store.clock.now()
            if image.scanned is not None and image.scanned > now - _DAY:
                raise AwsError(
                    "LimitExceededException", "The scan quota per image has been exceeded. Wait and try again."
                )
            image.scanned = now
            return self._where(name, image.digest, image_id) | {"imageScanStatus": {"status": "IN_PROGRESS"}}

    def findings(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DescribeImageScanFindings."""
        del caller
        name, image_id = params["repositoryName"], params["imageId"]
        with self._store.repository(name, params.get("registryId")) as repository:
            image = find_image(repository, image_id, self._store.account)
            if image.scanned is None:
                raise AwsError(
                    "ScanNotFoundException",
                    f"Image scan does not exist for the image with '{errors.image_text(image_id)}' "
                    f"in the repository with name '{name}' in the registry with id '{self._store.account}'",
                )
            if image.vulnerable is None:
                image.vulnerable = self._store.vulnerable(image.tags)
            found = _vulnerable(image.scanned) if image.vulnerable else {"imageScanStatus": _RESULT}
            return {**self._where(name, image.digest, image_id), **found}

    def get_registry(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetRegistryScanningConfiguration."""
        del params, caller
        return {"registryId": self._store.account, "scanningConfiguration": self._store.scanning}

    def put_registry(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutRegistryScanningConfiguration."""
        del caller
        with self._store.locked():
            kind, rules = params.get("scanType") or self._store.scanning["scanType"], params.get("rules") or []
            _check_frequencies(kind, [rule["scanFrequency"] for rule in rules])
            self._store.scanning = {"scanType": kind, "rules": rules}
            return {"registryScanningConfiguration": self._store.scanning}

    def get_repositories(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """BatchGetRepositoryScanningConfiguration."""
        del caller
        found: list[dict[str, Any]] = []
        failures: list[dict[str, str]] = []
        with self._store.locked() as repositories:
            for name in params["repositoryNames"]:
                if name in repositories:
                    frequency, filters = self._store.scan_frequency(name)
                    on_push = repositories[name].scan_on_push
                    found.append(
                        {
                            "repositoryArn": self._store.arn(name),
                            "repositoryName": name,
                            "scanOnPush": on_push,
                            "scanFrequency": "SCAN_ON_PUSH" if on_push and not filters else frequency,
                            "appliedScanFilters": filters,
                        }
                    )
                else:
                    failures.append({"repositoryName": name, "failureCode": "REPOSITORY_NOT_FOUND"})
        return {"scanningConfigurations": found, "failures": failures}

    def describe_registry(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DescribeRegistry."""
        del params, caller
        return {"registryId": self._store.account, "replicationConfiguration": {"rules": []}}

    def get_setting(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetAccountSetting."""
        del caller
        name = _setting(params["name"])
        return {"name": name, "value": self._store.settings[name]}

    def put_setting(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutAccountSetting."""
        del caller
        name, value = _setting(params["name"]), params["value"]
        if value not in _VALUES[name]:
            raise errors.invalid("value", f"must be one of {', '.join(_VALUES[name])}")
        with self._store.locked():
            self._store.settings[name] = value
        return {"name": name, "value": value}

    def _where(self, name: str, digest: str, image_id: Mapping[str, str]) -> dict[str, Any]:
        return {
            "registryId": self._store.account,
            "repositoryName": name,
            "imageId": {**image_id, "imageDigest": digest},
        }


def _vulnerable(scanned: float) -> Mapping[str, Any]:
    """Return a scan that is over: invented vulnerabilities, in the form of basic scanning (ImageScanFinding)."""
    found = [("HIGH", 1), ("MEDIUM", 2), ("MEDIUM", 3)]
    return {
        "imageScanStatus": {"status": "COMPLETE", "description": "The scan was completed successfully."},
        "imageScanFindings": {
            "imageScanCompletedAt": scanned,
            "vulnerabilitySourceUpdatedAt": scanned,
            "findingSeverityCounts": {"HIGH": 1, "MEDIUM": 2},
            "findings": [
                {
                    "name": f"CVE-0000-000{number}",
                    "description": "Invented by the sandbox.",
                    "severity": severity,
                    "attributes": [
                        {"key": "package_name", "value": f"example-{number}"},
                        {"key": "package_version", "value": "1.0"},
                    ],
                }
                for severity, number in found
            ],
        },
    }


def _check_frequencies(kind: str, frequencies: list[str]) -> None:
    """Refuse what basic scanning does not do (RegistryScanningRule.scanFrequency)."""
    for frequency in frequencies:
        if kind == "BASIC" and frequency != "SCAN_ON_PUSH":
            said = f"Invalid scan frequency for scanType BASIC: {frequency}"
            raise AwsError("InvalidParameterException", f"Invalid parameter failed to satisfy constraint: '{said}'")


def _setting(name: str) -> str:
    if name not in _VALUES:
        raise errors.invalid("name", f"must be one of {', '.join(_VALUES)}")
    return name

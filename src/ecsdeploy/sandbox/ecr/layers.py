"""Layers through the API, and how to get at the registry itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ecsdeploy.sandbox.ecr import errors
from ecsdeploy.sandbox.ecr.blobs import SMALLEST_PART, DigestError, StorageError
from ecsdeploy.sandbox.ecr.store import DIGEST, EcrStore
from ecsdeploy.sandbox.ecr.tokens import USER
from ecsdeploy.sandbox.wire import AwsError, Caller

PART = 10_485_760
_MEDIA_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Layers:
    """The operations on layers, and GetAuthorizationToken."""

    def __init__(self, store: EcrStore) -> None:
        self._store = store

    def authorize(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetAuthorizationToken: a user name and password for this registry, good for twelve hours."""
        password, expires = self._store.tokens.password(caller.access_key)
        answer = {
            "authorizationToken": base64.b64encode(f"{USER}:{password}".encode()).decode(),
            "expiresAt": datetime.fromtimestamp(expires, UTC),
            "proxyEndpoint": f"http://{self._store.registry()}",
        }
        return {"authorizationData": [answer for _ in params.get("registryIds") or (self._store.account,)]}

    def check(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """BatchCheckLayerAvailability."""
        del caller
        layers: list[dict[str, Any]] = []
        failures: list[dict[str, str]] = []
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            for digest in params["layerDigests"]:
                if not DIGEST.fullmatch(digest):
                    reason = "Invalid layer digest" if digest else "Layer digest cannot be empty"
                    code = "InvalidLayerDigest" if digest else "MissingLayerDigest"
                    failures.append({"layerDigest": digest, "failureCode": code, "failureReason": reason})
                elif digest in repository.layers:
                    size = {"layerSize": repository.layers[digest], "mediaType": _MEDIA_TYPE}
                    layers.append({"layerDigest": digest, "layerAvailability": "AVAILABLE", **size})
                else:
                    layers.append({"layerDigest": digest, "layerAvailability": "UNAVAILABLE"})
        return {"layers": layers, "failures": failures}

    def download_url(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetDownloadUrlForLayer: a link that needs no password for an hour."""
        del caller
        name, digest = params["repositoryName"], params["layerDigest"]
        with self._store.repository(name, params.get("registryId")) as repository:
            if digest not in repository.layers:
                raise AwsError(
                    "LayersNotFoundException",
                    f"The layer with digest '{digest}' does not exist in the repository with name '{name}' "
                    f"in the registry with id '{self._store.account}'",
                )
        path = f"/v2/{name}/blobs/{digest}"
        url = f"http://{self._store.registry()}{path}?{self._store.tokens.link(path)}"
        return {"downloadUrl": url, "layerDigest": digest}

    def initiate(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """InitiateLayerUpload."""
        del caller
        try:
            upload = self._store.begin_upload(params["repositoryName"], params.get("registryId"))
        except StorageError as error:
            raise _full(error) from None
        return {"uploadId": upload.id, "partSize": PART}

    def upload_part(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """UploadLayerPart: parts come in order and without gaps."""
        del caller
        name = params["repositoryName"]
        upload = self._store.upload(name, params["uploadId"], params.get("registryId"))
        blob, first, last = params["layerPartBlob"], params["partFirstByte"], params["partLastByte"]
        with upload.lock:
            if first != upload.size or last - first + 1 != len(blob):
                raise AwsError(
                    "InvalidLayerPartException",
                    errors.wrong_first_byte(first, upload.size)
                    if first != upload.size
                    else f"Layer part has {len(blob)} bytes instead of {last - first + 1}",
                    registryId=self._store.account,
                    repositoryName=name,
                    uploadId=upload.id,
                    lastValidByteReceived=upload.size - 1,
                )
            try:
                upload.write(blob)
            except StorageError as error:
                self._store.forget_upload(name, upload)
                raise _full(error) from None
            upload.end_part(len(blob), SMALLEST_PART)
            return {**self._where(name, upload.id), "lastByteReceived": upload.size - 1}

    def complete(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """CompleteLayerUpload."""
        del caller
        name, wanted = params["repositoryName"], params["layerDigests"][0]
        upload = self._store.upload(name, params["uploadId"], params.get("registryId"))
        with upload.lock:
            if not upload.size:
                raise errors.empty_upload(upload.id, name, self._store.account)
            if upload.too_small:
                raise errors.part_too_small()
            with self._store.repository(name) as repository:
                exists = upload.digest() in repository.layers
            if exists:
                self._store.forget_upload(name, upload)
                raise AwsError(
                    "LayerAlreadyExistsException",
                    f"Layer with digest '{upload.digest()}' already exists in the repository with name '{name}' "
                    f"in registry with id '{self._store.account}'",
                )
            try:
                digest = self._store.finish_upload(name, upload, wanted)
            except DigestError:
                raise errors.wrong_digest() from None
        return {**self._where(name, upload.id), "layerDigest": digest}

    def _where(self, name: str, upload: str) -> dict[str, str]:
        return {"registryId": self._store.account, "repositoryName": name, "uploadId": upload}


def _full(error: StorageError) -> AwsError:
    return AwsError("ServerException", f"The sandbox cannot store the layer: {error}", status=500)

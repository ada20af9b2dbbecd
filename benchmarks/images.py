"""Images that need no Docker Engine: enough for tasks that are simulated."""

from __future__ import annotations

import hashlib
import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.stage import ECSDEPLOY, client


def put_image(env: dict[str, str], source: Path, tag: str = "bench") -> str:
    """Put an image into the example's repository through ECR's API; return its tag."""
    subprocess.run([ECSDEPLOY, "create-repo"], env=env, cwd=source, check=True, capture_output=True)
    ecr = client("ecr", env)
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}, "tag": tag}).encode()
    for blob in (config, b"layer"):
        upload = ecr.initiate_layer_upload(repositoryName="hello-service")["uploadId"]
        ecr.upload_layer_part(
            repositoryName="hello-service",
            uploadId=upload,
            partFirstByte=0,
            partLastByte=len(blob) - 1,
            layerPartBlob=blob,
        )
        with suppress(ecr.exceptions.LayerAlreadyExistsException):
            ecr.complete_layer_upload(repositoryName="hello-service", uploadId=upload, layerDigests=[_digest(blob)])
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": _descriptor("application/vnd.docker.container.image.v1+json", config),
        "layers": [_descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", b"layer")],
    }
    ecr.put_image(repositoryName="hello-service", imageManifest=json.dumps(manifest), imageTag=tag)
    return tag


def _descriptor(kind: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(blob), "digest": _digest(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"

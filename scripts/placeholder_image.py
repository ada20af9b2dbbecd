"""Put an image without content into the sandbox's ECR, for simulated tasks: nothing runs it, but it has a digest.

    python scripts/placeholder_image.py REPOSITORY TAG

Talks to whatever AWS_ENDPOINT_URL names, which must be on this machine: never to AWS.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
CONFIG = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": []}}


def put_placeholder(ecr: Any, repository: str, tag: str) -> str:
    """Store the image through the client `ecr`, and return its digest (ECR's UploadLayerPart and PutImage)."""
    config = json.dumps(CONFIG).encode()
    digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    ecr.upload_layer_part(
        repositoryName=repository, uploadId=upload, partFirstByte=0, partLastByte=len(config) - 1, layerPartBlob=config
    )
    ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest])
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "digest": digest, "size": len(config)},
        "layers": [],
    }
    stored = ecr.put_image(
        repositoryName=repository,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=MANIFEST_TYPE,
        imageTag=tag,
    )
    return str(stored["image"]["imageId"]["imageDigest"])


def on_this_machine(environment: Mapping[str, str]) -> bool:
    """Whether AWS clients are pointed at a loopback address."""
    return urlsplit(environment.get("AWS_ENDPOINT_URL", "")).hostname in {"127.0.0.1", "localhost", "::1"}


def main(repository: str, tag: str) -> int:
    """Store the image and print its digest; 3 when that would not go to a sandbox."""
    if not on_this_machine(os.environ):
        print('This is for a sandbox: eval "$(ecsdeploy sandbox env)" first.', file=sys.stderr)
        return 3
    import boto3

    print(put_placeholder(boto3.client("ecr"), repository, tag))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""`make demo`, as a visitor sees it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from placeholder_image import on_this_machine, put_placeholder

ROOT = Path(__file__).parents[3]


@pytest.mark.docker
@pytest.mark.timeout(400)
def test_the_whole_job_on_real_containers(node_base_image: str) -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "demo.sh"],
        env=os.environ | {"NO_INSTALL": "1", "SPEED": "20"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=380, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    shown = re.findall(r"^\$ (.*)", done.stdout, re.MULTILINE)
    commands = [re.sub(r"^ecsdeploy (?:sandbox github-job .* -- ecsdeploy )?", "", each) for each in shown]
    assert [re.match(r"\S+(?: up| down)?", each)[0] for each in commands] == [  # type: ignore[index]
        "sandbox up", "eval", "setup", "build-push", "plan", "deploy", "curl", "deploy", "deploy", "deploy", "logs",
        "chaos-stop", "deploy", "curl", "status", "deploy", "rollback", "history", "cost", "sandbox down",
    ]  # fmt: skip
    jobs = [each for each in shown if "github-job" in each]
    assert [f"--repository {who}" in each for each in jobs for who in ("acme/", "mallory/")] == [
        *(True, False) * 3,
        *(False, True),
        *(True, False) * 2,
    ]
    refusals = re.findall(r"^error: (.*)", done.stdout, re.MULTILINE)
    assert refusals == [
        "The role hello-service-github-deploy does not let this job (mallory/hello-service, refs/heads/main) in.",
        "The role hello-service-github-deploy does not let this job (acme/hello-service, refs/heads/wip) in.",
        "GitHub gives no id token to a pull request from a fork (mallory/hello-service).",
    ]
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert answers == [{"message": "Hello from hello-service", "version": commit.strip()}] * 2
    assert "Its own waits pass 20 times as fast" in done.stdout
    assert re.search(r"^Healed in \d", done.stdout, re.MULTILINE)
    assert re.search(r"^Unchanged: hello-service:1 runs", done.stdout, re.MULTILINE)
    assert re.search(r"^Rolled back: hello-service:1 .* runs again: 1 of 1 tasks\.$", done.stdout, re.MULTILINE)
    assert re.search(r"^Fargate, x86_64 +\$9\.01 ", done.stdout, re.MULTILINE)
    changed = subprocess.run(
        ["git", "status", "--porcelain", "ecsdeploy.toml"], cwd=ROOT, capture_output=True, text=True
    )
    assert changed.stdout == ""

    sandbox = re.search(r"--name (demo-\d+)", done.stdout)
    assert sandbox is not None
    left = ["docker", "ps", "--all", "--quiet", "--filter", f"label=ecsdeploy.sandbox={sandbox[1]}"]
    assert subprocess.run(left, capture_output=True, text=True, check=True).stdout == ""


class FakeEcr:
    """Takes layers and an image as ECR does."""

    def __init__(self) -> None:
        self.layers: dict[str, bytes] = {}
        self.image: dict[str, Any] = {}

    def initiate_layer_upload(self, *, repositoryName: str) -> dict[str, str]:
        return {"uploadId": "u1"}

    def upload_layer_part(self, **part: Any) -> None:
        assert part["partLastByte"] - part["partFirstByte"] + 1 == len(part["layerPartBlob"])
        self.layers[part["uploadId"]] = part["layerPartBlob"]

    def complete_layer_upload(self, **layer: Any) -> None:
        self.layers[layer["layerDigests"][0]] = self.layers.pop(layer["uploadId"])

    def put_image(self, **image: Any) -> dict[str, Any]:
        self.image = image
        return {"image": {"imageId": {"imageDigest": "sha256:abc"}}}


def test_a_placeholder_is_an_image_whose_config_was_uploaded() -> None:
    ecr = FakeEcr()

    digest = put_placeholder(ecr, "hello-service", "v1")

    manifest = json.loads(ecr.image["imageManifest"])
    config = ecr.layers[manifest["config"]["digest"]]
    assert digest == "sha256:abc"
    assert (ecr.image["repositoryName"], ecr.image["imageTag"]) == ("hello-service", "v1")
    assert manifest["config"]["size"] == len(config)
    assert manifest["layers"] == json.loads(config)["rootfs"]["diff_ids"] == []


@pytest.mark.parametrize(
    ("endpoint", "here"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("https://ecr.example.com", False),
        ("", False),
    ],
)
def test_a_placeholder_goes_to_a_sandbox_only(endpoint: str, here: bool) -> None:
    assert on_this_machine({"AWS_ENDPOINT_URL": endpoint}) is here

"""Why a task or container stopped, in the words of ECS on Fargate (platform version 1.4).

The patterns that users and tools look for are AWS's; the sources are the ECS developer guide ("Stopped tasks error
messages"), amazon-ecs-agent (`agent/dockerclient/dockerapi/errors.go`, `agent/engine/dependencygraph`) and texts that
Fargate's users report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ecsdeploy.sandbox.image_reference import ImageReference
from ecsdeploy.sandbox.runtime.base import TaskSpec

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
LOG_GROUP_MISSING = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
    "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. "
    ": exit status 1"
)
NETWORK_GONE = "InternalError: the container that holds the task's network is gone"
ENGINE_RESTARTED = (
    "InternalError: the Docker Engine of this machine was restarted, and the task's containers ended with it"
)
HOST_FAILED = "ECS is performing maintenance on the underlying infrastructure hosting the task."
PLATFORM_ERROR = "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s"
_DISK_FULL = (
    "CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract layer: "
    "write: no space left on device: {image}"
)
_SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth: "


def _pull(times: int, text: str) -> str:
    return f"CannotPullContainerError: pull image manifest has been retried {times} time(s): {text}"


def internal(text: str) -> str:
    """Return the reason for what is the platform's own fault."""
    return f"InternalError: {text}"


def log_options_invalid(text: str) -> str:
    """Return the reason for log options that the driver refuses with `text`."""
    return f"ResourceInitializationError: failed to validate logger args: {text} : exit status 1"


def secret(text: str) -> str:
    """Return the reason for a secret that cannot be read, `text` being AWS's wording or the end of it."""
    return text if text.startswith("ResourceInitializationError") else _SECRETS + text


def image_not_found(image: str) -> str:
    """Return the reason for a tag, digest or repository that does not exist."""
    return _pull(1, f"failed to resolve ref {image}: not found")


def manifest_forbidden(image: str) -> str:
    """Return the reason for an image in ECR whose manifest the execution role may not read."""
    found = ImageReference.of(image)
    status = f"pulling from host {found.host} failed with status code [manifests {found.version}]: 403 Forbidden"
    return _pull(1, f"failed to resolve ref {image}: {status}")


def layers_forbidden(image: str, blob: str) -> str:
    """Return the reason for an image in ECR whose layers the execution role may not read, `blob` being a digest."""
    found = ImageReference.of(image)
    url = f"https://{found.host}/v2/{found.name}/blobs/{blob}"
    return _pull(1, f"failed to resolve ref {image}: unexpected status from HEAD request to {url}: 403 Forbidden")


def login_forbidden(denial: str) -> str:
    """Return the reason for an execution role that may not log in to ECR, `denial` being IAM's words."""
    return (
        f"{_SECRETS}execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been "
        f"retried 1 time(s): {denial}"
    )


def logs_forbidden(what: str, denial: str) -> str:
    """Return the reason for a log group or stream (`what`) that the execution role may not make."""
    return (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
        f"failed to create Cloudwatch log {what}: {denial} : exit status 1"
    )


def pull_failed(image: str, text: str) -> str:
    """Return the reason for any other pull that failed with the engine's `text`."""
    return _pull(1, f"failed to resolve ref {image}: {text}")


def disk_full(image: str) -> str:
    """Return the reason for an image that there is no room for."""
    return _DISK_FULL.format(image=image)


def platform_mismatch(architecture: str) -> str:
    """Return the reason for an image without a variant for the task's `architecture` (X86_64 or ARM64)."""
    return _pull(7, f"image Manifest does not contain descriptor matching platform '{_platform(architecture)}'")


def cannot_start(text: str) -> str:
    """Return the reason for a container whose process could not be started, with the engine's `text`."""
    return (
        "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: "
        + text.removeprefix("failed to create task for container: ")
    )


def cannot_create(text: str) -> str:
    """Return the reason for a container that the engine refused to create."""
    return f"CannotCreateContainerError: {text}"


def no_such_program(program: str) -> str:
    """Return the engine's text for an entry point that is not in the image."""
    return (
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container "
        f'process: exec: "{program}": stat {program}: no such file or directory: unknown'
    )


def dependency_failed(dependency: str, target: str) -> str:
    """Return the reason for a container whose SUCCESS dependency ended with another code than 0."""
    return (
        f"CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [{dependency}] "
        f"for target [{target}] as dependency did not exit successfully."
    )


def dependency_timed_out(dependency: str, target: str) -> str:
    """Return the reason for a container whose dependency did not get there within its startTimeout."""
    return (
        f"CannotStartContainerError: dependency graph: container ordering dependency [{dependency}] "
        f"for target [{target}] has timed out."
    )


def dependency_gone(dependency: str, target: str) -> str:
    """Return the reason for a container whose dependency ended before it met the condition."""
    return (
        "CannotStartContainerError: dependency graph: failed to resolve the container ordering dependency "
        f"[{dependency}] for target [{target}]"
    )


_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "secret-missing": _SECRETS + "execution resource retrieval failed: unable to retrieve secrets from ssm: "
        "service call has been retried 1 time(s): invalid ssm parameters: {secret}",
        "secret-denied": _SECRETS + "execution resource retrieval failed: unable to retrieve secrets from ssm: "
        "service call has been retried 1 time(s): AccessDeniedException: User: {role} is not authorized to perform: "
        "ssm:GetParameters on resource: {secret} because no identity-based policy allows the ssm:GetParameters action",
        "env-file-missing": "ResourceInitializationError: failed to download env files: The task can't download the "
        "environment variable files from Amazon S3. There is a connection issue between the task and Amazon S3. Check "
        "your task network configuration. service call has been retried 5 time(s): RequestError: send request failed",
        "efs-error": "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "
        'Failed to resolve "fs-0123456789abcdef0.efs.{region}.amazonaws.com" - check that your file system ID is '
        "correct: unsuccessful EFS utils command execution; code: 1",
        "network-error": _SECRETS + "The task cannot pull registry auth from Amazon ECR: There is a connection issue "
        "between the task and Amazon ECR. Check your task network configuration. RequestError: send request failed "
        'caused by: Post "https://api.ecr.{region}.amazonaws.com/": dial tcp 192.0.2.1:443: i/o timeout',
        "pull-denied": "CannotPullContainerError: The task can't pull the image. Check that the role has the "
        "permissions to pull images from the registry. Service: {role} is not authorized to perform: "
        "ecr:BatchGetImage on resource: {image}",
        "repository-missing": "CannotPullContainerError: The task can't pull the image. Check whether the image "
        "exists. Response from registry: repository does not exist or may require 'docker login': denied: requested "
        "access to the resource is denied: {image}",
        "layer-blocked": "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: "
        "httpReadSeeker: failed open: unexpected status code "
        "https://prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com/: 403 Forbidden",
        "pull-rate-limit": _pull(
            5,
            "httpReadSeeker: failed open: unexpected status code 429 Too Many Requests: "
            "toomanyrequests: Rate exceeded: {image}",
        ),
        "disk-full": _DISK_FULL,
        "pull-error": _pull(1, "failed to resolve ref {image}: not found"),
        "arch-mismatch": _pull(7, "image Manifest does not contain descriptor matching platform '{platform}'"),
        "log-group-missing": LOG_GROUP_MISSING,
        "logs-unreachable": "ResourceInitializationError: failed to validate logger args: The task cannot find the "
        "Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and "
        "Amazon CloudWatch. Check your network configuration.: signal: killed",
    }
)
BEFORE_PULL = ("secret-missing", "secret-denied", "env-file-missing", "efs-error", "network-error")
AT_PULL = (
    *("pull-denied", "repository-missing", "pull-rate-limit", "layer-blocked", "disk-full", "pull-error"),
    "arch-mismatch",
)
AFTER_PULL = ("log-group-missing", "logs-unreachable")


def fault(names: Iterable[str], spec: TaskSpec, region: str) -> str | None:
    """Return the reason for the first of the faults `names` that the task suffers, or None."""
    name = next((name for name in names if name in spec.faults), None)
    if name is None:
        return None
    secrets = [entry["valueFrom"] for definition in spec.containers for entry in definition.get("secrets") or []]
    return _FAULTS[name].format(
        image=spec.containers[0]["image"],
        secret=secrets[0] if secrets else "/ecsdeploy/broken-on-purpose",
        role=spec.execution_role or "the task's execution role",
        region=region,
        platform=_platform(spec.architecture),
    )


def _platform(architecture: str) -> str:
    return "linux/arm64" if architecture == "ARM64" else "linux/amd64"

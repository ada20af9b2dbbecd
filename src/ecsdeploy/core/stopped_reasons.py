"""What AWS's stopped reasons mean, the more certain ones first.

The patterns are those of AWS's "Stopped task error messages" and of the amazon-ecs-agent's sources, as of 2026-11-22.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """What went wrong, and what to do about it."""

    cause: str
    fix: str


@dataclass(frozen=True)
class Rule:
    """A pattern of AWS's words, and its meaning."""

    pattern: re.Pattern[str]
    means: Cause


def _rule(pattern: str, cause: str, fix: str) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), Cause(cause, fix))


_NO_SECRET = (
    "A secret that the task needs does not exist, or lacks the JSON key.",
    "Check the names under [task.secrets]: they must exist in this account and Region.",
)
_NO_ROUTE = (
    "The task could not reach the image's registry, or its secrets: its subnet has no route out.",
    "In a public subnet set [network] public_ip = true; in a private one the subnet needs a NAT gateway or VPC "
    "endpoints (ecr.api, ecr.dkr, s3, logs). The security group must let port 443 out.",
)
RULES = (
    _rule(
        r"does not contain descriptor matching platform|no match for platform|exec format error",
        "The image was built for another CPU architecture than the task's.",
        "Set [task] architecture to the image's, or build with `ecsdeploy build-push`, which follows it.",
    ),
    _rule(
        r"toomanyrequests|pull rate limit",
        "The registry limits how often images may be pulled.",
        "Push the image to ECR with `ecsdeploy build-push` and deploy that.",
    ),
    _rule(
        r"no space left on device",
        "The task's disk is full.",
        "Raise [task] ephemeral_storage (21 to 200 GiB), or make the image smaller.",
    ),
    _rule(
        r"(ssm:GetParameters|secretsmanager:GetSecretValue|kms:Decrypt).*not authorized"
        r"|not authorized to perform:? (ssm|secretsmanager|kms):|Access to KMS is not allowed"
        r"|ciphertext refers to a customer master key",
        "The execution role lacks permission to read a secret.",
        "Run `ecsdeploy setup`: it gives the execution role (not the task role) exactly the secrets of the config.",
    ),
    _rule(
        r"did not contain json key|invalid ssm parameters|can.t retrieve the secret|ResourceNotFoundException.*secret"
        r"|can.t find the specified secret|marked for deletion|marked deleted",
        *_NO_SECRET,
    ),
    _rule(
        r"is not authorized to perform:? ecr:|Check that the role has the permissions"
        r"|(failed to resolve ref|HEAD request|status code \[manifests).*(401 Unauthorized|403 Forbidden)",
        "The execution role lacks permission to pull the image.",
        "Run `ecsdeploy setup`: it gives the execution role the right to pull from the repository.",
    ),
    _rule(
        r"not authorized to perform:? logs:",
        "The execution role lacks permission to write the log.",
        "Run `ecsdeploy setup`: it gives the execution role the right to write to the log group.",
    ),
    _rule(
        r"logger args.*(signal: killed|i/o timeout|deadline exceeded)|CloudWatch log group.*connection issue",
        "The task could not reach CloudWatch Logs: its subnet has no route out.",
        _NO_ROUTE[1],
    ),
    _rule(
        r"could not parse multiline pattern",
        "A multi-line log pattern is not a regular expression that the log driver can read.",
        "Correct awslogs-multiline-pattern or awslogs-datetime-format under [task.raw]: the driver's are Go's, without "
        "look-around and back-references, and a date format's brackets have to be escaped.",
    ),
    _rule(
        r"failed to invoke EFS",
        "The EFS volume could not be mounted.",
        "The file system needs a mount target in the task's zone whose security group lets the task's in on port 2049.",
    ),
    _rule(
        r"environment variable files? from Amazon S3|failed to download env files",
        "An environment file could not be read from S3.",
        "Check environmentFiles in [task.raw], and that the execution role may s3:GetObject on them.",
    ),
    _rule(
        r"request canceled while waiting for connection|check your (task )?network configuration|i/o timeout|dial tcp"
        r"|context deadline exceeded|context canceled|httpReadSeeker",
        *_NO_ROUTE,
    ),
    # ECS starts with these words whatever went wrong, so they matter only if nothing else matches.
    _rule(r"unable to retrieve secret", *_NO_SECRET),
    _rule(r"pull registry auth|unable to pull secrets", *_NO_ROUTE),
    _rule(
        r"CannotPull.*(failed to resolve ref|not found|manifest unknown|does not exist)|Check whether the image exists"
        r"|requested access to the resource is denied|pull access denied",
        "The image is not in the repository: never pushed, or expired by the lifecycle policy.",
        "Run `ecsdeploy build-push`, then `ecsdeploy deploy`. Raise [image] keep if images expire too early.",
    ),
    _rule(
        r"log group does not exist|failed to (initialize|validate) logg",
        "The log group is missing.",
        "Run `ecsdeploy setup`, which creates the app's own. One that [task.raw] names is yours to create.",
    ),
    _rule(
        r"unable to assume the role|ECS was unable to assume",
        "ECS could not assume the task's roles.",
        "Run `ecsdeploy setup`: it repairs the trust of the execution role and the task role.",
    ),
    _rule(
        r"OutOfMemory",
        "The container used up its memory and was killed.",
        "Raise [task] memory, or find out what uses it.",
    ),
    _rule(
        r"executable file not found|no such file or directory|CannotStartContainer|failed to create .*runtime task"
        r"|permission denied.*exec",
        "The container's command could not be started.",
        "Check command and entry point: the file must be in the image, executable, without CRLF line ends.",
    ),
    _rule(
        r"failed container health checks",
        "The container's health check failed.",
        "Run the [task.health_check] command inside the image. Is its program in the image? Does the service start "
        "within start_period?",
    ),
    _rule(
        r"failed ELB health checks",
        "The load balancer's health check failed.",
        "Check the path, the port and the security groups; raise the grace period if the service starts slowly.",
    ),
    _rule(
        r"Capacity is unavailable|RESOURCE:",
        "Fargate has no capacity in these zones at the moment.",
        "Use subnets in more zones ([network] subnets), or try again later.",
    ),
    _rule(
        r"limit on the number of (tasks|vCPUs)|configuration is above your limit",
        "A Fargate quota of the account is reached.",
        "Ask for more in Service Quotas (Fargate On-Demand vCPU resource count).",
    ),
    _rule(
        r"Network Interface|network interface provisioning",
        "The subnet could not give the task a network interface.",
        "Use larger or more subnets ([network] subnets): one of them has no free addresses.",
    ),
    _rule(
        r"Spot Task was interrupted",
        "Fargate Spot took the task back.",
        "Handle SIGTERM within two minutes, or run on FARGATE.",
    ),
    _rule(
        r"CannotCreateContainer|CannotInspectContainer|CannotStopContainer|ContainerRuntime|DockerTimeout|InternalError",
        "Fargate itself could not run the container.",
        "Deploy again; if it happens every time, ask AWS Support with the task's id.",
    ),
)

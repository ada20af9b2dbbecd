"""What AWS's stopped reasons mean, the more certain ones first.

The patterns are those of AWS's "Stopped task error messages", of the amazon-ecs-agent's sources and of containerd,
which Fargate pulls with, as of 2026-11-22.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """What went wrong, and the one thing to do about it."""

    cause: str
    fix: str


@dataclass(frozen=True)
class Rule:
    """A pattern of AWS's words, and its meaning.

    `{image}` and `{container}` in the cause stand for what it is about; what `names` finds in the words is appended.
    `beside` is the advice where it is about another container than the service's own. `setting` is the setting whose
    value the advice gives. `hopeless`: no retry mends it. `passes`: it is nobody's
    fault and may be over the next time, so it proves nothing about a deployment.
    """

    pattern: re.Pattern[str]
    cause: str
    fix: str
    names: re.Pattern[str] | None = None
    setting: str = ""
    beside: str = ""
    hopeless: bool = False
    passes: bool = False


def find_rule(text: str) -> Rule | None:
    """Return the first rule that AWS's `text` matches; None if none does."""
    return next((rule for rule in RULES if rule.pattern.search(text)), None)


def named(rule: Rule, text: str) -> str:
    """Return what in `text` the rule is about, such as a secret's name; "" if it names nothing."""
    found = rule.names.search(text) if rule.names is not None else None
    return next(filter(None, found.groups()), "").rstrip(".,:") if found else ""


def _rule(
    pattern: str,
    cause: str,
    fix: str,
    *,
    names: str = "",
    setting: str = "",
    beside: str = "",
    hopeless: bool = False,
    passes: bool = False,
) -> Rule:
    finds = re.compile(names, re.IGNORECASE) if names else None
    return Rule(re.compile(pattern, re.IGNORECASE | re.DOTALL), cause, fix, finds, setting, beside, hopeless, passes)


_SECRET = r"invalid ssm parameters: (\S+)|(?:secret|fetch secret) (arn:\S+)"
_SECRETS = "Check the names under [task.secrets]: they must exist in this account and Region."
_OPEN = (
    "In a public subnet set [network] public_ip = true; in a private one the subnet needs a NAT gateway or VPC "
    "endpoints (ecr.api, ecr.dkr, s3, logs). The security group must let port 443 out."
)
_NETWORK = (
    r"request canceled while waiting for connection|check your (?:task )?network configuration|i/o timeout|dial tcp"
    r"|context deadline exceeded|context canceled|exceeded maximum number of attempts|connection issue between"
)
_ADDRESS = r"(?:lookup|dial tcp) ([\w.-]+:?\d*)"
_START = "Check command and entry point: the file must be in the image, executable, without CRLF line ends."
RULES = (
    _rule(
        r"does not contain descriptor matching platform|no match(?:ing manifest)? for (?:platform|linux/)"
        r"|exec format error",
        "{image} was built for another CPU architecture than the task's",
        "Set [task] architecture to the image's, or build with `ecsdeploy build-push`, which follows it.",
        names=r"matching platform '([^']+)'",
        setting="architecture",
        hopeless=True,
    ),
    _rule(
        r"toomanyrequests|pull rate limit|429 Too Many Requests",
        "The registry limits how often images may be pulled, and did not give {image}",
        "Push the image to ECR with `ecsdeploy build-push` and deploy that.",
        passes=True,
    ),
    _rule(
        r"no space left on device",
        "The task's disk is full: there is no room for {image}",
        "Raise [task] ephemeral_storage (21 to 200 GiB), or make the image smaller.",
        setting="storage",
    ),
    _rule(
        r"(ssm:GetParameters|secretsmanager:GetSecretValue|kms:Decrypt).*not authorized"
        r"|not authorized to perform:? (ssm|secretsmanager|kms):|Access to KMS is not allowed"
        r"|ciphertext refers to a customer master key",
        "The execution role lacks permission to read a secret",
        "Run `ecsdeploy setup`: it gives the execution role (not the task role) exactly the secrets of the config.",
        names=r"on resource: (\S+)|(?:secret|fetch secret) (arn:\S+)",
        hopeless=True,
    ),
    _rule(
        r"did not contain json key",
        "A secret that the task needs lacks the JSON key",
        "Add the key to the secret, or correct it under [task.secrets], where it follows the secret's name.",
        names=r"json key (\S+)",
        hopeless=True,
    ),
    _rule(
        r"invalid ssm parameters|can.t retrieve the secret|ResourceNotFoundException.*secret"
        r"|can.t find the specified secret|marked for deletion|marked deleted",
        "A secret that the task needs does not exist",
        _SECRETS,
        names=_SECRET,
        hopeless=True,
    ),
    _rule(
        r"is not authorized to perform:? ecr:|Check that the role has the permissions"
        r"|(failed to resolve ref|HEAD request|status code \[manifests).*(401 Unauthorized|403 Forbidden)",
        "The execution role lacks permission to pull {image}",
        "Run `ecsdeploy setup`: it gives the execution role the right to pull from the repository.",
        names=r"perform:? (ecr:\w+)",
        hopeless=True,
    ),
    _rule(
        r"not authorized to perform:? logs:",
        "The execution role lacks permission to write the log",
        "Run `ecsdeploy setup`: it gives the execution role the right to write to the log group.",
        names=r"perform:? (logs:\w+)",
        hopeless=True,
    ),
    _rule(
        r"logger args.*(signal: killed|i/o timeout|deadline exceeded)|CloudWatch log group.*connection issue",
        "The task could not reach CloudWatch Logs: its subnet has no route out",
        _OPEN,
    ),
    _rule(
        r"could not parse multiline pattern",
        "A multi-line log pattern is not a regular expression that the log driver can read",
        "Correct awslogs-multiline-pattern or awslogs-datetime-format under [task.raw]: the driver's are Go's, without "
        "look-around and back-references, and a date format's brackets have to be escaped.",
        hopeless=True,
    ),
    _rule(
        r"failed to invoke EFS",
        "The EFS volume could not be mounted",
        "The file system needs a mount target in the task's zone whose security group lets the task's in on port 2049.",
        names=r"\b(fs-[0-9a-f]{8,17})",
    ),
    _rule(
        r"environment variable files? from Amazon S3|failed to download env files",
        "An environment file could not be read from S3",
        "Check environmentFiles in [task.raw], and that the execution role may s3:GetObject on them.",
    ),
    # A layer comes from a bucket of AWS's own; the registry itself was reached.
    _rule(
        r"httpReadSeeker|starport-layer-bucket|failed to copy: .*unexpected status code",
        "The task reached the registry, but could not fetch the layers of {image} from its S3 bucket",
        "The subnet's S3 gateway endpoint, or a proxy, must let the task read ECR's layer bucket (starport-layer).",
    ),
    _rule(
        r"CannotPull.*no such host",
        "The registry of {image} could not be found by its name",
        "Check the image's name. If it is right, the VPC needs DNS support and a route to the internet.",
        names=r"lookup ([\w.-]+)",
    ),
    _rule(
        rf"CannotPull.*(?:{_NETWORK})",
        "The task could not reach the registry of {image}: its subnet has no route out",
        _OPEN,
        names=_ADDRESS,
    ),
    _rule(
        _NETWORK,
        "The task could not reach the image's registry, or its secrets: its subnet has no route out",
        _OPEN,
        names=_ADDRESS,
    ),
    # ECS starts with these words whatever went wrong, so they matter only if nothing else matches.
    _rule(r"unable to retrieve secret", "ECS could not retrieve a secret that the task needs", _SECRETS, names=_SECRET),
    _rule(
        r"pull (?:registry|ecr registry) auth|unable to pull secrets|retrieve ecr registry auth",
        "The task could not reach the image's registry, or its secrets: its subnet has no route out",
        _OPEN,
    ),
    _rule(
        r"CannotPull.*(not found|manifest unknown|name unknown|does not exist)|Check whether the image exists"
        r"|requested access to the resource is denied|pull access denied",
        "{image} is not in the repository: never pushed, or expired by the lifecycle policy",
        "Run `ecsdeploy build-push`, then `ecsdeploy deploy`. Raise [image] keep if images expire too early.",
        beside="Correct the image of {container} in [task.raw]; a private registry needs repositoryCredentials there.",
        hopeless=True,
    ),
    _rule(
        r"CannotPull",
        "{image} could not be pulled",
        "Read the registry's answer below, and see whether it is up.",
    ),
    _rule(
        r"log group does not exist",
        "The log group is missing",
        "Run `ecsdeploy setup`, which creates the app's own. One that [task.raw] names is yours to create.",
        hopeless=True,
    ),
    _rule(
        r"failed to (initialize|validate) logg",
        "The log of {container} could not be set up",
        "Check logConfiguration in [task.raw].",
    ),
    _rule(
        r"unable to assume the role|ECS was unable to assume",
        "ECS could not assume the task's roles",
        "Run `ecsdeploy setup`: it repairs the trust of the execution role and the task role.",
        names=r"assume the role '?(arn:[^\s']+)",
        hopeless=True,
    ),
    _rule(
        r"OutOfMemory",
        "{container} used up its memory and was killed",
        "Raise [task] memory, or find out what uses it.",
        setting="memory",
    ),
    _rule(
        r"dependency graph: .*(did not exit successfully|has timed out|ordering dependency)",
        "{container} was not started, because a container that it depends on did not get there",
        "Look at that container: its log says why.",
        names=r"dependency \[([^\]]+)\]",
    ),
    _rule(
        r"executable file not found|no such file or directory|permission denied",
        "The command of {container} could not be started",
        _START,
        names=r'exec: "([^"]+)"|stat (\S+): no such|exec (\S+): (?:no such|permission)',
        hopeless=True,
    ),
    _rule(
        r"failed to get container status|failed to create .*runtime task|CannotStartContainer",
        "The command of {container} could not be started",
        _START,
        names=r'exec: "([^"]+)"',
    ),
    _rule(
        r"Capacity is unavailable|RESOURCE:",
        "Fargate has no capacity in these zones at the moment",
        "Use subnets in more zones ([network] subnets), or try again later.",
        passes=True,
    ),
    _rule(
        r"reached the limit on the number of (tasks|vCPUs)",
        "A Fargate quota of the account is reached",
        "Ask for more in Service Quotas (Fargate On-Demand vCPU resource count).",
        names=r"limit on the number of (tasks|vCPUs)",
        passes=True,
    ),
    _rule(
        r"configuration is above your limit",
        "The task is larger than a Fargate quota of the account allows",
        "Ask for more in Service Quotas, or lower [task] cpu and memory.",
        names=r"requested (CPU|MEMORY)",
    ),
    _rule(
        r"Network Interface|network interface provisioning",
        "The subnet could not give the task a network interface",
        "Use larger or more subnets ([network] subnets): one of them has no free addresses.",
        passes=True,
    ),
    _rule(
        r"Spot Task was interrupted",
        "Fargate Spot took the task back",
        "Handle SIGTERM within two minutes, or run on FARGATE.",
        passes=True,
    ),
    _rule(
        r"CannotCreateVolume",
        "A volume of the task could not be made",
        "Check volumes in [task.raw].",
    ),
    _rule(
        r"CannotCreateContainer|CannotInspectContainer|CannotStopContainer|ContainerRuntime|DockerTimeout|InternalError"
        r"|maintenance on the underlying infrastructure",
        "Fargate itself could not run {container}",
        "Deploy again; if it happens every time, ask AWS Support with the task's id.",
        passes=True,
    ),
)

"""What AWS says of tasks that stopped, in its own words, and what each of them means.

One row for each kind of failure that AWS documents ("Stopped tasks error messages", "CannotPullContainer task errors",
"ResourceInitializationError errors") or that users of Fargate report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ecsdeploy.core.diagnose import counts_against, explain, failures, hopeless
from ecsdeploy.core.stopped_reasons import RULES
from ecsdeploy.core.subject import Part, Subject
from ecsdeploy.core.task import Container, Task
from tests.unit.core import builders as a

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = f"{ECR}/hello:3f2c1ab"
PROXY = "docker.io/envoyproxy/envoy:v9"
PINNED = f"{ECR}/hello@sha256:{'c0ffee11' * 8}"
ABOUT = Subject(
    "hello", memory=512, storage=20, architecture="x86_64", parts=(Part("hello", IMAGE), Part("proxy", PROXY))
)
RETRIED = "CannotPullContainerError: pull image manifest has been retried"
ROLE = "User: arn:aws:sts::123456789012:assumed-role/hello-execution/1f2e is not authorized to perform:"
NO_POLICY = "because no identity-based policy allows the action"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/hello/database-url"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:hello/database-AbCdEf"
SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth: "
OF_ASM = f"{SECRETS}execution resource retrieval failed: unable to retrieve secret from asm: "
OF_SSM = f"{SECRETS}execution resource retrieval failed: unable to retrieve secrets from ssm: "
LOGGER = "ResourceInitializationError: failed to validate logger args: "
SHIM = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "


@dataclass(frozen=True)
class Row:
    """A stopped reason, or the reason of its container; what the cause says; whether a retry can mend it."""

    reason: str = ""
    cause: str = ""
    container: str = ""
    code: str = "TaskFailedToStart"
    exit: int | None = None
    hopeless: bool = False
    counts: bool = True

    @property
    def task(self) -> Task:
        """Return the task."""
        own = a.container(status="STOPPED", health="UNKNOWN", exit_code=self.exit, reason=self.container)
        started = a.AT if self.exit is not None else None
        return a.stopped(
            stop_code=self.code, stopped_reason=self.reason or "Task failed to start", containers=(own,),
            started_at=started,
        )  # fmt: skip


ROWS: dict[str, Row] = {
    "1 tag absent": Row(
        f"{RETRIED} 1 time(s): failed to resolve ref {IMAGE}: {IMAGE}: not found",
        f"The image {IMAGE} of the container hello is not in the repository", hopeless=True),
    "1 digest absent": Row(
        f"{RETRIED} 5 time(s): failed to resolve ref {PINNED}: {PINNED}: not found",
        f"The image {ECR}/hello@sha256:c0ffee11c0ff of the container hello is not in the repository", hopeless=True),
    "1 manifest unknown": Row(
        "CannotPullContainerError: Error response from daemon: manifest for nginx:9.99 not found: manifest unknown: "
        "manifest unknown", "is not in the repository", hopeless=True),
    "2 role": Row(
        "CannotPullContainerError: The task can't pull the image. Check that the role has the permissions to pull "
        "images from the registry. Error response from daemon: pull access denied for "
        f"{ECR}/hello, repository does not exist or may require 'docker login': denied: {ROLE} ecr:BatchGetImage on "
        f"resource: arn:aws:ecr:us-east-1:123456789012:repository/hello {NO_POLICY}",
        "lacks permission to pull the image", hopeless=True),
    "2 login": Row(
        f"{SECRETS}execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been "
        f"retried 1 time(s): AccessDeniedException: {ROLE} ecr:GetAuthorizationToken on resource: * {NO_POLICY}",
        "lacks permission to pull the image: ecr:GetAuthorizationToken.", hopeless=True),
    "2 manifest": Row(
        f"{RETRIED} 1 time(s): failed to resolve ref {IMAGE}: pulling from host {ECR} failed with status code "
        "[manifests 3f2c1ab]: 403 Forbidden", f"lacks permission to pull the image {IMAGE}", hopeless=True),
    "3 repository": Row(
        "CannotPullContainerError: The task can't pull the image. Check whether the image exists. Error response from "
        "daemon: pull access denied for acme/hello, repository does not exist or may require 'docker login': denied: "
        "requested access to the resource is denied", "The image acme/hello is not in the repository", hopeless=True),
    "4 registry": Row(
        f"{RETRIED} 5 time(s): failed to resolve ref docker.io/library/nginx:1: failed to do request: Head "
        '"https://registry-1.docker.io/v2/library/nginx/manifests/1": dial tcp 34.205.13.154:443: i/o timeout',
        "The task could not reach the registry of the image docker.io/library/nginx:1: its subnet has no route out: "
        "34.205.13.154:443."),
    "4 canceled": Row(
        "CannotPullContainerError: Error response from daemon: Get https://registry-1.docker.io/v2/: net/http: request "
        "canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)", "no route out"),
    "4 check": Row(
        "CannotPullContainerError: The task can't pull the image. Check your network configuration. context canceled",
        "no route out"),
    "4 name": Row(
        f"{RETRIED} 5 time(s): failed to resolve ref {IMAGE}: failed to do request: Head: dial tcp: lookup {ECR} on "
        "10.0.0.2:53: no such host",
        f"The registry of the image {IMAGE} of the container hello could not be found by its name: {ECR}."),
    "5 architecture": Row(
        f"{RETRIED} 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'",
        "was built for another CPU architecture than the task's: linux/amd64.", hopeless=True),
    "6 exec format": Row(
        container="CannotStartContainerError: ResourceInitializationError: failed to create new container runtime "
        f'task: {SHIM}exec: "/app": exec format error: unknown',
        cause="was built for another CPU architecture", hopeless=True),
    "7 rate limit": Row(
        f"{RETRIED} 1 time(s): failed to resolve ref docker.io/library/nginx:1: unexpected status code [manifests 1]: "
        "429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
        "limits how often images may be pulled", counts=False),
    "8 disk": Row(
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract layer sha256:11: write "
        "/var/lib/containerd/x: no space left on device: unknown", "disk is full"),
    "9 layers": Row(
        "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: "
        f"unexpected status code https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/{ECR}: 403 "
        "Forbidden", "could not fetch the layers"),
    "10 network": Row(
        f"{SECRETS}The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task "
        "and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, exceeded "
        "maximum number of attempts, 3", "no route out"),
    "10 says no more": Row(f"{SECRETS}execution resource retrieval failed", "no route out"),
    "11 parameter": Row(
        f"{OF_SSM}service call has been retried 1 time(s): operation error SSM: GetParameters, https response error "
        f"StatusCode: 400, api error AccessDeniedException: {ROLE} ssm:GetParameters on resource: {PARAMETER} "
        f"{NO_POLICY}", f"lacks permission to read a secret: {PARAMETER}.", hopeless=True),
    "11 secret": Row(
        f"{OF_ASM}service call has been retried 1 time(s): failed to fetch secret {SECRET} from secrets manager: "
        f"AccessDeniedException: {ROLE} secretsmanager:GetSecretValue on resource: {SECRET} {NO_POLICY}",
        f"lacks permission to read a secret: {SECRET}.", hopeless=True),
    "11 key": Row(
        f"{OF_ASM}failed to fetch secret {SECRET} from secrets manager: AccessDeniedException: Access to KMS is not "
        "allowed", "lacks permission to read a secret", hopeless=True),
    "12 parameter": Row(
        f"{OF_SSM}service call has been retried 1 time(s): invalid ssm parameters: /hello/database-url",
        "A secret that the task needs does not exist: /hello/database-url.", hopeless=True),
    "12 secret": Row(
        f"{OF_ASM}service call has been retried 1 time(s): failed to fetch secret {SECRET} from secrets manager: "
        "ResourceNotFoundException: Secrets Manager can't find the specified secret.", f"does not exist: {SECRET}.",
        hopeless=True),
    "12 JSON key": Row(
        f"{OF_ASM}retrieved secret from Secrets Manager did not contain json key password",
        "lacks the JSON key: password.", hopeless=True),
    "12 network": Row(
        f"{OF_SSM}service call has been retried 5 time(s): RequestCanceled: request context canceled caused by: "
        "context deadline exceeded", "no route out"),
    "13 log group": Row(
        f"{LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        "ResourceNotFoundException: The specified log group does not exist. : exit status 1",
        "log group is missing", hopeless=True),
    "13 old wording": Row(
        "ResourceInitializationError: failed to initialize logging driver: failed to create Cloudwatch log stream: "
        "ResourceNotFoundException: The specified log group does not exist.", "log group is missing", hopeless=True),
    "13 permission": Row(
        f"{LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log stream: "
        f"AccessDeniedException: {ROLE} logs:CreateLogStream on resource: arn {NO_POLICY} : exit status 1",
        "write the log: logs:CreateLogStream.", hopeless=True),
    "13 pattern": Row(
        f'{LOGGER}awslogs could not parse multiline pattern key "^(?!x)": error parsing regexp: invalid or unsupported '
        "Perl syntax: `(?!` : exit status 1", "multi-line log pattern", hopeless=True),
    "13 option": Row(f"{LOGGER}unknown log opt 'awslogs-x' : exit status 1", "log of the container hello could not"),
    "14 logs": Row(
        f"{LOGGER}The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a "
        "connection issue between the task and Amazon CloudWatch. Check your network configuration.: signal: killed",
        "could not reach CloudWatch Logs"),
    "15 env file": Row(
        "ResourceInitializationError: failed to download env files: The task can't download the environment variable "
        "files from Amazon S3. There is a connection issue between the task and Amazon S3. Check your task network "
        "configuration. service call has been retried 5 time(s)", "environment file"),
    "16 EFS": Row(
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to "
        'resolve "fs-0123456789abcdef0.efs.us-east-1.amazonaws.com"', "could not be mounted: fs-0123456789abcdef0."),
    "17 role": Row(
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/hello-task' that was provided for this "
        "task. Please verify that the role being passed has the proper trust relationship and permissions",
        "assume the task's roles: arn:aws:iam::123456789012:role/hello-task.", hopeless=True),
    "18 ended": Row(
        "Essential container in task exited", "The container hello ended with an error (exit code 1).",
        code="EssentialContainerExited", exit=1),
    "19 memory": Row(
        "Essential container in task exited", "The container hello used up its memory",
        container="OutOfMemoryError: Container killed due to memory usage", code="EssentialContainerExited", exit=137),
    "20 command": Row(
        container="CannotStartContainerError: ResourceInitializationError: failed to create new container runtime "
        f'task: {SHIM}exec: "serve": executable file not found in $PATH: unknown',
        cause="The command of the container hello could not be started: serve.", hopeless=True),
    "20 file": Row(
        container=f'CannotStartContainerError: {SHIM}exec: "/app/run.sh": stat /app/run.sh: no such file or directory',
        cause="could not be started: /app/run.sh.", hopeless=True),
    "20 not executable": Row(
        container=f'CannotStartContainerError: {SHIM}exec: "/app/run.sh": permission denied: unknown',
        cause="could not be started: /app/run.sh.", hopeless=True),
    "20 says no more": Row(
        container="CannotStartContainerError: failed to get container status", cause="could not be started"),
    "21 create": Row(container="CannotCreateContainerError: API error", cause="Fargate itself", counts=False),
    "21 inspect": Row(
        container="CannotInspectContainerError: Could not transition to inspecting; timed out after waiting 30s",
        cause="Fargate itself", counts=False),
    "21 stop": Row(
        "Essential container in task exited", "Fargate itself could not run the container hello",
        container="CannotStopContainerError: timed out", code="EssentialContainerExited", exit=137, counts=False),
    "21 timeout": Row(
        container="DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s",
        cause="Fargate itself", counts=False),
    "21 runtime": Row("ContainerRuntimeError: failed to create container runtime", "Fargate itself", counts=False),
    "21 runtime timeout": Row("ContainerRuntimeTimeoutError: timed out", "Fargate itself", counts=False),
    "21 internal": Row("InternalError: unexpected", "Fargate itself", counts=False),
    "21 volume": Row("CannotCreateVolumeError: no driver", "A volume of the task could not be made"),
    "22 health": Row(
        "Task failed container health checks", "The health check of the container hello failed.",
        code="ServiceSchedulerInitiated", exit=137),
    "23 target": Row(
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-east-1:123456789012:"
        "targetgroup/hello/0123456789abcdef)", "The load balancer's health check of the container hello failed",
        code="ServiceSchedulerInitiated", exit=143),
    "24 interface": Row(
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet "
        "'subnet-0a': InsufficientFreeAddressesInSubnet", "network interface", counts=False),
    "24 timeout": Row(
        "Timeout waiting for network interface provisioning to complete.", "network interface", counts=False),
    "25 capacity": Row(
        "Capacity is unavailable at this time. Please try again later or in a different availability zone", "capacity",
        counts=False),
    "26 Spot": Row(
        "Your Spot Task was interrupted.", "Fargate Spot took the task back", code="SpotInterruption", exit=143,
        counts=False),
    "27 quota": Row(
        "You've reached the limit on the number of vCPUs you can run concurrently", "is reached: vCPUs.", counts=False),
    "28 size": Row("The requested CPU configuration is above your limit", "quota of the account allows: CPU."),
    "29 scheduler": Row(
        "Scaling activity initiated by (deployment ecs-svc/1234567890123456789)", "scheduler stopped the task",
        code="ServiceSchedulerInitiated", exit=143, counts=False),
    "30 by hand": Row("Task stopped by user", "Somebody stopped the task.", code="UserInitiated", exit=143,
                      counts=False),
    "30 own words": Row(
        "disk full? no space left on device", "Somebody stopped the task.", code="UserInitiated", exit=0,
        counts=False),
    "31 retired": Row(
        "ECS is performing maintenance on the underlying infrastructure hosting the task.", "Fargate itself",
        code="TerminationNotice", exit=143, counts=False),
    "31 machine": Row(
        "Host EC2 terminated", "machine under the task failed", code="InfrastructureHealth", exit=137, counts=False),
    "unknown": Row("Something that nobody has seen", "The cause is not known"),
    "pull, unknown": Row(
        f"{RETRIED} 1 time(s): failed to resolve ref {IMAGE}: unexpected status from HEAD request: 500 Internal Server "
        "Error", f"The image {IMAGE} of the container hello could not be pulled"),
    "dependency": Row(
        container="CannotStartContainerError: dependency graph: failed to resolve container ordering dependency "
        "[migrate] for target [hello] as dependency did not exit successfully.", exit=143,
        cause="a container that it depends on did not get there: migrate."),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_reason_has_its_meaning(row: Row) -> None:
    found = explain(row.task, about=ABOUT)
    assert row.cause in found.cause
    assert found.cause.endswith(".")
    assert found.fix.endswith(".")
    assert "{" not in found.cause + found.fix


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_only_what_no_retry_can_mend_is_hopeless(row: Row) -> None:
    assert hopeless(row.task) is row.hopeless


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_passes_by_itself_says_nothing_of_the_revision(row: Row) -> None:
    assert counts_against(row.task) is row.counts


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_nobody_has_to_mend_is_no_failure(row: Row) -> None:
    asked_for = ("UserInitiated", "SpotInterruption", "TerminationNotice")
    scaled = row.code == "ServiceSchedulerInitiated" and "health" not in row.reason
    assert bool(failures([row.task])) is not (row.code in asked_for or scaled)


def test_each_rule_is_tried() -> None:
    said = [text for row in ROWS.values() for text in (row.reason, row.container) if text]
    first = {next((rule for rule in RULES if rule.pattern.search(text)), None) for text in said}
    unused = [rule.cause for rule in RULES if rule not in first]
    assert unused == ["ECS could not retrieve a secret that the task needs"]  # the general one


def test_each_row_of_the_documentation_is_here() -> None:
    assert {int(name.split()[0]) for name in ROWS if name[0].isdigit()} == set(range(1, 32))


def side(**changed: Any) -> Container:
    return a.container(name="proxy", status="STOPPED", health="UNKNOWN", **changed)


def test_the_image_beside_the_services_own_is_not_to_be_pushed() -> None:
    about = Subject("hello", parts=(Part("hello", IMAGE), Part("proxy", PROXY)))
    reason = f"{RETRIED} 1 time(s): failed to resolve ref docker.io/envoyproxy/envoy:v9: not found"
    found = explain(a.stopped(stopped_reason=reason, containers=(side(),)), about=about)
    assert found.cause.startswith("The image docker.io/envoyproxy/envoy:v9 of the container proxy is not in")
    assert "Correct the image of the container proxy in [task.raw]" in found.fix


def test_the_services_own_image_is_told_though_the_config_does_not_know_it() -> None:
    about = Subject("hello", parts=(Part("hello"), Part("proxy", PROXY)))
    row = ROWS["1 digest absent"]
    assert row.cause in explain(row.task, about=about).cause
    assert "of the container" not in explain(ROWS["2 login"].task, about=about).cause


@pytest.mark.parametrize(
    ("name", "now"),
    [("19 memory", "[task] memory is 512 now."), ("8 disk", "[task] ephemeral_storage is 20 now."),
     ("5 architecture", "[task] architecture is x86_64 now.")],
)  # fmt: skip
def test_advice_gives_the_setting_as_it_is(name: str, now: str) -> None:
    assert explain(ROWS[name].task, about=ABOUT).fix.endswith(now)
    assert "now." not in explain(ROWS[name].task).fix


def test_a_limit_of_the_container_itself_is_the_one_to_raise() -> None:
    about = Subject("hello", memory=512, parts=(Part("hello", memory=128),))
    assert explain(ROWS["19 memory"].task, about=about).fix.endswith("memory of hello in [task.raw] is 128 now.")

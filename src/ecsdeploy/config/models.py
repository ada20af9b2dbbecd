"""What an `ecsdeploy.toml` can contain, and the defaults.

Every table is a frozen model that refuses unknown keys. The rules are in `rules`, the shared kinds of values in
`values`; a validator here only attaches one to a field. The descriptions become the JSON schema and `docs/config.md`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from ecsdeploy.config import fargate, raw, rules
from ecsdeploy.config.ci import TABLES, Bitbucket, Buildkite, CircleCi, GitLab
from ecsdeploy.config.deployment import Deployment
from ecsdeploy.config.github import GitHub
from ecsdeploy.config.iam import Iam
from ecsdeploy.config.image import Image
from ecsdeploy.config.mistake import Mistake, mistake, mistakes
from ecsdeploy.config.notify import Notify
from ecsdeploy.config.ports import port_names, unnamed_ports
from ecsdeploy.config.release import Release
from ecsdeploy.config.smoke import Smoke
from ecsdeploy.config.table import Table
from ecsdeploy.config.values import Account, Duration, Region, Switch, User, Variables, WholeNumber, lasting


class HealthCheck(Table):
    """A command that ECS runs inside the container; a task that fails it is replaced."""

    command: Annotated[tuple[str, ...], AfterValidator(rules.health_command)] = Field(
        description="The command: `CMD` and its words, or `CMD-SHELL` and one line for the image's shell.",
        examples=[["CMD", "node", "healthcheck.js"]],
    )
    interval: Annotated[Duration, lasting(5, 300)] = Field(default=30, description="Time between two checks, 5s to 5m.")
    timeout: Annotated[Duration, lasting(2, 60)] = Field(
        default=5, description="Time after which a check counts as failed, 2s to 1m."
    )
    retries: WholeNumber = Field(
        default=3, ge=1, le=10, description="Failed checks in a row until the task is unhealthy."
    )
    start_period: Annotated[Duration, lasting(0, 300)] = Field(
        default=0, description="Time to start up, during which failures do not count."
    )


class Task(Table):
    """What one task is: its size, and how its container runs."""

    cpu: Annotated[WholeNumber, AfterValidator(rules.cpu)] = Field(
        default=256, description="CPU units; 1024 are one vCPU.", json_schema_extra={"enum": list(fargate.SIZES)}
    )
    memory: WholeNumber = Field(
        default=512,
        validate_default=True,  # cpu alone can make the default wrong
        description="Memory in MiB. The valid sizes depend on `cpu`.",
    )
    architecture: Literal["x86_64", "arm64"] = Field(
        default="x86_64", description="The processor that the image is built for and runs on."
    )
    port: WholeNumber | None = Field(
        default=None, ge=1, le=65535, description="The port that the container listens on, over TCP."
    )
    allow_plain: tuple[str, ...] = Field(
        default=(), description="Names in `environment` that look like secrets but are not.", examples=[["PUBLIC_KEY"]]
    )
    environment: Variables = Field(
        default_factory=dict,
        description="Environment variables. `{commit}`, `{tag}` and `{env}` are replaced. Anyone who can describe "
        "the task definition can read them; numbers and booleans become text.",
        examples=[{"APP_VERSION": "{commit}"}],
    )
    secrets: Annotated[dict[str, str], BeforeValidator(rules.task_secrets)] = Field(
        default_factory=dict,
        description="Environment variables whose values ECS reads when a task starts: `ssm:/path/name`, "
        "`secretsmanager:name`, `secretsmanager:name:json-key` or a full ARN.",
        examples=[{"DATABASE_URL": "ssm:/hello/database-url"}],
    )
    health_check: HealthCheck | None = Field(
        default=None, description="The container's health check. Without one, ECS only sees whether the container runs."
    )
    command: tuple[str, ...] | None = Field(default=None, description="Instead of the image's `CMD`.")
    entry_point: tuple[str, ...] | None = Field(default=None, description="Instead of the image's `ENTRYPOINT`.")
    user: User | None = Field(default=None, description="Instead of the image's `USER`: a name or number, and a group.")
    stop_timeout: Annotated[Duration, lasting(2, 120)] = Field(
        default=30, description="Time between SIGTERM and SIGKILL when a task is stopped, 2s to 2m."
    )
    init_process: Switch = Field(
        default=True, description="Run an init process that forwards signals and reaps zombies."
    )
    readonly_root_filesystem: Switch = Field(
        default=False, description="Make the container's root file system read-only."
    )
    ephemeral_storage: WholeNumber | None = Field(
        default=None, ge=21, le=200, description="Disk of the task in GiB, 21 to 200. Fargate's default is 20."
    )
    raw: dict[str, Any] = Field(
        default_factory=dict, description="Parameters of RegisterTaskDefinition, merged over what ecsdeploy renders."
    )

    @field_validator("memory")
    @classmethod
    def _goes_with_cpu(cls, mib: int, info: ValidationInfo) -> int:
        return rules.memory(mib, info.data["cpu"]) if "cpu" in info.data else mib

    @field_validator("raw")
    @classmethod
    def _not_ours(cls, value: dict[str, Any]) -> dict[str, Any]:
        if found := raw.task_mistakes(value):
            raise mistakes(found)
        return value


class Service(Table):
    """How many tasks run, and how a rollout is watched."""

    count: WholeNumber | None = Field(
        default=None,
        ge=0,
        le=2**31 - 1,
        description="How many tasks run. Left out, a new service starts with 1 and the count of an existing one is "
        "left alone.",
    )
    timeout: Annotated[Duration, lasting(1, 24 * 3600)] = Field(
        default=900, description="How long `deploy` watches a rollout, at most a day."
    )
    deployment: Deployment = Field(default=Deployment(), description="When a deployment is given up.")
    raw: dict[str, Any] = Field(
        default_factory=dict,
        description="Parameters of CreateService and UpdateService, merged over what ecsdeploy renders.",
    )

    @field_validator("raw")
    @classmethod
    def _not_ours(cls, value: dict[str, Any]) -> dict[str, Any]:
        if found := raw.service_mistakes(value):
            raise mistakes(found)
        return value


class Logs(Table):
    """The log group."""

    retention_days: Annotated[WholeNumber, AfterValidator(rules.retention)] = Field(
        default=30, description="Days that log events are kept.", json_schema_extra={"enum": list(rules.RETENTION_DAYS)}
    )


Subnet = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")]
SecurityGroup = Annotated[str, Field(pattern=r"^sg-[0-9a-f]{8,17}$")]


class Network(Table):
    """Where tasks run. Empty: the public subnets of the default VPC and a security group that opens the port."""

    subnets: tuple[Subnet, ...] = Field(default=(), max_length=16, description="Subnets of one VPC.")
    security_groups: tuple[SecurityGroup, ...] = Field(
        default=(),
        max_length=5,
        description="Security groups; left out, ecsdeploy makes one that opens the task's port.",
    )
    public_ip: Switch = Field(default=True, description="Give each task a public address. Needed in a public subnet.")


class NameOverrides(Table):
    """Names to use instead of those derived from `app` and the environment."""

    cluster: str | None = Field(default=None, description="The cluster. Several services may share one.")
    service: str | None = Field(default=None, description="The service.")
    family: str | None = Field(default=None, description="The task definition's family.")
    log_group: str | None = Field(default=None, description="The log group.")
    security_group: str | None = Field(default=None, description="The security group that ecsdeploy makes.")
    repository: str | None = Field(default=None, description="The ECR repository.")
    deploy_role: str | None = Field(default=None, description="The role that the CI assumes.")
    execution_role: str | None = Field(
        default=None, description="The role that ECS uses to pull the image and read secrets."
    )
    task_role: str | None = Field(default=None, description="The role that the container's code runs with.")


class Config(Table):
    """The whole file, with one environment's overlay already merged in."""

    app: Annotated[str, AfterValidator(rules.app)] = Field(
        description="What all names derive from: lower-case letters and digits, words joined by hyphens.",
        examples=["hello-service"],
        json_schema_extra={"pattern": rules.NAME_PATTERN},
    )
    region: Region = Field(description="The AWS Region.", examples=["us-east-1"])
    account: Account | None = Field(
        default=None,
        description="The AWS account, in quotes. Credentials of any other are refused before anything is changed.",
        examples=["123456789012"],
    )
    default_environment: str | None = Field(default=None, description="The environment to use without `--env`.")
    github: GitHub | None = Field(default=None, description="Who may deploy from GitHub Actions.")
    gitlab: GitLab | None = Field(default=None, description="Who may deploy from GitLab CI.")
    bitbucket: Bitbucket | None = Field(default=None, description="Who may deploy from Bitbucket Pipelines.")
    circleci: CircleCi | None = Field(default=None, description="Who may deploy from CircleCI.")
    buildkite: Buildkite | None = Field(default=None, description="Who may deploy from Buildkite.")
    image: Image = Field(default=Image(), description="How the image is built and kept.")
    task: Task = Field(default=Task(), description="What one task is.")
    service: Service = Field(default=Service(), description="How many tasks run.")
    smoke: Smoke | None = Field(default=None, description="What has to answer after a deployment.")
    release: Release | None = Field(default=None, description="What has to succeed before a rollout.")
    logs: Logs = Field(default=Logs(), description="The log group.")
    network: Network = Field(default=Network(), description="Where tasks run.")
    iam: Iam = Field(default=Iam(), description="The roles that ecsdeploy makes.")
    notify: Notify | None = Field(default=None, description="Who is told how a deployment ended.")
    names: NameOverrides = Field(default=NameOverrides(), description="Names to use instead of the derived ones.")

    @model_validator(mode="after")
    def _one_ci(self) -> Config:
        named = [name for name in ("github", *TABLES) if getattr(self, name)]
        if len(named) > 1:
            first, other = named[:2]
            wrong = f"[{first}] deploys already: a service has one deploy role, which trusts one CI"
            raise mistakes([Mistake((other,), wrong, f"Remove [{other}] or [{first}].")])
        return self

    @property
    def ci(self) -> str:
        """Return what deploys: GitHub Actions, unless the config has the table of another CI alone."""
        return "github" if self.github else next((name for name in TABLES if getattr(self, name)), "github")

    @field_validator("default_environment")
    @classmethod
    def _can_be_a_name(cls, name: str | None) -> str | None:
        if name is not None and (wrong := rules.environment_name(name)):
            raise mistake(wrong, 'Write for example "staging".')
        return name

    @field_validator("task")
    @classmethod
    def _container_is_ours(cls, task: Task, info: ValidationInfo) -> Task:
        if found := raw.container_mistakes(task.raw, info.data.get("app", ""), task.port):
            raise mistakes(found, within="raw")
        return task

    @field_validator("service")
    @classmethod
    def _ports_have_names(cls, service: Service, info: ValidationInfo) -> Service:
        if "task" in info.data and (found := unnamed_ports(service.raw, port_names(info.data["task"].raw))):
            raise mistakes(found, within="raw")
        return service

"""The jobs of the workflow that deploys, from the config: one for each environment, in the order of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecsdeploy.config.github import GitHub
from ecsdeploy.config.load import Loaded
from ecsdeploy.config.models import Config
from ecsdeploy.errors import ConfigError, Refused
from ecsdeploy.github.workflow_file import Job, Refs
from ecsdeploy.policy.github import GitHubSource, SourceError, require_names

RUNNERS = {"x86_64": "ubuntu-24.04", "arm64": "ubuntu-24.04-arm"}
"""An image is built where it is at home: these runners emulate no other processor."""
BUILD_MINUTES = 30
"""What a job may take beside what the config gives the rollout and the command before it."""


def jobs_of(every: Sequence[Loaded], config: str, fallback: Sequence[str], file: str) -> tuple[Job, ...]:
    """Return a job for each of `every`; `config` is the input of that name, "" for its default.

    Those that start with the same pushes run one after the other, and a failure keeps the later ones from starting.
    `fallback` are the branches that start a job whose config names GitHub environments alone, and `file` is the
    workflow's place in the repository.
    Raises `ConfigError` if one has no [github] table, and `Refused` if nobody could deploy so, or others could.
    """
    last: dict[Refs, str] = {}
    jobs = []
    for each in every:
        github = _required(each)
        _require_trusted(github, file)
        job = _job(each, github, config, tuple(fallback))
        jobs.append(replace(job, after=last.get(job.refs, "")))
        last[job.refs] = job.id
    return tuple(jobs)


def role_variable(environment: str, protected_by: str) -> str:
    """Return the name of GitHub's variable for a role that does not follow from the config.

    An environment on GitHub has variables of its own; without one, those of the repository need names that differ.
    """
    apart = environment if not protected_by else ""
    return "_".join(["AWS_ROLE_ARN", *([apart.upper().replace("-", "_")] if apart else [])])


def host_of(every: Sequence[Loaded]) -> str:
    """Return the host that the workflow runs on."""
    servers = (each.config.github.server for each in every if each.config.github is not None)
    return next(filter(None, servers), "https://github.com").removeprefix("https://")


def _job(loaded: Loaded, github: GitHub, config: str, fallback: tuple[str, ...]) -> Job:
    settings, environment = loaded.config, loaded.environment or ""
    protected_by = _protected_by(github, environment)
    return Job(
        id=f"deploy-{environment}" if environment else "deploy",
        refs=_refs(github, fallback),
        service=loaded.names.service,
        runner=RUNNERS[settings.task.architecture],
        minutes=_minutes(settings),
        environment=environment,
        protected_by=protected_by,
        role="" if settings.account else f"${{{{ vars.{role_variable(environment, protected_by)} }}}}",
        config=config,
    )


def _required(loaded: Loaded) -> GitHub:
    if loaded.config.github is None:
        where = f" for {loaded.environment}" if loaded.environment else ""
        raise ConfigError(
            f"The config has no [github] table{where}.",
            why="It says which repository may deploy, and from which branches, tags or environments.",
            fix='Write:\n[github]\nrepository = "OWNER/REPOSITORY"\nbranches = ["main"]',
        )
    return loaded.config.github


def _require_trusted(github: GitHub, file: str) -> None:
    """Raise `Refused` where the role would not trust a job of `file`, or where `setup` refuses to write such a role."""
    source = GitHubSource(
        github.repository,
        repository_id="",
        owner_id="",
        branches=github.branches,
        environments=github.environments,
        tags=github.tags,
        workflows=github.workflows,
    )
    try:
        require_names(source)
    except SourceError as error:
        raise Refused(error.what, why=error.why, fix=error.fix) from error
    if github.workflows and not any(each.startswith(f"{github.repository}/{file}@") for each in github.workflows):
        raise Refused(
            f"The role trusts jobs of {', '.join(github.workflows)} alone, and this workflow is none of them.",
            why="[github] workflows demands that a job runs one of these reusable workflows.",
            fix="Put the step into that workflow, from `ecsdeploy workflow --output-file -` without that key.",
        )


def _protected_by(github: GitHub, environment: str) -> str:
    """Return the environment on GitHub that the job is in: the one of the same name, or else the first."""
    if environment in github.environments:
        return environment
    return next(iter(github.environments), "")


def _refs(github: GitHub, fallback: tuple[str, ...]) -> Refs:
    return Refs(github.branches, github.tags) if github.branches or github.tags else Refs(fallback)


def _minutes(config: Config) -> int:
    seconds = config.service.timeout + (config.release.timeout if config.release else 0)
    return BUILD_MINUTES + -(-seconds // 60)

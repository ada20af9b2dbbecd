"""The job that deploys, to paste into the CI's own file, and what to protect there."""

from __future__ import annotations

import shlex
from pathlib import Path

from ecsdeploy.core.target import Target
from ecsdeploy.events import Note
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.ci.bitbucket import BitbucketSource
from ecsdeploy.policy.ci.buildkite import BuildkiteSource
from ecsdeploy.policy.ci.circleci import CircleCiSource
from ecsdeploy.policy.ci.gitlab import GitLabSource
from ecsdeploy.policy.source import OtherSource, Source
from ecsdeploy.policy.trust import GitHubSource
from ecsdeploy.runtime import CONFIG, Run

_INSTALL = "# Install ecsdeploy here, from a pinned commit: its README says how."


def tell_how_to_deploy(run: Run, target: Target, source: Source, role: str) -> None:
    """Say how the CI's own file is made, what a job needs to find the role, and how to protect an environment."""
    command = f"ecsdeploy deploy --yes{target.env_option}"
    if not isinstance(source, GitHubSource):
        run.report(
            Note(f"To deploy from {source.who}, add this to {FILES[source.ci]}:"),
            Note(other_job(source, role, target.region, command)),
        )
        return
    config = "" if run.options.config == Path(CONFIG) else f" --config {shlex.quote(str(run.options.config))}"
    run.report(Note(f"To deploy from {source.repository}, write its workflow: ecsdeploy workflow{config}"))
    path = role.partition(":role")[2].rpartition("/")[0] + "/"
    if path != target.config.iam.path:
        run.report(Note(f'The role has a path of its own, which a job must know: write path = "{path}" in [iam].'))
    if source.environments:
        run.report(
            Note(
                f"Until {', '.join(source.environments)} has protection rules, any branch may use it: "
                f"{source.url}/settings/environments"
            )
        )


FILES = {
    "gitlab": ".gitlab-ci.yml",
    "bitbucket": "bitbucket-pipelines.yml",
    "circleci": ".circleci/config.yml",
    "buildkite": ".buildkite/pipeline.yml",
}


def other_job(source: OtherSource, role: str, region: str, command: str) -> str:
    """Return the YAML of a job that hands its token to AWS's own way of reading one, a file, and runs `command`."""
    match source:
        case GitLabSource():
            return _gitlab(source, role, region, command)
        case BitbucketSource():
            return _bitbucket(role, region, command)
        case CircleCiSource():
            return _circleci(source, role, region, command)
        case BuildkiteSource():
            return _buildkite(source, role, region, command)


def _script(token: str, role: str, region: str, command: str, dollar: str = "$") -> list[str]:
    return [
        f'export AWS_ROLE_ARN={role} AWS_REGION={region} AWS_WEB_IDENTITY_TOKEN_FILE="{dollar}(mktemp)"',
        f'{token} > "{dollar}AWS_WEB_IDENTITY_TOKEN_FILE"',
        command,
    ]


def _gitlab(source: GitLabSource, role: str, region: str, command: str) -> str:
    place = Place(role.split(":")[1], region, "")
    named = [f'$CI_COMMIT_BRANCH == "{each}"' for each in source.branches]
    named += ["$CI_COMMIT_TAG"] if source.tags else []
    return "\n".join(
        [
            "deploy:",
            "  id_tokens:",
            "    AWS_ID_TOKEN:",
            f"      aud: {source.audience(place)}",
            "  rules:",
            *(f"    - if: '{each}'" for each in named),
            "  script:",
            f"    {_INSTALL}",
            *(f"    - {_quoted(each)}" for each in _script('printf %s "$AWS_ID_TOKEN"', role, region, command)),
        ]
    )


def _bitbucket(role: str, region: str, command: str) -> str:
    script = _script('printf %s "$BITBUCKET_STEP_OIDC_TOKEN"', role, region, command)
    return "\n".join(
        [
            "pipelines:",
            "  branches:",
            "    main:",
            "      - step:",
            "          deployment: production # one of the environments that the config names by UUID",
            "          oidc: true",
            "          script:",
            f"            {_INSTALL}",
            *(f"            - {_quoted(each)}" for each in script),
        ]
    )


def _circleci(source: CircleCiSource, role: str, region: str, command: str) -> str:
    branches = ", ".join(_quoted(each) for each in source.branches)
    script = _script('printf %s "$CIRCLE_OIDC_TOKEN_V2"', role, region, command)
    return "\n".join(
        [
            "jobs:",
            "  deploy:",
            "    docker:",
            "      - image: cimg/python:3.13",
            "    steps:",
            "      - checkout",
            "      - setup_remote_docker",
            f"      {_INSTALL}",
            "      - run: |",
            *(f"          {each}" for each in script),
            "workflows:",
            "  deploy:",
            "    jobs:",
            "      - deploy:",
            f"          filters: {{branches: {{only: [{branches}]}}}}",
        ]
    )


def _buildkite(source: BuildkiteSource, role: str, region: str, command: str) -> str:
    place = Place(role.split(":")[1], region, "")
    token = f"buildkite-agent oidc request-token --audience {source.audience(place)}"
    # Buildkite replaces $NAME when it reads the file: $$ is for the job's own shell.
    script = _script(token, role, region, command, dollar="$$")
    return "\n".join(
        [
            "steps:",
            "  - label: deploy",
            f"    branches: {_quoted(' '.join(source.branches))}",
            "    concurrency: 1",
            f"    concurrency_group: {source.pipeline}-deploy",
            "    command: |",
            f"      {_INSTALL}",
            *(f"      {each}" for each in script),
        ]
    )


def _quoted(text: str) -> str:
    """Return `text` as YAML's single-quoted scalar."""
    return "'" + text.replace("'", "''") + "'"

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.config.mistake import ConfigMistakes
from ecsdeploy.config.models import Config
from ecsdeploy.config.names import GRAMMARS, Names, wrong_with
from ecsdeploy.config.tags import tags_for


def config(app: str = "hello-service", **names: str) -> Config:
    document: dict[str, Any] = {"app": app, "region": "us-east-1", "names": names}
    return Config.model_validate(document)


def test_names_without_an_environment() -> None:
    assert Names.of(config(), None) == Names(
        environment=None,
        cluster="hello-service",
        service="hello-service",
        family="hello-service",
        container="hello-service",
        log_group="/ecs/hello-service",
        security_group="hello-service",
        repository="hello-service",
        deploy_role="hello-service-github-deploy",
        execution_role="hello-service-execution",
        task_role="hello-service-task",
    )


def test_names_in_an_environment_share_the_repository() -> None:
    assert Names.of(config(), "staging") == Names(
        environment="staging",
        cluster="hello-service-staging",
        service="hello-service-staging",
        family="hello-service-staging",
        container="hello-service",
        log_group="/ecs/hello-service-staging",
        security_group="hello-service-staging",
        repository="hello-service",
        deploy_role="hello-service-staging-github-deploy",
        execution_role="hello-service-staging-execution",
        task_role="hello-service-staging-task",
    )


def test_each_name_can_be_set() -> None:
    chosen = {kind: f"chosen-{kind.replace('_', '-')}" for kind in GRAMMARS if kind != "container"}
    names = Names.of(config(**chosen), "staging")
    assert {kind: getattr(names, kind) for kind in chosen} == chosen


def test_a_role_that_gets_too_long_is_told_with_the_key_to_set() -> None:
    with pytest.raises(ConfigMistakes) as caught:
        Names.of(config("h" * 51), None)
    assert caught.value.what == (
        "app: the names derived from it are too long, in characters: the deploy role's of 65 (AWS allows 64)"
    )
    assert caught.value.fix == "Shorten app, or set names.deploy_role."


def test_all_that_gets_too_long_is_one_mistake() -> None:
    with pytest.raises(ConfigMistakes) as caught:
        Names.of(config("h" * 50), "staging")
    assert len(caught.value.mistakes) == 1
    assert caught.value.fix == "Shorten app or the environment, or set names.deploy_role and names.execution_role."
    with pytest.raises(ConfigMistakes) as caught:
        Names.of(config("h" * 256), None)
    assert caught.value.fix == "Shorten app."


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("cluster", "a b"),
        ("cluster", ""),
        ("service", "s" * 256),
        ("log_group", "aws/ecs"),
        ("log_group", "a:b"),
        ("security_group", "sg-mine"),
        ("repository", "A"),
        ("repository", "Hello"),
        ("repository", "a//b"),
        ("task_role", "a/b"),
        ("family", "naïve"),
        ("cluster", "line\n"),
    ],
)
def test_what_aws_would_refuse_is_refused_here(kind: str, name: str) -> None:
    assert wrong_with(kind, name)
    with pytest.raises(ConfigMistakes) as caught:
        Names.of(config(**{kind: name}), None)
    assert caught.value.what.startswith(f"names.{kind}: ")


@pytest.mark.parametrize(
    ("kind", "longest"),
    [
        ("cluster", 255),
        ("service", 255),
        ("log_group", 512),
        ("security_group", 255),
        ("repository", 256),
        ("task_role", 64),
    ],
)
def test_the_longest_names_that_aws_takes(kind: str, longest: int) -> None:
    assert wrong_with(kind, "n" * longest) is None
    assert wrong_with(kind, "n" * (longest + 1))


@given(st.lists(st.from_regex(r"[a-z0-9]{2,9}", fullmatch=True), min_size=1, max_size=4), st.sampled_from("-_"))
def test_every_app_of_48_characters_has_names_that_aws_takes(words: list[str], joint: str) -> None:
    app = joint.join(words)
    names = Names.of(config(app), None)
    assert all(wrong_with(kind, getattr(names, kind)) is None for kind in GRAMMARS)


def test_tags_name_the_app_and_the_environment() -> None:
    assert tags_for(config(), "staging") == {"ecsdeploy:app": "hello-service", "ecsdeploy:env": "staging"}
    assert tags_for(config(), None) == {"ecsdeploy:app": "hello-service", "ecsdeploy:env": "default"}


@pytest.mark.parametrize(
    ("names", "place", "both"),
    [
        ({"task_role": "shared", "execution_role": "shared"}, "names.task_role", "execution role and the task role"),
        ({"deploy_role": "hello-service-task"}, "names.deploy_role", "deploy role and the task role"),
        ({"task_role": "Hello-Service-GitHub-Deploy"}, "names.task_role", "deploy role and the task role"),
    ],
)
def test_two_roles_never_share_a_name(names: dict[str, str], place: str, both: str) -> None:
    with pytest.raises(ConfigMistakes, match=f"^{place}: the {both} are both called") as caught:
        Names.of(config(**names), None)
    assert caught.value.fix == "Give each role a name of its own."

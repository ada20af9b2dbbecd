"""What becomes a resource of a policy is named exactly: with a wildcard, a role would reach what is not the app's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.config.exact import wildcard_mistakes
from ecsdeploy.config.load import load
from ecsdeploy.config.mistake import ConfigMistakes, dotted
from ecsdeploy.config.references import Wildcard, parse_task_secret
from ecsdeploy.errors import ExitCode

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/"
EXACT: dict[str, Any] = {
    "name": "side",
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/side:1",
    "secrets": [{"name": "A", "valueFrom": f"{SECRET}db-a1B2c3:password::"}],
    "environmentFiles": [{"value": "arn:aws:s3:::bucket/app.env", "type": "s3"}],
    "repositoryCredentials": {"credentialsParameter": f"{SECRET}login-a1B2c3"},
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/side", "awslogs-region": "us-east-1"},
        "secretOptions": [{"name": "key", "valueFrom": "/hello/key"}],
    },
}


@pytest.mark.parametrize(
    "arn", [f"{SECRET}*", f"{SECRET}db-??????", f"{PARAMETER}*", f"{PARAMETER}hello/?", f"{SECRET}${{aws:username}}"]
)
def test_an_arn_of_many_secrets_is_none(arn: str) -> None:
    with pytest.raises(Wildcard):
        parse_task_secret(arn)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            f'[task.secrets]\nTOKEN = "{SECRET}*"',
            ":4: task.secrets.TOKEN: with a wildcard, other secrets could be read",
        ),
        (
            f'[notify]\nurl_from = "{PARAMETER}team/*"',
            ":4: notify.url_from: with a wildcard, other secrets could be read",
        ),
        ('[iam]\npath = "/*/"', ":4: iam.path: in a policy, * ? and $ in a path stand for other roles"),
        ('[iam]\npath = "/${aws:username}/"', ":4: iam.path: in a policy, * ? and $ in a path stand for other roles"),
        (
            '[[task.raw.containerDefinitions]]\nname = "side"\nimage = "example/*"',
            ":5: task.raw.containerDefinitions[0].image: a wildcard here would let the execution role reach others",
        ),
    ],
)
def test_the_config_says_where_it_is(tmp_path: Path, table: str, said: str) -> None:
    file = tmp_path / "ecsdeploy.toml"
    file.write_text(f'app = "hello"\nregion = "us-east-1"\n{table}\n', encoding="utf-8")
    with pytest.raises(ConfigMistakes) as caught:
        load(file)
    assert caught.value.what.endswith(f"{said} too")
    assert caught.value.exit_code == ExitCode.USAGE


def test_exact_names_are_all_right() -> None:
    assert not [*wildcard_mistakes({"containerDefinitions": [EXACT]})]


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/*", "image"),
        ("secrets", [{"name": "A", "valueFrom": f"{SECRET}*"}], "secrets[0].valueFrom"),
        ("secrets", [{"name": "A", "valueFrom": "/hello/*"}], "secrets[0].valueFrom"),
        ("environmentFiles", [{"value": "arn:aws:s3:::bucket/*", "type": "s3"}], "environmentFiles[0].value"),
        (
            "repositoryCredentials",
            {"credentialsParameter": f"{SECRET}?"},
            "repositoryCredentials.credentialsParameter",
        ),
        (
            "logConfiguration",
            {"secretOptions": [{"name": "key", "valueFrom": f"{PARAMETER}${{x}}"}]},
            "logConfiguration.secretOptions[0].valueFrom",
        ),
        ("logConfiguration", {"options": {"awslogs-group": "/*"}}, "logConfiguration.options.awslogs-group"),
        ("logConfiguration", {"options": {"awslogs-region": "*"}}, "logConfiguration.options.awslogs-region"),
    ],
)
def test_each_place_of_a_container_is_looked_at(key: str, value: object, place: str) -> None:
    found = [*wildcard_mistakes({"containerDefinitions": [{**EXACT, key: value}]})]
    assert [dotted(each.key) for each in found] == [f"containerDefinitions[0].{place}"]

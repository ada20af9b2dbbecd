"""`[notify]`: the URL is never in the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ecsdeploy.config.load import load
from ecsdeploy.config.mistake import ConfigMistakes
from ecsdeploy.config.notify import FROM_PATTERN
from ecsdeploy.config.references import SecretReference, Variable

BASE = 'app = "hello"\nregion = "us-east-1"\n'
SECRET = "https://hooks.slack.com/services/T0123/B0123/canary"
RIGHT = (
    'Write url_from = "env:NAME", and put the URL into the environment variable NAME: in CI, from a secret. Or keep it '
    'in AWS: "ssm:/path/name", "secretsmanager:name".'
)


def write(folder: Path, text: str) -> Path:
    file = folder / "ecsdeploy.toml"
    file.write_text(BASE + text)
    return file


def test_by_default_both_are_told_as_json(tmp_path: Path) -> None:
    notify = load(write(tmp_path, '[notify]\nurl_from = "env:HOOK_URL"\n')).config.notify
    assert notify is not None
    assert (notify.address, notify.format, notify.on) == (Variable("HOOK_URL"), "json", ("success", "failure"))


def test_an_environment_may_have_another_address(tmp_path: Path) -> None:
    file = write(
        tmp_path, '[notify]\nurl_from = "env:A"\n[environments.live.notify]\nurl_from = "env:B"\non = ["failure"]\n'
    )
    notify = load(file, "live").config.notify
    assert notify is not None
    assert (notify.address, notify.on) == (Variable("B"), ("failure",))


ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/hook-a1B2c3"
PARAMETER = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/team/hook"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ssm:/hello/slack-webhook-url", SecretReference("ssm", "/hello/slack-webhook-url")),
        ("secretsmanager:team/hooks.slack", SecretReference("secretsmanager", "team/hooks.slack")),
        ("secretsmanager:team:url", SecretReference("secretsmanager", "team", json_key="url")),
        (ARN, SecretReference("secretsmanager", "team/hook-a1B2c3", ARN)),
        (f"secretsmanager:{ARN}", SecretReference("secretsmanager", "team/hook-a1B2c3", ARN)),
        (f"{ARN}:url::", SecretReference("secretsmanager", "team/hook-a1B2c3", ARN, json_key="url")),
        (PARAMETER, SecretReference("ssm", "/team/hook", PARAMETER)),
    ],
)
def test_it_may_be_a_parameter_or_a_secret_in_aws(tmp_path: Path, text: str, address: SecretReference) -> None:
    notify = load(write(tmp_path, f'[notify]\nurl_from = "{text}"\n')).config.notify
    assert notify is not None
    assert notify.address == address
    assert re.fullmatch(FROM_PATTERN, text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'[notify]\nurl_from = "{SECRET}"\n', 4),
        (f'[notify]\nurl = "{SECRET}"\n', 3),
        (f'[notify]\nurl_from = "env:{SECRET}"\n', 4),
        (f'[notify]\nurl_from = "env:A"\n[environments.live.notify]\nurl_from = "{SECRET}"\n', 6),
        (f'[notify]\nurl_from = "env:A"\n[environments.live.notify]\nurl = "{SECRET}"\n', 5),
        (f'[environments.live]\nnotify.url_from = "{SECRET}"\n', 4),
        (f'[notify]\nurl_from = "ssm:{SECRET}"\n', 4),
        (f'[notify]\nurl_from = "secretsmanager:{SECRET}"\n', 4),
        ('[notify]\nurl_from = "secretsmanager:hooks.slack.com/services/T0/B0/canary"\n', 4),
    ],
)
def test_a_url_in_the_file_is_refused_with_the_right_way_and_not_shown(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ConfigMistakes) as refused:
        load(write(tmp_path, text))
    told = [refused.value.what, refused.value.why, refused.value.fix]
    assert f":{line}: " in told[0] + told[1]
    assert "a webhook's URL is a secret; never write it here" in "".join(told)
    assert RIGHT in "".join(told)
    assert "canary" not in "".join(told)


@pytest.mark.parametrize(
    "text", ["HOOK_URL", "env:", "env:A-B", "env:1A", "ssm:", "ssm:/a:b", "secretsmanager:", "file:a", "$HOOK_URL"]
)
def test_what_names_no_variable_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigMistakes) as refused:
        load(write(tmp_path, f'[notify]\nurl_from = "{text}"\n'))
    assert refused.value.fix == RIGHT


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        (
            "on = []",
            "notify.on: nobody would be told of anything",
            'Write for example on = ["failure"], or remove [notify].',
        ),
        ('on = ["failed"]', "notify.on[0]: this is not a valid choice", 'Did you mean "failure"?'),
        ('on = ["x"]', "notify.on[0]: this is not a valid choice", 'Use "success" or "failure".'),
        ('format = "discord"', "notify.format: this is not a valid choice", 'Use "json", "slack" or "teams".'),
    ],
)
def test_other_mistakes_are_told_with_the_choices(tmp_path: Path, text: str, what: str, fix: str) -> None:
    with pytest.raises(ConfigMistakes) as refused:
        load(write(tmp_path, f'[notify]\nurl_from = "env:A"\n{text}\n'))
    assert refused.value.what.endswith(what)
    assert refused.value.fix == fix

"""Which credentials a run uses: every source, in its order."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecsdeploy.access import lasting, session_name, sign_in_of
from ecsdeploy.aws.sign_in import Role, SignIn
from ecsdeploy.config.load import Loaded, load
from ecsdeploy.errors import CredentialsError, EcsdeployError, UsageError, WrongAccount
from ecsdeploy.events import Note, Warn
from ecsdeploy.runtime import Options

GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\n'
CONFIG = f'app = "hello"\nregion = "us-east-1"\naccount = "123456789012"\n[task]\nport = 80\n{GITHUB}'
JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_RUN_ID": "99",
    "GITHUB_REPOSITORY": "acme/hello",
    "GITHUB_REF": "refs/heads/main",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://runner.example.com/token",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
OTHER = "arn:aws:iam::123456789012:role/ci/other"
MADE = Role("123456789012", "hello-github-deploy")
NAMED = Role("123456789012", "other", "/ci/", "aws")
NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def config(folder: Path, text: str = CONFIG) -> Loaded:
    path = folder / "ecsdeploy.toml"
    path.write_text(text)
    return load(path)


@pytest.mark.parametrize(
    ("environ", "options", "role", "by_token"),
    [
        ({}, Options(), None, False),
        (KEYS, Options(), None, False),
        (KEYS, Options(role_arn=OTHER), NAMED, False),
        (KEYS, Options(role_arn=OTHER, profile="me"), NAMED, False),
        ({"AWS_ROLE_ARN": OTHER}, Options(), None, False),
        (JOB, Options(), MADE, True),
        (JOB, Options(role_arn=OTHER), NAMED, True),
        (JOB | {"AWS_ROLE_ARN": OTHER}, Options(), NAMED, True),
        (JOB | {"AWS_ROLE_ARN": OTHER} | KEYS, Options(), NAMED, True),
        (JOB | KEYS, Options(), None, False),
        (JOB | KEYS, Options(role_arn=OTHER), NAMED, True),
        (JOB | {"AWS_PROFILE": "me"}, Options(), None, False),
        (JOB | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/"}, Options(), None, False),
        (JOB | {"AWS_ROLE_ARN": OTHER, "AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, Options(), None, False),
        (JOB, Options(profile="me"), None, False),
        (JOB, Options(profile="me", role_arn=OTHER), NAMED, False),
        (JOB | {"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, Options(), None, False),
        (JOB | {"AWS_ACCESS_KEY_ID": "", "AWS_PROFILE": ""}, Options(), MADE, True),
    ],
)
def test_the_order(environ: dict[str, str], options: Options, role: Role | None, by_token: bool, folder: Path) -> None:
    found = sign_in_of(options, config(folder), environ)

    assert (found.role, found.token is not None) == (role, by_token)
    assert found.profile == options.profile


def test_the_role_is_the_one_that_setup_makes(folder: Path) -> None:
    text = CONFIG + '[iam]\npath = "/platform/"\n[names]\ndeploy_role = "Deployer"\n'

    assert sign_in_of(Options(), config(folder, text), JOB).role == Role("123456789012", "Deployer", "/platform/")


def test_without_a_github_table_nothing_is_guessed(folder: Path) -> None:
    assert sign_in_of(Options(), config(folder, CONFIG.replace(GITHUB, "")), JOB).role is None


def test_without_an_account_the_role_is_asked_for(folder: Path) -> None:
    bare = config(folder, CONFIG.replace('account = "123456789012"\n', ""))

    with pytest.raises(CredentialsError, match="Which role this job is to assume is not known"):
        sign_in_of(Options(), bare, JOB)
    assert sign_in_of(Options(role_arn=OTHER), bare, JOB).role == NAMED


@pytest.mark.parametrize(
    ("options", "environ", "kind", "what"),
    [
        (Options(role_arn=OTHER.replace("1234", "9999")), {}, WrongAccount, "belongs to account 999956789012"),
        (Options(), {"AWS_ROLE_ARN": OTHER.replace("1234", "9999")}, WrongAccount, "the config says 123456789012"),
        (Options(role_arn="deployer"), {}, UsageError, "--role-arn 'deployer' is not the ARN of a role"),
        (Options(role_arn=OTHER + "\n"), {}, UsageError, "is not the ARN of a role"),
        (Options(role_arn="arn:aws:iam::123456789012:user/me"), {}, UsageError, "is not the ARN of a role"),
        (Options(), {"AWS_ROLE_ARN": "nonsense"}, UsageError, "AWS_ROLE_ARN 'nonsense' is not"),
    ],
)
def test_a_role_that_cannot_be_meant_is_refused_before_any_call(
    options: Options, environ: dict[str, str], kind: type[EcsdeployError], what: str, folder: Path
) -> None:
    with pytest.raises(kind, match=what):
        sign_in_of(options, config(folder), JOB | environ)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b"])
def test_a_role_may_be_in_any_partition(partition: str) -> None:
    assert Role.of_arn(f"arn:{partition}:iam::123456789012:role/x", "--role-arn").partition == partition


@pytest.mark.parametrize(("setting", "at_once"), [("", False), ("5s", False), ("0s", True)])
def test_an_iam_that_knows_a_role_at_once_is_asked_once(setting: str, at_once: bool, folder: Path) -> None:
    found = sign_in_of(Options(), config(folder), JOB | {"ECSDEPLOY_IAM_SETTLE": setting})

    assert found.at_once is at_once


def test_a_job_without_the_permission_is_told_so_where_there_is_nothing_else(folder: Path) -> None:
    without = {name: value for name, value in JOB.items() if not name.startswith("ACTIONS_")}

    otherwise = sign_in_of(Options(), config(folder), without).otherwise

    assert otherwise is not None
    assert otherwise.what == "This job may not ask GitHub for an id token."
    assert sign_in_of(Options(), config(folder), {}).otherwise is None


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "ecsdeploy"),
        ({"GITHUB_RUN_ID": "99"}, "ecsdeploy"),
        (JOB, "ecsdeploy-99"),
        (JOB | {"GITHUB_RUN_ID": "9 9"}, "ecsdeploy"),
        (JOB | {"GITHUB_RUN_ID": "9" * 80}, "ecsdeploy"),
        (JOB | {"AWS_ROLE_SESSION_NAME": "release@acme"}, "release@acme"),
        (JOB | {"AWS_ROLE_SESSION_NAME": "no spaces"}, "ecsdeploy-99"),
    ],
)
def test_the_session_is_named_after_the_run(environ: dict[str, str], name: str) -> None:
    assert session_name(environ) == name


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, None),
        ({"AWS_CREDENTIAL_EXPIRATION": "2026-11-29T10:00:00Z"}, None),
        (KEYS, None),
        (KEYS | {"AWS_SESSION_TOKEN": "t"}, None),
        (
            KEYS | {"AWS_CREDENTIAL_EXPIRATION": "2026-11-29T11:20:00+01:00"},
            Note("The AWS keys in the environment end at 10:20 UTC, in 1h20m; this takes 15m at most."),
        ),
        (
            KEYS | {"AWS_CREDENTIAL_EXPIRATION": "2026-11-29T09:10:00Z"},
            Warn(
                "The AWS keys in the environment end at 09:10 UTC, in 10m, and this may take 15m. Nothing renews them."
            ),
        ),
        (
            JOB | KEYS | {"AWS_CREDENTIAL_EXPIRATION": "2026-11-29T09:10:00Z"},
            Warn(
                "The AWS keys in the environment end at 09:10 UTC, in 10m, and this may take 15m. "
                "Without them, ecsdeploy signs in by the job's id token, and renews that."
            ),
        ),
        (
            JOB | KEYS | {"AWS_SESSION_TOKEN": "t"},
            Note(
                "The AWS keys in the environment are a session's, and do not say when it ends. "
                "Without them, ecsdeploy signs in by the job's id token, and renews that."
            ),
        ),
        (KEYS | {"AWS_CREDENTIAL_EXPIRATION": "soon"}, None),
        (KEYS | {"AWS_CREDENTIAL_EXPIRATION": "2026-11-29T09:10:00"}, None),
    ],
)
def test_what_is_known_of_the_keys_is_said_before(environ: dict[str, str], said: Note | Warn | None) -> None:
    assert lasting(SignIn(), environ, now=NOW, seconds=900) == said


def test_other_credentials_are_not_spoken_of() -> None:
    ending = KEYS | {"AWS_CREDENTIAL_EXPIRATION": "2026-11-29T09:10:00Z"}

    assert lasting(SignIn(profile="me"), ending, now=NOW, seconds=900) is None
    assert lasting(SignIn(token=lambda _: "x"), ending, now=NOW, seconds=900) is None

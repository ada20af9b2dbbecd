"""A file goes in; a config or every mistake comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from ecsdeploy.config.load import SMALLEST, Loaded, load, others
from ecsdeploy.config.mistake import ConfigMistakes
from ecsdeploy.config.rules import RETENTION_DAYS
from ecsdeploy.errors import ConfigError, ExitCode, UsageError

Load = Callable[..., Loaded]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.chdir(tmp_path)

    def read(text: str | bytes, environment: str | None = None) -> Loaded:
        path = Path("ecsdeploy.toml")
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        return load(path, environment)

    return read


def told(error: BaseException) -> str:
    assert isinstance(error, UsageError)
    assert error.exit_code is ExitCode.USAGE
    assert error.fix
    return "\n".join(part for part in (error.what, error.why, error.fix) if part) + "\n"


def refused(read: Load, text: str | bytes, environment: str | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        read(text, environment)
    return told(caught.value)


def test_the_smallest_file_is_enough(read: Load) -> None:
    loaded = read(SMALLEST)
    assert loaded.config.app == "hello-service"
    assert loaded.config.task.port == 3000
    assert (loaded.config.task.cpu, loaded.config.task.memory) == (256, 512)
    assert (loaded.config.image.dockerfile, loaded.config.image.keep) == ("Dockerfile", 30)
    assert loaded.config.service.count is None
    assert loaded.config.service.timeout == 900
    assert loaded.config.logs.retention_days == 30
    assert loaded.environment is None
    assert loaded.environments == ()
    assert loaded.root == Path()
    loaded.require_environment_for_change()


def test_every_mistake_is_told_at_once_with_its_line(read: Load) -> None:
    text = """\
        app = "Hello Service"
        region = "us-east1"
        account = 123456789012
        defualt_environment = "staging"

        [github]
        repository = "https://github.com/acme/x.git"
        branches = ["refs/heads/main", "*"]

        [task]
        cpu = 256
        memory = 300
        architecture = "x86-64"
        count = 2
        port = "3000"
        stop_timeout = "5m"
        user = -1

        [task.environment]
        VERSION = "{comit}"
        "" = 1

        [task.health_check]
        command = "curl"
        interval = "often"

        [task.raw]
        family = "x"

        [service]
        count = true

        [logs]
        retention_days = 31

        [network]
        subnets = ["a", "subnet-12345678"]
        """
    days = ", ".join(map(str, RETENTION_DAYS[:-1]))
    assert refused(read, text) == dedent(f"""\
        ecsdeploy.toml has 20 mistakes
        ecsdeploy.toml:1: app: an app's name is lower-case letters and digits, joined by single hyphens
            Did you mean "hello-service"?
        ecsdeploy.toml:2: region: this is not a valid Region
            Did you mean "us-east-1"?
        ecsdeploy.toml:3: account: an account is text, since it may start with a zero
            Write it in quotes: "123456789012".
        ecsdeploy.toml:4: defualt_environment: there is no such key
            Did you mean default_environment?
        ecsdeploy.toml:7: github.repository: a repository is its owner and name, exact and without wildcards
            Write for example "acme/x".
        ecsdeploy.toml:8: github.branches[0]: the ref's prefix is added for you
            Write "main".
        ecsdeploy.toml:12: task.memory: 300 MiB is not valid with 256 CPU units on Fargate
            With cpu = 256 use 512, 1024, 2048; the nearest is 512.
        ecsdeploy.toml:13: task.architecture: this is not a valid choice
            Did you mean "x86_64"?
        ecsdeploy.toml:14: task.count: there is no such key
            Did you mean service.count?
        ecsdeploy.toml:15: task.port: this must be a whole number
            Write digits without quotes.
        ecsdeploy.toml:16: task.stop_timeout: 5m is outside 2s to 2m
            The nearest is "2m".
        ecsdeploy.toml:17: task.user: this is not a user
            Write a name or a number, and a group if you like: "node" or "1000:1000".
        ecsdeploy.toml:20: task.environment.VERSION: {{comit}} is not replaced
            Write {{commit}}; to keep the text as it is, write \\\\ before the brace.
        ecsdeploy.toml:21: task.environment.'': this is not a valid variable name
            Use letters, digits and underscores.
        ecsdeploy.toml:24: task.health_check.command: this must be a list
            Write for example command = ["CMD", "node", "healthcheck.js"].
        ecsdeploy.toml:25: task.health_check.interval: a duration is a number with s, m, h, d or w, such as 30s or 1h
            Write for example "30s", "10m" or "1h".
        ecsdeploy.toml:28: task.raw.family: ecsdeploy sets this itself
            Set names.family instead.
        ecsdeploy.toml:31: service.count: this must be a whole number
            Write digits without quotes.
        ecsdeploy.toml:34: logs.retention_days: CloudWatch Logs cannot keep events for 31 days
            Use {days} or 3653; the nearest is 30.
        ecsdeploy.toml:37: network.subnets[0]: this is not a valid AWS id
            Its id starts with subnet-, as AWS shows it.
        Correct ecsdeploy.toml and try again.
        """)


def test_one_mistake_is_told_in_one_line(read: Load) -> None:
    assert refused(read, 'app = "hello"\nregion = "us-east-1"\n[task]\nmemroy = 1024\n') == dedent("""\
        ecsdeploy.toml:4: task.memroy: there is no such key
        Did you mean task.memory?
        """)


def test_what_is_missing_is_shown_by_example(read: Load) -> None:
    assert refused(read, '[github]\nbranches = ["main"]\n') == dedent("""\
        ecsdeploy.toml has 3 mistakes
        ecsdeploy.toml: app: this is missing
            Write for example app = "hello-service".
        ecsdeploy.toml: region: this is missing
            Write for example region = "us-east-1".
        ecsdeploy.toml:1: github.repository: this is missing
            Write for example repository = "acme/hello-service".
        Correct ecsdeploy.toml and try again.
        """)


def test_cpu_alone_can_make_the_default_memory_wrong(read: Load) -> None:
    assert refused(read, 'app = "hello"\nregion = "us-east-1"\n[task]\ncpu = 1024\n') == dedent("""\
        ecsdeploy.toml:3: task.memory: 512 MiB is not valid with 1024 CPU units on Fargate
        With cpu = 1024 use 2048 to 8192 in steps of 1024; the nearest is 2048, or cpu = 256 for 512 MiB.
        """)


BASE = 'app = "hello"\nregion = "us-east-1"\n'


def test_values_that_may_be_secrets_are_never_shown(read: Load) -> None:
    canary = "c4naryC4NARYc4nary"
    text = f"""{BASE}
[task.environment]
API_TOKEN = "{canary}"
X = ["{canary}"]
[task.secrets]
A = "{canary}"
B = ["{canary}"]
[image.args]
PASSWORD = "{canary}"
[image.secrets]
id = "{canary}"
"""
    with pytest.raises(ConfigMistakes) as caught:
        read(text)
    assert len(caught.value.mistakes) == 6
    assert canary not in told(caught.value) + repr(caught.value) + str(caught.value.__context__)


def test_numbers_and_booleans_become_the_text_of_variables(read: Load) -> None:
    loaded = read(f"{BASE}[task.environment]\nPORT = 3000\nDEBUG = true\nRATIO = 0.5\n[image.args]\nLEVEL = 2\n")
    assert loaded.config.task.environment == {"PORT": "3000", "DEBUG": "true", "RATIO": "0.5"}
    assert loaded.config.image.args == {"LEVEL": "2"}


@pytest.mark.parametrize(
    ("written", "becomes"),
    [("3.10", "3.1"), ("0o022", "18"), ("0x1F", "31"), ("1e5", "100000.0"), ("1_000_000", "1000000"), ("+5", "5")],
)
@pytest.mark.parametrize("table", ["task.environment", "image.args", "environments.staging.task.environment"])
def test_a_number_that_would_lose_its_spelling_is_refused(read: Load, table: str, written: str, becomes: str) -> None:
    assert refused(read, f"{BASE}[{table}]\nSAME = 3000\nX = {written}\n") == (
        f'ecsdeploy.toml:5: {table}.X: {written} would become {becomes}\nWrite it in quotes: "{written}".\n'
    )


def test_names_of_variables_may_be_those_of_other_systems(read: Load) -> None:
    text = f'{BASE}[task.environment]\n"spring.profiles.active" = "prod"\n"ConnectionStrings:Db" = "x"\n'
    assert read(text).config.task.environment == {"spring.profiles.active": "prod", "ConnectionStrings:Db": "x"}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (
            "task.environment.spring.profiles.active = 'prod'",
            "3: task.environment.spring: a name with dots is read as tables\n"
            'Write it in quotes: "spring.profiles.active" = ....\n',
        ),
        ("task.environment.X = inf", "3: task.environment.X: a variable holds text\nWrite the value in quotes.\n"),
        (
            "task.environment.X = 2026-01-01",
            "3: task.environment.X: a variable holds text\nWrite the value in quotes.\n",
        ),
        ("task = 3", "3: task: this must be a table\nWrite [task] above its keys.\n"),
        (
            "task.stop_timeout = [1]",
            '3: task.stop_timeout: a duration is text such as 30s\nWrite for example "30s", "10m" or "1h".\n',
        ),
        (
            "task.stop_timeout = true",
            "3: task.stop_timeout: a duration is text such as 30s, not true or false\n"
            'Write for example "30s", "10m" or "1h".\n',
        ),
        ("task.command = 'x y'", '3: task.command: this must be a list\nWrite a list: ["one", "two"].\n'),
        ("task.command = [1]", "3: task.command[0]: this must be text\nWrite it in quotes.\n"),
        (
            "region = 'Frankfurt'",
            '2: region: this is not a valid Region\nWrite its code, such as "us-east-1".\n',
        ),
        (
            f"network.security_groups = {['sg-12345678'] * 6}",
            "3: network.security_groups: AWS accepts at most 5 of these\nRemove some.\n",
        ),
        ("task.port = 0", "3: task.port: this must be 1 or more\nThe nearest is 1.\n"),
        ("task.port = 65536", "3: task.port: this must be 65535 or less\nThe nearest is 65535.\n"),
        ("task.cpu = 0.25", "3: task.cpu: this must be a whole number\nWrite for example cpu = 256.\n"),
        (
            "task.init_process = 1",
            "3: task.init_process: this must be true or false\nWrite for example init_process = true.\n",
        ),
        ("image.dockerfile = ''", '3: image.dockerfile: this is empty\nWrite for example dockerfile = "Dockerfile".\n'),
        ("app2 = 1", "3: app2: there is no such key\nDid you mean app?\n"),
        (
            "service.raw.placementConstraints = [1979-05-27]",
            "3: service.raw.placementConstraints[0]: AWS does not accept such a value\n"
            "Write text in quotes, a number, true or false.\n",
        ),
        (
            "task.health_check.command = ['curl', 'x']",
            "3: task.health_check.command: a health check starts with CMD or CMD-SHELL and then names a command\n"
            'Write ["CMD", "node", "healthcheck.js"], or ["CMD-SHELL", "curl -f http://localhost/ || exit 1"].\n',
        ),
        (
            "github.repository = 'acme/x'",
            '3: github: no branch, tag or environment may deploy\nAdd branches = ["main"] or environments.\n',
        ),
        (
            "names.cluster = 'a b'",
            "3: names.cluster: AWS accepts letters, digits, underscores and hyphens as the cluster's name\n"
            "Choose another.\n",
        ),
        (
            '"\\u001b[31m" = 1',
            "3: '\\x1b[31m': there is no such key\nThis table has app, region, account, default_environment,"
            " github, gitlab, bitbucket, circleci, buildkite, image, task, service, smoke, release, logs, network,"
            " iam, notify, names, environments.\n",
        ),
        ("environments = 3", "3: environments: this is not a table\nWrite [environments.staging] above its keys.\n"),
        (
            "environments.default = {}",
            "3: environments.default: the name default is reserved for what is deployed without an environment\n"
            "Choose another, such as staging.\n",
        ),
        (
            "default_environment = 'stagin'\nenvironments.staging = {}",
            '3: default_environment: there is no environment stagin\nDid you mean "staging"?\n',
        ),
        (
            "task.secrets.A = 'ssm:/a'\ntask.environment.A = 'b'",
            "3: task.secrets.A: this name is in [task.environment] too\nKeep one of the two.\n",
        ),
        (
            "iam.path = 'platform'",
            """3: iam.path: a role's path begins and ends with a slash\nWrite for example "/platform/".\n""",
        ),
        (
            "iam.permissions_boundary = 'developers'",
            "3: iam.permissions_boundary: a permissions boundary is the ARN of a policy\n"
            'Write "arn:aws:iam::ACCOUNT:policy/NAME".\n',
        ),
        (
            "names.execution_role = '/platform/app-exec'",
            "3: names.execution_role: AWS accepts letters, digits and _+=,.@- as the execution role's name\n"
            "Write the name alone: its path is looked up, and [iam] path is that of a new role.\n",
        ),
    ],
)
def test_single_mistakes(read: Load, line: str, answer: str) -> None:
    base = BASE.replace('region = "us-east-1"\n', "") if line.startswith("region") else BASE
    assert refused(read, base + line + "\n") == "ecsdeploy.toml:" + answer


ENVIRONMENTS = """\
    app = "hello"
    region = "us-east-1"

    [task]
    environment = { LOG = "debug", A = 1 }
    command = ["a", "b"]

    [environments.staging]
    service.count = 1

    [environments.production]
    region = "eu-west-1"
    task.cpu = 512
    task.memory = 1024
    task.command = ["c"]
    task.environment.LOG = "info"
    """


def test_an_overlay_merges_tables_and_replaces_lists(read: Load) -> None:
    loaded = read(ENVIRONMENTS, "production")
    assert loaded.config.region == "eu-west-1"
    assert loaded.config.task.environment == {"LOG": "info", "A": "1"}
    assert loaded.config.task.command == ("c",)
    assert loaded.config.service.count is None
    assert loaded.names.cluster == "hello-production"
    assert loaded.environment == "production"
    loaded.require_environment_for_change()


def test_a_change_needs_an_environment_and_reading_does_not(read: Load) -> None:
    loaded = read(ENVIRONMENTS)
    assert loaded.names.cluster == "hello"
    assert loaded.environments == ("staging", "production")
    with pytest.raises(UsageError) as caught:
        loaded.require_environment_for_change()
    assert told(caught.value) == dedent("""\
        This config has environments, and none was chosen.
        It has staging, production; without one, this would be a separate service.
        Add --env staging, or set default_environment = "staging" in ecsdeploy.toml.
        """)


def test_the_default_environment_is_meant_without_one(read: Load) -> None:
    loaded = read('default_environment = "staging"\n' + dedent(ENVIRONMENTS))
    assert loaded.environment == "staging"
    assert loaded.config.service.count == 1
    loaded.require_environment_for_change()


def test_an_unknown_environment_suggests_the_nearest(read: Load) -> None:
    assert refused(read, ENVIRONMENTS, "prodution") == dedent("""\
        There is no environment prodution.
        ecsdeploy.toml has staging, production.
        Did you mean --env production?
        """)
    assert refused(read, BASE, "staging") == dedent("""\
        There is no environment staging.
        ecsdeploy.toml has no [environments].
        Leave --env out, or add [environments.staging].
        """)


def test_a_mistake_in_another_environment_shows_before_it_is_deployed(read: Load) -> None:
    text = dedent(ENVIRONMENTS).replace("task.memory = 1024", "task.memory = 1000\napp = 'x'\nnames.task_rol = 'x'")
    assert refused(read, text, "staging") == dedent("""\
        ecsdeploy.toml has 3 mistakes
        ecsdeploy.toml:14: environments.production.task.memory: 1000 MiB is not valid with 512 CPU units on Fargate
            With cpu = 512 use 1024, 2048, 3072, 4096; the nearest is 1024.
        ecsdeploy.toml:15: environments.production.app: an environment cannot change this
            Set it at the top of the file.
        ecsdeploy.toml:16: environments.production.names.task_rol: there is no such key
            Did you mean names.task_role?
        Correct ecsdeploy.toml and try again.
        """)


def test_a_mistake_at_the_top_is_told_once(read: Load) -> None:
    text = ENVIRONMENTS.replace('"us-east-1"', '"us-east1"')
    assert refused(read, text, "staging") == dedent("""\
        ecsdeploy.toml:2: region: this is not a valid Region
        Did you mean "us-east-1"?
        """)


def test_what_is_missing_everywhere_is_told_once_at_the_top(read: Load) -> None:
    assert refused(read, 'app = "hello"\n[environments.staging]\nservice.count = 1\n', "staging") == dedent("""\
        ecsdeploy.toml: region: this is missing
        Write for example region = "us-east-1".
        """)


def test_what_an_overlay_made_incomplete_is_told_there(read: Load) -> None:
    text = BASE + "[environments.staging]\ntask.health_check.interval = '10s'\ntask.cpu = 1024\n"
    assert refused(read, text) == dedent("""\
        ecsdeploy.toml has 2 mistakes
        ecsdeploy.toml:4: environments.staging.task.memory: 512 MiB is not valid with 1024 CPU units on Fargate
            With cpu = 1024 use 2048 to 8192 in steps of 1024; the nearest is 2048, or cpu = 256 for 512 MiB.
        ecsdeploy.toml:4: environments.staging.task.health_check.command: this is missing
            Write for example command = ["CMD", "node", "healthcheck.js"].
        Correct ecsdeploy.toml and try again.
        """)


def test_two_environments_cannot_be_one_service(read: Load) -> None:
    text = f"""{BASE}
names.cluster = "shared"
[environments.a]
names.service = "web"
[environments.b]
names.service = "web"
"""
    assert refused(read, text) == dedent("""\
        ecsdeploy.toml:7: environments.b: a and b are the same service shared/web
        Remove names.service, or set it in [environments.b.names].
        """)
    read(text.replace("[environments.b]", '[environments.b]\nregion = "eu-west-1"'))


ELSEWHERE = """
app = "hello"
region = "us-east-1"
[environments.staging]
region = "eu-central-1"
[environments.production.names]
cluster = "shared"
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (None, [("staging", "eu-central-1", "hello-staging"), ("production", "us-east-1", "shared")]),
        ("staging", [(None, "us-east-1", "hello"), ("production", "us-east-1", "shared")]),
        ("production", [(None, "us-east-1", "hello"), ("staging", "eu-central-1", "hello-staging")]),
    ],
)
def test_the_other_environments(
    read: Load, environment: str | None, expected: list[tuple[str | None, str, str]]
) -> None:
    found = others(read(ELSEWHERE, environment))
    assert [(each.environment, each.config.region, each.names.cluster) for each in found] == expected


def test_there_is_no_other_where_there_are_no_environments(read: Load) -> None:
    assert others(read(SMALLEST)) == ()


def test_what_cannot_be_without_an_environment_is_none_of_them(read: Load) -> None:
    text = (
        'app = "hello"\n[environments.staging]\nregion = "us-east-1"\n[environments.production]\nregion = "us-east-1"\n'
    )
    assert [each.environment for each in others(read(text, "staging"))] == ["production"]


def test_a_missing_file_shows_what_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load(Path("nope.toml"))
    assert told(caught.value) == (
        "There is no nope.toml.\necsdeploy reads what to deploy from this file.\n"
        f"Give another with --config, or write one. The smallest useful one:\n{SMALLEST}"
    )


def test_a_folder_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(ConfigError) as caught:
        load(Path("folder"))
    assert told(caught.value) == "folder cannot be read.\nIs a directory.\nCheck the path and its permissions.\n"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("app = hello\n", '1:7: this is not TOML: Invalid value\nText is written in quotes: app = "...".\n'),
        (
            "\napp: x\n",
            "2:4: this is not TOML: Expected '=' after a key in a key/value pair\n"
            'A key and its value are joined by an equals sign: key = "value".\n',
        ),
        (
            "a = 1\na = 2\n",
            "2:6: this is not TOML: Cannot overwrite a value\nIt already exists further up: keep one of the two.\n",
        ),
        (
            "a = [1,\n2",
            '2:2: this is not TOML: Unclosed array at the end of the file\nA line is key = "value", or [table].\n',
        ),
        (
            "[task.raw]\na = 1\n[task.raw]\n",
            "3:10: this is not TOML: Cannot declare [task.raw] twice\n"
            "It already exists further up: keep one of the two.\n",
        ),
        (
            'app = "hello\n',
            "1:13: this is not TOML: Illegal character '\\n'\nClose the quote on the same line.\n",
        ),
        (
            "app = \u201chello\u201d\n",
            '1:7: this is not TOML: Invalid value\nWrite straight quotes: "...".\n',
        ),
        (
            "account = 012345678901\n",
            "1:12: this is not TOML: Expected newline or end of document after a statement\n"
            'Text is written in quotes: account = "...".\n',
        ),
        (
            "task = { port = 1, }\n",
            "1:20: this is not TOML: Invalid initial character for a key part\n"
            "A table in braces must be on one line, without a comma at its end; "
            "or write it as [table], with its keys below.\n",
        ),
    ],
)
def test_a_syntax_error_has_its_line_and_column(read: Load, text: str, answer: str) -> None:
    assert refused(read, text) == "ecsdeploy.toml:" + answer


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"a = 1\nb = '\xff'\n", "ecsdeploy.toml:2: this is not UTF-8\nSave the file as UTF-8.\n"),
        (
            b"a = " + b"9" * 5000,
            "ecsdeploy.toml: a number is too long, or brackets are nested too deep\nSimplify it.\n",
        ),
        (
            b"a = " + b"[" * 5000,
            "ecsdeploy.toml: a number is too long, or brackets are nested too deep\nSimplify it.\n",
        ),
        (b"#" * (1024 * 1024 + 1), "ecsdeploy.toml is larger than 1 MiB\nCheck that --config names the right file.\n"),
    ],
)
def test_hostile_files_are_refused(read: Load, content: bytes, answer: str) -> None:
    assert refused(read, content) == answer


def test_a_byte_order_mark_is_no_mistake(read: Load) -> None:
    assert read(b"\xef\xbb\xbf" + SMALLEST.encode()).config.app == "hello-service"


@pytest.mark.parametrize(
    ("overlay", "apart"),
    [
        ('image.target = "debug"', True),
        ('image.args = { LEVEL = "2" }', True),
        ('image.args.MORE = "2"', True),
        ('image.dockerfile = "Dockerfile.staging"', True),
        ('image.context = "staging"', True),
        ('image.secrets = { id = "env:OTHER" }', True),
        ('task.architecture = "arm64"', True),
        ('image.target = "runtime"', False),
        ('task.architecture = "x86_64"', False),
        ("image.keep = 5", False),
        ("task.cpu = 512\ntask.memory = 1024", False),
        ("", False),
    ],
)
def test_an_environment_that_builds_something_else_is_known(read: Load, overlay: str, apart: bool) -> None:
    text = f'{BASE}[image]\ntarget = "runtime"\n[image.args]\nLEVEL = "1"\n[environments.staging]\n{overlay}\n'
    assert read(text, "staging").builds_apart is apart
    assert read(text).builds_apart is False


@pytest.mark.parametrize(("name", "meant"), [("a", "a-service"), ("A", "a-service"), ("7", "7-service")])
def test_a_name_of_one_letter_is_told_what_it_lacks(read: Load, name: str, meant: str) -> None:
    assert refused(read, f'app = "{name}"\nregion = "us-east-1"\n') == (
        "ecsdeploy.toml:1: app: an app's name needs at least two characters: ECR requires them\n"
        f'Write for example "{meant}".\n'
    )


@pytest.mark.parametrize(
    ("table", "answer"),
    [
        ("[service]\nreplicas = 2", "4: service.replicas: there is no such key\nDid you mean service.count?\n"),
        ('[env]\nA = "1"', "3: env: there is no such key\nDid you mean task.environment?\n"),
        (
            '[environment]\nA = "1"',
            "3: environment: there is no such key\nDid you mean environments or task.environment?\n",
        ),
        ("[[task]]\nport = 1", "3: task: this must be a table\nWrite [task] above its keys.\n"),
        (
            '[names]\ncluster = "x-{env}"',
            "4: names.cluster: AWS accepts letters, digits, underscores and hyphens as the cluster's name\n"
            "No placeholders here: set it in [environments.NAME.names].\n",
        ),
    ],
)
def test_what_other_tools_call_a_key_is_known(read: Load, table: str, answer: str) -> None:
    assert refused(read, f"{BASE}{table}\n") == "ecsdeploy.toml:" + answer


def test_a_letter_with_an_accent_is_that_letter(read: Load) -> None:
    assert 'Did you mean "cafe-bar"?' in refused(read, 'app = "Caf\u00e9 Bar"\nregion = "us-east-1"\n')


def test_environments_that_share_a_repository_keep_what_the_one_with_most_wants(tmp_path: Path) -> None:
    path = tmp_path / "ecsdeploy.toml"
    path.write_text(
        f"{BASE}[image]\nkeep = 5\n[environments.staging]\nimage.keep = 10\n"
        "[environments.production]\nimage.keep = 40\n"
        '[environments.apart]\nimage.keep = 7\nnames.repository = "elsewhere"\n'
    )
    kept = {name: load(path, name).config.image.keep for name in ("staging", "production", "apart", None)}
    assert kept == {"staging": 40, "production": 40, "apart": 7, None: 40}

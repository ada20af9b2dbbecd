"""What [task.secrets] names."""

from __future__ import annotations

from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, row

AREA = "Secrets"


@row(AREA, "not in Secrets Manager", does="refuses before anything is written", code=3)
def secret_missing(bench: Bench) -> Steps:
    bench.config("[task.secrets]", 'TOKEN = "secretsmanager:nowhere"')
    bench.release()
    ran = yield
    assert "error: There is no secret 'nowhere' in Secrets Manager in us-east-1.\n" in ran.err
    assert "[task.secrets] TOKEN names it.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "an SSM parameter of another account", does="refuses before anything is written", code=2)
def secret_of_another_account(bench: Bench) -> Steps:
    bench.config("[task.secrets]", 'KEY = "arn:aws:ssm:us-east-1:222233334444:parameter/shared/key"')
    bench.release()
    ran = yield
    assert "error: [task.secrets] KEY names an SSM parameter of account 222233334444.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "without the JSON key",
    does="fails, and names the key; the first deployment has nothing to go back to",
    code=5,
)
def secret_without_key(bench: Bench) -> Steps:
    name = f"{bench.app}/db"
    bench.client("secretsmanager").create_secret(Name=name, SecretString='{"user": "u"}')
    bench.config("[task.secrets]", f'TOKEN = "secretsmanager:{name}:password"')
    bench.release()
    ran = yield
    assert "A secret that the task needs lacks the JSON key: password.\n" in ran.err
    assert "did not contain json key password" in ran.err


@row(AREA, "not in SSM", does="refuses before anything is built or written", code=3)
def parameter_missing(bench: Bench) -> Steps:
    bench.deployed()
    bench.config("[task.secrets]", 'TOKEN = "ssm:/nowhere"')
    bench.change()
    ran = yield
    assert "error: There is no SSM parameter '/nowhere' in us-east-1.\n" in ran.err
    assert "[task.secrets] TOKEN names it.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "not in SSM, and these credentials may not ask",
    does="says that it was not checked, fails, rolls back, and names the parameter",
    code=4,
)
def parameter_missing_and_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.config("[task.secrets]", 'TOKEN = "ssm:/nowhere"')
    bench.change()
    bench.sandbox.faults.break_api("access-denied", "ssm:ListTagsForResource", 1000)
    ran = yield
    assert "Whether the SSM parameters exist was not checked, no permission for ssm:ListTagsForResource.\n" in ran.err
    assert "A secret that the task needs does not exist: /nowhere.\n" in ran.err
    assert "invalid ssm parameters: /nowhere" in ran.err
    assert bench.runs() == f"{bench.app}:1"


def _sidecar(reference: str) -> str:
    return f'''[[task.raw.containerDefinitions]]
name = "agent"
image = "public.ecr.aws/x/agent:1"
essential = false
secrets = [{{ name = "KEY", valueFrom = "{reference}" }}]'''


@row(AREA, "of a sidecar, not in SSM", does="refuses before anything is built or written", code=3)
def sidecars_parameter_missing(bench: Bench) -> Steps:
    bench.deployed()
    bench.config(_sidecar("/nowhere"))
    ran = yield
    assert "error: There is no SSM parameter '/nowhere' in us-east-1.\n" in ran.err
    assert "[task.raw] KEY of container agent names it.\n" in ran.err
    assert ran.writes == {}


@row(AREA, "of a sidecar, an SSM parameter of another account", does="refuses the config", code=2)
def sidecars_parameter_of_another_account(bench: Bench) -> Steps:
    bench.config(_sidecar("arn:aws:ssm:us-east-1:222233334444:parameter/shared/key"))
    ran = yield
    assert "error: [task.raw] KEY of container agent names an SSM parameter of account 222233334444.\n" in ran.err
    assert ran.writes == {}


NOWHERE = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nowhere-a1B2c3"


@row(AREA, "named by its ARN, and not there", does="refuses before anything is built or written", code=3)
def secret_of_arn_missing(bench: Bench) -> Steps:
    bench.deployed()
    bench.config("[task.secrets]", f'KEY = "{NOWHERE}:password::"')
    ran = yield
    assert "error: There is no secret 'nowhere-a1B2c3' in Secrets Manager in us-east-1.\n" in ran.err
    assert "[task.secrets] KEY names it.\n" in ran.err
    assert ran.writes == {}


@row(
    AREA,
    "of a sidecar, named by its ARN, and these credentials may not ask",
    does="says that it was not checked, and deploys",
)
def secret_of_arn_denied(bench: Bench) -> Steps:
    made = bench.client("secretsmanager").create_secret(Name=f"{bench.app}/key", SecretString="x")
    bench.config(_sidecar(made["ARN"]))
    bench.release()
    bench.sandbox.faults.break_api("access-denied", "secretsmanager:DescribeSecret", 1000)
    ran = yield
    assert "Whether the secrets exist was not checked, no permission for secretsmanager:DescribeSecret.\n" in ran.err


@row(AREA, "there", does="deploys, and never reads a value")
def secret_there(bench: Bench) -> Steps:
    bench.client("secretsmanager").create_secret(Name=f"{bench.app}/db", SecretString='{"password": "hunter2"}')
    bench.client("ssm").put_parameter(Name=f"/{bench.app}/url", Value="postgres://x", Type="SecureString")
    bench.config("[task.secrets]", f'A = "secretsmanager:{bench.app}/db:password"', f'B = "ssm:/{bench.app}/url"')
    bench.release()
    ran = yield
    assert not any(call.endswith((":GetSecretValue", ":GetParameters", ":GetParameter")) for call in ran.calls)
    assert "hunter2" not in ran.err + ran.out

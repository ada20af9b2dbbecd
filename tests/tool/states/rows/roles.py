"""The roles."""

from __future__ import annotations

import json
from typing import Any

from tests.support.idle_engine import idle_engine
from tests.tool.states.bench import Bench
from tests.tool.states.table import Steps, account_row, row

AREA = "Roles"
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
ECS = "ecs-tasks.amazonaws.com"
TASKS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": ECS}, "Action": "sts:AssumeRole"}],
}
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def _trust(bench: Bench, role: str) -> dict[str, Any]:
    found: dict[str, Any] = bench.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    return found


def _delete(bench: Bench, role: str) -> None:
    iam = bench.client("iam")
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    iam.delete_role(RoleName=role)


@row(AREA, "missing, while the service runs", does="makes them again")
def roles_missing(bench: Bench) -> Steps:
    bench.deployed()
    for kind in ("execution", "task"):
        _delete(bench, f"{bench.app}-{kind}")
    ran = yield
    assert f"+ execution role {bench.app}-execution: created\n" in ran.err
    assert f"+ task role {bench.app}-task: created\n" in ran.err


@row(AREA, "missing, and these credentials may not make them", does="refuses; names the action and `setup`", code=3)
def roles_missing_and_denied(bench: Bench) -> Steps:
    bench.release()
    bench.sandbox.faults.break_api("access-denied", "iam:CreateRole")
    ran = yield
    assert (
        f"error: The execution role {bench.app}-execution is missing, and these credentials cannot create it" in ran.err
    )
    assert "Ask an admin to run this once: ecsdeploy setup\n" in ran.err
    assert bench.run("deploy").code == 0


@row(
    AREA,
    "missing, and these credentials may not make them, before the first image",
    does="refuses before it builds or makes anything; names the action and `setup`",
    code=3,
)
def roles_denied_before_the_first_image(bench: Bench) -> Steps:
    bench.sandbox.faults.break_api("access-denied", "iam:CreateRole", 1000)
    with idle_engine() as engine:
        bench.env = {**bench.env, **engine.env}
        ran = yield
        assert engine.asked == []
    assert "and these credentials cannot create it: they lack iam:CreateRole.\n" in ran.err
    assert "Ask an admin to run this once: ecsdeploy setup\n" in ran.err
    assert ran.writes.keys() == {"iam:CreateRole"}


@row(AREA, "of another owner (untagged)", does="uses them as they are")
def roles_untagged(bench: Bench) -> Steps:
    _by_hand(bench, TASKS)
    bench.client("iam").attach_role_policy(RoleName=f"{bench.app}-execution", PolicyArn=MANAGED)
    bench.release()
    yield
    assert _trust(bench, f"{bench.app}-execution") == TASKS


@row(
    AREA,
    "of another owner (untagged), and the execution role may do nothing",
    does="fails in Fargate's words; the first deployment has nothing to go back to",
    code=5,
)
def roles_untagged_and_powerless(bench: Bench) -> Steps:
    _by_hand(bench, TASKS)
    bench.release()
    ran = yield
    assert "is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no" in ran.err


@row(AREA, "of another owner (untagged), and ECS may not assume them", does="fails, and says why", code=5)
def roles_untagged_and_untrusting(bench: Bench) -> Steps:
    _by_hand(bench)
    bench.release()
    ran = yield
    assert (
        f"No task was started. ECS could not assume the task's roles: {_role(bench, 'execution')['Arn']}. Run"
        in ran.err
    )


def _by_hand(bench: Bench, trust: dict[str, Any] = ANYBODY) -> None:
    for kind in ("execution", "task"):
        bench.client("iam").create_role(RoleName=f"{bench.app}-{kind}", AssumeRolePolicyDocument=json.dumps(trust))


@row(AREA, "of another owner (untagged)", command="setup", does="refuses to change them, and names `--adopt`", code=3)
def roles_untagged_setup(bench: Bench) -> Steps:
    _by_hand(bench)
    ran = yield
    assert f"error: The execution role {bench.app}-execution exists and was not made by ecsdeploy.\n" in ran.err
    assert _trust(bench, f"{bench.app}-execution") == ANYBODY


@row(AREA, "of another owner (untagged)", command="setup --adopt", does="makes them what they should be; shows both")
def roles_adopted(bench: Bench) -> Steps:
    _by_hand(bench)
    ran = yield
    assert f"~ execution role {bench.app}-execution: updated\n" in ran.err
    assert ECS in json.dumps(_trust(bench, f"{bench.app}-execution"))


@row(AREA, "of another app", command="setup --adopt", does="refuses; `--adopt` is for what nobody owns", code=3)
def roles_of_another_app(bench: Bench) -> Steps:
    tags = [{"Key": "ecsdeploy:app", "Value": "shop"}]
    bench.client("iam").create_role(
        RoleName=f"{bench.app}-execution", AssumeRolePolicyDocument=json.dumps(ANYBODY), Tags=tags
    )
    ran = yield
    assert f"error: The execution role {bench.app}-execution belongs to the app 'shop'.\n" in ran.err
    assert _trust(bench, f"{bench.app}-execution") == ANYBODY


GITHUB = '[github]\nrepository = "acme/hello"\nbranches = ["main"]\nrepository_id = 1234\nowner_id = 99'


@row(
    AREA,
    "the deploy role trusts any repository (changed by hand)",
    command="bootstrap-oidc --repair",
    does="shows the difference, and trusts the config's repository alone",
)
def deploy_role_widened(bench: Bench) -> Steps:
    role = _opened(bench)
    ran = yield
    assert "    trust.Statement[0].Principal.AWS: * -> (none)\n" in ran.err
    assert "repo:acme/hello:ref:refs/heads/main" in json.dumps(_trust(bench, role))
    assert "*" not in json.dumps(_trust(bench, role))


def _opened(bench: Bench) -> str:
    """Let anybody assume the deploy role; return its name."""
    bench.config(GITHUB)
    bench.require("bootstrap-oidc")
    role = f"{bench.app}-github-deploy"
    bench.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(ANYBODY))
    return role


@row(
    AREA,
    "the deploy role trusts any repository (changed by hand)",
    command="bootstrap-oidc --yes",
    does="shows the difference and whom it lets in, and changes nothing; names `--repair`",
    code=3,
)
def deploy_role_widened_and_left(bench: Bench) -> Steps:
    role = _opened(bench)
    ran = yield
    assert ran.writes == {}
    assert f"error: The trust policy of the deploy role {role} has been changed by hand.\n" in ran.err
    assert "  A statement lets everybody but those it names, or everybody, assume the role." in ran.err
    assert "    trust.Statement[0].Principal.AWS: * -> nothing\n" in ran.err
    assert "  To set it to what the config says, add --repair." in ran.err


@row(
    AREA,
    "the deploy role may do more than the config says (changed by hand)",
    command="bootstrap-oidc --yes",
    does="shows what was added, and changes nothing; names `--repair`",
    code=3,
)
def deploy_role_with_more_permissions_and_left(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("bootstrap-oidc")
    more = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    bench.client("iam").put_role_policy(
        RoleName=f"{bench.app}-github-deploy", PolicyName="ecsdeploy", PolicyDocument=more
    )
    ran = yield
    assert ran.writes == {}
    assert f"error: The permissions of the deploy role {bench.app}-github-deploy have been changed by hand." in ran.err
    assert "    permissions.Statement[0].Action: s3:* -> nothing\n" in ran.err


@row(
    AREA,
    "the deploy role may do more than the config says (changed by hand)",
    command="bootstrap-oidc --repair",
    does="restores its own policy; warns of other policies, which stay",
)
def deploy_role_with_more_permissions(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("bootstrap-oidc")
    iam, role = bench.client("iam"), f"{bench.app}-github-deploy"
    more = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    iam.put_role_policy(RoleName=role, PolicyName="ecsdeploy", PolicyDocument=more)
    iam.put_role_policy(RoleName=role, PolicyName="extra", PolicyDocument=more)
    ran = yield
    assert ran.writes.keys() == {"iam:PutRolePolicy"}
    assert "also has the policy extra, which is not in the config." in ran.err
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["ecsdeploy", "extra"]


def _widened(bench: Bench) -> None:
    bench.client("iam").update_assume_role_policy(RoleName=f"{bench.app}-execution", PolicyDocument=json.dumps(ANYBODY))


@row(AREA, "the trust policy was changed by hand", does="leaves it, and deploys")
def roles_with_changed_trust(bench: Bench) -> Steps:
    bench.deployed()
    _widened(bench)
    ran = yield
    assert ran.writes == {}


@row(
    AREA,
    "the trust policy was changed by hand",
    command="setup --yes",
    does="shows the difference, and changes nothing; names `--repair`",
    code=3,
)
def roles_with_changed_trust_and_left(bench: Bench) -> Steps:
    bench.deployed()
    _widened(bench)
    ran = yield
    assert ran.writes == {}
    assert f"The trust policy of the execution role {bench.app}-execution has been changed by hand.\n" in ran.err


@row(
    AREA,
    "the trust policy was changed by hand",
    command="setup --repair",
    does="shows the difference, and sets it back",
)
def roles_with_changed_trust_setup(bench: Bench) -> Steps:
    bench.deployed()
    _widened(bench)
    ran = yield
    assert "    trust.Statement[0].Principal.AWS: * -> (none)\n" in ran.err
    assert ran.writes.keys() == {"iam:UpdateAssumeRolePolicy"}
    assert ECS in json.dumps(_trust(bench, f"{bench.app}-execution"))


@row(AREA, "the execution role lost its policy (an earlier run was interrupted)", does="writes it")
def role_without_policy(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("iam").delete_role_policy(RoleName=f"{bench.app}-execution", PolicyName="ecsdeploy")
    ran = yield
    assert ran.writes.keys() == {"iam:PutRolePolicy"}


@row(AREA, "the execution role may not read a secret that was added to the config", does="grants it, and deploys")
def role_lacks_a_secret(bench: Bench) -> Steps:
    bench.deployed()
    name = f"/{bench.app}/key"
    bench.client("ssm").put_parameter(Name=name, Value="value", Type="SecureString")
    bench.config(f'[task.secrets]\nKEY = "ssm:{name}"')
    bench.release()
    ran = yield
    assert ran.writes["iam:PutRolePolicy"] == 1
    granted = bench.client("iam").get_role_policy(RoleName=f"{bench.app}-execution", PolicyName="ecsdeploy")
    assert f":parameter{name}" in str(granted["PolicyDocument"])


@row(
    AREA,
    "the execution role may not read a secret that was added to the config, and these credentials may not grant it",
    does="refuses before the image is built; names the action and `setup`",
    code=3,
)
def role_lacks_a_secret_and_denied(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("ssm").put_parameter(Name=f"/{bench.app}/key", Value="value", Type="SecureString")
    bench.config(f'[task.secrets]\nKEY = "ssm:/{bench.app}/key"')
    commit = bench.commit("not built yet")
    bench.sandbox.faults.break_api("access-denied", "iam:PutRolePolicy", 1000)
    with idle_engine() as engine:
        bench.env = {**bench.env, **engine.env}
        ran = yield
        assert engine.asked == []
    lacks = "lacks what the config needs, and these credentials cannot change it: they lack iam:PutRolePolicy."
    assert f"error: The execution role {bench.app}-execution {lacks}\n" in ran.err
    assert "Ask an admin to run this once: ecsdeploy setup\n" in ran.err
    assert ran.writes.keys() == {"iam:PutRolePolicy"}
    bench.sandbox.faults.heal()
    bench.require("setup")
    bench.push_image(commit)
    bench.require("deploy", "--yes")
    assert bench.runs() == f"{bench.app}:2"


@row(
    AREA,
    "the execution role may not read a secret that was added to the config, and these credentials may not look",
    does="says that it was not checked, fails, rolls back, and says why",
    code=4,
)
def role_lacks_a_secret_and_hidden(bench: Bench) -> Steps:
    bench.deployed()
    bench.client("ssm").put_parameter(Name=f"/{bench.app}/key", Value="value", Type="SecureString")
    bench.config(f'[task.secrets]\nKEY = "ssm:/{bench.app}/key"')
    bench.release()
    bench.sandbox.faults.break_api("access-denied", "iam:GetRole", 1000)
    ran = yield
    told = f"Whether the execution role {bench.app}-execution may read /{bench.app}/key was not checked"
    assert f"{told}, no permission for iam:GetRole." in ran.err
    assert "If it may not, no task will start: `ecsdeploy setup` allows it.\n" in ran.err
    assert "is not authorized to perform: ssm:GetParameters on resource: " in ran.err
    assert bench.runs() == f"{bench.app}:1"


def _had_a_secret(bench: Bench) -> str:
    """Deploy with a parameter, and again without; return its ARN."""
    name = f"/{bench.app}/old"
    bench.client("ssm").put_parameter(Name=name, Value="value", Type="SecureString")
    bench.deployed(f'[task.secrets]\nOLD = "ssm:{name}"')
    bench.config()
    bench.release("another")
    bench.require("deploy", "--yes")
    return f"arn:aws:ssm:us-east-1:123456789012:parameter{name}"


def _may(bench: Bench) -> str:
    found = bench.client("iam").get_role_policy(RoleName=f"{bench.app}-execution", PolicyName="ecsdeploy")
    return str(found["PolicyDocument"])


@row(
    AREA,
    "the execution role may read a secret that is no longer in the config",
    command="setup",
    does="leaves it, says so, and how to take it back; a rollback needs it",
)
def role_with_an_old_secret(bench: Bench) -> Steps:
    arn = _had_a_secret(bench)
    ran = yield
    assert (
        f"The execution role {bench.app}-execution may do more than this config needs: ssm:GetParameters on {arn}"
        in ran.err
    )
    assert "`ecsdeploy setup --tighten` takes it back." in ran.err
    assert ran.writes["iam:PutRolePolicy"] == 0
    bench.require("rollback", "--yes")
    assert bench.runs() == f"{bench.app}:1"


@row(
    AREA,
    "the execution role may read a secret that is no longer in the config",
    command="setup --tighten",
    does="shows it, and takes it back",
)
def role_tightened(bench: Bench) -> Steps:
    arn = _had_a_secret(bench)
    ran = yield
    assert f"    permissions.Parameters.Resource: {arn} -> (none)\n" in ran.err
    assert ran.writes["iam:PutRolePolicy"] == 1
    assert arn not in _may(bench)


@row(
    AREA,
    "a statement was added to the execution role's policy by hand",
    command="setup",
    does="leaves it, and says so",
)
def role_with_a_statement_by_hand(bench: Bench) -> Steps:
    bench.deployed()
    iam, role = bench.client("iam"), f"{bench.app}-execution"
    document = iam.get_role_policy(RoleName=role, PolicyName="ecsdeploy")["PolicyDocument"]
    document["Statement"].append({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::hello/*"})
    iam.put_role_policy(RoleName=role, PolicyName="ecsdeploy", PolicyDocument=json.dumps(document))
    ran = yield
    assert "may do more than this config needs: s3:GetObject on arn:aws:s3:::hello/*. It stays" in ran.err
    assert "s3:GetObject" in _may(bench)


@row(AREA, "ECS cannot assume the execution role", does="fails, rolls back, and says what repairs it", code=4)
def role_not_assumable(bench: Bench) -> Steps:
    bench.deployed()
    bench.change()
    bench.sandbox.faults.break_next_deployment("role-missing")
    ran = yield
    cause = f"ECS could not assume the task's roles: {_role(bench, 'execution')['Arn']}."
    assert f"warning: No task was started. {cause} Run `ecsdeploy setup`" in ran.err
    assert f"No task was started: {cause}\n" in ran.err.partition("  now in service: ")[2]
    assert bench.runs() == f"{bench.app}:1"


def _boundary(bench: Bench) -> str:
    """Make the policy that limits every role, as wide as can be."""
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    made = bench.client("iam").create_policy(PolicyName=f"{bench.app}-limit", PolicyDocument=json.dumps(wide))
    return str(made["Policy"]["Arn"])


def _role(bench: Bench, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = bench.client("iam").get_role(RoleName=f"{bench.app}-{kind}")["Role"]
    return found


KINDS = ("execution", "task", "github-deploy")


@row(
    AREA,
    "the account demands a path and a permissions boundary",
    command="setup",
    does="makes every role with both; a deployment then names them with the path",
)
def roles_with_path_and_boundary(bench: Bench) -> Steps:
    boundary = _boundary(bench)
    bench.config(GITHUB)
    bench.require("bootstrap-oidc")  # the provider is the whole account's
    for kind in KINDS:
        _delete(bench, f"{bench.app}-{kind}")
    bench.config(GITHUB, "[iam]", 'path = "/platform/"', f'permissions_boundary = "{boundary}"')
    yield
    for kind in KINDS:
        role = _role(bench, kind)
        assert role["Path"] == "/platform/"
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    bench.release()
    bench.require("deploy", "--yes")
    running = bench.ecs.describe_task_definition(taskDefinition=bench.runs())["taskDefinition"]
    assert running["executionRoleArn"] == f"arn:aws:iam::123456789012:role/platform/{bench.app}-execution"
    policy = bench.client("iam").get_role_policy(RoleName=f"{bench.app}-github-deploy", PolicyName="ecsdeploy")
    passed = next(each for each in policy["PolicyDocument"]["Statement"] if each["Sid"] == "PassRoles")
    assert passed["Resource"] == [running["executionRoleArn"], running["taskRoleArn"]]


@row(
    AREA,
    "[iam] permissions_boundary was added to the config",
    command="setup",
    does="sets it on the roles that are ours; without it in the config, they keep it",
)
def boundary_added(bench: Bench) -> Steps:
    bench.config(GITHUB)
    bench.require("setup")
    boundary = _boundary(bench)
    bench.config(GITHUB, "[iam]", f'permissions_boundary = "{boundary}"')
    ran = yield
    assert dict(ran.writes) == {"iam:PutRolePermissionsBoundary": 3}
    assert f"    permissionsBoundary: (none) -> {boundary}\n" in ran.err
    bench.config(GITHUB)
    assert bench.run("setup", "--debug").writes == {}
    assert {_role(bench, kind)["PermissionsBoundary"]["PermissionsBoundaryArn"] for kind in KINDS} == {boundary}


@row(
    AREA,
    "[iam] permissions_boundary names no policy",
    command="setup",
    does="refuses, in IAM's words",
    code=2,
)
def boundary_nowhere(bench: Bench) -> Steps:
    bench.config("[iam]", 'permissions_boundary = "arn:aws:iam::123456789012:policy/nowhere"')
    ran = yield
    assert "error: IAM does not accept the permissions boundary.\n" in ran.err
    assert "policy/nowhere does not exist or is not attachable.\n" in ran.err


def _live(bench: Bench) -> None:
    """Deploy an image by its tag, so that a change of the config alone is no change of the image."""
    bench.config()
    bench.push_image("live")
    bench.require("deploy", "--image", "live")


@row(
    AREA,
    "[iam] permissions_boundary was added to the config",
    command="deploy --image live",
    does="leaves it to `setup`",
)
def boundary_left_to_setup(bench: Bench) -> Steps:
    _live(bench)
    bench.config("[iam]", f'permissions_boundary = "{_boundary(bench)}"')
    ran = yield
    assert ran.writes == {}
    assert "PermissionsBoundary" not in _role(bench, "execution")


@row(AREA, "made by an admin, with a path", does="uses them as they are, by the ARNs that they have")
def roles_at_a_path(bench: Bench) -> Steps:
    iam = bench.client("iam")
    for kind in ("execution", "task"):
        iam.create_role(
            Path="/platform/", RoleName=f"app-{bench.app}-{kind}", AssumeRolePolicyDocument=json.dumps(TASKS)
        )
    iam.attach_role_policy(RoleName=f"app-{bench.app}-execution", PolicyArn=MANAGED)
    names = [f'{kind}_role = "app-{bench.app}-{kind}"' for kind in ("execution", "task")]
    bench.config("[names]", *names)
    bench.release()
    yield
    running = bench.ecs.describe_task_definition(taskDefinition=bench.runs())["taskDefinition"]
    assert running["executionRoleArn"] == f"arn:aws:iam::123456789012:role/platform/app-{bench.app}-execution"
    assert running["taskRoleArn"] == f"arn:aws:iam::123456789012:role/platform/app-{bench.app}-task"


EXEC = ("[service.raw]", "enableExecuteCommand = true")


def _exec_actions(bench: Bench) -> list[str]:
    found = bench.client("iam").get_role_policy(RoleName=f"{bench.app}-task", PolicyName="ecsdeploy")
    return [action for each in found["PolicyDocument"]["Statement"] for action in each["Action"]]


@row(AREA, "ECS Exec is in the config", command="setup", does="lets the task role open its channels")
def exec_at_setup(bench: Bench) -> Steps:
    bench.config(*EXEC)
    yield
    assert len(_exec_actions(bench)) == 4
    assert bench.run("setup", "--debug").writes == {}


@row(
    AREA,
    "ECS Exec was added to the config",
    command="deploy --image live",
    does="lets the task role open its channels, and turns it on",
)
def exec_added(bench: Bench) -> Steps:
    _live(bench)
    bench.config(*EXEC)
    ran = yield
    assert dict(ran.writes) == {"iam:PutRolePolicy": 1, "ecs:UpdateService": 1}
    assert len(_exec_actions(bench)) == 4


@row(AREA, "ECS Exec was added to the config, and the task role is somebody else's", does="says what the role needs")
def exec_for_a_foreign_role(bench: Bench) -> Steps:
    _by_hand(bench, TASKS)
    bench.client("iam").attach_role_policy(RoleName=f"{bench.app}-execution", PolicyArn=MANAGED)
    bench.config(*EXEC)
    bench.release()
    ran = yield
    assert f"OpenDataChannel on the task role {bench.app}-task, which was not made by ecsdeploy" in ran.err
    assert bench.client("iam").list_role_policies(RoleName=f"{bench.app}-task")["PolicyNames"] == []


def _without_linked_role(bench: Bench) -> None:
    bench.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForECS")


@account_row(
    AREA,
    "GitHub's OIDC provider is there, with other audiences too",
    command="bootstrap-oidc",
    does="leaves it: an account has one, for all repositories",
)
def provider_shared(bench: Bench) -> Steps:
    bench.config(GITHUB)
    iam = bench.client("iam")
    url = "https://token.actions.githubusercontent.com"
    audiences = ["mine", "sts.amazonaws.com"]
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=audiences)["OpenIDConnectProviderArn"]
    ran = yield
    assert "= OIDC provider token.actions.githubusercontent.com: unchanged\n" in ran.err
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]
    assert sorted(found) == audiences


@account_row(AREA, "ECS's service-linked role is missing", command="setup", does="makes it")
def linked_role_missing(bench: Bench) -> Steps:
    bench.require("setup")
    _without_linked_role(bench)
    ran = yield
    assert "+ service-linked role AWSServiceRoleForECS: created\n" in ran.err


@account_row(AREA, "ECS's service-linked role is missing", does="makes it")
def linked_role_missing_deploy(bench: Bench) -> Steps:
    bench.require("create-repo")
    bench.config()
    bench.release()
    ran = yield
    assert "+ service-linked role AWSServiceRoleForECS: created\n" in ran.err

"""Credentials that every AWS tool knows: each is used as it is found, and `doctor` says whose it is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.sandbox.github.job import Job
from tests.support.world import CONFIG, World, open_world, run_inside

ROOT = "arn:aws:iam::123456789012:root"
PEOPLE, OPERATOR = (f"arn:aws:iam::123456789012:role/{name}" for name in ("people", "operator"))
ALICE = "arn:aws:iam::123456789012:user/alice"
LATER = "2099-01-01T00:00:00Z"
UNSET = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"))


def assumed(role: str, name: str) -> str:
    return f"arn:aws:sts::123456789012:assumed-role/{role.rpartition('/')[2]}/{name}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a world where IAM is enforced, so that a key is somebody's, with a user and two roles."""
    with open_world(tmp_path_factory.mktemp("ambient"), config=CONFIG, enforce_iam=True) as fresh:
        iam = fresh.client("iam")
        iam.create_user(UserName="alice")
        may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [PEOPLE, OPERATOR]}
        iam.put_user_policy(UserName="alice", PolicyName="assume", PolicyDocument=document(may))
        for role in (PEOPLE, OPERATOR):
            trust = document({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"})
            name = role.rpartition("/")[2]
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            iam.put_role_policy(RoleName=name, PolicyName="assume", PolicyDocument=document(may))
        yield fresh


def document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def alice(world: World) -> tuple[str, str]:
    """Return her keys."""
    key = world.client("iam").create_access_key(UserName="alice")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.fixture(scope="module")
def session(world: World) -> tuple[str, str, str]:
    """Return the keys of a session of `people`, called me."""
    found = world.client("sts").assume_role(RoleArn=PEOPLE, RoleSessionName="me")["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


@contextmanager
def answering(body: Mapping[str, Any]) -> Iterator[str]:
    """Answer every GET with `body` as JSON; give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def signed_in(world: World, home: Path, profiles: str, *arguments: str, **env: str) -> str:
    """Return as whom the tool signs in, with `profiles` in ~/.aws/config."""
    ran = run_inside(
        world.project,
        ("doctor", "--oidc", *arguments),
        {**world.env, **UNSET, **at_home(home, profiles), **env},
        world.tool_clock(),
    )
    return told(ran.out)


def at_home(home: Path, profiles: str) -> dict[str, str]:
    """Write `profiles`, and return what leads an AWS tool to them."""
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(profiles)
    return {
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws" / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def told(out: str) -> str:
    """Return whose credentials `doctor` says that they are."""
    (line,) = [each for each in out.splitlines() if " credentials: " in each]
    before, _, who = line.partition(" as ")
    assert before == "ok         credentials: Signed in to account 123456789012", out
    return who.rstrip(".")


def keys_of(alice: tuple[str, str]) -> str:
    return f"aws_access_key_id = {alice[0]}\naws_secret_access_key = {alice[1]}\n"


def test_keys_in_the_environment(world: World, session: tuple[str, str, str], tmp_path: Path) -> None:
    keys = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), session, strict=True))

    assert signed_in(world, tmp_path, "", **keys) == assumed(PEOPLE, "me")


def test_profiles(world: World, alice: tuple[str, str], tmp_path: Path) -> None:
    profiles = f"[default]\nregion = eu-north-1\n[profile alice]\n{keys_of(alice)}"

    assert signed_in(world, tmp_path, profiles, AWS_PROFILE="alice") == ALICE
    assert signed_in(world, tmp_path, profiles, "--profile", "alice") == ALICE
    # As with the AWS CLI, an option counts before keys of the environment.
    nobody = {"AWS_ACCESS_KEY_ID": "AKIANOBODY", "AWS_SECRET_ACCESS_KEY": "x"}
    assert signed_in(world, tmp_path, profiles, "--profile", "alice", **nobody) == ALICE


def test_a_credentials_file(world: World, alice: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(f"[default]\n{keys_of(alice)}")

    assert signed_in(world, tmp_path, "") == ALICE


def test_a_profile_that_assumes_a_role(world: World, alice: tuple[str, str], tmp_path: Path) -> None:
    profiles = (
        f"[profile alice]\n{keys_of(alice)}[profile ops]\n"
        f"role_arn = {OPERATOR}\nsource_profile = alice\nrole_session_name = nightly\n"
    )

    assert signed_in(world, tmp_path, profiles, AWS_PROFILE="ops") == assumed(OPERATOR, "nightly")


def test_a_program_that_prints_credentials(world: World, session: tuple[str, str, str], tmp_path: Path) -> None:
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    printed = {"Version": 1, **dict(zip(names, session, strict=True)), "Expiration": LATER}
    (tmp_path / "keys.json").write_text(json.dumps(printed))
    profiles = f"[profile program]\ncredential_process = cat {tmp_path / 'keys.json'}\n"

    assert signed_in(world, tmp_path, profiles, AWS_PROFILE="program") == assumed(PEOPLE, "me")


def test_sso(world: World, session: tuple[str, str, str], tmp_path: Path) -> None:
    """As after `aws sso login`: the token lies in the cache, and the portal trades it for keys of a role."""
    profiles = (
        "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n"
        "[profile sso]\nsso_session = acme\nsso_account_id = 123456789012\nsso_role_name = people\n"
    )
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    token = {"accessToken": "t0ken", "expiresAt": LATER, "region": "us-east-1"}
    (cache / f"{hashlib.sha1(b'acme').hexdigest()}.json").write_text(json.dumps(token))
    names = ("accessKeyId", "secretAccessKey", "sessionToken")
    body = {"roleCredentials": {**dict(zip(names, session, strict=True)), "expiration": 4_070_908_800_000}}

    with answering(body) as portal:
        found = {**at_home(tmp_path, profiles), "AWS_ENDPOINT_URL_SSO": portal}
        environ = {name: value for name, value in {**os.environ, **world.env}.items() if name not in UNSET}
        # A process of its own: botocore looks once, when it is loaded, where the home is.
        ran = subprocess.run(
            [sys.executable, "-m", "ecsdeploy", "doctor", "--oidc", "--profile", "sso"],
            cwd=world.project,
            env={**environ, **found},
            capture_output=True,
            text=True,
            check=False,
        )

    assert told(ran.stdout) == assumed(PEOPLE, "me"), ran.stderr


def test_a_containers_role(world: World, session: tuple[str, str, str], tmp_path: Path) -> None:
    names = ("AccessKeyId", "SecretAccessKey", "Token")

    with answering({**dict(zip(names, session, strict=True)), "Expiration": LATER}) as agent:
        who = signed_in(world, tmp_path, "", AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{agent}/keys")

    assert who == assumed(PEOPLE, "me")


def test_a_token_in_a_file(world: World, tmp_path: Path) -> None:
    """As CIs other than GitHub hand it over, and EKS."""
    iam = world.client("iam")
    provider = iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )["OpenIDConnectProviderArn"]
    sub = "repo:acme/hello:ref:refs/heads/main"
    equal = {"StringEquals": {"token.actions.githubusercontent.com:sub": sub}}
    allowed = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}
    iam.create_role(RoleName="ci", AssumeRolePolicyDocument=document({**allowed, "Condition": equal}))
    job = Job(repository="acme/hello", ref="refs/heads/main", subject_claims=("repo", "context"), immutable=False)
    (tmp_path / "token").write_text(world.sandbox.github.token(job, "sts.amazonaws.com"))
    arn = "arn:aws:iam::123456789012:role/ci"
    given = {
        "AWS_ROLE_ARN": arn,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_ROLE_SESSION_NAME": "job",
    }

    assert signed_in(world, tmp_path, "", **given) == assumed(arn, "job")


def test_a_role_on_top_of_any_of_them(world: World, alice: tuple[str, str], tmp_path: Path) -> None:
    profiles = f"[profile alice]\n{keys_of(alice)}[profile people]\nrole_arn = {PEOPLE}\nsource_profile = alice\n"

    for profile in ("alice", "people"):
        who = signed_in(world, tmp_path, profiles, "--profile", profile, "--role-arn", OPERATOR)
        assert who == assumed(OPERATOR, "ecsdeploy")

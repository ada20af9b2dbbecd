from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.env import applied, sandbox_environment, shell_lines

ENDPOINT = "http://127.0.0.1:4566"

# What a shell may hold that leads an AWS client somewhere else.
DANGEROUS = {
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL": "https://elsewhere.example",
    "AWS_ENDPOINT_URL_ECS": "https://elsewhere.example",
    "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": "https://elsewhere.example",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_REGION": "eu-central-1",
    "HTTP_PROXY": "http://proxy.example:8080",
    "NO_PROXY": "internal.example",
}


def test_what_is_set_and_unset() -> None:
    exports, unset = sandbox_environment(ENDPOINT, "eu-west-1", {"NO_PROXY": "a.example, b.example,localhost"})
    no_proxy = "a.example,b.example,localhost,127.0.0.1,127.0.0.0/8"
    assert exports == {
        "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000000",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": ENDPOINT,
        "AWS_REGION": "eu-west-1",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "ECSDEPLOY_IAM_SETTLE": "0s",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"} <= set(unset)


def test_asking_twice_changes_nothing() -> None:
    once = applied(*sandbox_environment(ENDPOINT, "eu-west-1", DANGEROUS), DANGEROUS)
    assert applied(*sandbox_environment(ENDPOINT, "eu-west-1", once), once) == once


def test_a_client_goes_to_the_sandbox_whatever_the_shell_held(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = applied(*sandbox_environment(ENDPOINT, "eu-west-1", DANGEROUS), DANGEROUS)
    for name in {*DANGEROUS, *wanted}:
        monkeypatch.delenv(name, raising=False)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    for service in ("ecs", "application-autoscaling", "logs", "sts", "iam"):
        client: Any = Session().create_client(service)
        assert client.meta.endpoint_url == ENDPOINT
        assert client.meta.region_name == "eu-west-1"
        assert not client.meta.config.inject_host_prefix
        credentials = client._request_signer._credentials.get_frozen_credentials()
        assert (credentials.access_key, credentials.secret_key, credentials.token) == (
            "AKIASANDBOX000000000",
            "sandbox",
            None,
        )


@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="=\0", exclude_categories=["Cs"]), min_size=1, max_size=20).map(
            lambda text: f"AWS_ENDPOINT_URL_{text}"
        ),
        st.just("x"),
    ),
    st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=40),
)
def test_the_lines_do_nothing_but_set_and_unset(names: dict[str, str], no_proxy: str) -> None:
    exports, unset = sandbox_environment(ENDPOINT, "eu-west-1", {**names, "NO_PROXY": no_proxy})
    script = shell_lines(exports, unset) + '\nprintf %s "$NO_PROXY"'
    shell = subprocess.run(
        ["sh", "-eu", "-c", script], capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=True
    )
    assert (shell.stdout, shell.stderr) == (exports["NO_PROXY"], "")

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from ecsdeploy.errors import Refused
from ecsdeploy.image.engine import connect


def refusal(**env: str) -> Refused:
    with pytest.raises(Refused) as caught:
        connect({"PATH": "/bin", **env})
    return caught.value


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    error = refusal(DOCKER_HOST=f"unix://{tmp_path}/docker.sock")

    assert error.exit_code == 3
    assert error.what == f"No Docker Engine answers at unix://{tmp_path}/docker.sock."
    assert error.why == "No such file or directory."
    assert error.fix == "Correct or unset DOCKER_HOST, or start the engine that it names."


def test_a_socket_that_nobody_listens_on(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))

    assert refusal(DOCKER_HOST=f"unix://{path}").why == "Connection refused."


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("tcp://127.0.0.1:1", "Connection refused."),
        ("garbage://x", "Invalid bind address protocol: garbage://x."),
        ("tcp://name.invalid:2375", ""),
    ],
)
def test_addresses_that_lead_nowhere(host: str, why: str) -> None:
    error = refusal(DOCKER_HOST=host)

    assert error.what == f"No Docker Engine answers at {host}."
    assert error.why == why or not why


def test_an_engine_over_ssh_is_refused_with_the_way_around() -> None:
    error = refusal(DOCKER_HOST="ssh://me@builder")

    assert error.what == "A Docker Engine over ssh (ssh://me@builder) is not supported."
    assert "ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ssh://me@builder" in error.fix


def test_the_docker_context_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """colima, Docker Desktop and rootless engines are contexts, not DOCKER_HOST."""
    import hashlib

    meta = tmp_path / "contexts" / "meta" / hashlib.sha256(b"elsewhere").hexdigest() / "meta.json"
    meta.parent.mkdir(parents=True)
    endpoint = {"Host": f"unix://{tmp_path}/elsewhere.sock", "SkipTLSVerify": False}
    meta.write_text(json.dumps({"Name": "elsewhere", "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    (tmp_path / "config.json").write_text('{"currentContext": "elsewhere"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)

    assert refusal().what == f"No Docker Engine answers at unix://{tmp_path}/elsewhere.sock."
    assert refusal(DOCKER_HOST="unix:///other.sock").what == "No Docker Engine answers at unix:///other.sock."
    assert refusal(DOCKER_CONTEXT="nothing").why == "there is no such context."

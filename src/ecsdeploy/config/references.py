"""Where the value of a secret is: in [task.secrets], [image.secrets] and [notify]. Never values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_ARN = re.compile(r"arn:aws[a-z-]*:(ssm|secretsmanager):([a-z0-9-]+):(\d{12}):(\S+)")
_SSM_NAME = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")

TASK_FORMS = "ssm:/path/name, secretsmanager:name, secretsmanager:name:json-key or the full ARN of either"
ADDRESS_FORMS = "env:NAME, ssm:/path/name, secretsmanager:name, secretsmanager:name:json-key or the ARN of one of these"
BUILD_FORMS = "env:NAME (an environment variable of the build machine) or file:path"


class Wildcard(ValueError):
    """An ARN names more than one parameter or secret; the message says so and does not contain it."""

    def __init__(self) -> None:
        super().__init__("with a wildcard, other secrets could be read too")


@dataclass(frozen=True)
class SecretReference:
    """A parameter or secret that ECS reads when a task starts, or a command at its end.

    `name` is the parameter's or secret's name, and `arn` its ARN without the suffix below when the config gave one
    (else ""). `json_key` is one key of a Secrets Manager secret; `version_stage` and `version_id` come from a full ARN.
    """

    kind: Literal["ssm", "secretsmanager"]
    name: str
    arn: str = ""
    json_key: str = ""
    version_stage: str = ""
    version_id: str = ""

    def value_from(self, arn: str) -> str:
        """Return what ECS takes as `valueFrom`, given the full ARN (`ContainerDefinition.secrets`)."""
        suffix = (self.json_key, self.version_stage, self.version_id)
        return f"{arn}:{':'.join(suffix)}" if any(suffix) else arn


@dataclass(frozen=True)
class BuildSecret:
    """Where a BuildKit secret's value is read on the machine that builds: an environment variable or a file."""

    kind: Literal["env", "file"]
    name: str


@dataclass(frozen=True)
class Variable:
    """An environment variable of the machine that deploys."""

    name: str


def parse_task_secret(text: str) -> SecretReference:
    """Return what a value of [task.secrets] points at.

    Raises:
        Wildcard: it is an ARN that has `*` or `?` in its name, or a variable of IAM's.
        ValueError: it is none of `TASK_FORMS`. The message never contains the text, which may be a secret.
    """
    if arn := _ARN.fullmatch(text):
        return _from_arn(text, arn)
    kind, _, rest = text.partition(":")
    if kind == "ssm" and _SSM_NAME.fullmatch(rest):
        return SecretReference("ssm", rest)
    if kind == "secretsmanager":
        name, _, json_key = rest.partition(":")
        if _SECRET_NAME.fullmatch(name) and ":" not in json_key and not rest.endswith(":"):
            return SecretReference("secretsmanager", name, json_key=json_key)
    raise ValueError("this is not a reference to a secret")


def parse_address(text: str) -> Variable | SecretReference:
    """Return where the address of [notify] is read from.

    Raises:
        ValueError: it is none of `ADDRESS_FORMS`. The message never contains the text, which may be the address.
    """
    kind, _, rest = text.partition(":")
    if kind == "env" and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", rest):
        return Variable(rest)
    if rest.startswith("arn:aws") and f":{kind}:" in rest:
        return parse_task_secret(rest)
    return parse_task_secret(text)


def _from_arn(text: str, arn: re.Match[str]) -> SecretReference:
    resource = arn[4].split(":")
    if re.search(r"[*?]|\$\{", ":".join(resource[:2])):
        raise Wildcard
    if arn[1] == "ssm":
        if len(resource) == 1 and resource[0].startswith("parameter/"):
            return SecretReference("ssm", resource[0].removeprefix("parameter"), arn=text)
    elif resource[0] == "secret" and 2 <= len(resource) <= 5 and resource[1]:
        key, stage, version = (*resource[2:], "", "", "")[:3]
        return SecretReference("secretsmanager", resource[1], ":".join(text.split(":")[:7]), key, stage, version)
    raise ValueError("this is not the ARN of a parameter or a secret")


def parse_build_secret(text: str) -> BuildSecret:
    """Return where a value of [image.secrets] is read from.

    Raises:
        ValueError: it is none of `BUILD_FORMS`. The message never contains the text, which may be a secret.
    """
    kind, _, name = text.partition(":")
    if kind == "env" and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return BuildSecret("env", name)
    if kind == "file" and name and "\0" not in name:
        return BuildSecret("file", name)
    raise ValueError("this does not say where to read the secret")

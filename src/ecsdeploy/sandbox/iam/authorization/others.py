"""Parameter Store, Secrets Manager, Elastic Load Balancing, Cloud Map, tagging: what each operation asks.

Source: Service Authorization Reference. Secrets Manager finds a secret by its name or by its ARN; what is asked is its
whole ARN, with the six characters at its end.
"""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.sandbox.iam.authorization.rule import Call, Table, Value, named, tagging

_TAGS = "aws:RequestTag aws:TagKeys"


def _parameters(call: Call) -> list[str]:
    named = call.texts("Names") or [call.text("Name") or call.text("ResourceId") or call.text("Path")]
    made = call.around.place.regional
    return [each if each.startswith("arn:") else made("ssm", f"parameter/{each.removeprefix('/')}") for each in named]


def _overwrite(call: Call) -> Iterator[tuple[str, Value]]:
    if (value := call.parameters.get("Overwrite")) is not None:
        yield "ssm:Overwrite", "true" if value else "false"


SSM = Table(
    prefix="ssm",
    types={"parameter": _parameters},
    keys={"ssm:Overwrite": _overwrite},
    lines={
        "AddTagsToResource": ("parameter", _TAGS),
        "DeleteParameter": ("parameter", ""),
        "DescribeParameters": ("", ""),
        "GetParameter": ("parameter", ""),
        "GetParameters": ("parameter", ""),
        "GetParametersByPath": ("parameter", ""),
        "ListTagsForResource": ("parameter", ""),
        "PutParameter": ("parameter", f"{_TAGS} ssm:Overwrite"),
        "RemoveTagsFromResource": ("parameter", "aws:TagKeys"),
    },
    further={"PutParameter": (tagging("ssm:AddTagsToResource", _parameters),)},
)


def _secrets(call: Call) -> list[str]:
    if call.operation == "CreateSecret":
        return [call.around.place.regional("secretsmanager", f"secret:{call.text('Name')}")]
    return [call.around.secret(call.text("SecretId"))]


def _secret_id(call: Call) -> Iterator[tuple[str, Value]]:
    yield "secretsmanager:SecretId", call.around.secret(call.text("SecretId"))


_ID = "secretsmanager:SecretId"

SECRETS_MANAGER = Table(
    prefix="secretsmanager",
    types={"Secret": _secrets},
    keys={
        _ID: _secret_id,
        "secretsmanager:Name": named("secretsmanager:Name", "Name"),
        "secretsmanager:Description": named("secretsmanager:Description", "Description"),
        "secretsmanager:KmsKeyId": named("secretsmanager:KmsKeyId", "KmsKeyId"),
        "secretsmanager:VersionId": named("secretsmanager:VersionId", "VersionId"),
        "secretsmanager:VersionStage": named("secretsmanager:VersionStage", "VersionStage"),
    },
    lines={
        "CreateSecret": (
            "Secret",
            f"{_TAGS} secretsmanager:Name secretsmanager:Description secretsmanager:KmsKeyId",
        ),
        "DeleteSecret": ("Secret", _ID),
        "DescribeSecret": ("Secret", _ID),
        "GetResourcePolicy": ("Secret", _ID),
        "GetSecretValue": ("Secret", f"{_ID} secretsmanager:VersionId secretsmanager:VersionStage"),
        "ListSecrets": ("", ""),
        "PutResourcePolicy": ("Secret", _ID),
        "PutSecretValue": ("Secret", _ID),
        "TagResource": ("Secret", f"{_TAGS} {_ID}"),
        "UntagResource": ("Secret", f"aws:TagKeys {_ID}"),
        "UpdateSecret": ("Secret", f"{_ID} secretsmanager:Description secretsmanager:KmsKeyId"),
    },
    further={"CreateSecret": (tagging("secretsmanager:TagResource", _secrets),)},
)

LOAD_BALANCING = Table(
    prefix="elasticloadbalancing",
    types={},
    keys={},
    lines={
        f"Describe{what}": ("", "")
        for what in ("Listeners", "LoadBalancers", "Rules", "Tags", "TargetGroups", "TargetHealth")
    },
)

CLOUD_MAP = Table(
    prefix="servicediscovery", types={}, keys={}, lines={"ListNamespaces": ("", ""), "ListServices": ("", "")}
)

TAGGING = Table(prefix="tag", types={}, keys={}, lines={"GetResources": ("", "")})

"""`[notify]`: who is told how a deployment ended."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from ecsdeploy.config.mistake import mistake
from ecsdeploy.config.references import SecretReference, Variable, Wildcard, parse_address
from ecsdeploy.config.table import Table

FROM_PATTERN = (
    r"^(env:[A-Za-z_][A-Za-z0-9_]*|ssm:[A-Za-z0-9_./-]+|secretsmanager:[A-Za-z0-9/_+=.@!-]+(:[^:]+)?"
    r"|((ssm|secretsmanager):)?arn:aws.+)$"
)
_RIGHT = (
    'Write url_from = "env:NAME", and put the URL into the environment variable NAME: in CI, from a secret. Or keep it '
    'in AWS: "ssm:/path/name", "secretsmanager:name".'
)
_URL = re.compile(r"//|hooks\.[\w.-]+/|webhook\.office")


def _no_url(text: str) -> str:
    """Return where the URL is read from. A URL itself is a secret: it is refused, and not shown."""
    if _URL.search(text):
        raise mistake("a webhook's URL is a secret; never write it here", _RIGHT)
    try:
        parse_address(text)
    except Wildcard as error:
        raise mistake(str(error), "Name the one that holds the URL.") from None
    except ValueError:
        raise mistake("this does not say where to read the URL", _RIGHT) from None
    return text


def _some(chosen: tuple[str, ...]) -> tuple[str, ...]:
    if not chosen:
        raise mistake("nobody would be told of anything", 'Write for example on = ["failure"], or remove [notify].')
    return chosen


class Notify(Table):
    """Who is told how a deployment ended. Whether that works never changes its verdict or its exit code."""

    url_from: Annotated[str, AfterValidator(_no_url)] = Field(
        description="Where the URL is read from: `env:NAME`, an environment variable of the machine that deploys, or a "
        "parameter or secret in AWS, `ssm:/path/name`, `secretsmanager:name`, `secretsmanager:name:json-key` or the "
        "ARN of either. It is a secret, and never in the file. Without that variable, nobody is told.",
        examples=["env:SLACK_WEBHOOK_URL", "ssm:/hello/slack-webhook-url"],
        json_schema_extra={"pattern": FROM_PATTERN},
    )
    format: Literal["json", "slack", "teams"] = Field(
        default="json",
        description="What is sent: a JSON object, or a message as Slack's incoming webhooks or Microsoft Teams' "
        "Workflows take it.",
    )
    on: Annotated[tuple[Literal["success", "failure"], ...], AfterValidator(_some)] = Field(
        default=("success", "failure"),
        json_schema_extra={"minItems": 1},
        description="What is told: deployments that succeeded, and those that did not.",
        examples=[["failure"]],
    )

    @model_validator(mode="before")
    @classmethod
    def _url_is_elsewhere(cls, table: Any) -> Any:
        if isinstance(table, dict) and "url" in table:
            raise mistake("a webhook's URL is a secret; never write it here", _RIGHT)
        return table

    @property
    def address(self) -> Variable | SecretReference:
        """Return where the URL is read from."""
        return parse_address(self.url_from)

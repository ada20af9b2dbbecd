"""moto's refusals in AWS's words, where moto has others that a user would notice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ecsdeploy.sandbox.http import HttpAnswer

_WORDS: Mapping[str, tuple[tuple[re.Pattern[bytes], bytes], ...]] = {
    "iam": ((re.compile(rb"Role ([\w+=,.@-]+) not found"), rb"The role with name \1 cannot be found."),),
    "ec2": (
        (re.compile(rb"The security group '\{'([^']*)'[^}]*\}'"), rb"The security group '\1'"),
        (re.compile(rb"VpcID \{'([^']*)'[^}]*\} does not exist\."), rb"The vpc ID '\1' does not exist"),
    ),
}


def reworded(answer: HttpAnswer, service: str) -> HttpAnswer:
    """Return a service's answer, in AWS's words if it is a refusal."""
    if answer.status < 400:
        return answer
    body = answer.body
    for pattern, words in _WORDS.get(service, ()):
        body = pattern.sub(words, body)
    return replace(answer, body=body)
